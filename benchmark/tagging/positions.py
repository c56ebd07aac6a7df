"""Positions in tweets: of words in their text, and of the entities that labels describe."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from mnerbench.benchmark.tagging.tagged import Entity, Tagged, TaggedTweet
from mnerbench.benchmark.tagging.tokens import Token, tokenise
from mnerbench.datasets.corpus import ImageRef
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.tagging import Span, conll_spans

Tweet = str | Sequence[str]
Predicted = tuple[list[str], list[float | None]]  # labels of a tweet's words, posteriors of its entities


def split_words(tweet: Tweet) -> tuple[str, list[Token]]:
    """Text and positions of the words of a tweet.

    Raises:
        ConfigError: a word is no text.
    """
    if isinstance(tweet, str):
        return tweet, tokenise(tweet)
    if not all(isinstance(word, str) and word for word in tweet):
        raise ConfigError(f"a tweet has a word that is no text: {list(tweet)!r:.200}\n  -> give words, or one text")
    ends = accumulate(len(word) + 1 for word in tweet)
    return " ".join(tweet), [Token(end - 1 - len(word), end - 1) for word, end in zip(tweet, ends, strict=True)]


def tagged_tweets(
    split: list[tuple[str, list[Token]]],
    predicted: Sequence[Predicted],
    refs: Sequence[ImageRef],
    counts: dict[str, int],
    notes: tuple[str, ...],
) -> Tagged:
    """The entities of predicted labels, with their positions.

    Args:
        split: per tweet, from `split_words`.
        predicted: per tweet.
        refs: ids of the pictures per tweet.
        counts: as in `Tagged`.
        notes: as in `Tagged`.
    """
    tweets = []
    for (text, tokens), (labels, posteriors), ref in zip(split, predicted, refs, strict=True):
        spans = zip(conll_spans(labels), posteriors, strict=False)
        entities = tuple(_entity(text, tokens, span, posterior) for span, posterior in spans)
        words = tuple(text[token.start : token.end] for token in tokens)
        tweets.append(TaggedTweet(text, words, tuple(labels), entities, ref))
    return Tagged(tuple(tweets), counts, notes)


def _entity(text: str, tokens: Sequence[Token], span: Span, posterior: float | None) -> Entity:
    start, end = tokens[span.start].start, tokens[span.end - 1].end
    return Entity(span.type, text[start:end], span.start, span.end, start, end, posterior)
