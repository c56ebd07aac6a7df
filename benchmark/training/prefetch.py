"""Batches laid out while the device works on the one before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

from mnerbench.benchmark.training.memory import is_out_of_memory

Wanted = TypeVar("Wanted")
Made = TypeVar("Made")

_AHEAD = 2  # one being made while one waits


def ahead(
    make: Callable[[Wanted], Made], wanted: Iterable[Wanted], device: torch.device
) -> Iterator[tuple[Wanted, Made | None]]:
    """What is wanted and what was made of it, in order; on a GPU made by a thread, ahead of its use.

    On a CPU the thread would fight for the cores that compute the step. Where there is no memory to make something now,
    its place is None: a step that makes it by itself, in parts, may still find some.

    Args:
        make: draws no random numbers and changes nothing that the caller uses meanwhile.
        wanted: what to make.
        device: where it is used.
    """

    def made(one: Wanted) -> Made | None:
        try:
            return make(one)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return None

    if device.type == "cpu":
        yield from ((one, made(one)) for one in wanted)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as maker:
        queue: deque[tuple[Wanted, Future[Made | None]]] = deque()
        for one in wanted:
            queue.append((one, maker.submit(made, one)))
            if len(queue) > _AHEAD:
                first, future = queue.popleft()
                yield first, future.result()
        while queue:
            first, future = queue.popleft()
            yield first, future.result()
