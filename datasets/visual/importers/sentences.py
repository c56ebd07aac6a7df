"""Reader of sentences about pictures in published formats: `ID.jpg :sentence`, JSON lines, a JSON array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import ConfigError, DataError
from mnerbench.datasets.textfile import image_key
from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.visual.importers.matching import checked_text, image_id_of, image_row, nonblank_lines

# Tried before the other keys: a captioner's `text` can be its prompt.
_GENERATED = ("generated_text", "generated_caption")
_EXTENSIONS = (".txt", ".jsonl", ".json")


@dataclass(frozen=True)
class SentenceForm:
    """JSON keys of a kind of sentence.

    Attributes:
        names: keys of a sentence; with an `s` appended, of a list of sentences. Messages use the first.
    """

    names: tuple[str, ...]

    @property
    def remedy(self) -> str:
        """Instructions for writing a line."""
        name = self.names[0]
        return f"write `ID.jpg :{name}`, or JSON lines with image_id and {name} (or a list of {name}s)"


def sentence_file(folder: Path, stem: str) -> Path | None:
    """The file of a source, `<stem>.txt`, `.jsonl` or `.json`; None if there is none.

    Raises:
        ConfigError: there are several.
    """
    paths = [path for extension in _EXTENSIONS if (path := folder / f"{stem}{extension}").is_file()]
    if len(paths) > 1:
        names = " and ".join(path.name for path in paths)
        raise ConfigError(f"{folder}: {names} are of the same source\n  -> keep one of them, or rename the other")
    return paths[0] if paths else None


def sources_in(folder: Path, prefix: str) -> list[str]:
    """Names of the sources with files in a folder: `blip2` for `captions.blip2.jsonl`."""
    names = {path.stem.removeprefix(f"{prefix}.") for end in _EXTENSIONS for path in folder.glob(f"{prefix}.*{end}")}
    return sorted(names)


def read_sentences(path: Path, form: SentenceForm) -> dict[str, tuple[str, ...]]:
    """Read a file in any format, detected from its first line; an image may be on several lines.

    In JSON, the image is under `image_id` or a key that captioners use (`image`, `file_name`, `img_id`, `id`, ...), the
    sentences under one of the form's names, `generated_text`, or one of these with an `s` appended: a string, a list of
    strings, or a list of objects with such a key.

    Returns:
        Sentences by image id, in file order; `()` for an image with empty sentences only.

    Raises:
        DataError: a line is in none of these formats (names the line).
        MissingInputError: there is no such file.
    """
    sentences_by_image: dict[str, tuple[str, ...]] = {}
    for image, sentences in _rows(path, form):
        texts = tuple(text.strip() for text in sentences if text.strip())
        sentences_by_image[image] = sentences_by_image.get(image, ()) + texts
    return sentences_by_image


def _rows(path: Path, form: SentenceForm) -> Iterator[tuple[str, list[str]]]:
    lines = nonblank_lines(path)
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
    """Rows of a file that is a single JSON array, as COCO's results are."""
    try:
        rows = parse_json("\n".join(line for _, line in lines), finite=False)
    except ValueError as error:
        reason = f"begins like a JSON array but is not valid: {error}"
        raise DataError.at(path, lines[0][0], reason, form.remedy) from error
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise DataError.at(path, None, f"object {number} of the array is {row!r}, not an object", form.remedy)
        try:
            yield image_id_of(path, number, row, form.remedy), _sentences(path, number, row, form)
        except DataError as error:
            # `number` is the index of the object here, not a line number.
            location = f"{path}: object {number} of the array:"
            raise DataError(str(error).replace(f"{path}:{number}:", location)) from error


def _sentences(path: Path, number: int, row: Mapping[str, Any], form: SentenceForm) -> list[str]:
    for name in (*_GENERATED, *form.names):
        if name not in row and f"{name}s" not in row:
            continue
        is_plural = f"{name}s" in row
        value = row[f"{name}s"] if is_plural else row[name]
        texts = [_text(entry, form) for entry in (value if isinstance(value, list) else [value])]
        if None not in texts and (isinstance(value, list) or not is_plural):
            return [checked_text(path, number, text) for text in texts if text is not None]
        break
    name = form.names[0]
    raise DataError.at(path, number, f"no {name} (a string) and no {name}s (a list of strings)", form.remedy)


def _text(entry: Any, form: SentenceForm) -> str | None:
    """The sentence of an entry, a string or an object of a captioner; None if it has none."""
    if isinstance(entry, dict):
        entry = next((entry[name] for name in (*_GENERATED, *form.names) if name in entry), None)
    return entry if isinstance(entry, str) else None
