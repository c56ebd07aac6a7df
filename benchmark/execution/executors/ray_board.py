"""A run as a Ray task, and the board between runs and the process that started the grid."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import cache
from typing import Any

import ray

from mnerbench.benchmark.execution.executors.ray_worker import FinishedRun, Mailbox, execute_remotely
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.training.events import Event


@ray.remote(num_cpus=0)
class Board:
    """Actor on which runs post events, request parcels and read stop requests; on the machine that started the grid."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._stopped: set[str] = set()
        self._parcels: dict[str, Any] = {}
        self._requested: set[str] = set()
        self._news = asyncio.Event()

    async def post(self, events: list[Event]) -> set[str]:
        """Store events; returns the runs that are to stop."""
        self._events += events
        if events:
            self._news.set()
        return self._stopped

    async def request(self, key: str) -> list[Any]:
        """A list with the parcel, or an empty list: then the parcel is requested."""
        if key in self._parcels:
            return [self._parcels[key]]
        self._requested.add(key)
        self._news.set()
        return []

    async def deliver(self, key: str, parcel: list[Any]) -> None:
        """Store a parcel; it comes in a list, since Ray would resolve a bare reference."""
        self._parcels[key] = parcel[0]

    async def set_stop(self, identity: str, stop: bool) -> None:
        """Set or clear the stop request of a run."""
        (self._stopped.add if stop else self._stopped.discard)(identity)

    async def take(self, seconds: float) -> tuple[list[Event], set[str]]:
        """Events and keys of requested parcels since the last call; waits at most `seconds` for the first."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()
        events, self._events = self._events, []
        requested, self._requested = self._requested, set()
        return events, requested


@ray.remote(max_retries=0)
def train(job: Job, paths: RunPaths, token: str, board: Any) -> FinishedRun:
    """Execute a run as a task of the cluster; data that its machine lacks is requested from the board."""

    def fetch(key: str) -> Any:
        while not (parcels := ray.get(board.request.remote(key))):
            time.sleep(0.2)
        return ray.get(parcels[0])

    mailbox = Mailbox(lambda events: ray.get(board.post.remote(events)))
    try:
        return execute_remotely(job, paths, token, cache(fetch), mailbox)
    finally:
        mailbox.close()
