"""Attention that a diagnosis left behind, read back without torch."""

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
    """Where the attention of a run's sampled tweets is kept.

    Raises:
        StoreError: a link leads out of the results folder.
    """
    store.folder(identity)
    return store.path(identity, "attention", "test.it.safetensors")


def load_attention(store: RunStore, identity: str, tweet: str) -> dict[str, NDArray[np.generic]]:
    """`weights` [words, cells] of a sampled tweet, and where cells are regions `boxes` [cells, 4] and `size` [2].

    Empty for a tweet that was not sampled, and for methods that do not look at cells.

    Raises:
        StoreError: the file is damaged.
    """
    path = attention_path(store, identity)
    if not path.is_file():
        return {}
    try:
        with safe_open(path, framework="numpy") as file:
            names = {name: f"{tweet} {name}" for name in ("weights", "boxes", "size")}
            known = set(file.keys())
            read = {name: file.get_tensor(key) for name, key in names.items() if key in known}
    except (SafetensorError, OSError) as error:
        raise StoreError(f"{named(path)}: damaged: {one_line(error)}\n  -> {REPEAT}") from error
    if not _is_sound(read):
        raise StoreError(f"{named(path)}: damaged: no attention of words on cells\n  -> {REPEAT}")
    return read


def _is_sound(read: Mapping[str, NDArray[Any]]) -> bool:
    """Whether tensors have the shapes of an attention: nothing, weights, or weights with boxes and a size."""
    if not read:
        return True
    if "weights" not in read or ("boxes" in read) != ("size" in read):
        return False
    if any(not np.issubdtype(one.dtype, np.number) or not np.isfinite(one).all() for one in read.values()):
        return False
    weights = read["weights"]
    shapes = weights.ndim == 2 and weights.shape[1] > 0 and bool((weights >= 0).all())
    if "boxes" in read:
        return shapes and read["boxes"].shape == (weights.shape[1], 4) and read["size"].shape == (2,)
    return shapes
