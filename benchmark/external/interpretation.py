"""A prediction file in the dataset's words: labels of one notation, entities of known types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mnerbench.benchmark.external.labels import Kind, kind_of
from mnerbench.benchmark.external.notation import Notation, notation_of, tell_types
from mnerbench.benchmark.external.predicted import (
    LazyTweets,
    PredictedEntity,
    PredictedTweet,
    PredictionFile,
    ReadingOptions,
    Reference,
)
from mnerbench.benchmark.external.reading import options_for
from mnerbench.benchmark.external.spelling import Pieces, pieces_of
from mnerbench.benchmark.external.tweet_store import TweetStore
from mnerbench.benchmark.external.type_names import TypeNames
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.invisible import is_invisible
from mnerbench.datasets.tagging import OUTSIDE, Scheme, recode

_PIECE_NAMES = {
    Pieces.WORDPIECE: "word pieces (##)",
    Pieces.SENTENCEPIECE: "SentencePiece pieces (▁)",
    Pieces.BYTE_LEVEL: "byte-level pieces (Ġ)",
}


@dataclass(frozen=True)
class Interpretation:
    """A file whose labels and types are read.

    Attributes:
        name: of the file, for errors.
        tweets: with labels `O`, or a prefix B, I, E or S and a type of ours; non-labels as they are.
        store: the same tweets as they were written.
        recode: whether labels have to be written as BIO.
        tokens: whether entities are tokens that carry labels.
        pieces: how words are cut.
        drops_invisible: whether words that no tokenizer makes a piece of are without labels throughout the file.
        decisions: how the file is laid out, a sentence each.
        conversions: what was made of its labels, a sentence each.
    """

    name: str
    tweets: Sequence[PredictedTweet]
    store: TweetStore
    recode: bool = False
    tokens: bool = False
    pieces: Pieces = Pieces.PLAIN
    drops_invisible: bool = False
    decisions: tuple[str, ...] = ()
    conversions: tuple[str, ...] = ()


def interpret(file: PredictionFile, reference: Reference, options: ReadingOptions) -> Interpretation:
    """Read labels and types of a file.

    Args:
        file: as it was read.
        reference: the split and its types.
        options: what the user says.

    Raises:
        DataError: labels or types cannot be read for certain.
        ConfigError: the user maps to a type that there is not.
    """
    options = options_for(file, options)
    types = TypeNames(reference.types, reference.label_map, options.types)
    name, conversions = str(file.path), list[str]()
    store = TweetStore.of(file.tweets)
    listed = list(store.entities())
    tokens = any(listed) and all(kind_of(item.type) in _TOKENS for items in listed for item in items)
    labels = store.label_counts()
    if tokens:
        labels.update(item.type for items in listed for item in items)
        conversions.append("tokens with labels; a word has that of its first piece")
    notation = notation_of(name, labels, types, options)
    conversions += notation.decisions
    gold = _gold_notation(name, store, types, options, conversions)
    if listed and not tokens:
        seen = Counter(item.type for items in listed for item in items)
        conversions.append(f"{seen.total():,} entities, matched to words")
        tell_types(name, seen, types, options, conversions)
    pieces = pieces_of(store.vocabulary, reference.vocabulary)
    if pieces in _PIECE_NAMES:
        conversions.append(f"{_PIECE_NAMES[pieces]}; a word has the label of its first piece")
    return Interpretation(
        name,
        _Tweets(store, notation, gold, types, tokens=tokens),
        store,
        recode=notation.recode,
        tokens=tokens,
        pieces=pieces,
        # No tweet with words that no tokenizer makes a piece of has a label for each of its words.
        drops_invisible=not store.any_whole([n for n, word in enumerate(store.vocabulary) if is_invisible(word)]),
        decisions=file.decisions,
        conversions=tuple(conversions),
    )


_TOKENS = {Kind.PREFIXED, Kind.OUTSIDE}


def _gold_notation(
    name: str, store: TweetStore, types: TypeNames, options: ReadingOptions, decisions: list[str]
) -> Notation | None:
    """How the file's own gold is written; None when it has none that can be read, which is no reason to refuse it."""
    if not store.has_gold:
        return None
    try:
        return notation_of(name, store.gold_counts(), types, replace(options, allow_types=True))
    except DataError:
        decisions.append("the file's gold labels are in no notation that can be read, and left out")
        return None


class _Tweets(LazyTweets):
    """Tweets whose labels are read when they are asked for: of most of a large file nobody asks."""

    def __init__(
        self, store: TweetStore, notation: Notation, gold: Notation | None, types: TypeNames, *, tokens: bool
    ) -> None:
        self._store, self._notation, self._gold, self._types, self._tokens = store, notation, gold, types, tokens

    def __len__(self) -> int:
        return len(self._store)

    def at(self, number: int) -> PredictedTweet:
        """A tweet with its labels read."""
        tweet = self._store.at(number)
        entities, gold = tweet.entities, self._gold
        if entities is not None and self._tokens:
            entities = tuple(replace(item, type=self._notation.labels[item.type]) for item in entities)
        elif entities is not None:
            entities = tuple(_typed(entities, self._types))
        golden = gold.read(tweet.gold) if gold is not None and tweet.gold is not None else None
        return replace(
            tweet,
            predicted=self._notation.read(tweet.predicted) if tweet.entities is None else (),
            gold=tuple(recode(golden, Scheme.BIO))
            if golden is not None and gold is not None and gold.recode
            else golden,
            entities=entities,
        )


def _typed(entities: Sequence[PredictedEntity], types: TypeNames) -> list[PredictedEntity]:
    """Entities with our types; those that the user maps to nothing are left out."""
    pairs = [(item, types.resolve(item.type)) for item in entities]
    return [replace(item, type=kind or item.type) for item, kind in pairs if kind != OUTSIDE]
