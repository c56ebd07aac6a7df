"""Items on what is measured, over how many runs, and how it is tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mnerbench.reports.analysis.checklist.facts import ChecklistFacts
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.checklist.items import (
    Item,
    Topic,
    amount,
    by_text,
    missing,
    seeds_text,
    table_names,
)
from mnerbench.reports.render.wording import family_line, plan_sentences
from mnerbench.reports.statistics.ttests import FEW_SEEDS, LEVEL
from mnerbench.reports.statistics.verdict import Verdict
from mnerbench.reports.text.cells import progress_cell, share_cell, text_cell
from mnerbench.reports.text.format import size
from mnerbench.reports.text.sheet import Column, Sheet, name_column

_SHOWN = "shown are the mean and the sample standard deviation over seeds, and the best single run"


def result_topic(facts: ChecklistFacts) -> Topic:
    """Scores, runs and tests."""
    return Topic("Results", (_measure(facts), _runs(facts), _tests(facts)))


def _measure(facts: ChecklistFacts) -> Item:
    answers = [
        f"micro F1, precision and recall over entities on test, as {table.conditions.scorer} reads labels"
        for table in facts.tables
    ]
    gold = [(table.conditions.dataset, table.conditions.gold.items()) for table in facts.tables]
    answers += by_text(
        (name, "gold entities " + ", ".join(f"{count:,} ({scorer})" for scorer, count in counts))
        for name, counts in gold
        if counts
    )
    question = "What is measured, and by which implementation?"
    if not answers:
        return Item(question, (missing("scores, since no run is here"),), recorded=False)
    return Item(question, tuple(dict.fromkeys(answers)))


def _runs(facts: ChecklistFacts) -> Item:
    columns = (*map(name_column, ("data", "method", "view")), Column("runs", "runs"), name_column("seeds"))
    columns += (Column("f1", "F1 ± std"), Column("best", "best"))
    named = zip(table_names(facts.tables), facts.tables, strict=True)
    rows = [(name, row) for name, table in named for row in table.rows if row.f1 is not None and not row.control]
    cells = tuple(
        (
            text_cell(name),
            text_cell(row.method),
            text_cell(row.view),
            progress_cell(row.done, row.expected),
            text_cell(seeds_text(row.by_seed)),
            share_cell(row.f1.mean, row.f1.std) if row.f1 is not None else share_cell(None),
            share_cell(row.f1.best if row.f1 is not None else None),
        )
        for name, row in rows
    )
    few = sum(not row.deterministic and row.done < FEW_SEEDS for _, row in rows)
    answers = [_SHOWN, "intervals of 95 % stand beside means in the HTML report, and beside differences everywhere"]
    if few:
        answers.append(f"rows with fewer than {FEW_SEEDS} runs: {few} of {len(rows):,}")
    if not rows:
        answers = [missing("no run has finished")]
    question = "How many runs is each number from, and what is shown of them?"
    return Item(question, tuple(answers), Sheet(columns, cells) if rows else None, recorded=bool(rows))


def _tests(facts: ChecklistFacts) -> Item:
    answers = [f"tests are two-sided at {100 * LEVEL:g} %; docs/statistics.md states them with their measured errors"]
    named = zip(table_names(facts.tables), facts.tables, strict=True)
    answers += by_text((name, text) for name, table in named for text in _test_sentences(table))
    return Item("Which statistical tests decide, and over which family?", tuple(answers))


def _test_sentences(table: LeaderboardTable) -> Iterator[str]:
    originals = [row for row in table.rows if row.twin_of is None]
    judged = [row.judged for row in originals if row.judged is not None]
    names = {row.method for row in originals}
    uses = [use.judged for use in table.image_use if use.judged is not None and use.method in names]
    uses = [judgement for judgement in uses if judgement.interval is not None]
    family = family_line(table)
    if family is not None:
        yield family
        counts = Counter(judgement.verdict for judgement in judged)
        verdicts = ", ".join(f"{verdict.value} {counts[verdict]}" for verdict in Verdict if counts[verdict])
        yield f"verdicts: {verdicts}; equivalent means within {size(judged[0].margin)}"
    elif uses:
        yield f"no test against {table.baseline or 'a baseline'}"
    else:
        yield "no test, so nothing is claimed"
        return
    yield from plan_sentences([*judged, *uses])
    if not all(judgement.over_tweets for judgement in [*judged, *uses] if judgement.interval is not None):
        yield "counts by tweet are missing, so some verdicts are about these tweets only"
    if uses:
        pictures = "own with other tweets' pictures, for the same weights"
        yield f"a second family compares {pictures}, in {amount(len(uses), 'method')}"
