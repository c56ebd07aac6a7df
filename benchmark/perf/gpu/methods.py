"""Every method on the device: the emissions of the CPU, and a training step in bf16 with and without pictures."""

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
from mnerbench.methods.conformance import Case
from mnerbench.methods.registry import Entry, methods
from mnerbench.methods.tagger import NeuralMethod

_TWEETS = range(8)  # of the conformance cases
_NEAR = 0.05  # what bf16 may change of a loss
_RARE = ("bert-crf", "umt", "ita-all+cva", "hbilstm-crf")  # enough for a rehearsal


def trained() -> list[Entry]:
    """Every method that is trained by gradient."""
    return [entry for entry in methods() if not entry.family.counts]


def same_emissions(entry: Entry, device: str) -> None:
    """A method gives the same emissions on a device as on the CPU, in fp32.

    Raises:
        CheckError: it does not.
    """
    case, where = Case(entry, train=_untrained), _device(device)
    method = case.build().eval()
    batch = case.batch(method, _TWEETS, case.config.primary_view)
    with torch.no_grad():
        here = method(batch)
        there, mask = method.to(where)(batch.to(where)).cpu(), method.targets(batch.to(where))[1].cpu()
    furthest = float((there[mask] - here[mask]).abs().max())
    require(torch.allclose(there[mask], here[mask], rtol=1e-3, atol=1e-4), f"emissions differ by up to {furthest:.1e}")


def step_in_bf16(entry: Entry, device: str) -> None:
    """A method takes a training step in bf16, with its pictures and without; its loss is near that of the CPU in fp32.

    Raises:
        CheckError: a loss or a gradient is not finite, nothing was changed, or bf16 is far from fp32.
    """
    case, where = Case(entry, train=_untrained), _device(device)
    method = case.build()
    split = case.split(method)
    exact = _loss(method.eval(), Gradient(method, split, Precision.FP32))
    method.to(where)
    gradient = Gradient(method, split, Precision.BF16)
    rough = _loss(method, gradient)
    require(abs(rough - exact) <= _NEAR * abs(exact), f"the loss is {rough:.4f}, in fp32 on the CPU {exact:.4f}")
    optimizer = make_optimizer(method.train(), TrainingSettings())
    for bare in (False, True) if case.config.inputs else (False,):
        view = {own: split.batch(_TWEETS, View.T).staged(where) for own in case.config.training_views}
        losses = gradient(_TWEETS, [view] if bare else None)
        what = "without pictures" if bare else "with pictures"
        for name, loss in losses.items():
            require(loss.isfinite(), f"{what}: {name} is {float(loss)}")
        norm = torch.nn.utils.clip_grad_norm_(method.parameters(), 1.0)
        require(norm.isfinite() and norm > 0, f"{what}: the gradient's norm is {float(norm)}")
        before = method.project.weight.detach().clone()
        optimizer.step()
        require(not torch.equal(before, method.project.weight), f"{what}: the step changed nothing")
        require(all(p.isfinite().all() for p in method.parameters()), f"{what}: a weight is no number any more")


def _loss(method: NeuralMethod[Any], gradient: Gradient) -> float:
    """Of all tweets, without dropout, with the same draws wherever it is computed."""
    torch.manual_seed(0)
    return float(sum(gradient(_TWEETS).values()))


def _device(name: str) -> torch.device:
    """With what a run asks of torch there, above all that fp32 is fp32."""
    return pick_device(RunPaths(Path(), None, Path(), Path(), device=name))


def _untrained(*_: object) -> None:
    """Nothing is trained by the case itself."""


def every_method(setting: Setting, emit: Emit) -> None:
    """Both checks of each."""
    for entry in trained():
        if setting.tiny and entry.name not in _RARE:
            continue
        attempt(f"{entry.name}: emissions of the CPU", partial(same_emissions, entry, setting.device), emit)
        attempt(f"{entry.name}: a step in bf16", partial(step_in_bf16, entry, setting.device), emit)
