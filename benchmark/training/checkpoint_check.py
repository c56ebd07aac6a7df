"""Validates that a checkpoint holds a state of this training, before any of it is restored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from mnerbench.benchmark.results.record import EpochPoint

State = Mapping[str, Any]


def why_no_state(state: State, fresh: State, limits: tuple[int, int]) -> str | None:
    """What is wrong with a state; None if training can resume from it.

    Args:
        state: the state read from disk.
        fresh: the state of the same training before its first step, whose structure it must have.
        limits: epochs of the training, and steps per epoch.
    """
    if missing := sorted(fresh.keys() - state.keys()):
        return f"no {missing[0]}"
    checks = (
        _progress_fault(state["progress"], fresh["progress"], limits),
        _tensors_fault("model", state["model"], fresh["model"]),
        _best_fault(state, fresh["model"]),
        _optimizer_fault(state["optimizer"], fresh["optimizer"], fresh["model"]),
        _sums_fault(state["sums"]),
        _random_fault(state["random"], fresh["random"]),
    )
    return next(filter(None, checks), None)


def _progress_fault(progress: Any, fresh: State, limits: tuple[int, int]) -> str | None:
    if not isinstance(progress, dict) or progress.keys() != fresh.keys():
        return "no progress"
    for name, value in fresh.items():
        kinds = (int, float) if isinstance(value, float) else (type(value),)
        if not isinstance(progress[name], kinds) or isinstance(progress[name], bool):
            return f"progress: {name} is a {type(progress[name]).__name__}"
        if isinstance(value, int | float) and not math.isfinite(progress[name]):
            return f"progress: {name} is {progress[name]}"
    try:
        curve = [EpochPoint.model_validate(point) for point in progress["curve"]]
    except ValidationError:
        return "progress: the curve has other points"
    epochs, steps = limits
    epoch, step = progress["epoch"], progress["step"]
    valid = len(curve) == epoch and 0 <= epoch <= epochs and epoch * steps <= step <= min(epoch + 1, epochs) * steps
    best = progress["best_epoch"]
    valid = valid and bool(best) == bool(epoch) and 0 <= best <= epoch
    if not valid or progress["parts"] < 1 or progress["resumed"] < 0:
        return f"progress: epoch {epoch}, step {step} are none of this training"
    return None


def _tensors_fault(name: str, tensors: Any, fresh: Mapping[str, Tensor]) -> str | None:
    if not isinstance(tensors, dict) or tensors.keys() != fresh.keys():
        return f"{name}: other tensors than the method has"
    for key, expected in fresh.items():
        if not _is_like(tensors[key], expected):
            return f"{name}: {key} has another shape"
    return None


def _is_like(tensor: Any, expected: Tensor) -> bool:
    """Whether a value is a tensor of the expected shape and type."""
    return isinstance(tensor, Tensor) and (tensor.shape, tensor.dtype) == (expected.shape, expected.dtype)


def _best_fault(state: State, fresh: Mapping[str, Tensor]) -> str | None:
    """Check the weights of the best epoch, which exist from the end of the first epoch on."""
    if not state["progress"]["best_epoch"]:
        return None if state["best"] == {} else "best: weights of no epoch"
    return _tensors_fault("best", state["best"], fresh)


def _optimizer_fault(optimizer: Any, fresh: State, model: Mapping[str, Tensor]) -> str | None:
    if not isinstance(optimizer, dict) or not isinstance(optimizer.get("state"), dict):
        return "no optimizer"
    groups = optimizer.get("param_groups")
    if not isinstance(groups, list) or len(groups) != len(fresh["param_groups"]):
        return "optimizer: other groups of parameters"
    for group, expected in zip(groups, fresh["param_groups"], strict=True):
        if not isinstance(group, dict) or group.keys() != expected.keys() or group["params"] != expected["params"]:
            return "optimizer: other groups of parameters"
        if any(type(group[key]) is not type(value) for key, value in expected.items()):
            return "optimizer: settings of another kind"
    shapes = {tensor.shape for tensor in model.values()} | {torch.Size()}
    parameters = {number for group in fresh["param_groups"] for number in group["params"]}
    for number, entry in optimizer["state"].items():
        moments = entry.values() if isinstance(entry, dict) else (None,)
        if number not in parameters or any(not isinstance(m, Tensor) or m.shape not in shapes for m in moments):
            return "optimizer: moments of other parameters"
    return None


def _sums_fault(sums: Any) -> str | None:
    valid = isinstance(sums, dict) and all(isinstance(term, Tensor) and term.shape == () for term in sums.values())
    return None if valid else "no sums of losses"


def _random_fault(random: Any, fresh: State) -> str | None:
    if not isinstance(random, dict) or not isinstance(random.get("cpu"), Tensor):
        return "no state of the random generators"
    try:
        torch.Generator().set_state(random["cpu"])
    except (RuntimeError, TypeError):
        return "random generators: not a state of the CPU's"
    if "cuda" in random and "cuda" in fresh and not _is_like(random["cuda"], fresh["cuda"]):
        return "random generators: not a state of the GPU's"
    return None
