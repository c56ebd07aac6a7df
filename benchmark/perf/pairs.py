"""Times two implementations of the same computation alternately, so that background load affects both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

_WARM_UP = 3  # untimed first calls, which allocate and compile


@dataclass(frozen=True)
class Pair:
    """Our times and those of a rival on the same inputs.

    Attributes:
        what: our operation.
        rival: the rival, and the conditions.
        ours, theirs: milliseconds, measured alternately.
    """

    what: str
    rival: str
    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratio(self) -> float:
        """Median time of the rival over our median time."""
        return statistics.median(self.theirs) / statistics.median(self.ours)


def milliseconds(call: Callable[[], object], device: torch.device) -> float:
    """Milliseconds of a call, including its pending work on the device."""
    wait(device)
    start = time.perf_counter()
    call()
    wait(device)
    return 1000 * (time.perf_counter() - start)


def in_turns(
    ours: Callable[[], object], theirs: Callable[[], object], times: int, device: torch.device, warm: int = _WARM_UP
) -> tuple[list[float], list[float]]:
    """Milliseconds of both sides, called alternately after `warm` untimed calls."""
    milliseconds_by_side: tuple[list[float], list[float]] = ([], [])
    for number in range(times + warm):
        for side, call in zip(milliseconds_by_side, (ours, theirs), strict=True):
            elapsed = milliseconds(call, device)
            if number >= warm:
                side.append(elapsed)
    return milliseconds_by_side


def wait(device: torch.device) -> None:
    """Wait until a device has finished all pending work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
