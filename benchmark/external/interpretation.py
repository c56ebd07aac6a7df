"""Interprets the labels and entity types of a prediction file in terms of the dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mnerbench.benchmark.external.labels import Kind, kind_of
from mnerbench.benchmark.external.notation import Notation, check_types, notation_of
from mnerbench.benchmark.external.predicted import (
    LazyTweets,
    PredictedEntity,
    PredictedTweet,
    PredictionFile,
    ReadingOptions,
    Reference,
)
from mnerbench.benchmark.external.reading import options_for
from mnerbench.benchmark.external.spelling import SubwordStyle, detect_subwords
from mnerbench.benchmark.external.tweet_store import TweetStore
from mnerbench.benchmark.external.type_names import TypeNames
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.invisible import is_invisible
from mnerbench.datasets.tagging import OUTSIDE, Scheme, recode

_SUBWORD_NAMES = {
    SubwordStyle.WORDPIECE: "word pieces (##)",
    SubwordStyle.SENTENCEPIECE: "SentencePiece subwords (▁)",
    SubwordStyle.BYTE_LEVEL: "byte-level subwords (Ġ)",
}


@dataclass(frozen=True)
class Interpretation:
    """A prediction file with interpreted labels and types.

    Attributes:
        name: name of the file, for errors.
        tweets: tweets with labels `O`, or a prefix B, I, E or S and a type of the dataset; non-labels are unchanged.
        store: the same tweets as written in the file.
        recode: whether labels have to be converted to BIO.
        tokens: whether entities are labelled tokens.
        subwords: how words are split.
        drops_invisible: whether invisible words, which tokenizers drop, are unlabelled throughout the file.
        decisions: how the file is laid out, a sentence each.
        conversions: how its labels were converted, a sentence each.
    """

    name: str
    tweets: Sequence[PredictedTweet]
    store: TweetStore
    recode: bool = False
    tokens: bool = False
    subwords: SubwordStyle = SubwordStyle.PLAIN
    drops_invisible: bool = False
    decisions: tuple[str, ...] = ()
    conversions: tuple[str, ...] = ()


def interpret(file: PredictionFile, reference: Reference, options: ReadingOptions) -> Interpretation:
    """Interpret the labels and types of a file.

    Args:
        file: the file as read.
        reference: the split and its types.
        options: the user's settings for this file.

    Raises:
        DataError: labels or types are ambiguous.
        ConfigError: the user maps to a type that the dataset does not have.
    """
    options = options_for(file, options)
    types = TypeNames(reference.types, reference.label_map, options.types)
    name, conversions = str(file.path), list[str]()
    store = TweetStore.of(file.tweets)
    entity_lists = list(store.entities())
    tokens = any(entity_lists) and all(kind_of(item.type) in _TOKENS for items in entity_lists for item in items)
    labels = store.label_counts()
    if tokens:
        labels.update(item.type for items in entity_lists for item in items)
        conversions.append("labelled tokens; a word gets the label of its first subword")
    notation = notation_of(name, labels, types, options)
    conversions += notation.decisions
    gold = _gold_notation(name, store, types, options, conversions)
    if entity_lists and not tokens:
        type_counts = Counter(item.type for items in entity_lists for item in items)
        conversions.append(f"{type_counts.total():,} entities, matched to words")
        check_types(name, type_counts, types, options, conversions)
    subwords = detect_subwords(store.vocabulary, reference.vocabulary)
    if subwords in _SUBWORD_NAMES:
        conversions.append(f"{_SUBWORD_NAMES[subwords]}; a word gets the label of its first subword")
    return Interpretation(
        name,
        _Tweets(store, notation, gold, types, tokens=tokens),
        store,
        recode=notation.recode,
        tokens=tokens,
        subwords=subwords,
        # No tweet that contains an invisible word has a label for each of its words.
        drops_invisible=not store.any_fully_labelled(
            [n for n, word in enumerate(store.vocabulary) if is_invisible(word)]
        ),
        decisions=file.decisions,
        conversions=tuple(conversions),
    )


_TOKENS = {Kind.PREFIXED, Kind.OUTSIDE}


def _gold_notation(
    name: str, store: TweetStore, types: TypeNames, options: ReadingOptions, decisions: list[str]
) -> Notation | None:
    """Notation of the file's gold labels; None if absent or unreadable, which does not invalidate the file."""
    if not store.has_gold:
        return None
    try:
        return notation_of(name, store.gold_counts(), types, replace(options, allow_types=True))
    except DataError:
        decisions.append("the file's gold labels are in an unknown notation and ignored")
        return None


class _Tweets(LazyTweets):
    """Tweets whose labels are interpreted on access, since most tweets of a large file are never accessed."""

    def __init__(
        self, store: TweetStore, notation: Notation, gold: Notation | None, types: TypeNames, *, tokens: bool
    ) -> None:
        self._store, self._notation, self._gold, self._types, self._tokens = store, notation, gold, types, tokens

    def __len__(self) -> int:
        return len(self._store)

    def at(self, number: int) -> PredictedTweet:
        """A tweet with interpreted labels."""
        tweet = self._store.at(number)
        entities, gold = tweet.entities, self._gold
        if entities is not None and self._tokens:
            entities = tuple(replace(item, type=self._notation.labels[item.type]) for item in entities)
        elif entities is not None:
            entities = tuple(_typed(entities, self._types))
        gold_labels = gold.read(tweet.gold) if gold is not None and tweet.gold is not None else None
        return replace(
            tweet,
            predicted=self._notation.read(tweet.predicted) if tweet.entities is None else (),
            gold=tuple(recode(gold_labels, Scheme.BIO))
            if gold_labels is not None and gold is not None and gold.recode
            else gold_labels,
            entities=entities,
        )


def _typed(entities: Sequence[PredictedEntity], types: TypeNames) -> list[PredictedEntity]:
    """Entities with types of the dataset, without those that the user maps to `O`."""
    pairs = [(item, types.resolve(item.type)) for item in entities]
    return [replace(item, type=kind or item.type) for item, kind in pairs if kind != OUTSIDE]
