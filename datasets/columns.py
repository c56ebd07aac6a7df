"""Parsers of column files, one word per line: the format of UMT's release, and plain CoNLL."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.raw import RawSplit, RawTweet
from mnerbench.datasets.textfile import image_key, read_lines

IMAGE_PREFIX = "IMGID:"
DOCUMENT_START = "-DOCSTART-"


def is_image_line(line: str) -> bool:
    """Whether a line begins a tweet by naming its picture."""
    return line.startswith(IMAGE_PREFIX) and "\t" not in line


def parse_umt(path: Path) -> RawSplit:
    """Parse tweets with image ids; labels stay unchanged.

    Raises:
        DataError: a line violates the format (with its number).
        MissingInputError: there is no such file.
    """
    tweets: list[RawTweet] = []
    tweet: RawTweet | None = None
    for number, line in read_lines(path):
        if not line:
            tweet = None
        elif is_image_line(line):
            tweet = RawTweet(number, image_id=image_of(path, number, line))
            tweets.append(tweet)
        elif tweet is None:
            reason = f"the word line {line!r} follows no {IMAGE_PREFIX} line"
            remedy = f"start each tweet with {IMAGE_PREFIX}<id>; files without image ids are format conll"
            raise DataError.at(path, number, reason, remedy)
        else:
            add_word(tweet, number, *_umt_columns(path, number, line))
    return RawSplit(require_words(path, tweets))


def parse_conll(path: Path) -> RawSplit:
    """Parse the first and last column of sentences without image ids; labels stay unchanged. Raises as `parse_umt`."""
    tweets: list[RawTweet] = []
    tweet: RawTweet | None = None
    for number, line in read_lines(path):
        if not line or line.startswith(DOCUMENT_START):
            tweet = None
            continue
        columns = line.split("\t" if "\t" in line else " ")
        if len(columns) < 2 or not columns[0]:
            reason = f"{line!r} has no {'label' if columns[0] else 'word'}"
            raise DataError.at(path, number, reason, "write the word first and its label last, a tab or space between")
        if tweet is None:
            tweet = RawTweet(number)
            tweets.append(tweet)
        add_word(tweet, number, columns[0], columns[-1])
    return RawSplit(require_words(path, tweets))


def add_word(tweet: RawTweet, number: int, word: str, label: str) -> None:
    """Append a word with its label and line number."""
    tweet.words.append(word)
    tweet.labels.append(label)
    tweet.lines.append(number)


def require_words(path: Path, tweets: list[RawTweet]) -> list[RawTweet]:
    """Return the tweets after checking that there are any and that each has words.

    Raises:
        DataError: there are no tweets, or a tweet has no words (with its line).
    """
    if not tweets:
        raise DataError.at(path, None, "the file holds no tweets", "check that this is the right file")
    for tweet in tweets:
        if not tweet.words:
            reason = f"{IMAGE_PREFIX}{tweet.image_id} is followed by no words"
            raise DataError.at(path, tweet.line, reason, "add the tweet's words or delete the line")
    return tweets


def image_of(path: Path, number: int, line: str) -> str:
    """The image id of an `IMGID:` line.

    Raises:
        DataError: the line has no id.
    """
    image = line.removeprefix(IMAGE_PREFIX).strip()
    if not image:
        raise DataError.at(path, number, f"{IMAGE_PREFIX} without an id", "write the image's name after the colon")
    return image_key(image)


def _umt_columns(path: Path, number: int, line: str) -> tuple[str, str]:
    word, *labels = line.split("\t")
    if len(labels) != 1:
        reason = f"{line!r} has {len(labels)} tabs"
        raise DataError.at(path, number, reason, "write one word, one tab, one label; more columns are format conll")
    if not word:
        raise DataError.at(path, number, "the word before the tab is empty", "write the word, or delete the line")
    return word, labels[0]
