"""Completes a finished run, by further test splits or its diagnosis, with its kept tagger, without new training."""

from __future__ import annotations

from typing import Any, NamedTuple

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.results.code_state import code_digest
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.store import TAGGER, RunStore
from mnerbench.benchmark.results.tagger_file import TAGGER_FILE
from mnerbench.benchmark.training.build import TEST, RunInputs, encode_one
from mnerbench.benchmark.training.context import RunContext
from mnerbench.benchmark.training.evaluation import diagnose, evaluate
from mnerbench.benchmark.training.events import RunStarted
from mnerbench.benchmark.training.kept_tagger import load_kept
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.methods.tagger import NeuralMethod

_OF_TRAINING = (
    *("curve", "best_epoch", "primary_view", "parameters", "policies", "coverage", "picture_texts", "resumed"),
    *("ceilings", "diagnosis", "code", "peak_memory", "environment"),
)


class EarlierRun(NamedTuple):
    """A finished run: its record, and its method with the trained weights."""

    record: RunRecord
    method: NeuralMethod[Any]


def earlier_run(job: Job, store: RunStore, code: str) -> EarlierRun | None:
    """The same training if it lacks nothing but transfer targets or the diagnosis, and has an undamaged tagger.

    Runs over a file of word vectors are trained again: their tagger has only the vectors of the words of the corpora
    that it was scored on.

    Args:
        job: the run.
        store: the results folder.
        code: digest of the code that computes the run; a tagger of other code is not used.
    """
    spec = job.spec
    record = store.record(spec.identity)
    if record is None or record.status is not Status.DONE or spec.vectors is not None or spec.dev_only:
        return None
    whole = record.scored_on(spec, "test") and not record.answers(spec)
    same = bool(record.code) and code_digest(record.code) == code
    if not whole or not same or not store.path(spec.identity, TAGGER, TAGGER_FILE).is_file():
        return None
    try:
        method = load_kept(store.path(spec.identity, TAGGER)).method
    except MnerbenchError:  # damaged: training gives the same scores
        return None
    return EarlierRun(record, method) if isinstance(method, NeuralMethod) else None


def complete(earlier: EarlierRun, inputs: RunInputs, context: RunContext) -> None:
    """Score missing test splits and views, and diagnose; all else in the run's outputs is that of its record.

    Args:
        earlier: from `earlier_run`.
        inputs: spec with all targets, and data.
        context: receives the outputs.

    Raises:
        Interrupted: a stop was requested; the earlier record stays.
        DataError: an input of a target has vectors of another width.
    """
    (record, method), spec = earlier, inputs.spec
    context.earlier_seconds = record.seconds
    context.facts |= {name: getattr(record, name) for name in _OF_TRAINING}
    context.metrics |= {split: {view: dict(s) for view, s in of.items()} for split, of in record.metrics.items()}
    context.timings |= record.timings
    missing = [split for split in spec.tests if not record.scored_on(spec, split)]
    done = [f"scored on {', '.join(spec.tests[split][0].name for split in missing)}"] if missing else []
    done += ["diagnosed"] if record.lacks_diagnosis(spec) else []
    note = f"{' and '.join(done)} later, with the kept tagger"
    context.facts["notes"] = tuple(dict.fromkeys((*context.facts["notes"], *record.notes, note)))
    context.listen(RunStarted(spec.identity, spec.title, 0))
    method.to(pick_device(context.provider.paths))
    for split in missing:
        # Of other tweets under the same name.
        context.metrics.pop(split, None)
        context.timings.pop(split, None)
    for split in spec.scored if record.lacks_diagnosis(spec) else missing:
        encoded = encode_one(inputs, method, split)
        evaluate(method, inputs, context, split, encoded, beside=True)
        if split == TEST and record.lacks_diagnosis(spec):
            diagnose(method, inputs, context, encoded)
