"""The runs of a report as one tidy CSV file: a line per run and view; unrounded, scores as fractions."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mnerbench.benchmark.results.record import Asked
from mnerbench.benchmark.results.scoring import Scorer
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.analysis.run_rows import RunRow, run_rows, selected_dev_f1, training_seconds
from mnerbench.reports.render.csv import Value, csv_text


def run_csv_report(groups: Sequence[Group]) -> str:
    """All runs of the tables of a report, also those that failed, are missing or could not be planned.

    Args:
        groups: the runs of the tables, in their order.
    """
    return csv_text(run_lines(groups))


def run_lines(groups: Sequence[Group]) -> list[dict[str, Value]]:
    """All runs of the tables of a report, as values by column."""
    return [_line(row) for row in run_rows(groups)]


def _line(row: RunRow) -> dict[str, Value]:
    spec = row.spec
    line: dict[str, Value] = {
        "tables": " ".join(map(str, row.tables)),
        "suites": " ".join(row.suites),
        "run": row.identity,
        "method": row.method,
        "family": spec.family if spec is not None else None,
        "data": row.data,
        "trained_on": spec.dataset.name if spec is not None else None,
        "train_tweets": spec.dataset.train_tweets if spec is not None else None,
        "tested_on": row.tested_on,
        "encoder": spec.encoder.title if spec is not None and spec.encoder is not None else None,
        "protocol": spec.protocol if spec is not None else None,
        "overrides": json.dumps(dict(spec.overrides), sort_keys=True) if spec is not None and spec.overrides else None,
        "seed": row.seed,
        "status": row.status,
        "reason": row.reason,
        "view": row.view,
        "main_view": None if row.main_view is None else int(row.main_view),
    }
    if (planned := row.record.spec if row.record is not None else spec) is not None and planned.partial:
        line["partial"] = planned.partial
    for scorer in Scorer:
        line |= _scores(row, scorer)
    return line | _training(row) | _environment(row)


def _scores(row: RunRow, scorer: Scorer) -> dict[str, Value]:
    counts = row.scores.get(scorer.value)
    names = ("f1", "precision", "recall", "correct", "predicted", "gold")
    return {f"{name}.{scorer.value}": None if counts is None else getattr(counts, name) for name in names}


def _training(row: RunRow) -> dict[str, Value]:
    record = row.record
    return {
        "epochs": len(record.curve) if record is not None and record.curve else None,
        "best_epoch": record.best_epoch if record is not None else None,
        "dev_f1": selected_dev_f1(record) if record is not None else None,
        "seconds": record.seconds if record is not None else None,
        "train_seconds": training_seconds(record) if record is not None else None,
        "resumed": record.resumed if record is not None else None,
        "parameters": record.parameters.get("total") if record is not None else None,
        "memory_bytes": record.peak_memory if record is not None else None,
    } | _asked(record.asked if record is not None else None)


def _asked(asked: Asked | None) -> dict[str, Value]:
    """What a language model was asked, over all splits and views of a run."""
    return {
        "language_model": asked.model if asked is not None else None,
        "requests": asked.requests if asked is not None else None,
        "prompt_tokens": asked.prompt_tokens if asked is not None else None,
        "completion_tokens": asked.completion_tokens if asked is not None else None,
        "money": asked.money if asked is not None else None,
        "currency": (asked.currency or None) if asked is not None else None,
    }


def _environment(row: RunRow) -> dict[str, Value]:
    """When, on what and by which code the run was computed."""
    facts = row.record.environment if row.record is not None else {}
    packages = facts.get("packages")
    versions = packages.items() if isinstance(packages, dict) else ()
    return {
        "started": row.record.started if row.record is not None else None,
        "hardware": row.hardware,
        "python": _text(facts.get("python")),
        "packages": ", ".join(f"{name} {version}" for name, version in versions) or None,
        "commit": _text(facts.get("commit")),
        "notes": "; ".join(row.record.notes) or None if row.record is not None else None,
    }


def _text(value: object) -> str | None:
    return str(value) if value else None
