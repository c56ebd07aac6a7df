"""Shared by all importers: source names, image ids, and matching of a file to a corpus."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.jsonlines import IMAGE_KEYS, json_object
from mnerbench.datasets.needs import Need
from mnerbench.datasets.picture_texts import Texts, match_texts
from mnerbench.datasets.textfile import image_key, read_lines

ItemT = TypeVar("ItemT")

HERE = "point --data DIR or MNERBENCH_DATA to the folder that has it"
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._+-]{0,99}")


def checked_source(source: str) -> str:
    """Validate the name of a source, which becomes part of a path and must not lead out of its folder.

    Raises:
        ConfigError: the name has characters other than a-z, 0-9, `.`, `_`, `+`, `-`, or more than 100 characters.
    """
    if _SOURCE.fullmatch(source) is None:
        remedy = "use up to 100 characters of a-z 0-9 . _ + -, the first a letter or digit"
        raise ConfigError(f"{source!r} is not the name of a source\n  -> {remedy}")
    return source


def nonblank_lines(path: Path) -> list[tuple[int, str]]:
    """The non-blank lines of a file with their line numbers; at least one.

    Raises:
        DataError: all lines are blank, or the file is not UTF-8.
        MissingInputError: there is no such file.
    """
    lines = [(number, line) for number, line in read_lines(path) if line.strip()]
    if not lines:
        raise DataError.at(path, None, "the file is empty", "fetch it again; a download may have been cut off")
    return lines


def image_row(path: Path, number: int, line: str, remedy: str) -> tuple[str, dict[str, object]]:
    """Image id and object of a line of JSON lines.

    Raises:
        DataError: the line is not an object, or has no image_id (a string or a number).
    """
    row = json_object(path, number, line, remedy)
    return image_id_of(path, number, row, remedy), row


def image_id_of(path: Path, number: int, row: Mapping[str, object], remedy: str) -> str:
    """The image id of an object, under `image_id` or another common key.

    Raises:
        DataError: the object has none of the keys, or the value is neither a string nor a number.
    """
    key = next((key for key in (*IMAGE_KEYS, "id") if row.get(key) is not None), None)
    image = row[key] if key is not None else None
    if not isinstance(image, str | int) or isinstance(image, bool) or image == "":
        raise DataError.at(path, number, "not an object with an image_id", remedy)
    # An id may contain slashes; of a path, the file name counts.
    return image_key(str(image) if key == "image_id" else str(image).replace("\\", "/").rpartition("/")[2])


def checked_text(path: Path, number: int, text: str) -> str:
    """Validate that a text can be encoded as UTF-8.

    Raises:
        DataError: the text has a lone surrogate, which JSON can escape but UTF-8 cannot encode.
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise DataError.at(path, number, f"{text!r} has a lone surrogate", "write it as valid Unicode")
    return text


def match_file(
    items: Mapping[str, tuple[ItemT, ...]],
    corpus: Corpus,
    source: str,
    path: Path,
    content: str,
    *,
    may_be_empty: bool = False,
) -> Texts[ItemT]:
    """Select the items of a file that are of a corpus' pictures.

    Args:
        items: all items of the file, by image id.
        corpus: the corpus.
        source: name of the source.
        path: the file, for messages.
        content: plural noun for the items, for messages: `captions`.
        may_be_empty: whether all pictures may be without items, as with OCR text.

    Raises:
        DataError: the file has no image id of the corpus, or no items for any available picture.
    """
    require_overlap(path, items, corpus.image_ids, corpus.name, content)
    texts = match_texts(items, corpus, source)
    if not texts.items and not may_be_empty:
        reason = f"its {content} of images in {corpus.name} are all empty or of images that are lost"
        raise DataError.at(path, None, reason, f"generate the {content} again from the pictures")
    return texts


def require_overlap(
    path: Path, image_ids: Collection[str], expected: Collection[str | None], corpus: str, content: str
) -> None:
    """Raise if a source belongs to another dataset.

    Raises:
        DataError: none of the source's image ids is in the corpus.
    """
    if not any(image in expected for image in image_ids):
        reason = f"none of its {len(image_ids)} image ids is in {corpus}"
        raise DataError.at(path, None, reason, f"check that the {content} are of this dataset, with its ids")


def missing_file(
    content: str, dataset: str, path: Path, form: str, *, commands: Sequence[str] = (), more: Sequence[str] = ()
) -> MissingInputError:
    """The error for an input without a file, with every way to get it.

    Args:
        content: plural noun for the input: `tags`.
        dataset: name of the dataset.
        path: the expected file.
        form: the expected format.
        commands: commands that fetch the file.
        more: further alternatives.
    """
    ways = (*commands, f"put a file there: {path}", f"in this form: {form}", HERE, *more)
    reason = f"{content} of {dataset!r} are not here: no file {path}"
    return MissingInputError(Need(reason, ways, f"{content} of {dataset}"))
