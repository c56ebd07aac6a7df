"""Detection and reporting of out-of-memory errors, and release of cached memory."""

from __future__ import annotations

import gc

import torch

from mnerbench.datasets.errors import MnerbenchError

# Messages of errors without a specific exception: torch's allocator on a CPU; page-locked memory, cuBLAS, cuDNN and
# Triton on a GPU.
_MESSAGES = (
    "can't allocate memory",
    "CUDA error: out of memory",
    "CUDA driver error: out of memory",
    "Triton Error [CUDA]: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
)


class OutOfMemoryError(MnerbenchError):
    """A run does not fit into the memory of its device."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error reports that memory of the device or of the machine could not be allocated."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(message in str(error) for message in _MESSAGES)
    )


def out_of_memory_error(error: BaseException, device: str) -> OutOfMemoryError:
    """The error of a run that runs out of memory outside a training step, where no batch can be cut.

    Args:
        error: an error for which `is_out_of_memory` holds.
        device: of the run.
    """
    # torch's message is one line; after the third sentence it gives the allocator's state and advice.
    reason = ". ".join(str(error).split("\n")[0].split(". ")[:3]).removesuffix(".") or type(error).__name__
    return OutOfMemoryError(
        f"out of memory on {device}: {reason}\n"
        "  -> a smaller encoder or training.batch_size, training.precision=bf16, fewer runs at a time on the device "
        "(--per-gpu, --workers), or one with more memory"
    )


def free_cached_memory() -> None:
    """Free unreferenced memory, including the GPU's; call it outside `except`, whose traceback references tensors."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
