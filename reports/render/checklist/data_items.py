"""Items on data, on what is missing, and on what only the authors know."""

from __future__ import annotations

from collections.abc import Iterator

from mnerbench.reports.analysis.checklist.facts import ChecklistFacts, DatasetFacts
from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.render.checklist.items import NOT_RECORDED, Item, Topic, amount, missing
from mnerbench.reports.render.wording import reasons
from mnerbench.reports.text.cells import decimal_cell, text_cell
from mnerbench.reports.text.sheet import Column, Sheet, name_column

_VERIFIED = {
    True: "the splits are those whose fingerprints its card has",
    False: "the splits are not those whose fingerprints its card has, so that the card's sizes do not apply",
    None: "no fingerprint to compare the splits with",
}
_AUTHORS = {
    "What are the limitations and risks of the work?": "the authors have to say",
    "Do the data contain personal or offensive content, and is their use as intended?": "nothing is recorded about "
    "consent, anonymisation or intended use; the texts are tweets unless a dataset is generated",
    "Are code, models and outputs published, and under which licence?": "the authors have to say",
}


def data_topic(facts: ChecklistFacts) -> Topic:
    """Data and pretrained parts."""
    return Topic("Data", (_licences(facts), _sizes(facts), _defects(facts), _pretrained(facts)))


def completeness_topic(facts: ChecklistFacts) -> Topic:
    """What is missing, and what is kept."""
    return Topic("Completeness", (_not_run(facts), _left_out(facts), _kept(facts)))


def author_topic() -> Topic:
    """What no record can answer."""
    items = (Item(question, (missing(what),), recorded=False) for question, what in _AUTHORS.items())
    return Topic("For the authors", tuple(items))


def _licences(facts: ChecklistFacts) -> Item:
    answers = tuple(text for item in facts.datasets for text in _licence_sentences(item))
    recorded = bool(answers) and all(item.title is not None for item in facts.datasets)
    return Item("Which data, from where, under which licence?", answers or (missing("the data"),), recorded=recorded)


def _licence_sentences(item: DatasetFacts) -> Iterator[str]:
    if item.title is None:
        yield missing(f"the licence and the origin of {item.name}, whose card is not here (--data names its folder)")
        return
    yield f"{item.name}: {item.title}; licence: {item.licence}; to cite: {item.citation}"
    if item.origin is not None:
        yield f"{item.name}, how to get it: {item.origin}"


def _sizes(facts: ChecklistFacts) -> Item:
    columns = (name_column("data"), name_column("split"), Column("tweets", "tweets"), Column("entities", "entities"))
    rows = tuple(
        (
            text_cell(item.name),
            text_cell(split.split),
            decimal_cell(split.tweets),
            decimal_cell(split.entities),
            text_cell((split.fingerprint or "")[:12] or None),
        )
        for item in facts.datasets
        for split in item.splits
    )
    answers = [f"{item.name}: {_VERIFIED[item.verified]}" for item in facts.datasets]
    sized = all(split.tweets is not None for item in facts.datasets for split in item.splits)
    if not sized:
        answers.append(missing("sizes without a number"))
    sheet = Sheet((*columns, name_column("sha256")), rows) if rows else None
    question = "How large are the splits, and which content do they have?"
    return Item(question, tuple(answers), sheet, recorded=bool(rows) and sized)


def _defects(facts: ChecklistFacts) -> Item:
    answers = [f"{item.name}: {text}" for item in facts.datasets for text in item.defects]
    answers += [
        f"{item.name}, policies that applied to training, with the number of cases: {'; '.join(item.policies)}"
        for item in facts.datasets
        if item.policies
    ]
    answers += [text for item in facts.datasets for text in item.notes]
    unknown = [item.name for item in facts.datasets if item.title is None]
    if unknown:
        answers.append(missing(f"known defects of {', '.join(unknown)}"))
    question = "Which defects of the data are known, and what was done about them?"
    return Item(question, tuple(dict.fromkeys(answers)) or ("none is known",), recorded=not unknown)


def _pretrained(facts: ChecklistFacts) -> Item:
    answers = facts.pretrained or ("none: no run reads a pretrained model or a visual input",)
    return Item("Which pretrained models and which inputs besides the text are used?", answers)


def _not_run(facts: ChecklistFacts) -> Item:
    overview = facts.overview
    answers = [
        f"{amount(overview.done, 'run')} done, {overview.failed:,} failed, {overview.missing:,} planned and not done"
    ]
    answers += [f"could not be run: {name}" for name in overview.not_run]
    rows = tuple(
        (text_cell(heading(table)), text_cell(method), text_cell(reason))
        for table in facts.tables
        for method, reason in reasons(table)
    )
    sheet = Sheet(tuple(map(name_column, ("table", "method", "reason"))), rows) if rows else None
    return Item("What was planned and has no result, and why?", tuple(answers), sheet)


def _left_out(facts: ChecklistFacts) -> Item:
    answers = [f"left out: {location}: {reason}" for location, reason in facts.kept.damaged]
    collapsed = {
        f"{heading(table)}: {row.method} predicts no entity in {row.collapsed} of {amount(row.done, 'run')}"
        for table in facts.tables
        for row in table.rows
        if row.collapsed and not row.control
    }
    answers += sorted(collapsed)
    answers += list(dict.fromkeys(text for table in facts.tables for text in table.warnings))
    return Item("Which results are left out or need a warning?", tuple(answers) or ("none",))


def _kept(facts: ChecklistFacts) -> Item:
    kept = facts.kept
    answers = [
        f"{kept.present:,} of {amount(kept.expected, 'file')} of predictions on test are in the results folder: "
        "<run>/predictions/<split>.<view>.jsonl, one line per tweet, and <run>/record.json with settings and scores"
    ]
    if kept.verified is None:
        answers.append(f"{NOT_RECORDED} here: whether the scores follow from them (--verify recomputes all)")
    else:
        answers.append(f"scores were recomputed from {amount(kept.verified, 'file')} for this checklist")
    whole = kept.present == kept.expected
    return Item("Which predictions and records are kept?", tuple(answers), recorded=whole and kept.expected > 0)
