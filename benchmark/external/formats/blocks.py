"""Blocks of four lines (picture, words, predicted labels, gold labels; UMT's released code) or two (words, labels)."""

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
    """Whether at least half of the paragraphs are blocks: a line of words, followed by one or two lines of labels."""
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
    """Whether two or four lines are words above labels."""
    *_, words, predicted, gold = group if len(group) == 4 else [*group, group[-1]]
    labels = [*predicted, *gold]
    return all(map(label_like, labels)) and not all(map(label_like, words))


def read_blocks(name: str, lines: Lines) -> tuple[Sequence[PredictedTweet], list[str]]:
    """Read a file of blocks; also returns the reader's decisions. Some tweets may have fewer labels than words.

    Args:
        name: name of the file, for errors.
        lines: its lines.

    Raises:
        DataError: a block has neither two nor four lines or more labels than words, or every block has fewer.
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
    return DataError.at(name, tweet.line, reason, "write one of each per word; if a word contains a space, use jsonl")
