"""Running out of memory: how it shows, what a run says of it, and what can be given back."""

from __future__ import annotations

import gc

import torch

from mnerbench.datasets.errors import MnerbenchError

# What has no exception of its own: torch's allocator on a CPU; page-locked memory, cuBLAS, cuDNN and Triton on a GPU.
_SAID = (
    "can't allocate memory",
    "CUDA error: out of memory",
    "CUDA driver error: out of memory",
    "Triton Error [CUDA]: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
)


class OutOfMemoryError(MnerbenchError):
    """A run does not fit into the memory of its device, wherever it noticed."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory of the device, or of the machine, could not be had."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(said in str(error) for said in _SAID)
    )


def shortage(error: BaseException, device: str) -> OutOfMemoryError:
    """What a run says that met such an error outside of a training step, where no batch can be cut.

    Args:
        error: for which `is_out_of_memory` holds.
        device: of the run.
    """
    # torch's message is one line; the allocator's state and advice stand behind the third sentence.
    said = ". ".join(str(error).split("\n")[0].split(". ")[:3]).removesuffix(".") or type(error).__name__
    return OutOfMemoryError(
        f"out of memory on {device}: {said}\n"
        "  -> a smaller encoder or training.batch_size, training.precision=bf16, fewer runs at a time on the device "
        "(--per-gpu, --workers), or one with more memory"
    )


def free_cached_memory() -> None:
    """Free what nothing refers to any more, on the GPU too; outside of `except`, whose traceback holds tensors."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
