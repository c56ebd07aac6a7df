"""The sheets of a leaderboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnerbench.benchmark.results.error_types import ErrorType
from mnerbench.datasets.slices import WAYS
from mnerbench.reports.analysis.agreement import Agreement, order_of
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.row_text import headroom, score
from mnerbench.reports.analysis.rows import OWN_PICTURE
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.text.format import NONE, Sheet, amount, difference, effect, gigabytes, p_value, percent, seconds


def _against_baseline(row: Row) -> tuple[str, str, str]:
    test = row.comparison
    if test is None:
        note = "baseline" if row.baseline else "deterministic" if row.deterministic and row.f1 else NONE
        return note, NONE, NONE
    return difference(test.welch), p_value(test.holm), NONE if row.control else test.judged.verdict.value


def _name(row: Row) -> tuple[str, str]:
    return row.title, row.view or NONE


def main_sheet(table: LeaderboardTable) -> Sheet:
    """The results, one line per row of the table."""
    columns = ("#", "method", "view", "runs", "F1 ± std", "best", "P", "R", "Δ baseline [95 % CI]")
    rows = []
    for row in table.rows:
        rank = NONE if row.rank is None else str(row.rank)
        runs = f"{row.done}/{row.expected}" if row.expected else NONE
        best = percent(row.f1.best if row.f1 else None)
        scores = (score(row), best, percent(row.precision), percent(row.recall))
        rows.append((rank, *_name(row), runs, *scores, *_against_baseline(row)))
    return Sheet((*columns, "p Holm", "verdict"), 3, tuple(rows))


def test_sheet(table: LeaderboardTable) -> Sheet:
    """Every test of a row against the baseline, its effect size and power."""
    rows = tuple(
        (
            *_name(row),
            difference(test.welch),
            p_value(test.welch.p),
            p_value(test.holm),
            p_value(test.student.p),
            p_value(test.paired.p),
            *((difference(test.both), p_value(test.both.p)) if test.both and test.both.interval else (NONE, NONE)),
            effect(test.size),
            percent(test.judged.detectable),
            str(test.needed) if test.needed is not None else NONE,
        )
        for row in table.rows
        if (test := row.comparison) is not None and not row.control
    )
    tests = ("p Welch", "p Holm", "p Student", "p paired", "Δ seeds and tweets [95 % CI]", "p both")
    columns = ("method", "view", "Δ baseline [95 % CI]", *tests, "g [95 % CI]", "detectable", "seeds needed")
    return Sheet(columns, 2, rows)


def ceiling_sheet(table: LeaderboardTable) -> Sheet:
    """On a probe: ceiling and headroom of the lines of `main_sheet`."""
    rows = tuple(
        (*_name(row), percent(row.ceiling.expected if row.ceiling else None), headroom(row)) for row in table.rows
    )
    return Sheet(("method", "view", "ceiling", "headroom"), 2, rows)


def type_sheet(table: LeaderboardTable) -> Sheet:
    """Mean F1 per entity type, with the number of gold entities."""
    sizes = ("gold entities", NONE, *(f"{gold:,}" for gold in table.types.values()))
    rows = tuple((*_name(row), *(percent(row.of_type(kind)) for kind in table.types)) for row in _scored(table))
    return Sheet(("method", "view", *table.types), 2, rows, sizes)


def scorer_sheet(table: LeaderboardTable) -> Sheet:
    """Mean F1 of the same runs under every scorer."""
    others = table.conditions.other_scorers
    rows = tuple(
        (*_name(row), percent(row.f1.mean if row.f1 else None), *(percent(row.scorers.get(name)) for name in others))
        for row in _scored(table)
    )
    return Sheet(("method", "view", table.conditions.scorer, *others), 2, rows)


def image_sheet(table: LeaderboardTable) -> Sheet:
    """Gains from the picture of each method that reads pictures."""
    views = list(dict.fromkeys(view for use in table.image_use for view in use.gains))
    columns = [column for view in views for column in (f"{OWN_PICTURE} - {view} [95 % CI]", "p paired")]
    rows = []
    for use in table.image_use:
        tests = [use.gains.get(view) for view in views]
        cells = [text for test in tests for text in ((difference(test), p_value(test.p)) if test else (NONE, NONE))]
        rows.append((use.method, percent(use.own), *cells))
    return Sheet(("method", f"F1 {OWN_PICTURE}", *columns), 1, tuple(rows))


def _scored(table: LeaderboardTable) -> Sequence[Row]:
    return [row for row in table.rows if row.f1 is not None]


def slice_sheets(table: LeaderboardTable) -> Iterator[tuple[str, Sheet]]:
    """Mean F1 per slice of test, with the number of gold entities; a sheet per criterion.

    Yields:
        The criterion of the slices, and the sheet.
    """
    for title, names in WAYS.items():
        slices = [name for name in names if name in table.slices]
        if slices:
            sizes = ("gold entities", NONE, *(f"{table.slices[name]:,.0f}" for name in slices))
            rows = tuple((*_name(row), *(percent(row.slices.get(name)) for name in slices)) for row in _sliced(table))
            yield title, Sheet(("method", "view", *slices), 2, rows, sizes)


def mistake_sheet(table: LeaderboardTable) -> Sheet:
    """Number of errors by type, means over seeds."""
    kinds = [kind.value for kind in ErrorType]
    rows = tuple((*_name(row), *(f"{row.mistakes[kind]:,.1f}" for kind in kinds)) for row in _sliced(table))
    return Sheet(("method", "view", *kinds), 2, rows)


def _sliced(table: LeaderboardTable) -> list[Row]:
    return [row for row in table.rows if row.mistakes and not row.control]


def agreement_sheet(agreement: Agreement) -> Sheet:
    """Shares of the gold entities that each method finds, and that each other method misses of them."""
    methods = order_of(agreement)
    rows = tuple(
        (
            method,
            percent(agreement.found[method]),
            *(percent(agreement.beyond[method].get(other)) for other in methods),
        )
        for method in methods
    )
    return Sheet(("method", "found", *(f"not by {other}" for other in methods)), 1, rows)


def cost_sheet(table: LeaderboardTable) -> Sheet:
    """Efficiency as in MAF Table 3, one line per method."""
    rows: dict[str, tuple[str, ...]] = {}
    for row in _scored(table):
        parts = [amount(row.costs.parameters.get(part)) for part in ("total", "encoder", "new", "crf")]
        times = (seconds(row.costs.train_seconds), seconds(row.costs.test_seconds))
        cells = (*times, *parts, gigabytes(row.costs.memory))
        if any(cell != NONE for cell in cells):
            rows.setdefault(row.method, (row.method, *cells))
    columns = ("method", "train s/epoch", "test s", "parameters", "encoder", "new layers", "CRF", "peak memory")
    return Sheet(columns, 1, tuple(rows.values()))


def effect_sheet(table: LeaderboardTable) -> Sheet:
    """The effect of pictures inside each method, on the sample."""
    rows = tuple(
        (
            row.method,
            percent(row.effect.own),
            difference(row.effect.additive),
            p_value(row.effect.additive.p),
            f"{row.effect.distance.mean:.2f}"
            + (f" ± {row.effect.distance.std:.2f}" if row.effect.distance.std is not None else ""),
            f"{100 * row.effect.moved:.0f} %",
        )
        for row in table.rows
        if row.effect is not None
    )
    columns = ("method", "F1 on the sample", "minus additive [95 % CI]", "p paired", "distance ± std", "of the length")
    return Sheet(columns, 1, rows)
