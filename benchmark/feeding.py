"""Batches laid out while the device works on the one before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Wanted = TypeVar("Wanted")
Made = TypeVar("Made")

_AHEAD = 2  # one being made while one waits


def ahead(
    make: Callable[[Wanted], Made], wanted: Iterable[Wanted], device: torch.device
) -> Iterator[tuple[Wanted, Made]]:
    """What is wanted and what was made of it, in order; on a GPU made by a thread, ahead of its use.

    On a CPU the thread would fight for the cores that compute the step.

    Args:
        make: draws no random numbers and changes nothing that the caller uses meanwhile.
        wanted: what to make.
        device: where it is used.
    """
    if device.type == "cpu":
        yield from ((one, make(one)) for one in wanted)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as maker:
        queue: deque[tuple[Wanted, Future[Made]]] = deque()
        for one in wanted:
            queue.append((one, maker.submit(make, one)))
            if len(queue) > _AHEAD:
                first, future = queue.popleft()
                yield first, future.result()
        while queue:
            first, future = queue.popleft()
            yield first, future.result()
