"""The tweets that papers discuss, found among those of a corpus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mnerbench.reports.published.loading import published_tables


@dataclass(frozen=True)
class Discussed:
    """What a paper says of a tweet.

    Attributes:
        source: paper and table.
        lines: `gold` and systems with their labels, in the notation of the paper.
        remarks: the printed text where it is not the tweet's, and notes.
    """

    source: str
    lines: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]


def discussed_tweets(dataset: str, tweets: Iterable[Sequence[str]]) -> Mapping[int, tuple[Discussed, ...]]:
    """What papers say of tweets of a split, by position.

    Args:
        dataset: name of the corpus.
        tweets: the words of each tweet of the split.
    """
    by_text: dict[str, list[Discussed]] = {}
    for table in published_tables().values():
        for case in table.cases:
            if case.tweet is not None and dataset in case.datasets:
                gold = [("gold", case.gold)] if case.gold is not None else []
                printed = f"printed as: {case.printed}" if case.printed is not None else None
                remarks = tuple(text for text in (printed, case.note) if text is not None)
                lines = (*gold, *case.answers.items())
                by_text.setdefault(case.tweet, []).append(Discussed(table.source, lines, remarks))
    texts = ((position, " ".join(words)) for position, words in enumerate(tweets))
    return {position: tuple(by_text[text]) for position, text in texts if text in by_text}
