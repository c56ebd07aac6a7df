"""The parts of the check in order of execution: prerequisites and the most important parts first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple

from mnerbench.benchmark.perf.gpu.outcomes import Emit
from mnerbench.benchmark.perf.gpu.setting import Setting

_PACKAGE = "mnerbench.benchmark.perf.gpu"


class Part(NamedTuple):
    """A group of checks and measurements.

    Attributes:
        target: `module:function` in this package.
        about: short description.
        budget: time limit in seconds on a GPU, after which the part is aborted.
        leaves_state: whether it changes its process, so that the next part needs a new one.
        arguments: arguments of `target` if it is a factory of the part.
    """

    target: str
    about: str
    budget: float
    leaves_state: bool = False
    arguments: tuple[str, ...] = ()

    def load(self) -> Callable[[Setting, Emit], None]:
        """Import the function of the part; on demand, since it imports torch."""
        module, _, name = self.target.partition(":")
        function: Callable[..., Callable[[Setting, Emit], None]] = getattr(import_module(f"{_PACKAGE}.{module}"), name)
        return function(*self.arguments) if self.arguments else function  # type: ignore[return-value]


# The first part writes the inputs of most others and always runs.
MATERIALS = "materials"
PARTS: Mapping[str, Part] = {
    MATERIALS: Part("materials:prepare", "tweets and an encoder, generated unless provided", 40),
    "kernels": Part("kernels:kernels", "the CRF's kernels against float64, fp32 and bf16", 100),
    "methods": Part("methods:every_method", "emissions as on the CPU; a step in bf16, with and without pictures", 70),
    "crf": Part("speed:crf", "the CRF against pytorch-crf", 40),
    "run": Part("training:whole_run", "ten epochs of bert-crf, bf16", 150, arguments=("bf16",)),
    "steps": Part("speed:steps", "training steps against padded ones with ResNet-152 inside", 90),
    "deterministic": Part("repeats:repeats", "--deterministic gives the same predictions twice", 50, leaves_state=True),
    "memory": Part("memory:memory", "a run without enough memory, and the rest of its grid", 45, leaves_state=True),
    "resume": Part("repeats:resume", "a killed run resumes to the same predictions", 60, leaves_state=True),
    "features": Part("speed:features", "vectors and pictures per second", 45),
    "grid": Part("training:shared", "six runs with --per-gpu 3", 75),
    "grid-alone": Part("training:alone", "the same runs, one at a time", 75),
    "run-fp32": Part("training:whole_run", "three epochs of bert-crf, fp32", 100, arguments=("fp32",)),
}
