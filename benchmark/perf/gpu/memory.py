"""Checks lack of memory: a run that does not fit fails with a reason and a remedy, and the grid continues."""

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
_MAX_RESERVED = 256 * _MIB  # after a run of some gigabytes; cuBLAS keeps its workspaces
_ADAMW = 16  # bytes per weight: weight, gradient, two moments
# Enough for the weights of the large encoder and half of their gradients, and ample for a small run.
_TOO_LITTLE = 0.4 * _ADAMW


@contextmanager
def limited_memory(setting: Setting, limit: int, width: int, tweets: int) -> Iterator[None]:
    """Limit the memory of the device within the block.

    On a GPU, the memory of the process is limited. On a CPU, the limit is simulated: a forward pass of too many tweets
    through a method of the given width raises torch's out-of-memory error.

    Args:
        setting: the setting, with the device.
        limit: limit in bytes, on a GPU.
        width: width of the encoder's vectors, on a CPU.
        tweets: maximal number of tweets at a time, on a CPU.
    """
    if setting.on_gpu:
        device = torch.empty(0, device=setting.device).device  # with its index, which the calls below require
        total = torch.cuda.get_device_properties(device).total_memory
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(limit / total, device)
        try:
            yield
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0, device)
        return

    def refuse(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        affected = isinstance(module, NeuralMethod) and module.encoder.width == width and isinstance(inputs[0], Batch)
        if affected and len(inputs[0].labels) > tweets:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB (simulated).")

    hook = nn.modules.module.register_module_forward_pre_hook(refuse)
    try:
        yield
    finally:
        hook.remove()


def memory(setting: Setting, emit: Emit) -> None:
    """Check a run that does not fit, a batch computed in parts, and the memory that is free afterwards."""
    setting = setting.checked
    attempt("a run that does not fit fails with its reason, the grid continues", lambda: _grid_continues(setting), emit)
    attempt("a batch that does not fit is computed in parts", lambda: _in_parts(setting, emit), emit)
    attempt("the memory is freed afterwards", lambda: _freed(setting), emit)


def _large(setting: Setting, resources: LocalResources, tweets: int) -> tuple[Job, ...]:
    """A run of one epoch with the large encoder."""
    training = {"epochs": 1, "batch_size": tweets}
    return setting.jobs(["bert-crf"], resources, str(setting.encoder_folder), **training)


def _sizes(setting: Setting) -> tuple[int, int]:
    """Width and number of weights of the large encoder."""
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(setting.encoder_folder, local_files_only=True, trust_remote_code=False)
    with torch.device("meta"):
        model = AutoModel.from_config(config, trust_remote_code=False)  # type: ignore[no-untyped-call]
    return int(config.hidden_size), sum(weights.numel() for weights in model.parameters())


def _grid_continues(setting: Setting) -> None:
    resources = LocalResources(setting.paths("too-little"))
    small = setting.jobs(["bert-crf"], resources, epochs=1, batch_size=8)
    jobs = (*_large(setting, resources, 8), *small)
    width, weights = _sizes(setting)
    with limited_memory(setting, int(_TOO_LITTLE * weights), width, tweets=0):
        large, other = do_runs(jobs, resources)
    require(large.status is Status.FAILED, f"the run that does not fit is {large.status.value}")
    message = large.error.message if large.error is not None else ""
    require("out of memory" in message and "->" in message, f"the message lacks a reason or a remedy: {message!r}")
    require_done([other], setting.device)


def _in_parts(setting: Setting, emit: Emit) -> None:
    tweets = setting.sizes.few
    resources = LocalResources(setting.paths("whole-batch"))
    (whole,) = do_runs(_large(setting, resources, tweets), resources)
    require_done([whole], setting.device)
    peak, fixed = whole.peak_memory or 0, _ADAMW * whole.parameters["total"]
    limit = fixed + (peak - fixed) * 6 // 10
    resources = LocalResources(setting.paths("cut-batch"))
    with limited_memory(setting, limit, _sizes(setting)[0], tweets // 2):
        (cut,) = do_runs(_large(setting, resources, tweets), resources)
    require_done([cut], setting.device)
    noted = any("parts" in note for note in cut.notes)
    require(noted, f"no note states that batches were computed in parts: {cut.notes}")
    whole_loss, cut_loss = whole.curve[0].loss, cut.curve[0].loss
    near = abs(whole_loss - cut_loss) < 0.1 * abs(whole_loss)
    require(near, f"the loss is {cut_loss:.3f}, but {whole_loss:.3f} with the whole batch")
    if setting.on_gpu:
        for name, record in (("whole", whole), ("cut", cut)):
            peak = record.peak_memory or 0
            emit(Figure(f"peak memory, {tweets} tweets per step, {name}", measure([peak / 2**30], "GiB"), "bert-crf"))


def _freed(setting: Setting) -> None:
    if not setting.on_gpu:
        raise SkippedError("reserved memory is only known on a GPU")
    reserved = torch.cuda.memory_reserved(setting.device)
    require(reserved <= _MAX_RESERVED, f"{reserved / _MIB:.0f} MiB are still reserved")
