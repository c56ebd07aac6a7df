"""Items on data, on what is missing, and on what only the authors know."""

from __future__ import annotations

from mnerbench.reports.analysis.checklist.facts import ChecklistFacts
from mnerbench.reports.render.checklist.items import NOT_RECORDED, Item, Topic, amount, by_text, missing, table_names
from mnerbench.reports.render.wording import reasons
from mnerbench.reports.text.cells import decimal_cell, text_cell
from mnerbench.reports.text.sheet import Column, Sheet, name_column

_VERIFIED = {
    True: "the splits are those of the card: their fingerprints are equal",
    False: "the splits are not those of the card, so that its sizes do not apply",
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
    known = [item for item in facts.datasets if item.title is not None]
    answers = [f"{item.name}: {item.title}" for item in known]
    answers += [f"licence of {text}" for text in by_text((item.name, item.licence or NOT_RECORDED) for item in known)]
    answers += [f"source of {text}" for text in by_text((item.name, item.citation or NOT_RECORDED) for item in known)]
    answers += [f"how to get {text}" for text in by_text((item.name, item.origin or NOT_RECORDED) for item in known)]
    unknown = [item.name for item in facts.datasets if item.title is None]
    if unknown or not known:
        names = ", ".join(unknown) or "the data"
        answers.append(missing(f"licence and source of {names}, whose card is not here (--data names its folder)"))
    question = "Which data, from where, under which licence?"
    return Item(question, tuple(answers), recorded=bool(known) and not unknown)


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
    answers = by_text((item.name, _VERIFIED[item.verified]) for item in facts.datasets)
    sized = all(split.tweets is not None for item in facts.datasets for split in item.splits)
    if not sized or not rows:
        answers.append(missing("the sizes that have no number"))
    sheet = Sheet((*columns, name_column("sha256")), rows) if rows else None
    question = "How large are the splits, and which content do they have?"
    return Item(question, tuple(answers), sheet, recorded=bool(rows) and sized)


def _defects(facts: ChecklistFacts) -> Item:
    answers = by_text((item.name, text) for item in facts.datasets for text in item.defects)
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
    question = "Which pretrained models and which inputs besides the text are used?"
    if not facts.hardware:
        return Item(question, (missing("inputs, since no run of this package has finished"),), recorded=False)
    return Item(question, facts.pretrained or ("none: no method reads a pretrained model or a visual input",))


def _not_run(facts: ChecklistFacts) -> Item:
    overview = facts.overview
    answers = [
        f"{amount(overview.done, 'run')} done, {overview.failed:,} failed, {overview.missing:,} planned and not done"
    ]
    answers += [f"could not be run: {name}" for name in overview.not_run]
    rows = tuple(
        (text_cell(name), text_cell(method), text_cell(" ".join(reason.split())))
        for name, table in zip(table_names(facts.tables), facts.tables, strict=True)
        for method, reason in reasons(table)
    )
    sheet = Sheet(tuple(map(name_column, ("data", "method", "reason"))), rows) if rows else None
    return Item("What was planned and has no result, and why?", tuple(answers), sheet)


def _left_out(facts: ChecklistFacts) -> Item:
    answers = [f"left out: {location}: {reason}" for location, reason in facts.kept.damaged]
    named = list(zip(table_names(facts.tables), facts.tables, strict=True))
    collapsed = {
        f"{name}: {row.method} predicts no entity in {row.collapsed} of {amount(row.done, 'run')}"
        for name, table in named
        for row in table.rows
        if row.collapsed and not row.control
    }
    answers += sorted(collapsed)
    answers += by_text((name, text) for name, table in named for text in table.warnings)
    return Item("Which results are left out or need a warning?", tuple(answers) or ("none",))


def _kept(facts: ChecklistFacts) -> Item:
    kept = facts.kept
    answers = [
        f"{kept.present:,} of {amount(kept.expected, 'file')} of predictions on test are in the results folder: "
        "<run>/predictions/<split>.<view>.jsonl, one line per tweet, and <run>/record.json with settings and scores"
    ]
    if kept.verified is None:
        answers.append("scores were not recomputed from them for this checklist; --verify does")
    else:
        answers.append(f"scores were recomputed from {amount(kept.verified, 'file')} for this checklist")
    whole = kept.present == kept.expected
    if not whole:
        answers.append(missing(f"{amount(kept.expected - kept.present, 'file')} of predictions"))
    if not kept.expected:
        answers = [missing("predictions, since no run has finished")]
    return Item("Which predictions and records are kept?", tuple(answers), recorded=whole and kept.expected > 0)
