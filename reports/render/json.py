"""The report as JSON: unrounded numbers, scores as fractions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from mnerbench.reports.analysis.capability_profile import ProfileRow, capability_profiles
from mnerbench.reports.analysis.corpora import corpus_groups
from mnerbench.reports.analysis.corpus_ranks import corpus_ranks
from mnerbench.reports.analysis.replications import replications
from mnerbench.reports.analysis.row_data import Comparison, Row
from mnerbench.reports.analysis.table_data import Conditions

if TYPE_CHECKING:
    from mnerbench.benchmark.results.damage import Damage
    from mnerbench.reports.analysis.table_data import LeaderboardTable


def json_report(tables: Sequence[LeaderboardTable], damaged: Sequence[Damage] = (), *, indent: int | None = 1) -> str:
    """Dump tables, capability profiles, results across datasets, and damaged files.

    Args:
        tables: the tables of the report.
        damaged: files of the results folder that were excluded.
        indent: spaces per level; None for a single line, which takes a fraction of the time.
    """

    def profile_row(row: ProfileRow) -> dict[str, Any]:
        cells = [
            None if score is None else {"f1": score.f1 and score.f1.mean, "headroom": score.headroom}
            for score in row.probe_rows
        ]
        return {"method": row.method, "own": cells, "wrong_pictures": row.cost, "wrong_pictures_error": row.cost_error}

    data = {
        "tables": tables,
        "profiles": [
            {"conditions": profile.conditions, "probes": profile.probes, "rows": list(map(profile_row, profile.rows))}
            for profile in capability_profiles(tables)
        ],
        "across_datasets": [
            {
                "conditions": corpora.conditions,
                "baseline": corpora.baseline,
                "datasets": list(corpora.tables),
                "methods": replications(corpora),
                "ranks": corpus_ranks(corpora),
            }
            for corpora in corpus_groups(tables)
        ],
        "damaged": [
            {
                "file": damage.location,
                "run": damage.identity,
                "reason": damage.reason,
                "remedy": damage.remedy,
                "left_out": damage.excludes,
            }
            for damage in damaged
        ],
    }
    # In ASCII, so that control characters and lone surrogates are escaped.
    return json.dumps(data, indent=indent, default=_fields) + "\n"


def _fields(value: Any) -> dict[str, Any]:
    """The fields of a dataclass; `asdict` would also copy all numbers in it, which takes most of the time."""
    if type(value) is Comparison:
        return value.data()
    data = {field.name: getattr(value, field.name) for field in fields(value)}
    if type(value) is Conditions and value.limit_test is None:
        del data["limit_test"]
    return data | {"headroom": value.headroom, "headroom_error": value.headroom_error} if type(value) is Row else data
