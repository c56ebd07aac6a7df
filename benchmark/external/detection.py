"""Detects the format of a prediction file from its whole content."""

from __future__ import annotations

from mnerbench.benchmark.external.formats.blocks import are_blocks
from mnerbench.benchmark.external.formats.inline import inline_mark
from mnerbench.benchmark.external.formats.json_values import is_json
from mnerbench.benchmark.external.formats.label_lines import are_labels
from mnerbench.benchmark.external.predicted import Lines, PredictionFormat, Reference


def detect_format(lines: Lines, reference: Reference) -> PredictionFormat:
    """Detect the format of a file; columns unless another format matches.

    Args:
        lines: lines of the file, not all blank.
        reference: the split, whose types count as labels even without a prefix.
    """
    if is_json(lines):
        return PredictionFormat.JSONL
    if are_labels(lines, reference):
        return PredictionFormat.LABELS
    if are_blocks(lines):
        return PredictionFormat.BLOCKS
    return PredictionFormat.INLINE if inline_mark(lines) else PredictionFormat.COLUMNS
