"""The report as JSON: unrounded numbers, scores as fractions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mnerbench.reports.analysis.capability_profile import ProfileRow, capability_profiles
from mnerbench.reports.analysis.corpora import corpus_groups
from mnerbench.reports.analysis.corpus_ranks import corpus_ranks
from mnerbench.reports.analysis.replications import replications

if TYPE_CHECKING:
    from mnerbench.benchmark.results.damage import Damage
    from mnerbench.reports.analysis.row_data import Row
    from mnerbench.reports.analysis.table_data import LeaderboardTable


def json_report(tables: Sequence[LeaderboardTable], damaged: Sequence[Damage] = ()) -> str:
    """Dump tables, capability profiles, results across datasets, and damaged files.

    Args:
        tables: the tables of the report.
        damaged: files of the results folder that were excluded.
    """

    def row_data(row: Row) -> dict[str, Any]:
        return asdict(row) | {"headroom": row.headroom, "headroom_error": row.headroom_error}

    def profile_row(row: ProfileRow) -> dict[str, Any]:
        cells = [
            None if score is None else {"f1": score.f1 and score.f1.mean, "headroom": score.headroom}
            for score in row.probe_rows
        ]
        return {"method": row.method, "own": cells, "wrong_pictures": row.cost, "wrong_pictures_error": row.cost_error}

    data = {
        "tables": [asdict(table) | {"rows": list(map(row_data, table.rows))} for table in tables],
        "profiles": [
            {"conditions": profile.conditions, "probes": profile.probes, "rows": list(map(profile_row, profile.rows))}
            for profile in capability_profiles(tables)
        ],
        "across_datasets": [
            {
                "conditions": corpora.conditions,
                "baseline": corpora.baseline,
                "datasets": list(corpora.tables),
                "methods": list(map(asdict, replications(corpora))),
                "ranks": asdict(ranked) if (ranked := corpus_ranks(corpora)) is not None else None,
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
    return json.dumps(data, indent=1) + "\n"  # in ASCII: control characters and lone surrogates are escaped
