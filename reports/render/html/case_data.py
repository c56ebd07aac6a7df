"""The tweets on which methods differ, as data for the script of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnerbench.datasets.slices import LENGTHS
from mnerbench.datasets.tagging import Span
from mnerbench.reports.analysis.cases import Answer, Case, Cases, Correctness, System
from mnerbench.reports.published.cases import Discussed, discussed_tweets


@dataclass(frozen=True)
class ShownCases:
    """The tweets of a table that a page shows, with their pictures.

    Attributes:
        cases: the tweets.
        pictures: available thumbnails as `data:` URIs, by image id.
        attention: pictures with a method's attention as `data:` URIs, by tweet id and method.
        discussed: what papers say of tweets, by tweet id.
    """

    cases: Cases
    pictures: Mapping[str, str] = field(default_factory=dict)
    attention: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    discussed: Mapping[str, Sequence[Discussed]] = field(default_factory=dict)


def tweets_to_show(correctness: Correctness, most: int) -> tuple[Cases, dict[str, Sequence[Discussed]]]:
    """The most contested tweets, and those that papers discuss with what they say, by tweet id.

    Args:
        correctness: of all methods.
        most: maximum number of contested tweets.

    Raises:
        StoreError: predictions are missing or damaged.
    """
    metadata = correctness.metadata
    discussed = discussed_tweets(metadata.tested_on, metadata.words)
    cases = correctness.cases(sorted({*discussed, *correctness.contested(most)}))
    return cases, {metadata.tweets[position].id: discussions for position, discussions in discussed.items()}


def case_data(shown: ShownCases) -> dict[str, Any]:
    """Data of the tweets, with short keys: `w` words, `g` gold, `a` answers in the order of `systems`."""
    cases = shown.cases
    return {
        "systems": [list(system) for system in cases.systems],
        "types": sorted({span.type for case in cases.cases for span in _spans(case)}),
        "lengths": [list(ends) for ends in LENGTHS],
        "pictures": {name: shown.pictures[name] for name in sorted(shown.pictures)},
        "cases": [
            {**_case(case, cases.systems, shown.attention), "papers": _papers(shown.discussed.get(case.tweet.id, ()))}
            for case in cases.cases
        ],
    }


def _spans(case: Case) -> list[Span]:
    return [*case.gold, *(span for answer in case.answers.values() for span in answer.spans)]


def _case(case: Case, systems: Sequence[System], attention: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    tweet = case.tweet
    return {
        "id": tweet.id,
        "w": tweet.words,
        "images": list(tweet.image_ids),
        "flags": {"pictured": tweet.pictured, "ocr": tweet.ocr, "related": tweet.related},
        "texts": {source: list(texts) for source, texts in sorted(tweet.texts.items()) if texts},
        "attention": [[method, address] for method, address in sorted(attention.get(tweet.id, {}).items())],
        "g": [list(span) for span in case.gold],
        "a": [_answer(case.answers[system]) for system in systems],
    }


def _papers(discussed: Sequence[Discussed]) -> list[list[Any]]:
    """Source, pairs of system and labels, and remarks of each paper."""
    return [[item.source, [list(line) for line in item.lines], list(item.remarks)] for item in discussed]


def _answer(answer: Answer) -> list[Any]:
    return [[list(span) for span in answer.spans], answer.correct, answer.correct_seeds, answer.seeds]
