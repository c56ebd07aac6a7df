"""Prefetching: prepares batches in a thread while the GPU computes the current one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

from mnerbench.benchmark.training.memory import is_out_of_memory

Key = TypeVar("Key")
Item = TypeVar("Item")

_DEPTH = 2  # one item in preparation, one ready


def prefetch(
    make: Callable[[Key], Item], keys: Iterable[Key], device: torch.device
) -> Iterator[tuple[Key, Item | None]]:
    """Yield every key with the item made from it, in order; on a GPU, items are made in a thread before their use.

    On a CPU the thread would compete for the cores that compute the step. If an item does not fit into memory, None is
    yielded instead: the step that makes it itself, in parts, may still succeed.

    Args:
        make: must draw no random numbers and change nothing that the caller uses.
        keys: from which items are made.
        device: that uses the items.
    """

    def try_make(key: Key) -> Item | None:
        try:
            return make(key)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return None

    if device.type == "cpu":
        yield from ((key, try_make(key)) for key in keys)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as executor:
        queue: deque[tuple[Key, Future[Item | None]]] = deque()
        for key in keys:
            queue.append((key, executor.submit(try_make, key)))
            if len(queue) > _DEPTH:
                first, future = queue.popleft()
                yield first, future.result()
        while queue:
            first, future = queue.popleft()
            yield first, future.result()
