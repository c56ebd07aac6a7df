"""Which format a prediction file has, from all of it."""

from __future__ import annotations

from mnerbench.benchmark.external.formats.blocks import are_blocks
from mnerbench.benchmark.external.formats.inline import inline_mark
from mnerbench.benchmark.external.formats.json_values import is_json
from mnerbench.benchmark.external.formats.label_lines import are_labels
from mnerbench.benchmark.external.predicted import Lines, PredictionFormat, Reference


def detect_format(lines: Lines, reference: Reference) -> PredictionFormat:
    """The format of a file; columns where it is no other.

    Args:
        lines: of the file, not all blank.
        reference: the split, whose types are labels where they stand alone.
    """
    if is_json(lines):
        return PredictionFormat.JSONL
    if are_labels(lines, reference):
        return PredictionFormat.LABELS
    if are_blocks(lines):
        return PredictionFormat.BLOCKS
    return PredictionFormat.INLINE if inline_mark(lines) else PredictionFormat.COLUMNS
