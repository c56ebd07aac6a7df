"""The parts of the check, in the order in which they are done: what others stand on, and what matters most, first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple

from mnerbench.benchmark.perf.gpu.outcomes import Emit
from mnerbench.benchmark.perf.gpu.setting import Setting

_ROOM = "mnerbench.benchmark.perf.gpu"


class Part(NamedTuple):
    """Some checks and measurements that belong together.

    Attributes:
        target: `module:function` in this folder.
        about: in a few words.
        budget: seconds, on a GPU; it is cut when they are over.
        traces: it leaves the process changed, so that the next part gets a new one.
        arguments: of a function that makes the part.
    """

    target: str
    about: str
    budget: float
    traces: bool = False
    arguments: tuple[str, ...] = ()

    def load(self) -> Callable[[Setting, Emit], None]:
        """The function that does it; late, since it imports torch."""
        module, _, name = self.target.partition(":")
        found: Callable[..., Callable[[Setting, Emit], None]] = getattr(import_module(f"{_ROOM}.{module}"), name)
        return found(*self.arguments) if self.arguments else found  # type: ignore[return-value]


# The first writes what all others but the kernels, methods, crf and features read; it is not to be left out.
MATERIALS = "materials"
PARTS: Mapping[str, Part] = {
    MATERIALS: Part("materials:materials", "tweets and an encoder, made where none were brought", 40),
    "kernels": Part("kernels:kernels", "the CRF's kernels against float64, fp32 and bf16", 100),
    "methods": Part("methods:every_method", "emissions of the CPU; a step in bf16, with and without pictures", 70),
    "crf": Part("speed:crf", "the CRF against pytorch-crf", 40),
    "run": Part("training:whole_run", "ten epochs of bert-crf, bf16", 75, arguments=("bf16",)),
    "steps": Part("speed:steps", "training steps against padded ones with ResNet-152 inside", 90),
    "deterministic": Part("repeats:repeats", "--deterministic gives the same predictions twice", 50, traces=True),
    "memory": Part("memory:memory", "a run without enough memory, and the grid around it", 45, traces=True),
    "resume": Part("repeats:resume", "a killed run goes on to the same predictions", 60, traces=True),
    "features": Part("speed:features", "vectors and pictures per second", 45),
    "grid": Part("training:shared", "six runs with --per-gpu 3", 75),
    "grid-alone": Part("training:alone", "the same runs, one at a time", 75),
    "run-fp32": Part("training:whole_run", "ten epochs of bert-crf, fp32", 100, arguments=("fp32",)),
}
