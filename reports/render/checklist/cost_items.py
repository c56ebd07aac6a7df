"""Items on hardware, time, size, software and code."""

from __future__ import annotations

from mnerbench.reports.analysis.checklist.facts import ChecklistFacts, Use
from mnerbench.reports.render.checklist.items import Item, TimeUnit, Topic, amount, hours, missing
from mnerbench.reports.text.cells import decimal_cell, text_cell
from mnerbench.reports.text.sheet import Cell, Column, Kind, Sheet, name_column

_DIRTY = "-dirty"
_METHOD, _RUNS = name_column("method"), Column("runs", "runs")
_PARTS = {"total": "parameters", "encoder": "encoder", "new": "new layers", "crf": "CRF"}


def cost_topic(facts: ChecklistFacts) -> Topic:
    """What the runs took."""
    return Topic("Computation", (_hardware(facts), _time(facts), _parameters(facts)))


def software_topic(facts: ChecklistFacts) -> Topic:
    """What the runs were computed with."""
    return Topic("Software and code", (_packages(facts), _commits(facts), _repetition(facts)))


def _hardware(facts: ChecklistFacts) -> Item:
    known = [use for use in facts.hardware if use.value is not None]
    return Item(
        "On which hardware were the runs made?",
        tuple(_lacking(facts.hardware, "hardware")),
        _use_sheet(known, name_column("hardware")),
        recorded=bool(known) and len(known) == len(facts.hardware),
    )


def _use_sheet(uses: list[Use], column: Column) -> Sheet | None:
    unit = TimeUnit.of(use.seconds for use in uses)
    rows = tuple((text_cell(use.value), decimal_cell(use.runs), unit.cell(use.seconds)) for use in uses)
    return Sheet((column, _RUNS, Column("time", unit.name)), rows) if rows else None


def _lacking(uses: tuple[Use, ...], what: str) -> list[str]:
    """A sentence if some or all runs do not have a fact."""
    lacking = sum(use.runs for use in uses if use.value is None)
    if not uses:
        return [missing(f"the {what}, since no run of this package has finished")]
    return [missing(f"the {what} of {amount(lacking, 'run')}")] if lacking else []


def _time(facts: ChecklistFacts) -> Item:
    finished, seconds = sum(use.runs for use in facts.hardware), sum(use.seconds for use in facts.hardware)
    searched = sum(trial.seconds or 0.0 for _, search in facts.searches for trial in search.trials)
    answers = [f"{amount(finished, 'finished run')} took {hours(seconds)} by the clock, added up over the runs"]
    answers.append(f"failed and interrupted runs took another {hours(facts.lost_seconds)}")
    if not finished:
        answers = [missing("times, since no run of this package has finished")]
    if facts.searches:
        answers.append(f"trials of searches took another {hours(searched)}")
    answers.append("not counted: preparing features, and what was tried outside of this results folder")
    unit = TimeUnit.of(item.seconds for item in facts.methods)
    times = {"training": f"{unit.name} of training", "all": f"{unit.name} in all", "mean": "s per run"}
    rows = tuple(
        (
            text_cell(item.method),
            decimal_cell(item.done),
            unit.cell(item.train_seconds),
            unit.cell(item.seconds),
            Cell(Kind.SECONDS, item.seconds / item.done),
        )
        for item in facts.methods
        if item.done and item.seconds
    )
    sheet = Sheet((_METHOD, _RUNS, *(Column(key, title) for key, title in times.items())), rows) if rows else None
    return Item("How long did the runs take?", tuple(answers), sheet, recorded=bool(rows))


def _parameters(facts: ChecklistFacts) -> Item:
    parts = [part for part in _PARTS if any(part in item.parameters for item in facts.methods)]
    columns = (_METHOD, *(Column(part, _PARTS[part]) for part in parts), Column("memory", "memory"))
    known = [item for item in facts.methods if item.parameters or item.memory is not None]
    rows = tuple(
        (
            text_cell(item.method),
            *(_range_cell(item.parameters.get(part)) for part in parts),
            Cell(Kind.BYTES, item.memory),
        )
        for item in known
    )
    answers = ["parameters are the trained ones; memory is the highest peak of a run, of the GPU or of the process"]
    if _vary(facts):
        answers.append("two numbers are the lowest and the highest over datasets and settings")
    if not rows:
        answers = [missing("the parameters of the methods")]
    question = "How many parameters do the models have, and how much memory do they need?"
    return Item(question, tuple(answers), Sheet(columns, rows) if rows else None, recorded=bool(rows))


def _vary(facts: ChecklistFacts) -> bool:
    return any(low != high for item in facts.methods for low, high in item.parameters.values())


def _range_cell(ends: tuple[int, int] | None) -> Cell:
    if ends is None:
        return Cell(Kind.PARAMETERS)
    low, high = ends
    return Cell(Kind.PARAMETERS, low, more=(Cell(Kind.PARAMETERS, high),) if low != high else ())


def _packages(facts: ChecklistFacts) -> Item:
    known = [use for use in facts.software if use.value is not None]
    rows = tuple((text_cell(use.name), text_cell(use.value), decimal_cell(use.runs)) for use in known)
    names = {use.name for use in known}
    several = sorted(name for name in names if sum(use.name == name for use in known) > 1)
    answers = [f"runs differ in the version of {', '.join(several)}"] if several else []
    if not rows:
        answers.append(missing("the versions of the software"))
    sheet = Sheet((name_column("software"), name_column("version"), _RUNS), rows) if rows else None
    return Item("Which packages, in which versions?", tuple(answers), sheet, recorded=bool(rows))


def _commits(facts: ChecklistFacts) -> Item:
    known = [use for use in facts.commits if use.value is not None]
    rows = tuple(
        (
            text_cell((use.value or "").removesuffix(_DIRTY)),
            text_cell("not committed" if (use.value or "").endswith(_DIRTY) else "none"),
            decimal_cell(use.runs),
        )
        for use in known
    )
    answers = _lacking(facts.commits, "commit")
    if facts.code:
        versions = ", ".join(f"{family} {count}" for family, count in facts.code.items())
        answers.append(f"versions of the sources that computed the runs, by family, from their digests: {versions}")
    sheet = Sheet((name_column("commit"), name_column("changes"), _RUNS), rows) if rows else None
    question = "Which state of the code computed the runs?"
    return Item(question, tuple(answers), sheet, recorded=bool(known) and len(known) == len(facts.commits))


def _repetition(facts: ChecklistFacts) -> Item:
    titles = facts.overview.suites
    suites = [f"suite {name} ({title}): `benchmark run --suite {name}`" for name, title in titles.items()]
    resumed = [f"{amount(facts.resumed, 'run')} continued from a checkpoint"] if facts.resumed else []
    if facts.hardware and not facts.resumed:
        resumed = ["no run was resumed"]
    if not suites:
        suites = [missing("the suite, since no manifest is in this folder")]
    seeds = "every run records its seed, its settings and the digests of its data and encoder, which are its identity"
    return Item("How are the experiments repeated?", (*suites, seeds, *resumed), recorded=bool(titles))
