"""Sections on methods that ask language models: what became of the answers, and F1 against cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mnerbench.reports.analysis.asked import AskedMeans, RecallCounts, has_read
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.columns import NAMES, RowColumn, sheet_of
from mnerbench.reports.render.section import Section
from mnerbench.reports.text.cells import decimal_cell, share_cell, text_cell
from mnerbench.reports.text.sheet import Cell, Column, Kind

_FAULTS = {
    "truncated": "cut at the longest length (max_tokens); usable if its JSON is whole nevertheless",
    "refused": "declined by the model or by a filter of its server",
    "rejected": "the server takes no such question",
    "unusable": "the server's reply was no completion, twice",
    "unreadable": "without a list of entities",
}
_LOST = ("not in the tweet", "of an unknown type", "malformed")


def asked_sections(table: LeaderboardTable) -> Iterator[Section]:
    """The sections; none if no method of a table asks a language model."""
    rows = [row for row in table.rows if row.asked is not None]
    if rows:
        yield _board(_main_rows(table.rows))
        yield _answers(rows)


def _main_rows(rows: Sequence[Row]) -> list[Row]:
    """A row per method: that of its own view, or another one without a wrong picture as long as runs are missing."""
    scored = [row for row in rows if row.f1 is not None and not row.control]
    ordered = sorted(scored, key=lambda row: not (row.is_own_view or row.rank is not None))
    return list({row.method: row for row in reversed(ordered)}.values())


def _answers(rows: Sequence[Row]) -> Section:
    """How the answers ended, a line per method and view."""
    asked = [row.asked for row in rows if row.asked is not None]
    faults = [name for name in _FAULTS if any(item.outcomes.get(name) for item in asked)]
    columns = [
        *NAMES,
        _column("usable", "usable", lambda item: share_cell(item.usable)),
        *(_count(name, "outcomes") for name in faults),
        *(_count(name, "entities") for name in ("matched", *_LOST)),
    ]
    legend = [("usable", "answers from which entities were read; the others count as answers without entities")]
    legend += [(name, _FAULTS[name]) for name in faults]
    legend += [("matched", "entities that were put on words of the tweet; the others are lost")]
    models = ", ".join(sorted({name for item in asked for name in item.models}))
    servers = ", ".join(sorted({name for item in asked for name in item.servers})) or "none, all answers were stored"
    intro = f"Means over runs. Models: {models}. Servers: {servers}."
    return Section("answers", "What the language models answered", sheet_of(columns, rows), intro, legend=tuple(legend))


def _board(rows: Sequence[Row]) -> Section:
    """F1 against what a run takes, in the methods' own views, the highest first."""
    ordered = sorted(rows, key=lambda row: -row.f1.mean if row.f1 is not None else 0.0)
    priced = [row.asked.currency for row in rows if row.asked is not None and row.asked.money is not None]
    columns = [
        NAMES[0],
        RowColumn(Column("f1", "F1"), lambda row: share_cell(row.f1.mean if row.f1 is not None else None)),
        RowColumn(Column("run_seconds", "seconds"), lambda row: Cell(Kind.SECONDS, _seconds(row))),
        _column("requests", "requests", lambda item: decimal_cell(item.requests)),
        _column("tokens", "tokens", lambda item: decimal_cell(item.prompt_tokens + item.completion_tokens)),
    ]
    if priced:
        title = f"cost in {priced[0]}" if priced[0] and len(set(priced)) == 1 else "cost"
        columns.append(_column("money", title, lambda item: decimal_cell(item.money, 2)))
    if any(row.asked is not None and row.asked.recalled is not None for row in rows):
        columns.append(_column("recalled", "recalled", lambda item: _recalled_cell(item.recalled)))
    columns.append(_column("models", "model", lambda item: text_cell(", ".join(item.models))))
    legend = (
        ("seconds", "of a run; of a language model, those that its server took for all answers, one after the other"),
        ("recalled", "test tweets, in percent, whose second half the model writes when it gets the first"),
        ("tokens", "of all questions and answers of a run, over all views, as if each had been bought now"),
    )
    intro = "Each method in its main view, means over runs; a run asks about every view."
    remarks = tuple(_recall_sentences(rows))
    return Section("board", "F1 against cost", sheet_of(columns, ordered), intro, remarks, legend)


def _recalled_cell(item: RecallCounts | None) -> Cell:
    return share_cell(item.own / item.tweets if item is not None and item.tweets else None, digits=0)


def _recall_sentences(rows: Sequence[Row]) -> Iterator[str]:
    """What the continuations of test tweets say about the model, in a sentence per model."""
    counted = {
        (", ".join(row.asked.models), row.asked.recalled)
        for row in rows
        if row.asked is not None and row.asked.recalled is not None
    }
    for model, item in sorted(counted, key=str):
        counts = f"{model} continues {item.own:,} of {item.tweets:,} test tweets word for word"
        chance = f"and {item.others:,} times another tweet of these, by chance"
        if has_read(item.own, item.others):
            yield f"{counts} ({chance}): it has read test tweets, so its F1 is no measure of new ones"
        else:
            yield f"{counts} ({chance}): no sign that it has read them, which is no proof that it has not"


def _seconds(row: Row) -> float | None:
    return row.asked.seconds if row.asked is not None else row.costs.run_seconds


def _count(name: str, of: str) -> RowColumn:
    """The number of answers or entities of a kind."""
    return _column(name.replace(" ", "_"), name, lambda item: decimal_cell(getattr(item, of).get(name, 0)))


def _column(key: str, title: str, cell: Callable[[AskedMeans], Cell]) -> RowColumn:
    """A column that is empty for methods that ask no language model."""
    return RowColumn(Column(key, title), lambda row: cell(row.asked) if row.asked is not None else text_cell(None))
