"""Pairs of methods in the tables of a results folder."""

from __future__ import annotations

from collections.abc import Sequence

from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.reports.analysis.cases import correctness_of
from mnerbench.reports.analysis.leaderboard import Analysed
from mnerbench.reports.analysis.pairwise import PairwiseComparison, check_names, compare_rows, find_row, find_rows
from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.load import Results


def compared_pairs(results: Results, a: str, b: str, dataset: str | None) -> list[tuple[Analysed, PairwiseComparison]]:
    """Compare two methods in every table that has results of both.

    Args:
        results: the tables.
        a: METHOD for its main view, or METHOD@VIEW.
        b: the method to compare it with.
        dataset: only tables of this dataset; None for all.

    Raises:
        ConfigError: no table has both, a name is ambiguous, or there is no such dataset.
    """
    tables = _of_dataset(results.analysed, dataset)
    check_names((a, b), tables)
    pairs = [
        (analysed, compare_rows(analysed, row_a, row_b, correctness_of(analysed.group, results.store, results.stats)))
        for analysed in tables
        if find_rows(analysed, a) and find_rows(analysed, b)
        if (row_a := find_row(analysed, a)) is not None and (row_b := find_row(analysed, b)) is not None
    ]
    if not pairs:
        locations = (f"{name!r} is in: {'; '.join(_headings_with(name, tables))}" for name in (a, b))
        raise ConfigError(
            f"no table contains both; {', '.join(locations)}\n"
            "  -> run both on the same data, with the same encoder and protocol"
        )
    return pairs


def _headings_with(name: str, tables: Sequence[Analysed]) -> list[str]:
    return [heading(analysed.table) for analysed in tables if find_rows(analysed, name)]


def _of_dataset(tables: Sequence[Analysed], dataset: str | None) -> list[Analysed]:
    if dataset is None:
        return list(tables)
    matches = [analysed for analysed in tables if analysed.table.conditions.dataset == dataset]
    if not matches:
        names = {analysed.table.conditions.dataset for analysed in tables}
        reason = f"no dataset {dataset!r} in these runs{suggestion(dataset, names)}"
        raise ConfigError(f"{reason}\n  -> use a dataset name from the tables' headings, or leave it out")
    return matches
