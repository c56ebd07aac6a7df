"""Lines of a text file in groups, as tweets stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from mnerbench.benchmark.external.labels import label_like
from mnerbench.benchmark.external.predicted import Lines
from mnerbench.benchmark.external.text_lines import TextLines
from mnerbench.datasets.readers import IMAGE_PREFIX
from mnerbench.datasets.textfile import image_key

BLANKS = re.compile("[ \t]+")
_DOCUMENT_START = "-DOCSTART-"
_COMMENT = re.compile("# ?([a-z_.]+ = |(id|sent_id|text|newdoc|newpar)[ \t])")


class Paragraph(NamedTuple):
    """Lines that follow one another.

    Attributes:
        number: of the first one.
        lines: without their ends.
    """

    number: int
    lines: list[str]

    @property
    def numbered(self) -> list[tuple[int, str]]:
        """The lines with their numbers."""
        return list(enumerate(self.lines, self.number))


def paragraphs(lines: Lines) -> Iterator[Paragraph]:
    """Runs of lines that hold more than blanks and tabs; a no-break space is a word. An `IMGID:` line begins a run."""
    number, open_lines = 1, list[str]()
    for first, text in lines.texts() if isinstance(lines, TextLines) else _text_of(lines):
        number, block = first - len(open_lines), [*open_lines, *text.split("\n")]
        *whole, (number, open_lines) = (_cut_at_empty if _is_regular(text) else _cut)(number, block)
        yield from whole
    if open_lines:
        yield Paragraph(number, open_lines)


def _text_of(lines: Lines) -> Iterator[tuple[int, str]]:
    if lines:
        yield lines[0][0], "\n".join(line for _, line in lines)


def _is_regular(text: str) -> bool:
    """Whether lines can be cut apart without a look at every one: none can be of blanks, or a picture's below another.

    May be False where it is so.
    """
    if " \n" in text or "\t\n" in text or text.endswith((" ", "\t")) or text.startswith(IMAGE_PREFIX):
        return False
    return text.count("\n" + IMAGE_PREFIX) == text.count("\n\n" + IMAGE_PREFIX)


def _cut_at_empty(number: int, block: list[str]) -> Iterator[Paragraph]:
    """Paragraphs between empty lines; the last one may be empty, and may go on behind the block."""
    start = 0
    with suppress(ValueError):
        while True:
            end = block.index("", start)
            if end > start:
                yield Paragraph(number + start, block[start:end])
            start = end + 1
    yield Paragraph(number + start, block[start:])


def _cut(number: int, block: list[str]) -> Iterator[Paragraph]:
    """The same where lines may hold blanks, and a picture's line may stand right below another line."""
    start = 0
    for place, line in enumerate(block):
        blank = not line.strip(" \t")
        if start < place and (blank or is_image(line)):
            yield Paragraph(number + start, block[start:place])
            start = place
        if blank:
            start = place + 1
    yield Paragraph(number + start, block[start:])


def is_image(line: str) -> bool:
    """Whether a line names the picture of the tweet that follows."""
    return line.startswith(IMAGE_PREFIX) and "\t" not in line


def image_of(line: str) -> str | None:
    """The picture's id in such a line, or in the first line of a block."""
    return image_key(line.removeprefix(IMAGE_PREFIX).strip()) or None


def is_comment(line: str) -> bool:
    """Whether a line that begins a tweet is about it, as in `# text = ...` or `-DOCSTART- -X- O O`."""
    if line.startswith(_DOCUMENT_START):
        return True
    match = _COMMENT.match(line)
    return match is not None and ("=" in match[1] or not label_like(BLANKS.split(line.strip(" \t"))[-1]))
