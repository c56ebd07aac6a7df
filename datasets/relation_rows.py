"""Parser of the corpus of text-image relations (Vempala and Preotiuc-Pietro 2019): a CSV file, one tweet per row.

Quotes inside a text are escaped by a backslash. The text is split into words at white space; entities are not
annotated, so that all labels are O.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from io import StringIO
from pathlib import Path

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.raw import RawSplit, RawTweet
from mnerbench.datasets.textfile import read_lines

# The columns that are read.
TWEET_ID, TEXT, RELATED = "tweet_id", "tweet", "image_adds"
# A tweet with a picture ends with the picture's address, which is not part of its text.
LINKS = "picture_links_dropped"
_LINK = re.compile(r"https?://t\.co/\w+")
_COLUMNS = "take textimage-data.csv, which has tweet_id, tweet and image_adds among its columns"


def is_relation_header(line: str) -> bool:
    """Whether a line names the columns of such a file."""
    return {TWEET_ID, TEXT, RELATED} <= {name.strip().strip('"') for name in line.split(",")}


def parse_relations(path: Path) -> RawSplit:
    """Parse pairs of a text and a picture; `related` is whether the picture adds to the text.

    Raises:
        DataError: a column is missing, a value is neither 0 nor 1, a text is empty, or an id occurs twice.
        MissingInputError: there is no such file.
    """
    text = "\n".join(line for _, line in read_lines(path))
    rows = csv.DictReader(StringIO(text, newline=""), doublequote=False, escapechar="\\", strict=True)
    tweets: list[RawTweet] = []
    policies: Counter[str] = Counter()
    first_line: dict[str, int] = {}
    try:
        for row in rows:
            tweet, dropped = _tweet(path, rows.line_num, row)
            if first_line.setdefault(str(tweet.id), tweet.line) != tweet.line:
                reason = f"tweet_id {tweet.id} was already used in line {first_line[str(tweet.id)]}"
                raise DataError.at(path, tweet.line, reason, "keep one of the two rows")
            tweets.append(tweet)
            policies[LINKS] += dropped
    except csv.Error as error:
        raise DataError.at(path, rows.line_num, f"not CSV: {error}", _COLUMNS) from error
    if not tweets:
        raise DataError.at(path, None, "the file holds no tweets", _COLUMNS)
    return RawSplit(tweets, +policies)


def _tweet(path: Path, number: int, row: dict[str, str]) -> tuple[RawTweet, bool]:
    """The tweet of a row, and whether the address of its picture was dropped."""
    values = [row.get(column) for column in (TWEET_ID, TEXT, RELATED)]
    identifier, text, related = values
    if identifier is None or text is None or related is None:
        missing = (TWEET_ID, TEXT, RELATED)[values.index(None)]
        raise DataError.at(path, number, f"no column {missing!r}", _COLUMNS)
    if not identifier.isascii() or not identifier.isdigit():
        reason = f"{TWEET_ID} is {identifier!r}"
        raise DataError.at(path, number, reason, "write the tweet's whole number; spreadsheets round it")
    if related not in ("0", "1"):
        raise DataError.at(path, number, f"{RELATED} is {related!r}", "write 1 if the picture adds to the text, else 0")
    words = text.split()
    if not words:
        raise DataError.at(path, number, f"the text of tweet {identifier} is empty", "delete the row")
    dropped = len(words) > 1 and _LINK.fullmatch(words[-1]) is not None
    words = words[: len(words) - dropped]
    return RawTweet(number, words, ["O"] * len(words), f"T{identifier}", identifier, related=related == "1"), dropped
