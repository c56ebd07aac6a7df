"""Reads prediction files as people publish them; a file for each format is in `formats/`.

=======  ==========================================================================================================
columns  a line per word, its predicted label last, the gold one before it where there are two columns of labels, or
         named by a header; tabs, blanks, `|` or commas between; blank lines between tweets; `IMGID:` lines may name
         pictures.
jsonl    JSON lines, an array, or objects over several lines: words and predicted labels, or entities as systems write
         them. Our own prediction files read too.
blocks   a picture, the words, the predicted labels, the gold labels: four lines, the last three separated by blanks;
         blank lines between tweets. UMT's released code writes these. Words and labels alone are two lines.
labels   labels without words: a line per tweet, or a label per line.
inline   a line per tweet of `word|label` or `word/label`.
=======  ==========================================================================================================

All of them may be compressed by gzip or lie alone in a zip archive. What the reader takes a file for is in the file's
`decisions`; a file that could mean two things is refused with the reason.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mnerbench.benchmark.external.containers import prediction_lines
from mnerbench.benchmark.external.detection import detect_format
from mnerbench.benchmark.external.formats.blocks import read_blocks
from mnerbench.benchmark.external.formats.columns import read_columns
from mnerbench.benchmark.external.formats.inline import read_inline
from mnerbench.benchmark.external.formats.jsonlines import read_json
from mnerbench.benchmark.external.formats.label_lines import read_labels
from mnerbench.benchmark.external.predicted import (
    Lines,
    PredictedTweet,
    PredictionFile,
    PredictionFormat,
    ReadingOptions,
    Reference,
)
from mnerbench.benchmark.external.tweet_store import TweetStore
from mnerbench.datasets.errors import DataError

_TITLES = {
    PredictionFormat.COLUMNS: "a line per word",
    PredictionFormat.JSONL: "JSON",
    PredictionFormat.BLOCKS: "a block of lines per tweet",
    PredictionFormat.LABELS: "without words",
    PredictionFormat.INLINE: "words with labels",
}


def read_predictions(
    path: Path, reference: Reference | None = None, options: ReadingOptions | None = None
) -> PredictionFile:
    """All tweets of a prediction file, with labels as they are written.

    Args:
        path: the file.
        reference: the split it is of; without one, files without words or ids cannot be read.
        options: what the user says about the file.

    Raises:
        DataError: a line does not fit the format, or the file could mean two things.
        MissingInputError: there is no such file.
    """
    reference, options = reference or Reference(), options or ReadingOptions()
    name, lines = prediction_lines(path)
    file_format = options.format or detect_format(lines, reference)
    with _without_collection():
        tweets, layout, names = _read(name, file_format, lines, options, reference)
        packed = TweetStore.of(tweets)
    if not packed:
        raise DataError.at(name, None, "the file holds no tweets", "check that this is the right file")
    archived = f", in {name}" if name != str(path) else ""
    decisions = (f"{file_format.value} ({_TITLES[file_format]}){archived}", *layout)
    return PredictionFile(name, file_format, packed, decisions, names)


@contextmanager
def _without_collection() -> Iterator[None]:
    """No search for cycles among millions of lists that have none: in a large file it takes a quarter of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read(
    name: str, file_format: PredictionFormat, lines: Lines, options: ReadingOptions, reference: Reference
) -> tuple[Sequence[PredictedTweet], list[str], tuple[str, ...]]:
    if file_format is PredictionFormat.JSONL:
        return read_json(name, lines, options, reference)
    if options.predicted is not None and file_format is not PredictionFormat.COLUMNS:
        reason = f"--predicted {options.predicted}: {file_format.value} have neither keys nor columns"
        raise DataError.at(name, None, reason, "leave the flag out")
    if file_format is PredictionFormat.COLUMNS:
        return *read_columns(name, lines, options, reference), ()
    if file_format is PredictionFormat.LABELS:
        return *read_labels(name, lines, reference), ()
    reader = read_blocks if file_format is PredictionFormat.BLOCKS else read_inline
    return *reader(name, lines), ()


def options_for(file: PredictionFile, options: ReadingOptions) -> ReadingOptions:
    """The options, with the file's own names of label numbers where the user gives none."""
    return options if options.names or not file.names else replace(options, names=file.names)
