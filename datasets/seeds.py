"""Derives seeds from purposes, the same on every machine and for every `PYTHONHASHSEED`."""

from __future__ import annotations

import hashlib


def derive_seed(*purpose: str | int, size: int = 4) -> int:
    """A seed for one purpose, independent of the seeds of other purposes.

    Changing this function, or a purpose, changes all results that depend on it.

    Args:
        purpose: what the seed is for, usually with the seed of a run: `(0, "order", 1)`.
        size: bytes of the seed.

    Returns:
        The first `size` bytes of the sha256 of the purpose, joined by colons, as a big-endian number.
    """
    text = ":".join(map(str, purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size], "big")
