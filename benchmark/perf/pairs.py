"""Two ways to do the same, timed in turns, so that a busy machine is busy for both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

_WARM = 3  # first calls, which allocate and compile


@dataclass(frozen=True)
class Pair:
    """Ours and a rival on the same inputs.

    Attributes:
        what: ours.
        rival: theirs, and the conditions.
        ours, theirs: milliseconds, measured in turns.
    """

    what: str
    rival: str
    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratio(self) -> float:
        """How many times as long the rival takes, by medians."""
        return statistics.median(self.theirs) / statistics.median(self.ours)


def milliseconds(call: Callable[[], object], device: torch.device) -> float:
    """How long a call takes, until its device is done."""
    wait(device)
    begun = time.perf_counter()
    call()
    wait(device)
    return 1000 * (time.perf_counter() - begun)


def in_turns(
    ours: Callable[[], object], theirs: Callable[[], object], times: int, device: torch.device, warm: int = _WARM
) -> tuple[list[float], list[float]]:
    """Milliseconds of both, after some calls that do not count."""
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(times + warm):
        for side, call in zip(found, (ours, theirs), strict=True):
            spent = milliseconds(call, device)
            if number >= warm:
                side.append(spent)
    return found


def wait(device: torch.device) -> None:
    """Until a device has done all that it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
