"""Runs a grid: executes every run exactly once, even if workers die, and writes the records."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.running_files import RunningFiles
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.pending import Rerun, completed_elsewhere
from mnerbench.benchmark.results.locks import RunLocks
from mnerbench.benchmark.results.record import EpochPoint, RunRecord, Status
from mnerbench.benchmark.results.store import CHECKPOINT, RunStore
from mnerbench.benchmark.training.events import EpochDone, Event, Listener, RunEnded, RunLost
from mnerbench.benchmark.training.run import failed_outside
from mnerbench.datasets.errors import DiskError

MAX_WORKER_LOSSES = 3  # a run that loses this many workers is recorded as failed
_POLL_SECONDS = 0.5  # between two checks for stops and stalls
_LOCK_RETRY_SECONDS = 2.0  # between two attempts to lock a run that another process holds


@dataclass(frozen=True)
class SchedulerOptions:
    """How a grid is executed; no option changes a result.

    Attributes:
        policy: which runs to execute; checked again once a run is locked, since another process may have finished it.
        fail_fast: stop at the first failure.
        stall_timeout: kill and fail a run that makes no progress for this many seconds; None for no limit.
        start_timeout: the least seconds that a run has to load its libraries and inputs.
        pick: selects the next of the jobs that can start; the first by default.
        prepare: last change to a job before it starts.
        more: returns a further job, or None; called when the queue is empty and an executor slot is free.
        committed: called with every record once it is on disk.
        elsewhere: called with the record of every run that another process finished in the meantime.
        waiting: whether other processes may still produce further jobs; called when nothing else is pending.
    """

    policy: Rerun = Rerun.MISSING
    fail_fast: bool = False
    stall_timeout: float | None = None
    start_timeout: float = 600.0
    pick: Callable[[Sequence[Job]], Job] = lambda jobs: jobs[0]
    prepare: Callable[[Job], Job] = lambda job: job
    more: Callable[[], Job | None] = lambda: None
    committed: Callable[[RunRecord], None] = lambda _: None
    elsewhere: Callable[[RunRecord], None] = lambda _: None
    waiting: Callable[[], bool] = lambda: False


@dataclass
class Outcome:
    """Result of an invocation. It holds no records, which are on disk, so that memory stays flat.

    Attributes:
        ended: status of each finished run by identity, in order of completion.
        elsewhere: runs that another process finished in the meantime.
        left: runs that were not started or not finished because of a stop.
        interrupted: whether a stop was requested.
    """

    ended: dict[str, Status] = field(default_factory=dict)
    elsewhere: list[Job] = field(default_factory=list)
    left: list[Job] = field(default_factory=list)
    interrupted: bool = False


@dataclass
class _Running:
    """Bookkeeping of an active run: whether it stalls, and the epochs it reported in case its worker dies."""

    job: Job
    started: float = field(default_factory=time.monotonic)
    last_event: float | None = None
    stop_requested: bool = False
    stalled: str = ""  # why it was killed
    curve: dict[int, EpochPoint] = field(default_factory=dict)  # by epoch: a restarted run may repeat epochs


class Orchestrator:
    """The single process that schedules runs and writes records.

    Runs locked by another process are retried later. When only such runs are left, `run` waits for them, so a second
    invocation on the same folder shares the work and returns once everything is done.

    Args:
        store: the results folder.
        options: how the grid is executed.
        listen: receives every event, after its record is on disk.
    """

    def __init__(self, store: RunStore, options: SchedulerOptions, listen: Listener) -> None:
        self._store, self._options, self._listen = store, options, listen
        self._locks, self._outcome = RunLocks(store), Outcome()
        self._queue: list[tuple[Job, float]] = []  # with the time of the next attempt
        self._running: dict[str, _Running] = {}
        self._running_files = RunningFiles(store)
        self._worker_losses: Counter[str] = Counter()
        self._disk_error: DiskError | None = None
        self._stopping = False

    def interrupt(self) -> None:
        """Stop soon: interrupt the active runs between two steps. Safe to call from anywhere, also a signal handler."""
        self._stopping = self._outcome.interrupted = True

    def end(self, identity: str) -> None:
        """End one run between two steps; it is recorded as interrupted."""
        self._executor.stop(identity)

    def run(self, jobs: Sequence[Job], make_executor: Callable[[Listener], Executor]) -> Outcome:
        """Execute runs.

        Args:
            jobs: from `to_do`.
            make_executor: returns an executor that reports to the given listener.

        Raises:
            DiskError: the disk is full; finished runs are kept.
        """
        self._queue = [(job, 0.0) for job in jobs]
        try:
            with make_executor(self._on_event) as self._executor:
                self._start_pending()
                while self._running or (not self._stopping and (self._queue or self._options.waiting())):
                    self._executor.wait(_POLL_SECONDS)
                    self._stop_running()
                    self._kill_stalled()
                    self._start_pending()
        finally:
            self._running_files.end_all()
            self._locks.release_all()
        if self._disk_error is not None:
            raise self._disk_error
        self._outcome.left += [job for job, _ in self._queue]
        return self._outcome

    def _start_pending(self) -> None:
        """Start pending runs while the executor has free slots."""
        now = time.monotonic()  # fixed: a run that is locked elsewhere is retried in a later round
        while self._executor.free and not self._stopping:
            due = [job for job, since in self._queue if since <= now]
            if not due:
                break
            job = self._options.pick(due)
            self._queue = [entry for entry in self._queue if entry[0] is not job]
            self._try_start(job)
        while self._executor.free and not self._stopping and (further := self._options.more()) is not None:
            self._try_start(further)

    def _try_start(self, job: Job) -> None:
        """Start a run unless another process holds it or has finished it."""
        identity = job.spec.identity
        if not self._locks.acquire(identity):
            self._queue.append((job, time.monotonic() + _LOCK_RETRY_SECONDS))
        elif (record := self._store.record(identity)) and completed_elsewhere(job, record, self._options.policy):
            self._outcome.elsewhere.append(job)
            self._locks.release(identity)
            self._options.elsewhere(record)
        else:
            self._start(job, record)

    def _start(self, job: Job, earlier: RunRecord | None) -> None:
        identity = job.spec.identity
        self._store.set_damaged_record_aside(identity)
        self._store.delete_partial_files(identity)
        if self._options.policy is Rerun.ALL and not self._worker_losses[identity]:
            (self._store.folder(identity) / CHECKPOINT).unlink(missing_ok=True)
            self._store.discard_tagger(identity)  # with it, a run may be scored without training
        self._running[identity] = _Running(job)
        self._running_files.begin(identity, earlier.started if earlier is not None else None)
        self._executor.start(self._options.prepare(job))

    def _on_event(self, event: Event) -> None:
        running = self._running.get(event.identity)
        if running is not None:
            running.last_event = time.monotonic()
            self._running_files.hear(event)
            if isinstance(event, EpochDone):
                running.curve[event.point.epoch] = event.point
        self._stop_running()  # also here: an inline run blocks the loop in `run`
        if isinstance(event, RunEnded):
            self._commit(event.record)
        elif isinstance(event, RunLost):
            self._on_worker_lost(event)
            return
        self._listen(event)

    def _commit(self, record: RunRecord) -> None:
        """Write the record, then delete the checkpoint: a run is done only once its record is on disk."""
        identity = record.identity
        if not self._keeps_earlier(record):
            self._store.save_record(record)
        if record.status is Status.DONE:
            (self._store.folder(identity) / CHECKPOINT).unlink(missing_ok=True)
        self._outcome.ended[identity] = record.status
        self._running_files.end(identity)
        self._options.committed(record)
        job = self._running.pop(identity).job
        self._locks.release(identity)
        if record.status is Status.INTERRUPTED:
            self._outcome.left.append(job)
        if record.error is not None and record.error.kind == DiskError.__name__:
            self._disk_error, self._stopping = DiskError(record.error.message), True
        elif record.status is Status.FAILED and self._options.fail_fast:
            self._stopping = True

    def _keeps_earlier(self, record: RunRecord) -> bool:
        """Whether to keep the earlier record because its repetition, or scoring on further datasets, was interrupted.

        The earlier record is still stale or lacks scores, so the same command resumes the run.
        """
        if self._options.policy is Rerun.ALL or record.status is not Status.INTERRUPTED:
            return False
        earlier = self._store.record(record.identity)
        if earlier is None or earlier.status is not Status.DONE:
            return False
        return self._options.policy is Rerun.STALE or not earlier.answers(record.spec)

    def _on_worker_lost(self, event: RunLost) -> None:
        """Restart the run from its checkpoint, or record it as failed if it stalled or lost too many workers."""
        running = self._running[event.identity]
        self._worker_losses[event.identity] += 1
        if running.stalled:
            self._fail(running, "HungRun", running.stalled)
        elif self._worker_losses[event.identity] >= MAX_WORKER_LOSSES:
            self._fail(running, "WorkerLost", f"{event.reason}; {MAX_WORKER_LOSSES} times")
        else:
            del self._running[event.identity]
            self._running_files.end(event.identity)
            self._locks.release(event.identity)
            self._queue.insert(0, (running.job, 0.0))
            self._listen(event)

    def _fail(self, running: _Running, kind: str, message: str) -> None:
        record = failed_outside(running.job, kind, message, list(running.curve.values()))
        self._on_event(RunEnded(record.identity, record))

    def _stop_running(self) -> None:
        for identity, running in self._running.items() if self._stopping else ():
            if not running.stop_requested:
                running.stop_requested = True
                self._executor.stop(identity)

    def _kill_stalled(self) -> None:
        if (limit := self._options.stall_timeout) is None:
            return
        for identity, running in list(self._running.items()):
            since, seconds, what = running.last_event, limit, "progress"
            if since is None and self._executor.starts_at_once:  # else it may be waiting for a machine of the cluster
                since, seconds, what = running.started, max(limit, self._options.start_timeout), "starting"
            if since is not None and time.monotonic() - since > seconds and not running.stalled:
                running.stalled = f"killed after {seconds:.0f} s without {what}"
                self._executor.kill(identity)
