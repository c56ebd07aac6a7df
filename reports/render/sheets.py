"""The sheets of a leaderboard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mnerbench.datasets.slices import WAYS
from mnerbench.reports.analysis.agreement import Agreement, order_of
from mnerbench.reports.analysis.row_data import PictureEffect, Row
from mnerbench.reports.analysis.rows import OWN_PICTURE
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.columns import (
    BEST,
    BOTH,
    CEILING,
    DECIDING,
    DETECTABLE,
    DIFFERENCE,
    DOMINANCE,
    DUNNETT,
    EFFECT,
    FAMILY,
    HEADROOM,
    IMPROVEMENT,
    IS_BASELINE,
    LOWEST,
    MEMORY,
    MIDDLE,
    NAMES,
    NEEDED,
    OVER_SEEDS,
    P_BOTH,
    PAIRED,
    PARAMETERS,
    PLAIN_METHOD,
    PRECISION,
    RANK,
    RANK_RANGE,
    RANKS,
    RECALL,
    REGIONS,
    RUNS,
    SCORE,
    STATE,
    STUDENT,
    TIMES,
    VERDICT,
    VIEW,
    WELCH,
    RowColumn,
    change_columns_of,
    error_columns,
    picture_column,
    scorer_column,
    sheet_of,
    slice_column,
    type_column,
)
from mnerbench.reports.text.cells import decimal_cell, difference_cell, p_cell, share_cell, text_cell
from mnerbench.reports.text.sheet import Cell, Column, Sheet, name_column

RELATION_AUC = "AUC of the relation ± std"


def main_sheet(table: LeaderboardTable) -> Sheet:
    """The results, one line per row of the table; on a probe with ceiling and headroom."""
    probe = (CEILING, HEADROOM) if table.conditions.ceilings else ()
    columns = (RANKS, *NAMES, RUNS, SCORE, *probe, BEST, PRECISION, RECALL, DIFFERENCE, DECIDING, VERDICT)
    return sheet_of(columns, table.rows)


def tidy_sheet(table: LeaderboardTable) -> Sheet:
    """Every column of every row of the table."""
    scores = ("f1", "precision", "recall")
    columns = (
        *(PLAIN_METHOD, VIEW, STATE, RUNS, RANK, *RANK_RANGE, IS_BASELINE),
        *(SCORE, BEST, MIDDLE, PRECISION, RECALL),
        *(
            DIFFERENCE,
            DECIDING,
            FAMILY,
            VERDICT,
            picture_column(table.picture_verdicts),
            OVER_SEEDS,
            WELCH,
            STUDENT,
            PAIRED,
            P_BOTH,
            BOTH,
            DUNNETT,
            IMPROVEMENT,
            DOMINANCE,
            EFFECT,
            DETECTABLE,
            NEEDED,
        ),
        *(CEILING, HEADROOM, *TIMES, MEMORY, *PARAMETERS[1:], PARAMETERS[0]),
        *(type_column(kind, score) for kind in table.types for score in scores),
        *map(slice_column, table.slices),
        *(error_columns() if any(row.mistakes for row in table.rows) else ()),
        *change_columns_of(table.rows),
        *map(scorer_column, table.conditions.other_scorers),
    )
    return sheet_of(columns, table.rows)


def test_sheet(table: LeaderboardTable) -> Sheet:
    """Every test of a row against the baseline, its effect size and power."""
    columns = (*NAMES, OVER_SEEDS, WELCH, BOTH, P_BOTH, DUNNETT, STUDENT, PAIRED, EFFECT, DETECTABLE, NEEDED)
    return sheet_of(columns, _compared(table))


def robust_sheet(table: LeaderboardTable) -> Sheet:
    """Summaries that one outlying run cannot decide, and further views of the difference to the baseline."""
    return sheet_of((*NAMES, SCORE, MIDDLE, LOWEST, IMPROVEMENT, DOMINANCE, REGIONS), _compared(table))


def _compared(table: LeaderboardTable) -> list[Row]:
    return [row for row in table.rows if row.comparison is not None and not row.control]


def type_sheet(table: LeaderboardTable) -> Sheet:
    """Mean F1 per entity type, with the number of gold entities."""
    return sheet_of([*NAMES, *map(type_column, table.types)], _scored(table), _sizes(table.types.values()))


def scorer_sheet(table: LeaderboardTable) -> Sheet:
    """Mean F1 of the same runs under every scorer."""
    scorer = table.conditions.scorer
    mean = RowColumn(Column("f1", scorer), lambda row: share_cell(row.f1.mean if row.f1 else None))
    return sheet_of([*NAMES, mean, *map(scorer_column, table.conditions.other_scorers)], _scored(table))


def image_sheet(table: LeaderboardTable) -> Sheet:
    """Gains from the picture of each method that reads pictures."""
    views = list(dict.fromkeys(view for use in table.image_use for view in use.gains))
    columns = [name_column("method"), Column("own", f"F1 {OWN_PICTURE}")]
    for view in views:
        columns += [Column(f"gain.{view}", f"{OWN_PICTURE} - {view} [95 % CI]"), Column(f"p.{view}", "p paired")]
    rows = []
    for use in table.image_use:
        cells = [text_cell(use.method), share_cell(use.own)]
        for test in map(use.gains.get, views):
            cells += [difference_cell(test), p_cell(test.p)] if test is not None else [text_cell(None)] * 2
        rows.append(tuple(cells))
    return Sheet(tuple(columns), tuple(rows))


def _scored(table: LeaderboardTable) -> list[Row]:
    return [row for row in table.rows if row.f1 is not None]


def _sizes(numbers: Iterable[float]) -> list[Cell]:
    """The numbers of gold entities, to be printed below the headings."""
    return [text_cell("gold entities"), text_cell(None), *map(decimal_cell, numbers)]


def slice_sheets(table: LeaderboardTable) -> Iterator[tuple[str, Sheet]]:
    """Mean F1 per slice of test, with the number of gold entities; a sheet per criterion.

    Yields:
        The criterion of the slices, and the sheet.
    """
    for title, names in WAYS.items():
        slices = [name for name in names if name in table.slices]
        if slices:
            sizes = _sizes(table.slices[name] for name in slices)
            yield title, sheet_of([*NAMES, *map(slice_column, slices)], sliced_rows(table), sizes)


def mistake_sheet(table: LeaderboardTable) -> Sheet:
    """Number of errors by type and of tweets changed from the baseline, means over seeds."""
    rows = sliced_rows(table)
    return sheet_of([*NAMES, *error_columns(), *change_columns_of(rows)], rows)


def sliced_rows(table: LeaderboardTable) -> list[Row]:
    """The rows with slices and error types."""
    return [row for row in table.rows if row.mistakes and not row.control]


def agreement_sheet(agreement: Agreement) -> Sheet:
    """Shares of the gold entities that each method finds, and that each other method misses of them."""
    methods = order_of(agreement)
    columns = [name_column("method"), Column("found", "found")]
    columns += [Column(f"beyond.{method}", f"not by {method}") for method in methods]
    rows = tuple(
        (
            text_cell(method),
            share_cell(agreement.found[method]),
            *(share_cell(agreement.beyond[method].get(other)) for other in methods),
        )
        for method in methods
    )
    return Sheet(tuple(columns), rows)


def cost_sheet(table: LeaderboardTable) -> Sheet:
    """Efficiency as in MAF Table 3, one line per method."""
    measured: dict[str, Row] = {}
    costs = (*TIMES, *PARAMETERS, MEMORY)
    for row in _scored(table):
        if any(column.cell(row).value is not None for column in costs):
            measured.setdefault(row.method, row)
    return sheet_of([PLAIN_METHOD, *costs], list(measured.values()))


def effect_sheet(table: LeaderboardTable) -> Sheet:
    """The effect of pictures inside each method, on the sample; the AUC if any method judges the relation."""
    effects = [(row.method, row.effect) for row in table.rows if row.effect is not None]
    judged = any(effect.auc is not None for _, effect in effects)
    columns = (
        name_column("method"),
        Column("own", "F1 on the sample"),
        Column("additive", "EMAP gap [95 % CI]"),
        Column("p_paired", "p paired"),
        Column("distance", "distance ± std"),
        Column("moved", "of the length"),
        *([Column("auc", RELATION_AUC)] if judged else []),
    )
    return Sheet(
        columns,
        tuple(
            (text_cell(method), *_effect_cells(effect), *([_auc_cell(effect)] if judged else []))
            for method, effect in effects
        ),
    )


def _auc_cell(effect: PictureEffect) -> Cell:
    if effect.auc is None:
        return decimal_cell(None)
    return decimal_cell(effect.auc.mean, 3, error=effect.auc.std)


def _effect_cells(effect: PictureEffect) -> tuple[Cell, ...]:
    return (
        share_cell(effect.own),
        difference_cell(effect.additive),
        p_cell(effect.additive.p),
        decimal_cell(effect.distance.mean, 2, error=effect.distance.std),
        share_cell(effect.moved, digits=0, note=" %"),
    )
