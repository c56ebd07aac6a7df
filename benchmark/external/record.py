"""Predictions of a system that did not run here, as a run of the results folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from mnerbench.benchmark.environment import environment
from mnerbench.benchmark.external.alignment import Alignment, Finding, Misfit
from mnerbench.benchmark.predictions import pair_up, score_all
from mnerbench.benchmark.records import RunRecord, RunStore, Status, write_atomically
from mnerbench.benchmark.spec import EXTERNAL, DatasetRef, RunSpec
from mnerbench.datasets.corpus import Example

# What changes a score, so that it has to stand beside it wherever it is printed.
_TOLD = (Misfit.MISSING, Misfit.SHORTENED, Misfit.EDITED, Misfit.GOLD, Misfit.TYPE, Misfit.LABEL)


def external_spec(name: str, data: DatasetRef, seed: int) -> RunSpec:
    """The spec of somebody's predictions: a name, the data, and which of several runs they are of."""
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
    """Write predictions, a record, and the list of all misfits; an earlier record of this spec is replaced.

    Args:
        store: the results folder.
        spec: from `external_spec`.
        file: the prediction file, and its predictions on our words.
        examples: the test split.
        view: which picture the system saw.

    Raises:
        StoreError: the folder cannot be written.
    """
    path, aligned = file
    predictions = list(pair_up(examples, aligned.labels))
    store.save_spec(spec)
    store.save_predictions(spec.identity, "test", view, predictions)
    write_atomically(store.folder(spec.identity) / "alignment.txt", alignment_text(aligned.findings))
    told = [f"{number} {kind.value}" for kind in _TOLD if (number := aligned.counts[kind])]
    noted = f"; tweets that do not fit our gold: {', '.join(told)}" if told else ""
    gold = all(tuple(one.labels) == labels for one, labels in zip(examples, aligned.labels, strict=True))
    same = (f"{spec.method}: every label is that of our gold: is {path.name} a file of gold labels?",) * gold
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    record = RunRecord(
        identity=spec.identity,
        spec=spec,
        status=Status.DONE,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        metrics={"test": {view: score_all(predictions)}},
        primary_view=view,
        notes=(f"{spec.method}: predictions from a file, nothing is known of its training{noted}", *same),
        environment={**environment("cpu"), "file": path.name, "sha256": digest},
    )
    store.save_record(record)
    return record


def alignment_text(findings: Sequence[Finding]) -> str:
    """A line per misfit: kind, tweet of ours, line of the file, what was found."""
    rows = [
        (finding.misfit.value, f"tweet {finding.tweet or '-'}", f"line {finding.line or '-'}", finding.text)
        for finding in findings
    ]
    return "".join("\t".join(row) + "\n" for row in rows)
