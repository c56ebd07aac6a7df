"""Runs on a Ray cluster: what `RAY_ADDRESS` names, else one on this machine."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.executors.ray_board import Board, train
from mnerbench.benchmark.execution.executors.ray_cluster import ClusterError, carried, connect
from mnerbench.benchmark.execution.executors.ray_worker import MARK, Ended
from mnerbench.benchmark.execution.executors.transfer_data import data_key, pack_data, pack_encoder
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.events import Listener, RunEnded, RunLost
from mnerbench.datasets.atomic_files import write_atomically, write_bytes_atomically


class RayExecutor(Executor):
    """Gives runs to a cluster as Ray tasks; a task that dies with its machine is told as lost.

    Corpora, features and encoders are read from the disk of each machine where it has the same; what it lacks is put
    into the cluster's object store, once. Results go to the shared disk, or are sent back at the end of a run.

    Args:
        materials: what runs are made from, to be sent.
        places: folders and settings of the invocation.
        many: runs at a time, None for as many as the cluster carries; and runs on one GPU.
        listen: hears every event.
    """

    def __init__(
        self, materials: LocalResources, places: RunPaths, many: tuple[int | None, int], listen: Listener
    ) -> None:
        super().__init__(listen)
        self._materials, self._places = materials, replace(places, **_absolute(places))
        self._token = secrets.token_hex(8)
        slots, per_gpu = many
        connect()
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        self._share: dict[str, float] = {"num_cpus": places.threads or 1}
        if resources.get("GPU") and places.device != "cpu":
            self._share["num_gpus"] = 1 / per_gpu
        self._slots = slots or carried(resources, self._share)
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self._board = Board.options(scheduling_strategy=here).remote()  # type: ignore[attr-defined]
        self._packable: dict[str, Callable[[LocalResources], object]] = {}
        self._parcels: dict[str, Any] = {}
        self._tasks: dict[Any, str] = {}
        write_atomically(places.out / MARK, self._token)

    @property
    def free(self) -> int:
        """Slots without a run."""
        return self._slots - len(self._tasks)

    def start(self, job: Job) -> None:
        """Send the run off; the cluster finds a machine."""
        spec = job.spec
        for ref in (spec.dataset, *spec.transfer):
            self._packable[data_key(ref)] = partial(pack_data, ref)
        if job.encoder is not None:
            self._packable[job.encoder] = partial(pack_encoder, job.encoder)
        ray.get(self._board.set_stop.remote(spec.identity, False))
        task = train.options(**self._share).remote(job, self._places, self._token, self._board)
        self._tasks[task] = spec.identity

    def wait(self, seconds: float) -> None:
        """Read the board, then see which tasks ended.

        Raises:
            ClusterError: the cluster itself is gone.
        """
        try:
            self._look(seconds)
        except RayError as error:
            raise ClusterError(
                f"the Ray cluster is gone ({type(error).__name__}); what was done is kept\n"
                "  -> start it again, then the same command goes on"
            ) from error

    def _look(self, seconds: float) -> None:
        self._read(seconds)
        ended, _ = ray.wait(list(self._tasks), num_returns=len(self._tasks), timeout=0) if self._tasks else ([], [])
        if ended:
            self._read(0.01)  # what they said before they ended
        for task in ended:
            identity = self._tasks.pop(task)
            try:
                found: Ended = ray.get(task)
            except RayError as error:
                self._listen(RunLost(identity, f"its machine or process is gone ({type(error).__name__})"))
                continue
            self._keep(identity, found)
            self._listen(RunEnded(identity, found.record))

    def _read(self, seconds: float) -> None:
        events, wanted = ray.get(self._board.take.remote(seconds))
        for key in wanted:
            ray.get(self._board.deliver.remote(key, [self._parcel(key)]))
        for event in events:
            self._listen(event)

    def _parcel(self, key: str) -> Any:
        if key not in self._parcels:
            self._parcels[key] = ray.put(self._packable[key](self._materials))
        return self._parcels[key]

    def _keep(self, identity: str, ended: Ended) -> None:
        """Write the files of a run that had no access to our disk."""
        store = RunStore(self._places.out)
        if any(PurePosixPath(name).parts[:1] == ("predictions",) for name in ended.files):
            store.withdraw_record(identity)
        for name, content in ended.files.items():
            parts = PurePosixPath(name).parts
            if not parts or ".." in parts or PurePosixPath(name).is_absolute():
                raise ValueError(f"{name!r} leaves the folder of its run")
            write_bytes_atomically(store.path(identity, *parts), content)

    def stop(self, identity: str) -> None:
        """Posted on the board; the run reads it within a second."""
        ray.get(self._board.set_stop.remote(identity, True))

    def kill(self, identity: str) -> None:
        """Its process goes with it."""
        for task in [task for task, own in self._tasks.items() if own == identity]:
            ray.cancel(task, force=True)

    def close(self) -> None:
        """Cancel what still works."""
        with suppress(RayError):  # of a cluster that is gone nothing is left to cancel
            for task in self._tasks:
                ray.cancel(task, force=True)
            ray.kill(self._board)
        self._tasks = {}
        (self._places.out / MARK).unlink(missing_ok=True)


def _absolute(places: RunPaths) -> dict[str, Any]:
    """Folders as every process of a shared disk finds them, whatever folder it works in."""
    folders = {"data": places.data, "models": places.models, "out": places.out, "cache": places.cache}
    return {name: folder.resolve() for name, folder in folders.items() if folder is not None}
