"""Readers of the three corpus formats; each turns one file into examples or stops with file, line, reason and remedy.

=======  ==========================================================================================================
umt      `IMGID:<id>` line, then `word<TAB>label` lines; a blank line (or the end of the file) closes the tweet.
conll    `word ... label` lines, columns separated by tabs or else by spaces, first and last column read; blank lines
         between sentences; `-DOCSTART-` lines are skipped; no image ids.
jsonl    one object per line: `id`, `image_id` (may be absent or null), `tokens`, `label`; other keys are ignored.
=======  ==========================================================================================================

A word is what stands before the separator, also a no-break space. For line ends see :mod:`mnerbench.datasets.textfile`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.gold import GoldLabels
from mnerbench.datasets.jsonlines import read_jsonl
from mnerbench.datasets.textfile import image_key, read_lines

__all__ = ["IMAGE_PREFIX", "Format", "read_conll", "read_jsonl", "read_split", "read_umt", "sniff_format"]

IMAGE_PREFIX = "IMGID:"
_DOCUMENT_START = "-DOCSTART-"


class Format(StrEnum):
    """How a split is written on disk."""

    UMT = "umt"
    CONLL = "conll"
    JSONL = "jsonl"


def read_split(
    path: Path,
    format: Format | None = None,  # noqa: A002 - the word users and cards say
    *,
    types: Sequence[str],
    label_map: Mapping[str, str] | None = None,
) -> tuple[Example, ...]:
    """Read one split in any format.

    Args:
        path: the file.
        format: its format; looked up in the first line when not given.
        types: the entity types that may occur, after `label_map`.
        label_map: type names in the file mapped to the corpus' names, such as `OTHER` to `MISC`.

    Raises:
        DataError: the file breaks its format (names the line), or a label is not one of `types`.
        MissingInputError: there is no such file.
    """
    readers = {Format.UMT: read_umt, Format.CONLL: read_conll, Format.JSONL: read_jsonl}
    return readers[format or sniff_format(path)](path, types=types, label_map=label_map)


def sniff_format(path: Path) -> Format:
    """The format of a file, from its first line that is not blank."""
    first = next(line for _, line in read_lines(path) if line.strip())
    if first.startswith(IMAGE_PREFIX) and "\t" not in first:
        return Format.UMT
    return Format.JSONL if first.startswith("{") and first.rstrip().endswith("}") else Format.CONLL


def read_umt(path: Path, *, types: Sequence[str], label_map: Mapping[str, str] | None = None) -> tuple[Example, ...]:
    """Read the format of UMT's release; ids are running numbers. Arguments and errors as in :func:`read_split`.

    The last tweet counts also when no blank line follows it, as in Twitter-2015.
    """
    gold = GoldLabels(path, types, label_map or {})
    tweets: list[_Tweet] = []
    tweet: _Tweet | None = None
    for number, line in read_lines(path):
        if not line:
            tweet = None
        elif line.startswith(IMAGE_PREFIX) and "\t" not in line:
            tweet = _Tweet(number, _umt_image(path, number, line))
            tweets.append(tweet)
        elif tweet is None:
            reason = f"the word line {line!r} follows no {IMAGE_PREFIX} line"
            remedy = f"start each tweet with {IMAGE_PREFIX}<id>; files without image ids are format conll"
            raise DataError.at(path, number, reason, remedy)
        else:
            word, label = _umt_columns(path, number, line)
            tweet.words.append(word)
            tweet.labels.append(gold.read(number, label))
    return _examples(path, tweets)


def read_conll(path: Path, *, types: Sequence[str], label_map: Mapping[str, str] | None = None) -> tuple[Example, ...]:
    """Read plain CoNLL; ids are running numbers, image ids None. Arguments and errors as in :func:`read_split`."""
    gold = GoldLabels(path, types, label_map or {})
    tweets: list[_Tweet] = []
    tweet: _Tweet | None = None
    for number, line in read_lines(path):
        if not line or line.startswith(_DOCUMENT_START):
            tweet = None
            continue
        columns = line.split("\t" if "\t" in line else " ")
        if len(columns) < 2 or not columns[0]:
            reason = f"{line!r} has no {'label' if columns[0] else 'word'}"
            raise DataError.at(path, number, reason, "write the word first and its label last, a tab or space between")
        if tweet is None:
            tweet = _Tweet(number)
            tweets.append(tweet)
        tweet.words.append(columns[0])
        tweet.labels.append(gold.read(number, columns[-1]))
    return _examples(path, tweets)


@dataclass
class _Tweet:
    """A tweet being read: the line it began at, its image, and its words and labels so far."""

    line: int
    image_id: str | None = None
    words: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


def _examples(path: Path, tweets: Sequence[_Tweet]) -> tuple[Example, ...]:
    if not tweets:
        raise DataError.at(path, None, "the file holds no tweets", "check that this is the right file")
    for tweet in tweets:
        if not tweet.words:
            reason = f"{IMAGE_PREFIX}{tweet.image_id} is followed by no words"
            raise DataError.at(path, tweet.line, reason, "add the tweet's words or take the line out")
    return tuple(
        Example(str(position), tuple(tweet.words), tuple(tweet.labels), tweet.image_id)
        for position, tweet in enumerate(tweets)
    )


def _umt_image(path: Path, number: int, line: str) -> str:
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
        raise DataError.at(path, number, "the word before the tab is empty", "write the word, or take the line out")
    return word, labels[0]
