"""Average ranks over datasets as a sheet and in words."""

from __future__ import annotations

from mnerbench.reports.analysis.corpus_ranks import CorpusRanks
from mnerbench.reports.statistics.average_ranks import AverageRanks
from mnerbench.reports.statistics.ttests import LEVEL
from mnerbench.reports.text.cells import decimal_cell, text_cell
from mnerbench.reports.text.format import equals
from mnerbench.reports.text.sheet import Column, Sheet, name_column


def rank_sheet(ranked: CorpusRanks) -> Sheet:
    """Methods by average rank, with the letters of the groups that cannot be told apart."""
    ranks = ranked.ranks
    columns = (name_column("method"), Column("rank", "average rank"), Column("group", "group", numbers=False))
    rows = (
        (text_cell(method), decimal_cell(rank, 2), text_cell(_letters(ranks, index)))
        for index, (method, rank) in enumerate(zip(ranks.methods, ranks.ranks, strict=True))
    )
    return Sheet(columns, tuple(rows))


def _letters(ranks: AverageRanks, index: int) -> str | None:
    """`ab` for a method in the first two groups; None for one that differs from all others."""
    groups = [number for number, (first, last) in enumerate(ranks.groups) if first <= index <= last]
    # Beyond z, two letters for each group.
    letters = [chr(97 + n) if n < 26 else chr(96 + n // 26) + chr(97 + n % 26) for n in groups]
    return ("" if max(groups, default=0) < 26 else " ").join(letters) or None


def rank_intro(ranked: CorpusRanks) -> str:
    """The tests."""
    ranks = ranked.ranks
    test = f"Friedman's test over {ranks.datasets} datasets: p {equals(ranks.p)}"
    if ranks.p >= LEVEL:
        return f"{test}; it does not tell any of the methods apart."
    return f"{test}. Nemenyi's critical difference of average ranks at 5 %: {ranks.critical:.2f}."


def rank_legend(ranked: CorpusRanks) -> list[tuple[str, str]]:
    """Names and texts: the columns, and the limits of ranks."""
    lines = [
        ("average rank", "1 is the highest mean F1; equal ones share the mean of their ranks"),
        ("group", "methods with a common letter cannot be told apart, which does not make them equal"),
        ("sample", "the datasets, not the seeds: on so few, the tests find only large and consistent differences"),
        ("size", "ranks say nothing of the size of differences; the tables do"),
        ("pool", "a rank, and whether two methods differ, depends on which other methods were run"),
    ]
    if ranked.left_out:
        lines.append(("not ranked", f"{', '.join(ranked.left_out)}: runs are missing on a dataset"))
    return lines
