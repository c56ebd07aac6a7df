"""Running out of memory: how it shows, and what can be given back."""

from __future__ import annotations

import gc

import torch

_CPU = "can't allocate memory"  # torch's CPU allocator has no exception of its own


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory of the device, or of the machine, could not be had."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and _CPU in str(error)
    )


def give_back() -> None:
    """Free what nothing refers to any more, on the GPU too; outside of `except`, whose traceback holds tensors."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
