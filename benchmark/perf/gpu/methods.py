"""Checks every method on the device: emissions against the CPU, and a bf16 training step with and without pictures."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import torch

from mnerbench.benchmark.perf.gpu.outcomes import Emit, attempt, require
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.spec import Precision, TrainingSettings
from mnerbench.benchmark.training.gradient import Gradient
from mnerbench.benchmark.training.optimizer import make_optimizer
from mnerbench.datasets.inputs import View
from mnerbench.methods.batch import EncodedSplit
from mnerbench.methods.conformance import Case
from mnerbench.methods.registry import Entry, methods
from mnerbench.methods.tagger import NeuralMethod

_TWEETS = range(8)  # of the conformance cases
_NEAR = 0.05  # tolerated relative change of a loss by bf16
_REHEARSED = ("bert-crf", "umt", "ita-all+cva", "hbilstm-crf")


def neural_methods() -> list[Entry]:
    """All methods trained by gradient descent."""
    return [entry for entry in methods() if entry.family.is_trained]


def same_emissions(entry: Entry, device: str) -> None:
    """Check that a method has the same emissions on a device as on the CPU, in fp32.

    Raises:
        CheckError: it has not.
    """
    case, target = Case(entry, train=_no_training), _device(device)
    method = case.build().eval()
    batch = case.batch(method, _TWEETS, case.config.primary_view)
    with torch.no_grad():
        on_cpu = method(batch)
        on_device, mask = method.to(target)(batch.to(target)).cpu(), method.targets(batch.to(target))[1].cpu()
    largest = float((on_device[mask] - on_cpu[mask]).abs().max())
    equal = torch.allclose(on_device[mask], on_cpu[mask], rtol=1e-3, atol=1e-4)
    require(equal, f"emissions differ by up to {largest:.1e}")


def step_in_bf16(entry: Entry, device: str) -> None:
    """Check a training step in bf16 with and without pictures, and its loss against that of the CPU in fp32.

    Raises:
        CheckError: a loss or gradient is not finite, no weight changed, or bf16 is far from fp32.
    """
    case, target = Case(entry, train=_no_training), _device(device)
    method = case.build()
    split = case.split(method)
    exact = _loss(method.eval(), split, Precision.FP32)
    bf16 = _loss(method.to(target), split, Precision.BF16)
    require(abs(bf16 - exact) <= _NEAR * abs(exact), f"the loss is {bf16:.4f}, but {exact:.4f} in fp32 on the CPU")
    gradient = Gradient(method.train(), split, Precision.BF16)
    optimizer = make_optimizer(method, TrainingSettings())
    for text_only in (False, True) if case.config.inputs else (False,):
        views = {view: split.batch(_TWEETS, View.T).staged(target) for view in case.config.training_views}
        losses = gradient(_TWEETS, [views] if text_only else None)
        condition = "without pictures" if text_only else "with pictures"
        for name, loss in losses.items():
            require(loss.isfinite(), f"{condition}: {name} is {float(loss)}")
        norm = torch.nn.utils.clip_grad_norm_(method.parameters(), 1.0)
        require(norm.isfinite() and norm > 0, f"{condition}: the gradient's norm is {float(norm)}")
        before = method.project.weight.detach().clone()
        optimizer.step()
        require(not torch.equal(before, method.project.weight), f"{condition}: the step changed nothing")
        require(all(p.isfinite().all() for p in method.parameters()), f"{condition}: a weight is not finite")


def _loss(method: NeuralMethod[Any], split: EncodedSplit, precision: Precision) -> float:
    """Loss over all tweets, without a gradient: cuDNN computes none for an LSTM outside of training."""
    device = next(method.parameters()).device
    views = {view: split.batch(_TWEETS, view).to(device) for view in method.config.training_views}
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.BF16):
        return float(sum(method.losses(views).values()))


def _device(name: str) -> torch.device:
    """The device, configured as for runs, in particular with true fp32."""
    return pick_device(RunPaths(Path(), None, Path(), Path(), device=name))


def _no_training(*_: object) -> None:
    """Do nothing: these checks do not train."""


def every_method(setting: Setting, emit: Emit) -> None:
    """Run both checks for every method."""
    for entry in neural_methods():
        if setting.tiny and entry.name not in _REHEARSED:
            continue
        attempt(f"{entry.name}: emissions of the CPU", partial(same_emissions, entry, setting.device), emit)
        attempt(f"{entry.name}: a step in bf16", partial(step_in_bf16, entry, setting.device), emit)
