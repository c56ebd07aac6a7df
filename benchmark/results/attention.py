"""Reads the attention weights that a diagnosis stored; without torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from mnerbench.benchmark.results.store import REPEAT, RunStore
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named


def attention_path(store: RunStore, identity: str) -> Path:
    """The file with the attention of a run's sampled tweets.

    Raises:
        StoreError: A link leads out of the results folder.
    """
    store.folder(identity)
    return store.path(identity, "attention", "test.it.safetensors")


def load_attention(store: RunStore, identity: str, tweet: str) -> dict[str, NDArray[np.generic]]:
    """`weights` [words, cells] of a sampled tweet; if cells are regions, also `boxes` [cells, 4] and `size` [2].

    Empty for a tweet that was not sampled, and for methods that do not attend to cells.

    Raises:
        StoreError: The file is damaged.
    """
    path = attention_path(store, identity)
    if not path.is_file():
        return {}
    try:
        with safe_open(path, framework="numpy") as file:
            names = {name: f"{tweet} {name}" for name in ("weights", "boxes", "size")}
            keys = set(file.keys())
            tensors = {name: file.get_tensor(key) for name, key in names.items() if key in keys}
    except (SafetensorError, OSError) as error:
        raise StoreError(f"{named(path)}: damaged: {one_line(error)}\n  -> {REPEAT}") from error
    if not _is_valid(tensors):
        raise StoreError(f"{named(path)}: damaged: no attention of words to cells\n  -> {REPEAT}")
    return tensors


def _is_valid(tensors: Mapping[str, NDArray[Any]]) -> bool:
    """Whether tensors are a valid attention: nothing, weights, or weights with boxes and a size."""
    if not tensors:
        return True
    if "weights" not in tensors or ("boxes" in tensors) != ("size" in tensors):
        return False
    if any(not np.issubdtype(array.dtype, np.number) or not np.isfinite(array).all() for array in tensors.values()):
        return False
    weights = tensors["weights"]
    valid = weights.ndim == 2 and weights.shape[1] > 0 and bool((weights >= 0).all())
    if "boxes" in tensors:
        return valid and tensors["boxes"].shape == (weights.shape[1], 4) and tensors["size"].shape == (2,)
    return valid
