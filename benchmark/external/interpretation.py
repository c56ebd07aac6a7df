"""A prediction file in the dataset's words: labels of one notation, entities of known types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mnerbench.benchmark.external.labels import Kind, kind_of
from mnerbench.benchmark.external.notation import Notation, read_notation, tell_types
from mnerbench.benchmark.external.predicted import (
    PredictedEntity,
    PredictedTweet,
    PredictionFile,
    ReadingOptions,
    Reference,
)
from mnerbench.benchmark.external.reading import options_for
from mnerbench.benchmark.external.spelling import Pieces, pieces_of
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
        recode: whether labels have to be written as BIO.
        tokens: whether entities are tokens that carry labels.
        pieces: how words are cut.
        drops_invisible: whether words that no tokenizer makes a piece of are without labels throughout the file.
        decisions: how the file is laid out, a sentence each.
        conversions: what was made of its labels, a sentence each.
    """

    name: str
    tweets: tuple[PredictedTweet, ...]
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
    listed = [tweet.entities for tweet in file.tweets if tweet.entities is not None]
    tokens = any(listed) and all(kind_of(item.type) in _TOKENS for items in listed for item in items)
    sequences: list[Sequence[str]] = [tweet.predicted for tweet in file.tweets if tweet.entities is None]
    if tokens:
        sequences += [[item.type for item in items] for items in listed]
        conversions.append("tokens with labels; a word has that of its first piece")
    notation = read_notation(name, sequences, types, options)
    conversions += notation.decisions
    gold = _gold_notation(name, file.tweets, types, options, conversions)
    if listed and not tokens:
        seen = Counter(item.type for items in listed for item in items)
        conversions.append(f"{seen.total():,} entities, matched to words")
        tell_types(name, seen, types, options, conversions)
    pieces = pieces_of((word for tweet in file.tweets for word in tweet.words), reference.vocabulary)
    if pieces in _PIECE_NAMES:
        conversions.append(f"{_PIECE_NAMES[pieces]}; a word has the label of its first piece")
    return Interpretation(
        name,
        tuple(_tweet(tweet, notation, gold, types, tokens=tokens) for tweet in file.tweets),
        recode=notation.recode,
        tokens=tokens,
        pieces=pieces,
        drops_invisible=_drops_invisible(file.tweets),
        decisions=file.decisions,
        conversions=tuple(conversions),
    )


_TOKENS = {Kind.PREFIXED, Kind.OUTSIDE}


def _gold_notation(
    name: str, tweets: Sequence[PredictedTweet], types: TypeNames, options: ReadingOptions, decisions: list[str]
) -> Notation | None:
    """How the file's own gold is written; None when it has none that can be read, which is no reason to refuse it."""
    golden = [tweet.gold for tweet in tweets if tweet.gold is not None]
    if not golden:
        return None
    try:
        return read_notation(name, golden, types, replace(options, allow_types=True))
    except DataError:
        decisions.append("the file's gold labels are in no notation that can be read, and left out")
        return None


def _tweet(
    tweet: PredictedTweet, notation: Notation, gold: Notation | None, types: TypeNames, *, tokens: bool
) -> PredictedTweet:
    entities = tweet.entities
    if entities is not None and tokens:
        entities = tuple(replace(item, type=notation.labels[item.type]) for item in entities)
    elif entities is not None:
        entities = tuple(_typed(entities, types))
    golden = gold.read(tweet.gold) if gold is not None and tweet.gold is not None else None
    return replace(
        tweet,
        predicted=notation.read(tweet.predicted) if tweet.entities is None else (),
        gold=tuple(recode(golden, Scheme.BIO)) if golden is not None and gold is not None and gold.recode else golden,
        entities=entities,
    )


def _typed(entities: Sequence[PredictedEntity], types: TypeNames) -> list[PredictedEntity]:
    """Entities with our types; those that the user maps to nothing are left out."""
    pairs = [(item, types.resolve(item.type)) for item in entities]
    return [replace(item, type=kind or item.type) for item, kind in pairs if kind != OUTSIDE]


def _drops_invisible(tweets: Sequence[PredictedTweet]) -> bool:
    """Whether no tweet with such words has a label for each of its words."""
    return not any(
        len(tweet.predicted) == len(tweet.words) and any(map(is_invisible, tweet.words))
        for tweet in tweets
        if tweet.words and tweet.entities is None
    )
