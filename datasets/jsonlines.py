"""Parser of JSON lines: one object per tweet, with words and labels, or with a text and character offsets.

The first object determines the keys of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mnerbench.datasets.character_rows import entities_of
from mnerbench.datasets.character_spans import Offsets, tag_text
from mnerbench.datasets.corpus import image_ref
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.raw import RawSplit, RawTweet
from mnerbench.datasets.row_form import KEYS, RowForm, form_of, names_for, value_of, words_and_labels
from mnerbench.datasets.textfile import image_key, read_lines
from mnerbench.datasets.untrusted.json_text import WHOLE, LoneSurrogateError, parse_json

# Keys of one picture (or a list of several), and keys that only name several.
IMAGE_KEYS = ("image_id", "image", "img_id", "img", "image_name", "img_name", "file_name", "filename", "image_path")
_SEVERAL_IMAGES = ("image_ids", "images", "img_ids", "imgs")
# Name of the policy for a picture that a tweet names twice.
REPEATED_IMAGES = "repeated_images_of_a_tweet_dropped"


def json_object(path: Path, number: int, line: str, remedy: str) -> dict[str, object]:
    """Parse the object on one line of a JSON lines file.

    Raises:
        DataError: the line is not JSON, or not an object.
    """
    try:
        # Used values are checked later; other numbers in the object may be NaN.
        row = parse_json(line, finite=False)
    except ValueError as error:
        reason = str(error).replace(" at line 1 column ", " at byte ")
        if isinstance(error, LoneSurrogateError):
            raise DataError.at(path, number, reason, WHOLE) from error
        if line.lstrip().startswith("{'"):
            reason, remedy = "a Python dictionary, not JSON", "rewrite each line: json.dumps(ast.literal_eval(line))"
            raise DataError.at(path, number, reason, remedy) from error
        raise DataError.at(path, number, f"not JSON: {reason}", remedy) from error
    if not isinstance(row, dict):
        raise DataError.at(path, number, f"a JSON {type(row).__name__}, not an object", remedy)
    return row


def parse_jsonl(
    path: Path, tag_names: tuple[str, ...] | None = None, offsets: Offsets = Offsets.CHARACTERS
) -> RawSplit:
    """Parse a JSON lines file, without changing labels.

    Args:
        path: the file.
        tag_names: names of integer labels; if None, they are looked up in files next to it when needed.
        offsets: unit of character offsets.

    Raises:
        DataError: a line is not such an object (with its number), or an id occurs twice.
        MissingInputError: there is no such file.
    """
    return parse_rows(path, _objects(path), tag_names, offsets)


def parse_rows(
    path: Path,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    tag_names: tuple[str, ...] | None = None,
    offsets: Offsets = Offsets.CHARACTERS,
) -> RawSplit:
    """Parse numbered objects; arguments and errors as in `parse_jsonl`."""
    tweets: list[RawTweet] = []
    policies: Counter[str] = Counter()
    first_line: dict[str, int] = {}
    form: RowForm | None = None
    for number, row in rows:
        form = form or form_of(path, number, row)
        images = _images(path, number, row)
        distinct = tuple(dict.fromkeys(images))
        policies[REPEATED_IMAGES] += len(images) - len(distinct)
        tweet = RawTweet(number, image_id=image_ref(distinct), id=_identifier(path, number, row, form))
        tweet.related = _related(path, number, row)
        if tweet.id is not None and first_line.setdefault(tweet.id, number) != number:
            reason = f"id {tweet.id!r} was already used in line {first_line[tweet.id]}"
            raise DataError.at(path, number, reason, "ids name tweets in prediction files: make them unique")
        if form.of_characters:
            tweet.words, tweet.labels, counts = _from_characters(path, number, row, form, offsets)
            policies += counts
        else:
            tag_names = tag_names or names_for(path, row, form)
            tweet.words, tweet.labels = words_and_labels(path, number, row, form, tag_names)
        tweets.append(tweet)
    return RawSplit(tweets, +policies)


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


def _images(path: Path, number: int, row: Mapping[str, Any]) -> list[str]:
    """The image ids of a tweet, in order."""
    key = next((key for key in (*IMAGE_KEYS, *_SEVERAL_IMAGES) if row.get(key) is not None), None)
    if key is None:
        return []
    names = row[key] if isinstance(row[key], list) else [row[key]]
    return [_image(path, number, key, name) for name in names]


def _image(path: Path, number: int, key: str, name: Any) -> str:
    if isinstance(name, dict) and isinstance(name.get("path"), str):
        name = name["path"]  # how Hugging Face writes pictures
    if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
        remedy = "write the picture's name, a list of names for several, or null for none"
        raise DataError.at(path, number, f"{key} is or holds {name!r}", remedy)
    # An image id may contain a slash; of a path only the file name counts.
    of_path = key not in {"image_id", "image_ids"}
    return image_key(str(name).replace("\\", "/").rpartition("/")[2] if of_path else str(name))


def _related(path: Path, number: int, row: Mapping[str, Any]) -> bool | None:
    related = row.get("related")
    if related is not None and not isinstance(related, bool):
        raise DataError.at(path, number, f"related is {related!r}", "write true, false or null, or rename the key")
    return related


def _from_characters(
    path: Path, number: int, row: Mapping[str, Any], form: RowForm, offsets: Offsets
) -> tuple[list[str], list[str], Counter[str]]:
    text = value_of(path, number, row, form.words)
    if not isinstance(text, str) or not text.strip():
        raise DataError.at(path, number, f"{form.words!r} is {text!r}, not a text with words", KEYS)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise DataError.at(path, number, f"{form.words!r} contains half a character", "write no lone surrogates")
    spans = entities_of(path, number, text, value_of(path, number, row, form.labels), offsets)
    try:
        return tag_text(text, spans)
    except ValueError as error:
        raise DataError.at(path, number, str(error), "correct the offsets, or remove the entity") from error
