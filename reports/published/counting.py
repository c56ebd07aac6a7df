"""Counts of a corpus, for comparison with the tables in which papers count it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mnerbench.datasets.card import DatasetCard, SplitSizes
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.datasets.picture_texts import TextAmount
from mnerbench.reports.analysis.table_data import Conditions
from mnerbench.reports.published.data import Scope
from mnerbench.reports.published.measures import Metric

_SPLITS = ("train", "valid", "test")
_OCR, _PAPERS_OCR = "ocr", "tesseract"  # the kind of input, and the source of the published counts
_TEXT_IN_PICTURES: Mapping[Metric, Callable[[TextAmount], float | None]] = {
    Metric.PICTURES_WITH_TEXT: lambda texts: texts.with_text,
    Metric.PERCENT_WITH_TEXT: lambda texts: texts.percent,
    Metric.MEAN_WORDS_OF_TEXT: lambda texts: texts.mean_words,
}


def corpus_count(scope: Scope, conditions: Iterable[Conditions]) -> float | None:
    """Count of a corpus or of the text in its pictures, in the files of the runs; None without runs or counts.

    Tweets, entities and mean lengths are those of the dataset's card, provided that the files match the card's
    fingerprints. Entities are counted as `B-` labels and characters without spaces, as in the papers. Text in pictures
    is what Tesseract reads, as the runs of methods with OCR counted it.

    Args:
        scope: what is counted.
        conditions: of the leaderboard tables.
    """
    tables = [table for table in conditions if table.dataset == scope.dataset]
    if scope.dataset not in card_names(None) or not any(map(_matches_card, tables)):
        return None
    read = _TEXT_IN_PICTURES.get(scope.metric) if scope.metric is not None else None
    if read is not None:
        counts = (texts for table in tables for key, texts in table.picture_texts.items() if _is_papers_ocr(key))
        return next(map(read, counts), None)
    return _number(load_card(scope.dataset), scope)


def is_counted(scope: Scope) -> bool:
    """Whether the card of a shipped dataset, or a run on it, counts what a published number counts."""
    if scope.metric in _TEXT_IN_PICTURES:
        return scope.split == "all" and bool(load_card(str(scope.dataset)).fingerprints)
    return _number(load_card(str(scope.dataset)), scope) is not None


def _is_papers_ocr(kind_and_source: str) -> bool:
    return kind_and_source.partition("@")[0] == f"{_OCR} {_PAPERS_OCR}"


def _matches_card(conditions: Conditions) -> bool:
    """Whether the files are the ones that the card counts."""
    expected = load_card(conditions.dataset).fingerprints
    return bool(expected) and all(conditions.fingerprints.get(split) == digest for split, digest in expected.items())


def _number(card: DatasetCard, scope: Scope) -> float | None:
    splits = _SPLITS if scope.split == "all" else (scope.split or "test",)
    sizes = [card.sizes[split] for split in splits if split in card.sizes]
    if len(sizes) < len(splits):
        return None
    if scope.metric is Metric.MEAN_CHARACTERS:
        characters, tweets = (_sum(getattr(size, key) for size in sizes) for key in ("characters", "tweets"))
        return characters / tweets if characters is not None and tweets else None
    return _sum(_count(size, scope) for size in sizes)


def _sum(counts: Iterable[int | None]) -> int | None:
    numbers = list(counts)
    return None if None in numbers else sum(number for number in numbers if number is not None)


def _count(size: SplitSizes, scope: Scope) -> int | None:
    if scope.metric is Metric.TWEETS:
        return size.tweets
    if scope.metric is Metric.ENTITIES:
        return size.b_tags if scope.type is None else size.b_tags_by_type.get(scope.type)
    return None
