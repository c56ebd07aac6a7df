"""Items on methods, their settings, and searches of settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mnerbench.benchmark.results.search_results import SearchResult
from mnerbench.benchmark.results.spec import EXTERNAL
from mnerbench.reports.analysis.checklist.facts import ChecklistFacts, SelectionFacts
from mnerbench.reports.analysis.row_data import Spread
from mnerbench.reports.render.checklist.items import Item, TimeUnit, Topic, hours, missing, span, table_names
from mnerbench.reports.render.wording import PROTOCOLS
from mnerbench.reports.text.cells import decimal_cell, progress_cell, share_cell, text_cell
from mnerbench.reports.text.format import settings_text
from mnerbench.reports.text.sheet import Cell, Column, Sheet, name_column

_METHOD, _DATA = name_column("method"), name_column("data")


def method_topic(facts: ChecklistFacts) -> Topic:
    """Methods, settings and how they were found."""
    return Topic("Methods and settings", (_methods(facts), _searches(facts), _selection(facts)))


def _methods(facts: ChecklistFacts) -> Item:
    columns = (*map(name_column, ("method", "family", "protocol", "unlike its defaults", "visual inputs")),)
    rows = tuple(
        tuple(
            text_cell("; ".join(texts) or None)
            for texts in ((item.method,), item.families, item.protocols, item.overrides, item.inputs)
        )
        for item in facts.methods
    )
    return Item(
        "Which methods are compared, and where do their settings come from?",
        tuple(dict.fromkeys(_setting_sentences(facts))) if rows else (missing("methods, since no run is here"),),
        Sheet(columns, rows) if rows else None,
        recorded=bool(rows),
    )


def _setting_sentences(facts: ChecklistFacts) -> Iterator[str]:
    protocols = {protocol for item in facts.methods for protocol in item.protocols}
    protocols_text = {**PROTOCOLS, EXTERNAL: f"{EXTERNAL} (predictions from files, whose training is unknown)"}
    for protocol in sorted(protocols):
        yield f"protocol {protocols_text.get(protocol, protocol)}"
    for table in facts.tables:
        conditions = table.conditions
        if conditions.training:
            yield f"training of all trained methods: {settings_text(conditions.training)}"
        for method, settings in conditions.own_training.items():
            yield f"training of {method}: {settings_text(settings)}"
    yield "all settings of a method, its source and its deviations from it: `benchmark show METHOD`"


def _searches(facts: ChecklistFacts) -> Item:
    question = "How were settings searched: spaces, budgets, trials and the best values?"
    if not facts.searches:
        tuned = any("tuned" in item.protocols for item in facts.methods)
        where = "the search of the protocol tuned is not in this folder" if tuned else "no search is in this folder"
        return Item(question, (missing(f"{where}, and what was tried by hand is unknown"),), recorded=False)
    answers = [text for _, search in facts.searches for text in _search_sentences(search)]
    spent = [_seconds(search) for _, search in facts.searches]
    unit = TimeUnit.of(spent)
    answers.append(f"all trials together took {hours(sum(spent))}; the best of many trials is optimistic on dev")
    answers.append("as given: dev F1 of the first trial, with the suite's settings; best: the highest dev F1")
    numbers = {
        "trials": "trials that count",
        "failed": "failed",
        "time": unit.name,
        "first": "as given",
        "best": "best",
    }
    rows = tuple(
        (
            text_cell(search.method),
            text_cell(search.dataset),
            progress_cell(search.counted, search.budget),
            decimal_cell(search.count("fail")),
            unit.cell(_seconds(search)),
            share_cell(search.trials[0].value if search.trials else None),
            share_cell(search.best.value if search.best is not None else None),
        )
        for _, search in facts.searches
    )
    return Item(question, tuple(answers), Sheet((_METHOD, _DATA, *_columns(numbers)), rows))


def _seconds(search: SearchResult) -> float:
    return sum(trial.seconds or 0.0 for trial in search.trials)


def _columns(titles: Mapping[str, str]) -> tuple[Column, ...]:
    return tuple(Column(key, title) for key, title in titles.items())


def _search_sentences(search: SearchResult) -> Iterator[str]:
    name = f"{search.method} on {search.dataset}"
    space = "; ".join(f"{key}: {values}" for key, values in search.space.items())
    yield f"{name} searched {space}" if space else missing(f"the space that {name} searched")
    if search.best is not None:
        yield f"{name} was best with {settings_text(search.best.values) or 'no value of its own'}"


def _selection(facts: ChecklistFacts) -> Item:
    names = table_names(facts.tables)
    numbers = {"epochs": "epochs", "picked": "picked"}
    numbers |= {"dev": "dev F1 ± std", "test": "test F1 ± std"}
    rows = tuple(
        (
            text_cell(names[item.table - 1]),
            text_cell(item.method),
            text_cell(span(item.epochs)),
            text_cell(span(item.picked)),
            _spread_cell(item.dev),
            _spread_cell(_test_score(facts, item)),
        )
        for item in facts.selections
    )
    answers = list(dict.fromkeys(table.conditions.selection for table in facts.tables))
    lacking = sum(not item.picked for item in facts.selections)
    if not rows:
        answers.append(missing("the picked epochs, since no trained run has finished"))
    elif lacking:
        answers.append(missing(f"the picked epoch in {lacking} of {len(rows)} rows"))
    question = "How was the model of a run selected, and what does it score on dev?"
    sheet = Sheet((_DATA, _METHOD, *_columns(numbers)), rows) if rows else None
    return Item(question, tuple(answers), sheet, recorded=bool(rows) and not lacking)


def _spread_cell(spread: Spread | None) -> Cell:
    return share_cell(spread.mean, spread.std) if spread is not None else share_cell(None)


def _test_score(facts: ChecklistFacts, item: SelectionFacts) -> Spread | None:
    rows = facts.tables[item.table - 1].rows
    return next((row.f1 for row in rows if (row.method, row.view) == (item.method, item.view)), None)
