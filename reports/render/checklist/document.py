"""The answers to a reproducibility checklist in the terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import count
from typing import Any

from rich.console import Console

from mnerbench.reports.analysis.checklist.facts import ChecklistFacts
from mnerbench.reports.render.checklist.cost_items import cost_topic, software_topic
from mnerbench.reports.render.checklist.data_items import author_topic, completeness_topic, data_topic
from mnerbench.reports.render.checklist.items import Topic, listed
from mnerbench.reports.render.checklist.method_items import method_topic
from mnerbench.reports.render.checklist.result_items import result_topic
from mnerbench.reports.render.markdown import markdown_sections
from mnerbench.reports.render.section import Section
from mnerbench.reports.render.terminal import print_sections
from mnerbench.reports.text.sheet import Sheet

_TITLE = "Reproducibility checklist"
_NO_SHEET = Sheet((), ())


def topics(facts: ChecklistFacts) -> list[Topic]:
    """The whole checklist.

    Its questions are those of the checklists of machine learning conferences (Pineau et al. 2021), of experiments with
    settings that were searched (Dodge et al. 2019), and of the ACL's responsible research, in our words.
    """
    first = [make(facts) for make in (method_topic, result_topic, cost_topic, software_topic)]
    return [*first, data_topic(facts), completeness_topic(facts), author_topic()]


def print_checklist(facts: ChecklistFacts, console: Console) -> None:
    """Print the checklist to a terminal."""
    checklist = topics(facts)
    console.print(_summary(checklist))
    for topic, sections in _sections(checklist):
        print_sections(topic.title, sections, (), console)


def markdown_checklist(facts: ChecklistFacts) -> str:
    """The checklist as a Markdown page."""
    checklist = topics(facts)
    parts = [markdown_sections(topic.title, sections) for topic, sections in _sections(checklist)]
    return "\n".join([f"# {_TITLE}\n\n{_summary(checklist)}\n", *parts])


def json_checklist(facts: ChecklistFacts) -> str:
    """The facts with unrounded numbers, scores as fractions and times in seconds, and the answers as text."""
    items = [
        {"topic": topic.title, **{key: getattr(item, key) for key in ("question", "recorded", "answers")}}
        for topic in topics(facts)
        for item in topic.items
    ]
    numbers: dict[str, Any] = {key: getattr(facts, key) for key in ("code", "resumed", "lost_seconds", "pretrained")}
    for key in ("overview", "kept"):
        numbers[key] = asdict(getattr(facts, key))
    for key in ("methods", "selections", "hardware", "software", "commits", "datasets"):
        numbers[key] = list(map(asdict, getattr(facts, key)))
    numbers["searches"] = [{"suite": suite, **search.model_dump(mode="json")} for suite, search in facts.searches]
    return json.dumps({"items": items, "facts": numbers}, indent=1, default=dict) + "\n"


def _sections(checklist: Sequence[Topic]) -> Iterator[tuple[Topic, list[Section]]]:
    numbers = count(1)
    for topic in checklist:
        yield (
            topic,
            [
                Section(f"item-{number}", f"{number}. {item.question}", item.sheet or _NO_SHEET, remarks=item.answers)
                for item, number in zip(topic.items, numbers, strict=False)
            ],
        )


def _summary(checklist: Sequence[Topic]) -> str:
    items = [item for topic in checklist for item in topic.items]
    open_items = [number for number, item in enumerate(items, start=1) if not item.recorded]
    text = f"{len(items) - len(open_items)} of {len(items)} questions are answered by the records."
    return f"{text} The authors have to answer, in whole or in part: {listed(open_items)}." if open_items else text
