"""Running out of memory: a run that does not fit fails with a reason and a remedy, and the grid goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from mnerbench.benchmark.perf.gpu.outcomes import Emit, Figure, SkippedError, attempt, measure, require
from mnerbench.benchmark.perf.gpu.runs import do_runs, require_done
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.record import Status
from mnerbench.methods.batch import Batch
from mnerbench.methods.tagger import NeuralMethod

_MIB = 2**20
_LEFT = 256 * _MIB  # what may stay reserved: cuBLAS keeps its workspaces; the run before had some gigabytes
_ADAMW = 16  # bytes per weight: itself, its gradient, two moments
_TOO_LITTLE = (
    0.4 * _ADAMW
)  # room for the weights of the large encoder and half of their gradients; ample for a small run


@contextmanager
def little_memory(setting: Setting, limit: int, width: int, tweets: int) -> Iterator[None]:
    """Within the block there is little memory on the device.

    On a GPU the process may take so much and no more. A CPU is made to look so: whatever asks a method of that width
    for emissions of more tweets is told what torch says when a GPU has no memory left.

    Args:
        setting: says where.
        limit: bytes, on a GPU.
        width: of the encoder's vectors, on a CPU.
        tweets: that fit at a time, on a CPU.
    """
    if setting.on_gpu:
        device = torch.device(setting.device)
        total = torch.cuda.get_device_properties(device).total_memory
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(limit / total, device)
        try:
            yield
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0, device)
        return

    def refuse(module: nn.Module, given: tuple[Any, ...]) -> None:
        asked = isinstance(module, NeuralMethod) and module.encoder.width == width and isinstance(given[0], Batch)
        if asked and len(given[0].labels) > tweets:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB (made up).")

    hook = nn.modules.module.register_module_forward_pre_hook(refuse)
    try:
        yield
    finally:
        hook.remove()


def memory(setting: Setting, emit: Emit) -> None:
    """A run that does not fit among others; a batch that is cut; what is free afterwards."""
    setting = setting.checked
    attempt("a run that does not fit fails with its reason, the grid goes on", lambda: _goes_on(setting), emit)
    attempt("a batch that does not fit is computed in parts", lambda: _in_parts(setting, emit), emit)
    attempt("afterwards the memory is free", lambda: _free(setting), emit)


def _large(setting: Setting, materials: LocalResources, tweets: int) -> tuple[Job, ...]:
    """A run over the large encoder, of one epoch."""
    training = {"epochs": 1, "batch_size": tweets}
    return setting.jobs(["bert-crf"], materials, str(setting.encoder_folder), **training)


def _sizes(setting: Setting) -> tuple[int, int]:
    """Width and number of weights of the large encoder."""
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(setting.encoder_folder, local_files_only=True, trust_remote_code=False)
    with torch.device("meta"):
        model = AutoModel.from_config(config, trust_remote_code=False)  # type: ignore[no-untyped-call]
    return int(config.hidden_size), sum(weights.numel() for weights in model.parameters())


def _goes_on(setting: Setting) -> None:
    materials = LocalResources(setting.places("too-little"))
    small = setting.jobs(["bert-crf"], materials, epochs=1, batch_size=8)
    jobs = (*_large(setting, materials, 8), *small)
    width, weights = _sizes(setting)
    with little_memory(setting, int(_TOO_LITTLE * weights), width, tweets=0):
        large, other = do_runs(jobs, materials)
    require(large.status is Status.FAILED, f"the run that does not fit is {large.status.value}")
    message = large.error.message if large.error is not None else ""
    require("out of memory" in message and "->" in message, f"neither reason nor remedy: {message!r}")
    require_done([other], setting.device)


def _in_parts(setting: Setting, emit: Emit) -> None:
    tweets = setting.sizes.few
    materials = LocalResources(setting.places("whole-batch"))
    (whole,) = do_runs(_large(setting, materials, tweets), materials)
    require_done([whole], setting.device)
    peak, fixed = whole.peak_memory or 0, _ADAMW * whole.parameters["total"]
    limit = fixed + (peak - fixed) * 6 // 10
    materials = LocalResources(setting.places("cut-batch"))
    with little_memory(setting, limit, _sizes(setting)[0], tweets // 2):
        (cut,) = do_runs(_large(setting, materials, tweets), materials)
    require_done([cut], setting.device)
    require(any("parts" in note for note in cut.notes), f"no note says that batches were cut: {cut.notes}")
    before, after = whole.curve[0].loss, cut.curve[0].loss
    require(abs(before - after) < 0.1 * abs(before), f"the loss is {after:.3f}, of the whole batch {before:.3f}")
    if setting.on_gpu:
        for name, record in (("whole", whole), ("cut", cut)):
            peak = record.peak_memory or 0
            emit(Figure(f"peak memory, {tweets} tweets per step, {name}", measure([peak / 2**30], "GiB"), "bert-crf"))


def _free(setting: Setting) -> None:
    if not setting.on_gpu:
        raise SkippedError("only a GPU says how much of it is taken")
    kept = torch.cuda.memory_reserved(setting.device)
    require(kept <= _LEFT, f"{kept / _MIB:.0f} MiB are still reserved")
