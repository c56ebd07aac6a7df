"""Sentences about pictures in the forms that people publish: `ID.jpg :sentence`, JSON lines, a JSON array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import ConfigError, DataError
from mnerbench.datasets.textfile import image_key
from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.visual.importers.matching import filled_lines, image_of, image_row, storable

# In this order where several stand in an object: a captioner's `text` can be its prompt.
_GENERATED = ("generated_text", "generated_caption")
_EXTENSIONS = (".txt", ".jsonl", ".json")


@dataclass(frozen=True)
class SentenceForm:
    """How a kind of sentence is written in JSON.

    Attributes:
        names: keys of one sentence; with an `s`, of a list of them. The first is what messages call it.
    """

    names: tuple[str, ...]

    @property
    def remedy(self) -> str:
        """How to write a line."""
        name = self.names[0]
        return f"write `ID.jpg :{name}`, or JSON lines with image_id and {name} (or a list of {name}s)"


def sentence_file(folder: Path, stem: str) -> Path | None:
    """The file of a source, `<stem>.txt`, `.jsonl` or `.json`; None where there is none.

    Raises:
        ConfigError: there are several.
    """
    there = [path for extension in _EXTENSIONS if (path := folder / f"{stem}{extension}").is_file()]
    if len(there) > 1:
        names = " and ".join(path.name for path in there)
        raise ConfigError(f"{folder}: {names} are of one source\n  -> keep one, or give the other a name of its own")
    return there[0] if there else None


def sources_in(folder: Path, prefix: str) -> list[str]:
    """Names of the sources whose files lie in a folder: `blip2` for `captions.blip2.jsonl`."""
    names = {path.stem.removeprefix(f"{prefix}.") for end in _EXTENSIONS for path in folder.glob(f"{prefix}.*{end}")}
    return sorted(names)


def read_sentences(path: Path, form: SentenceForm) -> dict[str, tuple[str, ...]]:
    """Read a file in any form, told apart by its first line; an image may stand on several lines.

    In JSON, the image is under `image_id` or a key that captioners use (`image`, `file_name`, `img_id`, `id`, ...), the
    sentences under one of the form's names, `generated_text`, or one of these with an `s`: a string, a list of strings,
    or a list of objects with such a key.

    Returns:
        Image id to sentences in file order. An empty sentence is kept as the fact that the file names the image: `()`.

    Raises:
        DataError: a line is in neither form (names the line).
        MissingInputError: there is no such file.
    """
    found: dict[str, tuple[str, ...]] = {}
    for image, sentences in _rows(path, form):
        found[image] = found.get(image, ()) + tuple(text.strip() for text in sentences if text.strip())
    return found


def _rows(path: Path, form: SentenceForm) -> Iterator[tuple[str, list[str]]]:
    lines = filled_lines(path)
    first = lines[0][1].lstrip()
    if first.startswith("["):
        yield from _array_rows(path, lines, form)
    elif first.startswith("{"):
        for number, line in lines:
            image, row = image_row(path, number, line, form.remedy)
            yield image, _sentences(path, number, row, form)
    else:
        for number, line in lines:
            yield _plain_row(path, number, line, form)


def _plain_row(path: Path, number: int, line: str, form: SentenceForm) -> tuple[str, list[str]]:
    image, colon, sentence = line.partition(" :")
    if not colon or not image.strip():
        raise DataError.at(path, number, f"{line!r} is not a {form.names[0]} line", form.remedy)
    return image_key(image.strip()), [sentence]


def _array_rows(path: Path, lines: list[tuple[int, str]], form: SentenceForm) -> Iterator[tuple[str, list[str]]]:
    """A whole file that is one array, as COCO's results are."""
    try:
        rows = parse_json("\n".join(line for _, line in lines), finite=False)
    except ValueError as error:
        reason = f"begins as a JSON array and is none: {error}"
        raise DataError.at(path, lines[0][0], reason, form.remedy) from error
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise DataError.at(path, None, f"object {number} of the array is {row!r}, not an object", form.remedy)
        try:
            yield image_of(path, number, row, form.remedy), _sentences(path, number, row, form)
        except DataError as error:
            # What counts in an array is the object, not the line.
            place = f"{path}: object {number} of the array:"
            raise DataError(str(error).replace(f"{path}:{number}:", place)) from error


def _sentences(path: Path, number: int, row: Mapping[str, Any], form: SentenceForm) -> list[str]:
    for name in (*_GENERATED, *form.names):
        if name not in row and f"{name}s" not in row:
            continue
        several = f"{name}s" in row
        value = row[f"{name}s"] if several else row[name]
        texts = [_text(entry, form) for entry in (value if isinstance(value, list) else [value])]
        if None not in texts and (isinstance(value, list) or not several):
            return [storable(path, number, text) for text in texts if text is not None]
        break
    name = form.names[0]
    raise DataError.at(path, number, f"no {name} (a string) and no {name}s (a list of strings)", form.remedy)


def _text(entry: Any, form: SentenceForm) -> str | None:
    """The sentence of an entry, as a string or as captioners wrap it; None if it has none."""
    if isinstance(entry, dict):
        entry = next((entry[name] for name in (*_GENERATED, *form.names) if name in entry), None)
    return entry if isinstance(entry, str) else None
