"""The tweets on which methods differ, as the page's script reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnerbench.datasets.slices import LENGTHS
from mnerbench.datasets.tagging import Span
from mnerbench.reports.analysis.cases import Answer, Case, Cases


@dataclass(frozen=True)
class ShownCases:
    """What a page shows of the tweets behind one table.

    Attributes:
        cases: those it shows.
        pictures: `data:` addresses of their small pictures, by image id; those that are here.
        looks: by tweet id and method, `data:` addresses of pictures with what the method looks at.
    """

    cases: Cases
    pictures: Mapping[str, str] = field(default_factory=dict)
    looks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def case_data(shown: ShownCases) -> dict[str, Any]:
    """Short keys, since there are hundreds of cases: `w` words, `g` gold, `a` answers in the order of `places`."""
    cases = shown.cases
    return {
        "places": [list(place) for place in cases.places],
        "types": sorted({span.type for case in cases.cases for span in _spans(case)}),
        "lengths": [list(ends) for ends in LENGTHS],
        "pictures": {name: shown.pictures[name] for name in sorted(shown.pictures)},
        "cases": [_case(case, cases.places, shown.looks) for case in cases.cases],
    }


def _spans(case: Case) -> list[Span]:
    return [*case.gold, *(span for answer in case.answers.values() for span in answer.spans)]


def _case(case: Case, places: Sequence[tuple[str, str]], looks: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    tweet = case.tweet
    return {
        "id": tweet.id,
        "w": tweet.words,
        "image": tweet.image_id,
        "flags": {"pictured": tweet.pictured, "ocr": tweet.ocr, "related": tweet.related},
        "texts": {source: list(texts) for source, texts in sorted(tweet.texts.items()) if texts},
        "looks": [[method, address] for method, address in sorted(looks.get(tweet.id, {}).items())],
        "g": [list(span) for span in case.gold],
        "a": [_answer(case.answers[place]) for place in places],
    }


def _answer(answer: Answer) -> list[Any]:
    return [[list(span) for span in answer.spans], answer.right, answer.often, answer.seeds]
