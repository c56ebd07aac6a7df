"""On a Ray cluster: the run as a task, and a board between runs and the process that started the grid."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import cache
from typing import Any

import ray

from mnerbench.benchmark.execution.executors.ray_worker import Ended, Mailbox, do
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.training.events import Event


@ray.remote(num_cpus=0)
class Board:
    """Where runs post events, ask for parcels, and learn whether to end; on the machine that started the grid."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._stopped: set[str] = set()
        self._parcels: dict[str, Any] = {}
        self._wanted: set[str] = set()
        self._news = asyncio.Event()

    async def post(self, events: list[Event]) -> set[str]:
        """Keep events; answers with the runs that are to end."""
        self._events += events
        if events:
            self._news.set()
        return self._stopped

    async def ask(self, key: str) -> list[Any]:
        """A parcel, or nothing yet: then it is made."""
        if key in self._parcels:
            return [self._parcels[key]]
        self._wanted.add(key)
        self._news.set()
        return []

    async def deliver(self, key: str, parcel: list[Any]) -> None:
        """Keep a parcel; a reference stays one inside a list."""
        self._parcels[key] = parcel[0]

    async def set_stop(self, identity: str, stop: bool) -> None:
        """Whether a run is to end."""
        (self._stopped.add if stop else self._stopped.discard)(identity)

    async def take(self, seconds: float) -> tuple[list[Event], set[str]]:
        """Events, and parcels that are asked for; waits so long for the first."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()
        events, self._events = self._events, []
        wanted, self._wanted = self._wanted, set()
        return events, wanted


@ray.remote(max_retries=0)
def train(job: Job, places: RunPaths, token: str, board: Any) -> Ended:
    """A run as a task of the cluster; what its machine lacks is asked for at the board."""

    def fetch(key: str) -> Any:
        while not (found := ray.get(board.ask.remote(key))):
            time.sleep(0.2)
        return ray.get(found[0])

    box = Mailbox(lambda events: ray.get(board.post.remote(events)))
    try:
        return do(job, places, token, cache(fetch), box)
    finally:
        box.close()
