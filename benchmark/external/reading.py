"""Reads prediction files in all common formats; each format has a module in `formats/`.

=======  ==========================================================================================================
columns  a line per word, with the predicted label last and the gold label before it if there are two label columns, or
         as named by a header; separated by tabs, spaces, `|` or commas; blank lines between tweets; `IMGID:` lines may
         name pictures.
jsonl    JSON lines, an array, or objects over several lines: words and predicted labels, or entities as systems write
         them. Includes our own prediction files.
blocks   four lines: picture, words, predicted labels, gold labels, the last three separated by spaces; blank lines
         between tweets. Written by UMT's released code. Or two lines: words and labels.
labels   labels without words: a line per tweet, or a label per line.
inline   a line per tweet of `word|label` or `word/label`.
=======  ==========================================================================================================

Any of them may be compressed with gzip or be the only member of a zip archive. How a file was interpreted is recorded
in its `decisions`; an ambiguous file is refused with the reason.
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
    """Read all tweets of a prediction file, with labels as written.

    Args:
        path: the prediction file.
        reference: the predicted split; required for files without words or ids.
        options: the user's settings for this file.

    Raises:
        DataError: a line does not fit the format, or the file is ambiguous.
        MissingInputError: the file does not exist.
    """
    reference, options = reference or Reference(), options or ReadingOptions()
    name, lines = prediction_lines(path)
    file_format = options.format or detect_format(lines, reference)
    with _gc_disabled():
        tweets, layout, names = _read(name, file_format, lines, options, reference)
        packed = TweetStore.of(tweets)
    if not packed:
        raise DataError.at(name, None, "the file holds no tweets", "check that this is the right file")
    member = f", in {name}" if name != str(path) else ""
    decisions = (f"{file_format.value} ({_TITLES[file_format]}){member}", *layout)
    return PredictionFile(name, file_format, packed, decisions, names)


@contextmanager
def _gc_disabled() -> Iterator[None]:
    """Disable garbage collection: searching millions of acyclic lists would take a quarter of the reading time."""
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
        reason = f"--predicted {options.predicted}: the format {file_format.value!r} has neither keys nor columns"
        raise DataError.at(name, None, reason, "omit the flag")
    if file_format is PredictionFormat.COLUMNS:
        return *read_columns(name, lines, options, reference), ()
    if file_format is PredictionFormat.LABELS:
        return *read_labels(name, lines, reference), ()
    reader = read_blocks if file_format is PredictionFormat.BLOCKS else read_inline
    return *reader(name, lines), ()


def options_for(file: PredictionFile, options: ReadingOptions) -> ReadingOptions:
    """The options, with the file's names of label numbers unless the user names them."""
    return options if options.names or not file.names else replace(options, names=file.names)
