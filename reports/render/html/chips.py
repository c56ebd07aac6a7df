"""Verdicts as chips: a symbol and a word, made from the same judgement as the sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.judgements import AGAINST_BASELINE, OWN_AGAINST_WRONG_PICTURES, sentence
from mnerbench.reports.statistics.verdict import Judgement, Verdict

_SYMBOLS = {
    Verdict.BETTER: "\N{BLACK UP-POINTING TRIANGLE}",
    Verdict.WORSE: "\N{BLACK DOWN-POINTING TRIANGLE}",
    Verdict.EQUIVALENT: "\N{ALMOST EQUAL TO}",
    Verdict.UNDECIDED: "?",
    Verdict.SAME: "=",
}
_NO_VERDICT = "\N{EN DASH}"
_PICTURE_WORDS = {
    Verdict.BETTER: "uses it",
    Verdict.WORSE: "misled",
    Verdict.EQUIVALENT: "worth < {margin:g}",
}
_MOST_TABLES = _MOST_METHODS = 40  # of a grid, which stands above all tables


@dataclass(frozen=True)
class Chip:
    """A verdict in a word.

    Attributes:
        symbol: one character.
        word: `better`, `uses it`.
        kind: `better`, `worse`, `equivalent`, `undecided`, `same` or `none`, for the colour.
        sentence: the verdict with its numbers.
    """

    symbol: str
    word: str
    kind: str
    sentence: str


@dataclass(frozen=True)
class TableChips:
    """The chips of a table, by method.

    Attributes:
        baseline: the method that `compared` is against; None without one.
        compared: each method in its own view against the baseline.
        pictures: the own picture against another tweet's.
    """

    baseline: str | None
    compared: Mapping[str, Chip]
    pictures: Mapping[str, Chip]


@dataclass(frozen=True)
class GridLine:
    """A line of the grid: a question about a table.

    Attributes:
        key: anchor of the table.
        title: of the table.
        question: `better than bert-crf?`.
        chips: by method; None where a method has no chip.
        baseline: method of the column that is the baseline; None for none.
    """

    key: str
    title: str
    question: str
    chips: Sequence[Chip | None]
    baseline: str | None


@dataclass(frozen=True)
class ChipGrid:
    """All verdicts of a page: tables by methods; `left_out` is the number of tables and methods beyond the limits."""

    methods: Sequence[str]
    lines: Sequence[GridLine]
    left_out: tuple[int, int]


def chips_of(table: LeaderboardTable) -> TableChips:
    """The chips of all judged methods of a table."""
    other = table.baseline or "the baseline"
    judged = [(row.method, row.judged) for row in table.rows]
    return TableChips(
        baseline=table.baseline,
        compared={name: comparison_chip(item, other) for name, item in judged if item is not None},
        pictures={name: picture_chip(item) for name, item in table.picture_verdicts.items()},
    )


def comparison_chip(judged: Judgement, baseline: str) -> Chip:
    """The verdict against the baseline."""
    return _chip(judged, judged.verdict.value, sentence(judged, AGAINST_BASELINE, baseline))


def picture_chip(judged: Judgement) -> Chip:
    """The verdict on the tweet's own picture against another tweet's."""
    word = _PICTURE_WORDS.get(judged.verdict, judged.verdict.value).format(margin=100 * judged.margin)
    return _chip(judged, word, sentence(judged, OWN_AGAINST_WRONG_PICTURES, "wrong pictures"))


def _chip(judged: Judgement, word: str, text: str) -> Chip:
    kind = judged.verdict.name.lower() if judged.verdict in _SYMBOLS else "none"
    return Chip(_SYMBOLS.get(judged.verdict, _NO_VERDICT), word, kind, text)


def grid_of(tables: Sequence[tuple[str, str, TableChips]]) -> ChipGrid | None:
    """The grid of several tables, given as anchor, title and chips; None for a single table and without verdicts."""
    judged = [entry for entry in tables if entry[2].compared or entry[2].pictures]
    names = dict.fromkeys(
        name for *_, chips in judged for name in (chips.baseline, *chips.compared, *chips.pictures) if name is not None
    )
    if len(tables) < 2 or not judged:
        return None
    methods, lines = list(names)[:_MOST_METHODS], []
    for key, title, chips in judged[:_MOST_TABLES]:
        if chips.compared:
            row = [chips.compared.get(name) for name in methods]
            lines.append(GridLine(key, title, f"better than {chips.baseline}?", row, chips.baseline))
        if chips.pictures:
            row = [chips.pictures.get(name) for name in methods]
            lines.append(GridLine(key, title, "is it the picture?", row, None))
    return ChipGrid(methods, lines, (max(0, len(judged) - _MOST_TABLES), max(0, len(names) - _MOST_METHODS)))
