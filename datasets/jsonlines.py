"""JSON lines: one object per tweet, with words and a label for each, or with a text and character offsets.

Which keys hold what is decided by the first object, and has to hold for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mnerbench.datasets.character_rows import entities_of
from mnerbench.datasets.character_spans import Offsets, tag_text
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.raw import RawSplit, RawTweet
from mnerbench.datasets.row_form import KEYS, RowForm, form_of, names_for, value_of, words_and_labels
from mnerbench.datasets.textfile import image_key, read_lines
from mnerbench.datasets.untrusted.json_text import WHOLE, LoneSurrogateError, parse_json

IMAGE_KEYS = ("image_id", "image", "img_id", "img", "image_name", "img_name", "file_name", "filename", "image_path")


def json_object(path: Path, number: int, line: str, remedy: str) -> dict[str, object]:
    """The object that a line of JSON lines holds.

    Raises:
        DataError: the line is not JSON, or not an object.
    """
    try:
        # What counts is checked where it is used; numbers beside it may be NaN, as people write them.
        row = parse_json(line, finite=False)
    except ValueError as error:
        reason = str(error).replace(" at line 1 column ", " at byte ")
        if isinstance(error, LoneSurrogateError):
            raise DataError.at(path, number, reason, WHOLE) from error
        raise DataError.at(path, number, f"not JSON: {reason}", remedy) from error
    if not isinstance(row, dict):
        raise DataError.at(path, number, f"a JSON {type(row).__name__}, not an object", remedy)
    return row


def parse_jsonl(
    path: Path, tag_names: tuple[str, ...] | None = None, offsets: Offsets = Offsets.CHARACTERS
) -> RawSplit:
    """Tweets of a file of JSON lines, labels as they are.

    Args:
        path: the file.
        tag_names: names of integer labels; looked for beside the file when they are needed and not given.
        offsets: what character offsets count.

    Raises:
        DataError: a line is not such an object (names it), or an id stands twice.
        MissingInputError: there is no such file.
    """
    return parse_rows(path, _objects(path), tag_names, offsets)


def parse_rows(
    path: Path,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    tag_names: tuple[str, ...] | None = None,
    offsets: Offsets = Offsets.CHARACTERS,
) -> RawSplit:
    """Tweets of numbered objects; arguments and errors as in `parse_jsonl`."""
    tweets: list[RawTweet] = []
    policies: Counter[str] = Counter()
    first_seen: dict[str, int] = {}
    form: RowForm | None = None
    for number, row in rows:
        form = form or form_of(path, number, row)
        tweet = RawTweet(number, image_id=_image(path, number, row), id=_identifier(path, number, row, form))
        if tweet.id is not None and first_seen.setdefault(tweet.id, number) != number:
            reason = f"id {tweet.id!r} is already taken by line {first_seen[tweet.id]}"
            raise DataError.at(path, number, reason, "ids name tweets in prediction files: make them unique")
        if form.of_characters:
            tweet.words, tweet.labels, applied = _from_characters(path, number, row, form, offsets)
            policies += applied
        else:
            tag_names = tag_names or names_for(path, row, form)
            tweet.words, tweet.labels = words_and_labels(path, number, row, form, tag_names)
        tweets.append(tweet)
    return RawSplit(tweets, policies)


def _objects(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in read_lines(path):
        if line.strip():
            yield number, json_object(path, number, line, "write one JSON object per line")


def _identifier(path: Path, number: int, row: Mapping[str, Any], form: RowForm) -> str | None:
    if not form.named and "id" not in row:
        return None
    if form.named != ("id" in row):
        reason = "no id, which earlier objects have" if form.named else "an id, which earlier objects lack"
        raise DataError.at(path, number, reason, "give every tweet an id, or none")
    name = row["id"]
    if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
        raise DataError.at(path, number, f"id is {name!r}", "write a string or a whole number")
    return str(name)


def _image(path: Path, number: int, row: Mapping[str, Any]) -> str | None:
    key = next((key for key in IMAGE_KEYS if row.get(key) is not None), None)
    if key is None:
        return None
    name = row[key]
    if isinstance(name, dict) and isinstance(name.get("path"), str):
        name = name["path"]  # how Hugging Face writes pictures
    if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
        raise DataError.at(path, number, f"{key} is {name!r}", "write the picture's name, or null for none")
    # An id may hold a slash; a file's name is the end of its path.
    return image_key(str(name) if key == "image_id" else str(name).replace("\\", "/").rpartition("/")[2])


def _from_characters(
    path: Path, number: int, row: Mapping[str, Any], form: RowForm, offsets: Offsets
) -> tuple[list[str], list[str], Counter[str]]:
    text = value_of(path, number, row, form.words)
    if not isinstance(text, str) or not text.strip():
        raise DataError.at(path, number, f"{form.words!r} is {text!r}, not a text with words", KEYS)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise DataError.at(path, number, f"{form.words!r} holds half a character", "write it without lone surrogates")
    spans = entities_of(path, number, text, value_of(path, number, row, form.labels), offsets)
    try:
        return tag_text(text, spans)
    except ValueError as error:
        raise DataError.at(path, number, str(error), "correct the offsets, or take the entity out") from error
