"""Lines of a text file in groups, as tweets stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mnerbench.benchmark.external.labels import label_like
from mnerbench.benchmark.external.predicted import Lines
from mnerbench.datasets.readers import IMAGE_PREFIX
from mnerbench.datasets.textfile import image_key

BLANKS = re.compile("[ \t]+")
_DOCUMENT_START = "-DOCSTART-"
_COMMENT = re.compile("# ?([a-z_.]+ = |(id|sent_id|text|newdoc|newpar)[ \t])")


def paragraphs(lines: Lines) -> Iterator[list[tuple[int, str]]]:
    """Runs of lines that hold more than blanks and tabs; a no-break space is a word. An `IMGID:` line begins a run."""
    paragraph: list[tuple[int, str]] = []
    for number, line in [*lines, (0, "")]:
        blank = not line.strip(" \t")
        if paragraph and (blank or is_image(line)):
            yield paragraph
            paragraph = []
        if not blank:
            paragraph.append((number, line))


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
