"""Splits a text file into paragraphs, one per tweet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

from mnerbench.benchmark.external.labels import label_like
from mnerbench.benchmark.external.predicted import Lines
from mnerbench.benchmark.external.text_lines import TextLines
from mnerbench.datasets.readers import IMAGE_PREFIX
from mnerbench.datasets.textfile import image_key

BLANKS = re.compile("[ \t]+")
DOCUMENT_START = "-DOCSTART-"
COMMENT_NAMES = ("id", "sent_id", "text", "newdoc", "newpar")
_COMMENT = re.compile(rf"# ?([a-z_.]+ = |({'|'.join(COMMENT_NAMES)})[ \t])")


class Paragraph(NamedTuple):
    """Consecutive lines.

    Attributes:
        number: number of the first line.
        lines: the lines, without line ends.
    """

    number: int
    lines: list[str]

    @property
    def numbered(self) -> list[tuple[int, str]]:
        """The lines with their numbers."""
        return list(enumerate(self.lines, self.number))


class Stretch(NamedTuple):
    """Several complete paragraphs.

    Attributes:
        number: number of the first line.
        text: their lines and those between them, separated by LF.
    """

    number: int
    text: str

    @property
    def is_regular(self) -> bool:
        """Whether paragraphs are separated exactly by empty lines.

        True only if no line consists of spaces and tabs, and no picture's line follows another line. This is a
        sufficient condition: it may be False although paragraphs are so separated.
        """
        text = self.text
        if " \n" in text or "\t\n" in text or text.endswith((" ", "\t")):
            return False
        return text.count("\n" + IMAGE_PREFIX) == text.count("\n\n" + IMAGE_PREFIX)


def stretches(lines: Lines) -> Iterator[Stretch]:
    """All paragraphs of a file, several at a time."""
    number, parts = 1, list[str]()
    for first, text in lines.texts() if isinstance(lines, TextLines) else _text_of(lines):
        number = number if parts else first
        end = text.rfind("\n\n")
        if end >= 0:
            yield Stretch(number, "\n".join([*parts, text[:end]]))
            number, parts = first + text.count("\n", 0, end) + 2, [text[end + 2 :]]
        elif text.startswith("\n"):
            yield Stretch(number, "\n".join(parts))
            number, parts = first + 1, [text[1:]]
        else:
            parts.append(text)
    yield Stretch(number, "\n".join(parts))


def _text_of(lines: Lines) -> Iterator[tuple[int, str]]:
    if lines:
        yield lines[0][0], "\n".join(line for _, line in lines)


def paragraphs(lines: Lines) -> Iterator[Paragraph]:
    """Runs of lines that are not blank (a no-break space is a word). An `IMGID:` line starts a new run."""
    for stretch in stretches(lines):
        yield from paragraphs_of(stretch)


def paragraphs_of(stretch: Stretch) -> Iterator[Paragraph]:
    """The paragraphs of a stretch; regular text is split without inspecting every line."""
    number, block = stretch.number, stretch.text.split("\n")
    return _cut_at_empty(number, block) if stretch.is_regular else _cut(number, block)


def group_sizes(stretch: Stretch) -> list[int] | None:
    """Number of lines of each paragraph; None if the stretch is irregular."""
    if not stretch.is_regular:
        return None
    block = stretch.text.split("\n")
    ends = [-1, *(index for index, line in enumerate(block) if not line), len(block)]
    return [end - start - 1 for start, end in pairwise(ends) if end - start > 1]


def _cut_at_empty(number: int, block: list[str]) -> Iterator[Paragraph]:
    start = 0
    block.append("")
    with suppress(ValueError):
        while True:
            end = block.index("", start)
            if end > start:
                yield Paragraph(number + start, block[start:end])
            start = end + 1


def _cut(number: int, block: list[str]) -> Iterator[Paragraph]:
    start = 0
    for index, line in enumerate([*block, ""]):
        blank = not line.strip(" \t")
        if start < index and (blank or is_image(line)):
            yield Paragraph(number + start, block[start:index])
            start = index
        if blank:
            start = index + 1


def is_image(line: str) -> bool:
    """Whether a line names the picture of the tweet that follows."""
    return line.startswith(IMAGE_PREFIX) and "\t" not in line


def image_of(line: str) -> str | None:
    """The picture's id in an `IMGID:` line, or in the first line of a block."""
    return image_key(line.removeprefix(IMAGE_PREFIX).strip()) or None


def is_comment(line: str) -> bool:
    """Whether the first line of a tweet is metadata, such as `# text = ...` or `-DOCSTART- -X- O O`."""
    if line.startswith(DOCUMENT_START):
        return True
    match = _COMMENT.match(line)
    return match is not None and ("=" in match[1] or not label_like(BLANKS.split(line.strip(" \t"))[-1]))
