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
    """`On twitter15, 1 of 3 methods is better than bert-crf (maf); 2 undecided. ...`; None without a baseline."""
    if table.baseline is None:
        return None
    rows = [(row.method, row.comparison.judged) for row in table.rows if row.comparison is not None]
    judged = _decided(rows)
    data = table.conditions.dataset
    if not judged:
        return f"On {data}, no method can be judged against {table.baseline} yet."
    uses = _decided((use.method, use.judged) for use in table.image_use)
    sentences = [f"On {data}, {_count(judged, f'better than {table.baseline}', _OTHERS)}."]
    if uses:
        sentences.append(f"Picture: {_count(uses, 'shown to use what is in it', _OTHER_USES)}.")
    fewest = min(min(item.n) for _, item in judged)
    if any(item.doubtful for _, item in [*judged, *uses]):
        sentences.append(f"With {fewest} seeds this is provisional.")
    return " ".join(sentences)


def _decided(judged: Iterable[tuple[str, Judgement | None]]) -> list[tuple[str, Judgement]]:
    without = {Verdict.TOO_FEW, Verdict.NOT_TESTED}
    return [(name, item) for name, item in judged if item is not None and item.verdict not in without]


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
