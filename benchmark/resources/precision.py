"""Which arithmetic is faster on this machine, for `precision = "auto"`: measured once and kept in the cache folder."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from statistics import median
from typing import Any

from pydantic import Field, ValidationError

from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.planning.suite_part import AUTO, PARTS, PRECISION
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.environment import package_version, software
from mnerbench.benchmark.results.spec import Frozen, Precision
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.untrusted.json_text import read_json

FOLDER = "precision"  # in the cache folder
_GAIN = 1.1  # least ratio of times for which bf16 is worth its rounding, beyond the noise of a measurement
# An encoder step about as long as one of the smallest pretrained encoders on short tweets.
_TWEETS, _SUBWORDS, _WIDTH, _HEADS, _LAYERS = 16, 32, 384, 6, 4
_WARM_UP, _STEPS = 2, 5

Seconds = Mapping[Precision, float]


class MeasuredPrecision(Frozen):
    """Seconds of a training step of a small encoder on one machine."""

    device: str = Field(max_length=500, description="name of the processor or GPU")
    torch: str = Field(max_length=100, description="version")
    fp32_seconds: float = Field(gt=0)
    bf16_seconds: float = Field(gt=0)

    @property
    def precision(self) -> Precision:
        """The faster one; fp32 if bf16 is not clearly faster."""
        return Precision.BF16 if self.fp32_seconds >= _GAIN * self.bf16_seconds else Precision.FP32

    @property
    def text(self) -> str:
        """`bf16: a step takes 0.55 times as long as in fp32 on NVIDIA H100 (torch 2.9.0)`."""
        ratio, machine = self.bf16_seconds / self.fp32_seconds, f"{self.device} (torch {self.torch})"
        if self.precision is Precision.FP32:
            return f"fp32: a step in bf16 takes {ratio:.2f} times as long on {machine}"
        return f"bf16: a step takes {ratio:.2f} times as long as in fp32 on {machine}"


def measured_precision(paths: RunPaths, measure: Callable[[Any], Seconds] | None = None) -> MeasuredPrecision:
    """The times of this machine's processor or GPU, from the cache folder or, the first time, by measuring.

    Args:
        paths: name the device, the threads and the cache folder.
        measure: returns the seconds of a step on a device.
    """
    device = pick_device(paths)
    name, version = _device_name(device), package_version("torch")
    path = paths.cache / FOLDER / f"{hashlib.sha256(json.dumps([name, version]).encode()).hexdigest()[:16]}.json"
    with suppress(MnerbenchError, ValidationError):  # missing or damaged: measured again
        stored = MeasuredPrecision.model_validate(read_json(path, "delete it"))
        if (stored.device, stored.torch) == (name, version):
            return stored
    seconds = (measure or step_seconds)(device)
    measured = MeasuredPrecision(
        device=name, torch=version, fp32_seconds=seconds[Precision.FP32], bf16_seconds=seconds[Precision.BF16]
    )
    with suppress(MnerbenchError, OSError):  # without a writable cache folder it is measured every time
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, measured.model_dump_json())
    return measured


def _device_name(device: Any) -> str:
    if device.type == "cuda":
        import torch

        return torch.cuda.get_device_name(device)
    return str(software()["processor"])


def step_seconds(device: Any) -> Seconds:
    """Median seconds of a forward and backward pass of a small encoder in each precision.

    On a CPU, seconds of processor time: on a machine that others use too, those of a clock are mostly waiting.

    Args:
        device: a torch device.
    """
    import torch
    from torch import nn

    layer = nn.TransformerEncoderLayer(_WIDTH, _HEADS, 4 * _WIDTH, batch_first=True, dropout=0.0)
    encoder = nn.TransformerEncoder(layer, _LAYERS, enable_nested_tensor=False).to(device)
    subwords = torch.rand(_TWEETS, _SUBWORDS, _WIDTH, generator=torch.Generator().manual_seed(0)).to(device)
    times: dict[Precision, list[float]] = {precision: [] for precision in Precision}
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    for number in range(_WARM_UP + _STEPS):
        for precision in Precision:  # alternately, so that other load on the machine meets both
            start = clock()
            with torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.BF16):
                loss = encoder(subwords).float().square().mean()
            loss.backward()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            if number >= _WARM_UP:
                times[precision].append(clock() - start)
    return {precision: median(measured) for precision, measured in times.items()}


def with_precision(suite: Suite, measured: Callable[[], MeasuredPrecision]) -> tuple[Suite, dict[str, str]]:
    """A suite with the precision of this machine in place of `auto`.

    Args:
        suite: as the user wrote it.
        measured: the times of this machine; called only for a suite that says `auto`.

    Returns:
        The suite, and by method of the parts that said `auto` why it has this precision.
    """
    reasons: dict[str, str] = {}
    parts = []
    for part in suite.parts or (suite,):
        changes = {}
        for key in ("training", "pinned"):
            settings = dict(getattr(part, key))
            if settings.get(PRECISION) == AUTO:
                times = measured()
                changes[key] = {**settings, PRECISION: times.precision.value}
                reasons |= dict.fromkeys(part.methods, times.text)
        parts.append(part.model_copy(update=changes))
    if not reasons:
        return suite, {}
    if suite.parts:
        return suite.model_copy(update={PARTS: tuple(parts)}), reasons
    return suite.model_copy(update={key: getattr(parts[0], key) for key in ("training", "pinned")}), reasons
