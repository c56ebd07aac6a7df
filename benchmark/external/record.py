"""Stores third-party predictions as runs in the results folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from mnerbench.benchmark.external.alignment import Alignment
from mnerbench.benchmark.external.misfits import Misfit
from mnerbench.benchmark.external.plausibility import is_gold
from mnerbench.benchmark.results.environment import environment
from mnerbench.benchmark.results.predictions import pair_up, score_all
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.spec import EXTERNAL, DatasetRef, RunSpec
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import sha256_of

# Mismatches that change a score and are therefore noted wherever it is printed.
_NOTED = tuple(misfit for misfit in Misfit if misfit not in {Misfit.EXTRA, Misfit.MOVED})


def external_spec(name: str, data: DatasetRef, seed: int) -> RunSpec:
    """The spec of third-party predictions: system name, dataset, and seed, which distinguishes its runs."""
    config = {"system": name}
    return RunSpec(
        method=name,
        family=EXTERNAL,
        config=config,
        dataset=data,
        encoder=None,
        training=None,
        protocol=EXTERNAL,
        seed=seed,
    )


def keep_external(
    store: RunStore, spec: RunSpec, file: tuple[Path, Alignment], examples: Sequence[Example], view: str
) -> RunRecord:
    """Write predictions, a record, and the list of mismatches; replaces an earlier record of this spec.

    Args:
        store: the results folder.
        spec: the result of `external_spec`.
        file: the prediction file and its aligned predictions.
        examples: the test split.
        view: the pictures that the system saw.

    Raises:
        StoreError: the folder is not writable.
    """
    path, aligned = file
    predictions = list(pair_up(examples, aligned.labels))
    store.set_damaged_record_aside(spec.identity)
    store.withdraw_record(spec.identity)
    store.save_spec(spec)
    store.save_predictions(spec.identity, "test", view, predictions)
    write_atomically(store.folder(spec.identity) / "alignment.txt", alignment_text(aligned))
    counts = [f"{number} {kind.value}" for kind in _NOTED if (number := aligned.counts[kind])]
    mismatches = f"; tweets that do not fit our gold: {', '.join(counts)}" if counts else ""
    notes = [f"{spec.method}: predictions from a file, nothing is known of its training{mismatches}"]
    if aligned.conversions:
        notes.append(f"{spec.method}: {'; '.join(aligned.conversions)}")
    if is_gold(aligned, examples):
        notes.append(f"{spec.method}: the predictions equal our gold: is {path.name} a file of gold labels?")
    digest = sha256_of(path)
    record = RunRecord(
        identity=spec.identity,
        spec=spec,
        status=Status.DONE,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        metrics={"test": {view: score_all(predictions)}},
        primary_view=view,
        notes=tuple(notes),
        environment={
            **environment("cpu"),
            "file": path.name,
            "sha256": digest,
            "read_as": [*aligned.decisions, *aligned.conversions],
        },
    )
    store.save_record(record)
    return record


def alignment_text(aligned: Alignment) -> str:
    """A line per listed mismatch: kind, number of our tweet, line of the file, description; then the unlisted counts.

    The last lines state how the file was read.
    """
    rows = [
        (finding.misfit.value, f"tweet {finding.tweet or '-'}", f"line {finding.line or '-'}", finding.text)
        for finding in aligned.findings
    ]
    rows += [
        (misfit.value, "tweet -", "line -", f"and {number:,} more, not listed")
        for misfit, number in aligned.unlisted.items()
    ]
    rows += [("read as", "tweet -", "line -", decision) for decision in (*aligned.decisions, *aligned.conversions)]
    return "".join("\t".join(map(one_line, row)) + "\n" for row in rows)
