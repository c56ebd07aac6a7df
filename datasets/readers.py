"""Readers of the corpus formats; errors name file, line, reason and remedy.

=========  ==========================================================================================================
umt        `IMGID:<id>` line, then `word<TAB>label` lines; a blank line (or the end of the file) ends the tweet.
conll      `word ... label` lines, columns separated by tabs or else by spaces, first and last column read; blank lines
           between sentences; `-DOCSTART-` lines are skipped; no image ids.
jsonl      one object per line: `tokens` and `label`, or `text` and `entities` with character offsets; `id` and
           `image_id` may be absent, `related` may say whether picture and text are related (see
           :mod:`mnerbench.datasets.jsonlines`); other keys are ignored.
json       one array of such objects, or of WikiDiverse's lists (see :mod:`mnerbench.datasets.json_array`).
relations  a CSV file of text-image relations, without entities (see :mod:`mnerbench.datasets.relation_rows`).
=========  ==========================================================================================================

A word is everything before the separator, even a no-break space. For line ends see :mod:`mnerbench.datasets.textfile`.
Labels in other schemes are recoded to BIO (see :mod:`mnerbench.datasets.gold_scheme`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mnerbench.datasets.character_spans import Offsets
from mnerbench.datasets.columns import IMAGE_PREFIX, is_image_line, parse_conll, parse_umt
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.gold import GoldLabels
from mnerbench.datasets.gold_scheme import GoldScheme, detect_scheme
from mnerbench.datasets.json_array import parse_array
from mnerbench.datasets.jsonlines import parse_jsonl
from mnerbench.datasets.raw import RawSplit
from mnerbench.datasets.relation_rows import is_relation_header, parse_relations
from mnerbench.datasets.textfile import read_lines

__all__ = [
    "IMAGE_PREFIX",
    "MALFORMED",
    "Format",
    "Reading",
    "SplitReading",
    "check_split",
    "open_split",
    "parse_split",
    "read_split",
    "sniff_format",
]

# Name of the policy for labels that the scheme of their file does not allow in their position.
MALFORMED = "malformed_labels_read_as_conlleval"


class Format(StrEnum):
    """Formats of split files."""

    UMT = "umt"
    CONLL = "conll"
    JSONL = "jsonl"
    JSON = "json"
    RELATIONS = "relations"


@dataclass(frozen=True)
class Reading:
    """How to read the files of a corpus; None where it is detected for each file.

    Attributes:
        format: format of the files.
        scheme: labelling scheme.
        tag_names: names of integer labels, in the order of their numbers.
        offsets: unit of character offsets.
    """

    format: Format | None = None
    scheme: GoldScheme | None = None
    tag_names: tuple[str, ...] | None = None
    offsets: Offsets = Offsets.CHARACTERS


@dataclass(frozen=True)
class SplitReading:
    """The result of reading a split.

    Attributes:
        examples: in file order.
        scheme: labelling scheme of the file.
        policies: positive counts of applied policies, by name.
    """

    examples: tuple[Example, ...]
    scheme: GoldScheme = GoldScheme.BIO
    policies: Mapping[str, int] = field(default_factory=dict)


def read_split(
    path: Path,
    format: Format | None = None,  # noqa: A002 - the key of cards
    *,
    types: Sequence[str],
    label_map: Mapping[str, str] | None = None,
) -> tuple[Example, ...]:
    """Read one split in any format.

    Args:
        path: the file.
        format: its format; None detects it from the first line.
        types: the entity types that may occur, after `label_map`.
        label_map: type names in the file mapped to the corpus' names, such as `OTHER` to `MISC`.

    Raises:
        DataError: the file violates its format (with the line), or a label has none of the `types`.
        MissingInputError: there is no such file.
    """
    return open_split(path, Reading(format), types=types, label_map=label_map).examples


def open_split(
    path: Path, reading: Reading, *, types: Sequence[str], label_map: Mapping[str, str] | None = None
) -> SplitReading:
    """Read one split, with its scheme and policy counts. Arguments and errors as in :func:`read_split`."""
    return check_split(path, parse_split(path, reading), reading.scheme, types, label_map or {})


def parse_split(path: Path, reading: Reading) -> RawSplit:
    """Parse a file without changing labels; raises as :func:`read_split`."""
    form = reading.format or sniff_format(path)
    if form is Format.JSONL:
        return parse_jsonl(path, reading.tag_names, reading.offsets)
    if form is Format.JSON:
        return parse_array(path, reading.tag_names, reading.offsets)
    if form is Format.RELATIONS:
        return parse_relations(path)
    return parse_umt(path) if form is Format.UMT else parse_conll(path)


def check_split(
    path: Path, raw: RawSplit, scheme: GoldScheme | None, types: Sequence[str], label_map: Mapping[str, str]
) -> SplitReading:
    """Convert parsed tweets to examples: labels are checked, recoded and renamed.

    Args:
        path: the file, for messages.
        raw: its tweets.
        scheme: scheme of its labels; None detects it.
        types: as in :func:`read_split`.
        label_map: as in :func:`read_split`.

    Raises:
        DataError: a label has none of the `types`, or another scheme.
    """
    scheme = scheme or detect_scheme(tweet.labels for tweet in raw.tweets)
    gold = GoldLabels(path, types, label_map, scheme)
    policies = Counter(raw.policies)
    examples = []
    for position, tweet in enumerate(raw.tweets):
        labels, malformed = gold.read(tweet)
        policies[MALFORMED] += malformed
        name = tweet.id if tweet.id is not None else str(position)
        examples.append(Example(name, tuple(tweet.words), tuple(labels), tweet.image_id, tweet.related))
    return SplitReading(tuple(examples), scheme, dict(+policies))


def sniff_format(path: Path) -> Format:
    """Detect the format of a file from its first non-blank line."""
    first = next(line for _, line in read_lines(path) if line.strip())
    if is_image_line(first):
        return Format.UMT
    if is_relation_header(first):
        return Format.RELATIONS
    if first.startswith("{") and first.rstrip().endswith("}"):
        return Format.JSONL
    # A bracket may also be the first word of a column file.
    return Format.JSON if first.strip() == "[" or first.startswith(('[{"', '[["')) else Format.CONLL
