"""Files of prediction statistics, validated when they are read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from mnerbench.benchmark.results.error_types import ErrorType
from mnerbench.benchmark.results.prediction_stats import PredictionStats
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.benchmark.results.split_metadata import ScoredSplit
from mnerbench.datasets.atomic_files import write_bytes_atomically
from mnerbench.datasets.slices import SLICES
from mnerbench.datasets.untrusted.json_text import parse_json

_VERSION = 2  # raised whenever the same predictions would give other counts


def write_stats(path: Path, stats: PredictionStats, digest: str) -> None:
    """Write statistics.

    Args:
        path: the file.
        stats: the statistics.
        digest: of the description of their split.

    Raises:
        StoreError: the file cannot be written.
    """
    slices = {name: (counts.correct, counts.predicted, counts.gold) for name, counts in stats.slices.items()}
    text = json.dumps({"version": _VERSION, "of": digest, "slices": slices, "mistakes": stats.error_counts})
    write_bytes_atomically(path, save({"tweets": stats.tweets, "found": stats.gold_found}, {"tally": text}))


def read_stats(path: Path, described: ScoredSplit) -> PredictionStats | None:
    """Stored statistics; None if they are missing, outdated or damaged, since they can be recomputed."""
    if not path.is_file():  # this also excludes a FIFO, which would block
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            text = parse_json((file.metadata() or {}).get("tally", "{}"))
            if text.get("version") != _VERSION or text.get("of") != described.digest:
                return None
            stats = PredictionStats(
                file.get_tensor("tweets"),
                file.get_tensor("found"),
                {name: Counts(*counts) for name, counts in text["slices"].items()},
                {ErrorType(kind): number for kind, number in text["mistakes"].items()},
            )
            return stats if _is_valid(stats, len(described.tweets)) else None
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_valid(stats: PredictionStats, tweets: int) -> bool:
    """Whether statistics read from a file are consistent and of the right shapes and types."""
    counts, is_found = stats.tweets, stats.gold_found
    if counts.dtype != np.dtype(np.int32) or counts.shape != (tweets, 3):
        return False
    if is_found.dtype != np.dtype(np.bool_) or is_found.ndim != 1:
        return False
    numbers = [stats.error_counts.get(kind) for kind in ErrorType]
    numbers += [number for part in stats.slices.values() for number in (part.correct, part.predicted, part.gold)]
    return (
        bool((counts >= 0).all())
        and len(is_found) == counts[:, 2].sum()
        and is_found.sum() == counts[:, 0].sum()
        and set(stats.slices) <= set(SLICES)
        and all(type(number) is int and 0 <= number < 1 << 31 for number in numbers)
    )
