"""What all importers share: names of sources, image ids, and whether a file is of this corpus at all."""

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
    """The name of a source, which becomes part of a path and so must not lead out of its folder.

    Raises:
        ConfigError: it is not lower case letters, digits, `.`, `_`, `+` and `-`, or longer than 100 characters.
    """
    if _SOURCE.fullmatch(source) is None:
        reason = "a source is named by up to 100 of a-z 0-9 . _ + -, the first a letter or digit"
        raise ConfigError(f"{source!r} is not the name of a source\n  -> {reason}")
    return source


def filled_lines(path: Path) -> list[tuple[int, str]]:
    """The lines of a file that are not blank, at least one.

    Raises:
        DataError: there is none, or the file is not UTF-8.
        MissingInputError: there is no such file.
    """
    lines = [(number, line) for number, line in read_lines(path) if line.strip()]
    if not lines:
        raise DataError.at(path, None, "the file is empty", "fetch it again; a download may have been cut off")
    return lines


def image_row(path: Path, number: int, line: str, remedy: str) -> tuple[str, dict[str, object]]:
    """Image id and object of a line of JSON lines.

    Raises:
        DataError: the line is no object, or has no image_id (a string or a number).
    """
    row = json_object(path, number, line, remedy)
    return image_of(path, number, row, remedy), row


def image_of(path: Path, number: int, row: Mapping[str, object], remedy: str) -> str:
    """The image id that an object names, under `image_id` or the other keys that tools use.

    Raises:
        DataError: none of them is there, or it is neither a string nor a number.
    """
    key = next((key for key in (*IMAGE_KEYS, "id") if row.get(key) is not None), None)
    image = row[key] if key is not None else None
    if not isinstance(image, str | int) or isinstance(image, bool) or image == "":
        raise DataError.at(path, number, "not an object with an image_id", remedy)
    # An id may hold a slash; a file's name is the end of its path.
    return image_key(str(image) if key == "image_id" else str(image).replace("\\", "/").rpartition("/")[2])


def storable(path: Path, number: int, text: str) -> str:
    """A text that can be written as UTF-8 and read by tokenizers.

    Raises:
        DataError: it has a lone surrogate, which only JSON can spell.
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise DataError.at(path, number, f"{text!r} holds half a character", "write it without lone surrogates")
    return text


def match_file(
    found: Mapping[str, tuple[ItemT, ...]],
    corpus: Corpus,
    source: str,
    path: Path,
    what: str,
    *,
    may_be_empty: bool = False,
) -> Texts[ItemT]:
    """Keep what a file says of a corpus' pictures.

    Args:
        found: everything it says, by image id.
        corpus: whose pictures are meant.
        source: the name it goes by.
        path: the file, for messages.
        what: is in it, in the plural: `captions`.
        may_be_empty: whether it may say nothing of any picture, as text in pictures may.

    Raises:
        DataError: it names no picture of the corpus, or has nothing to say of any that is there.
    """
    images = {example.image_id for examples in corpus.splits.values() for example in examples}
    refuse_strangers(path, found, images, corpus.name, what)
    texts = match_texts(found, corpus, source)
    if not texts.items and not may_be_empty:
        reason = f"its {what} of images in {corpus.name} are all empty or of images that are lost"
        raise DataError.at(path, None, reason, f"make the {what} again from the pictures")
    return texts


def refuse_strangers(path: Path, found: Collection[str], images: Collection[str | None], whose: str, what: str) -> None:
    """Refuse a source that is of another dataset.

    Raises:
        DataError: none of the image ids found is among those of `whose`.
    """
    if not any(image in images for image in found):
        reason = f"none of its {len(found)} image ids is in {whose}"
        raise DataError.at(path, None, reason, f"check that the {what} are of this dataset, with its ids")


def absent(
    what: str, dataset: str, path: Path, form: str, *, commands: Sequence[str] = (), more: Sequence[str] = ()
) -> MissingInputError:
    """The error for an input that is not there, with every way to get it.

    Args:
        what: is not there, in the plural: `tags`.
        dataset: whose.
        path: the file that would hold it.
        form: how to write the file.
        commands: that fetch it.
        more: further ways.
    """
    ways = (*commands, f"put a file there: {path}", f"in this form: {form}", HERE, *more)
    return MissingInputError(Need(f"{what} of {dataset!r} are not here: no file {path}", ways, f"{what} of {dataset}"))
