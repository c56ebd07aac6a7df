"""Attention that a diagnosis left behind, read back without torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from mnerbench.benchmark.records import RunStore
from mnerbench.datasets.errors import StoreError


def attention_path(store: RunStore, identity: str) -> Path:
    """Where the attention of a run's sampled tweets is kept."""
    return store.folder(identity) / "attention" / "test.it.safetensors"


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
            return {name: file.get_tensor(key) for name, key in names.items() if key in known}
    except SafetensorError as error:
        raise StoreError(f"{path}: damaged: {error}\n  -> rerun with --rerun all") from error
