"""The answer of a table in a sentence or two: does a method beat the baseline, and is it because of the picture?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.statistics.verdict import Judgement, Verdict
from mnerbench.reports.text.format import size

_MOST_NAMES = 3
_OTHERS = {
    Verdict.WORSE: "worse",
    Verdict.EQUIVALENT: "equivalent",
    Verdict.UNDECIDED: "undecided",
    Verdict.SAME: "the same",
}
_OTHER_USES = {
    Verdict.WORSE: "misled by it",
    Verdict.EQUIVALENT: "no more than {margin} better with it",
    Verdict.UNDECIDED: "undecided",
    Verdict.SAME: "the same with any picture",
}


def answer(table: LeaderboardTable) -> str | None:
    """`On twitter15, 1 of 3 methods is better than bert-crf (maf); 2 undecided. ...`; None without a baseline.

    Methods whose runs are those of another one do not count.
    """
    if table.baseline is None:
        return None
    originals = [row for row in table.rows if row.twin_of is None]
    judged = _decided((row.method, row.judged) for row in originals)
    names = {row.method for row in originals}
    uses = _decided((method, item) for method, item in table.picture_verdicts.items() if method in names)
    data = table.conditions.dataset
    sentences = [f"On {data}, no method can be judged against {table.baseline} yet."]
    if judged:
        sentences = [f"On {data}, {_count(judged, f'better than {table.baseline}', _OTHERS)}."]
    if uses:
        sentences.append(f"Picture: {_count(uses, 'shown to use what is in it', _OTHER_USES)}.")
    return " ".join([*sentences, *_reservations([item for _, item in [*judged, *uses]])])


def _reservations(judged: list[Judgement]) -> Iterator[str]:
    if provisional := [min(item.n) for item in judged if item.is_provisional]:
        yield f"With {min(provisional)} seeds this is provisional."
    if any(item.plan.is_extended(item.n) for item in judged):
        yield "Seeds were added after the plan, which raises the chance of false verdicts."


def _decided(judged: Iterable[tuple[str, Judgement | None]]) -> list[tuple[str, Judgement]]:
    return [(name, item) for name, item in judged if item is not None and item.has_verdict]


def _count(judged: list[tuple[str, Judgement]], best: str, others: dict[Verdict, str]) -> str:
    """`1 of 3 methods is better than bert-crf (maf); 2 undecided`."""
    names = [name for name, item in judged if item.verdict is Verdict.BETTER]
    shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    number = "none" if not names else str(len(names))
    methods = "1 method" if len(judged) == 1 else f"{len(judged)} methods"
    verb = "is" if len(names) < 2 else "are"
    parts = [f"{number} of {methods} {verb} {best}" + (f" ({shown})" if names else "")]
    return "; ".join([*parts, *_rest(judged, others)])


def _rest(judged: list[tuple[str, Judgement]], others: dict[Verdict, str]) -> Iterator[str]:
    counts = Counter(item.verdict for _, item in judged)
    for verdict, phrase in others.items():
        if counts[verdict]:
            yield f"{counts[verdict]} {phrase.format(margin=size(judged[0][1].margin))}"
