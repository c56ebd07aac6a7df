"""Runs on a Ray cluster: the one that `RAY_ADDRESS` names, else one started on this machine."""

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
from mnerbench.benchmark.execution.executors.config import ExecutorConfig
from mnerbench.benchmark.execution.executors.ray_board import Board, train
from mnerbench.benchmark.execution.executors.ray_cluster import ClusterError, connect, parallel_runs
from mnerbench.benchmark.execution.executors.ray_worker import MARK, FinishedRun
from mnerbench.benchmark.execution.executors.transfer_data import data_key, pack_data, pack_encoder
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.events import Listener, RunEnded, RunLost
from mnerbench.datasets.atomic_files import write_atomically, write_bytes_atomically


class RayExecutor(Executor):
    """Executes runs as Ray tasks; a task that dies with its machine is reported as lost.

    Each machine reads corpora, features and encoders from its own disk if they are identical; what it lacks is put
    into the cluster's object store once. Results go to the shared disk, or are sent back at the end of a run.

    Args:
        resources: corpora, encoders and inputs to send.
        config: runs at a time, threads of each, and runs on one GPU.
        listen: receives every event.
    """

    starts_at_once = False

    def __init__(self, resources: LocalResources, config: ExecutorConfig, listen: Listener) -> None:
        super().__init__(listen)
        paths = resources.paths
        self._resources, self._paths = resources, replace(paths, threads=config.threads, **_absolute(paths))
        self._token = secrets.token_hex(8)
        connect()
        capacity = ray.cluster_resources()  # type: ignore[no-untyped-call]
        self._share: dict[str, float] = {"num_cpus": config.threads or 1}
        if capacity.get("GPU") and paths.device != "cpu":
            self._share["num_gpus"] = 1 / config.per_gpu
        self._slots = config.workers or parallel_runs(capacity, self._share)
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self._board = Board.options(scheduling_strategy=here).remote()  # type: ignore[attr-defined]
        self._packers: dict[str, Callable[[LocalResources], object]] = {}
        self._parcels: dict[str, Any] = {}
        self._tasks: dict[Any, str] = {}
        write_atomically(paths.out / MARK, self._token)

    @property
    def free(self) -> int:
        """Number of slots without a run."""
        return self._slots - len(self._tasks)

    def start(self, job: Job) -> None:
        """Submit the run as a task; the cluster selects a machine."""
        spec = job.spec
        for ref in spec.datasets:
            self._packers[data_key(ref)] = partial(pack_data, ref)
        for name in job.encoders:
            self._packers[name] = partial(pack_encoder, name)
        ray.get(self._board.set_stop.remote(spec.identity, False))
        task = train.options(**self._share).remote(job, self._paths, self._token, self._board)
        self._tasks[task] = spec.identity

    def wait(self, seconds: float) -> None:
        """Read the board, then collect the tasks that ended.

        Raises:
            ClusterError: the cluster itself is gone.
        """
        try:
            self._collect(seconds)
        except RayError as error:
            raise ClusterError(
                f"the Ray cluster is gone ({type(error).__name__}); finished runs are kept\n"
                "  -> start it again, then repeat the same command to continue"
            ) from error

    def _collect(self, seconds: float) -> None:
        self._read_board(seconds)
        ended, _ = ray.wait(list(self._tasks), num_returns=len(self._tasks), timeout=0) if self._tasks else ([], [])
        if ended:
            self._read_board(0.01)  # the events that they posted before they ended
        for task in ended:
            identity = self._tasks.pop(task)
            try:
                finished: FinishedRun = ray.get(task)
            except RayError as error:
                self._listen(RunLost(identity, f"its machine or process is gone ({type(error).__name__})"))
                continue
            self._write_files(identity, finished)
            self._listen(RunEnded(identity, finished.record))

    def _read_board(self, seconds: float) -> None:
        events, requested = ray.get(self._board.take.remote(seconds))
        for key in requested:
            ray.get(self._board.deliver.remote(key, [self._parcel(key)]))
        for event in events:
            self._listen(event)

    def _parcel(self, key: str) -> Any:
        if key not in self._parcels:
            self._parcels[key] = ray.put(self._packers[key](self._resources))
        return self._parcels[key]

    def _write_files(self, identity: str, finished: FinishedRun) -> None:
        """Write the files of a run that had no access to our disk."""
        store = RunStore(self._paths.out)
        if any(PurePosixPath(name).parts[:1] == ("predictions",) for name in finished.files):
            store.withdraw_record(identity)
        for name, content in finished.files.items():
            parts = PurePosixPath(name).parts
            if not parts or ".." in parts or PurePosixPath(name).is_absolute():
                raise ValueError(f"{name!r} leads out of the folder of its run")
            write_bytes_atomically(store.path(identity, *parts), content)

    def stop(self, identity: str) -> None:
        """Post the request on the board; the run reads it within a second."""
        ray.get(self._board.set_stop.remote(identity, True))

    def kill(self, identity: str) -> None:
        """Cancel the run's task, which kills its process."""
        for task in [task for task, other in self._tasks.items() if other == identity]:
            ray.cancel(task, force=True)

    def close(self) -> None:
        """Cancel all tasks."""
        with suppress(RayError):  # if the cluster is gone, there is nothing to cancel
            for task in self._tasks:
                ray.cancel(task, force=True)
            ray.kill(self._board)
        self._tasks = {}
        (self._paths.out / MARK).unlink(missing_ok=True)


def _absolute(paths: RunPaths) -> dict[str, Any]:
    """Absolute folders, so that processes with another working directory find them on a shared disk."""
    folders = {"data": paths.data, "models": paths.models, "out": paths.out, "cache": paths.cache}
    return {name: folder.resolve() for name, folder in folders.items() if folder is not None}
