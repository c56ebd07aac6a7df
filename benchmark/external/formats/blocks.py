"""Blocks of lines: picture, words, predicted labels, gold labels (UMT's released code), or words and labels alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnerbench.benchmark.external.formats.paragraphs import (
    BLANKS,
    group_sizes,
    image_of,
    paragraphs,
    paragraphs_of,
    stretches,
)
from mnerbench.benchmark.external.labels import label_like
from mnerbench.benchmark.external.predicted import Lines, PredictedTweet
from mnerbench.benchmark.external.tweet_store import TweetStore
from mnerbench.datasets.errors import DataError

_ORDER = "write picture, words, predicted labels, gold labels, a blank line"


def are_blocks(lines: Lines) -> bool:
    """Whether most groups of lines are blocks: words in a line, labels in the one or two below."""
    groups = blocks = 0
    for stretch in stretches(lines):
        sizes = group_sizes(stretch)
        if sizes is not None and not {2, 4} & {*sizes}:
            groups += len(sizes)
            continue
        for group in paragraphs_of(stretch):
            groups += 1
            blocks += len(group.lines) in {2, 4} and _is_block(list(map(_tokens, group.lines)))
    return blocks > 0 and 2 * blocks >= groups


def _is_block(group: list[list[str]]) -> bool:
    """Whether lines, two or four of them, are words above labels."""
    *_, words, predicted, gold = group if len(group) == 4 else [*group, group[-1]]
    labels = [*predicted, *gold]
    return all(map(label_like, labels)) and not all(map(label_like, words))


def read_blocks(name: str, lines: Lines) -> tuple[Sequence[PredictedTweet], list[str]]:
    """Tweets of a file in blocks, and what was decided. Labels may be fewer than words, in some of the tweets.

    Args:
        name: of the file, for errors.
        lines: of it.

    Raises:
        DataError: a block has other lines, more labels than words, or no block has a label for each word.
    """
    tweets = TweetStore(_blocks(name, lines))
    if tweets and all(len(tweet.predicted) < len(tweet.words) for tweet in tweets):
        raise _unequal(name, tweets[0])
    return tweets, ["blocks without pictures and gold"] if tweets and all(
        tweet.gold is None for tweet in tweets
    ) else []


def _blocks(name: str, lines: Lines) -> Iterator[PredictedTweet]:
    for number, paragraph in paragraphs(lines):
        if len(paragraph) not in {2, 4}:
            raise DataError.at(name, number, f"a block of {len(paragraph)} lines", _ORDER)
        rows = [tuple(_tokens(line)) for line in paragraph]
        if len(rows) == 2:
            tweet = PredictedTweet(number, rows[0], rows[1])
        else:
            tweet = PredictedTweet(number, rows[1], rows[2], rows[3], image=image_of(paragraph[0]))
        words, predicted, gold = len(tweet.words), len(tweet.predicted), tweet.gold
        if predicted > words or (gold is not None and len(gold) not in {words, predicted}):
            raise _unequal(name, tweet)
        yield tweet


def _tokens(line: str) -> list[str]:
    line = line.strip(" \t")
    return line.split("\t") if "\t" in line else BLANKS.split(line)


def _unequal(name: str, tweet: PredictedTweet) -> DataError:
    reason = f"{len(tweet.words)} words, {len(tweet.predicted)} predicted"
    reason += f" and {len(tweet.gold)} gold labels" if tweet.gold is not None else " labels"
    return DataError.at(name, tweet.line, reason, "give one of each per word; if a word holds a space, use jsonl")
