"""Gets the runs of a grid done, each exactly once, whoever dies meanwhile."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.pending import Rerun, Task, completed_elsewhere
from mnerbench.benchmark.results.locks import RunLocks
from mnerbench.benchmark.results.record import EpochPoint, RunRecord, Status
from mnerbench.benchmark.results.store import CHECKPOINT, RunStore
from mnerbench.benchmark.training.events import EpochDone, Event, Listener, RunEnded, RunLost
from mnerbench.benchmark.training.run import failed_outside
from mnerbench.datasets.errors import DiskError

DEATHS = 3  # of workers that do the same run, until the run is to blame
_TICK = 0.5  # seconds between two looks at the clock
_AGAIN = 2.0  # seconds between two looks at a run that another process holds


@dataclass(frozen=True)
class SchedulerOptions:
    """How a grid is done; nothing of it changes a result.

    Attributes:
        policy: which runs are wanted; asked again once a run is ours, since another process may have done it.
        fail_fast: stop at the first failure.
        patience: seconds that a run may be silent before it counts as hung; None for ever.
        pick: which of the tasks that can begin is next; the first, unless somebody knows better.
        prepare: the last word on a job before it starts.
        more: a further task, asked for when the others are given out and somebody is free; None when there is none.
        committed: called with every record once it is on disk.
        elsewhere: called with the record of every task that another process did meanwhile.
        waiting: whether a further task may still come of what other processes do; asked when nothing else is to do.
    """

    policy: Rerun = Rerun.MISSING
    fail_fast: bool = False
    patience: float | None = None
    pick: Callable[[Sequence[Task]], Task] = lambda tasks: tasks[0]
    prepare: Callable[[Job], Job] = lambda job: job
    more: Callable[[], Task | None] = lambda: None
    committed: Callable[[RunRecord], None] = lambda _: None
    elsewhere: Callable[[RunRecord], None] = lambda _: None
    waiting: Callable[[], bool] = lambda: False


@dataclass
class Outcome:
    """What an invocation did. Records are on disk; here is only what became of which run, so that memory stays flat.

    Attributes:
        ended: how each of its runs ended, by identity, in order of their end.
        elsewhere: runs that another process did meanwhile.
        left: runs that were not started, or not ended, because of a stop.
        interrupted: whether somebody asked to stop.
    """

    ended: dict[str, Status] = field(default_factory=dict)
    elsewhere: list[Job] = field(default_factory=list)
    left: list[Job] = field(default_factory=list)
    interrupted: bool = False


@dataclass
class _Running:
    task: Task
    heard: float | None = None
    asked: bool = False
    hung: bool = False
    curve: dict[int, EpochPoint] = field(default_factory=dict)  # by epoch: one that died may do an epoch again


class Orchestrator:
    """The one process that gives runs out and writes records.

    A run that another process holds is put off; when only such runs are left, it waits for them: a second invocation
    on the same folder shares the work and ends when all of it is done.

    Args:
        store: the results folder.
        manners: how the grid is done.
        listen: hears every event, after what it says is on disk.
    """

    def __init__(self, store: RunStore, manners: SchedulerOptions, listen: Listener) -> None:
        self._store, self._manners, self._tell = store, manners, listen
        self._claims, self._outcome = RunLocks(store), Outcome()
        self._queue: list[tuple[Task, float]] = []
        self._running: dict[str, _Running] = {}
        self._deaths: Counter[str] = Counter()
        self._full: DiskError | None = None
        self._stopping = False

    def interrupt(self) -> None:
        """End soon: what runs is interrupted between two steps. May be called from anywhere, also by a signal."""
        self._stopping = self._outcome.interrupted = True

    def end(self, identity: str) -> None:
        """End one run between two steps; it is recorded as interrupted."""
        self._executor.stop(identity)

    def run(self, tasks: Sequence[Task], employ: Callable[[Listener], Executor]) -> Outcome:
        """Do tasks.

        Args:
            tasks: from `to_do`.
            employ: makes the executor, which is to tell what happens to the listener that it is given.

        Raises:
            DiskError: the disk is full; what was done is kept.
        """
        self._queue = [(task, 0.0) for task in tasks]
        try:
            with employ(self._hear) as self._executor:
                self._start()
                while self._running or (not self._stopping and (self._queue or self._manners.waiting())):
                    self._executor.wait(_TICK)
                    self._stop_running()
                    self._end_hung()
                    self._start()
        finally:
            self._claims.release_all()
        if self._full is not None:
            raise self._full
        self._outcome.left += [task.job for task, _ in self._queue]
        return self._outcome

    def _start(self) -> None:
        """Give out what can be, as long as somebody is free."""
        now = time.monotonic()  # what another process holds is looked at again in a later round
        while self._executor.free and not self._stopping:
            due = [task for task, since in self._queue if since <= now]
            if not due:
                break
            task = self._manners.pick(due)
            self._queue = [entry for entry in self._queue if entry[0] is not task]
            self._take(task)
        while self._executor.free and not self._stopping and (found := self._manners.more()) is not None:
            self._take(found)

    def _take(self, task: Task) -> None:
        identity = task.job.spec.identity
        if not self._claims.acquire(identity):
            self._queue.append((task, time.monotonic() + _AGAIN))
        elif (record := self._store.record(identity)) and completed_elsewhere(task, record, self._manners.policy):
            self._outcome.elsewhere.append(task.job)
            self._claims.release(identity)
            self._manners.elsewhere(record)
        else:
            self._give_out(task)

    def _give_out(self, task: Task) -> None:
        identity = task.job.spec.identity
        self._store.set_damaged_record_aside(identity)
        self._store.delete_partial_files(identity)
        if self._manners.policy is Rerun.ALL and not self._deaths[identity]:
            (self._store.folder(identity) / CHECKPOINT).unlink(missing_ok=True)
        self._running[identity] = _Running(task)
        self._executor.start(self._manners.prepare(task.job))

    def _hear(self, event: Event) -> None:
        running = self._running.get(event.identity)
        if running is not None:
            running.heard = time.monotonic()
            if isinstance(event, EpochDone):
                running.curve[event.point.epoch] = event.point
        self._stop_running()  # here too: a run in this process leaves no other moment
        if isinstance(event, RunEnded):
            self._commit(event.record)
        elif isinstance(event, RunLost):
            self._on_worker_lost(event)
            return
        self._tell(event)

    def _commit(self, record: RunRecord) -> None:
        """The record is what makes a run done; only then its checkpoint goes."""
        identity = record.identity
        if not self._keeps_earlier(record):
            self._store.save_record(record)
        if record.status is Status.DONE:
            (self._store.folder(identity) / CHECKPOINT).unlink(missing_ok=True)
        self._outcome.ended[identity] = record.status
        self._manners.committed(record)
        task = self._running.pop(identity).task
        self._claims.release(identity)
        if record.status is Status.INTERRUPTED:
            self._outcome.left.append(task.job)
        if record.error is not None and record.error.kind == DiskError.__name__:
            self._full, self._stopping = DiskError(record.error.message), True
        elif record.status is Status.FAILED and self._manners.fail_fast:
            self._stopping = True

    def _keeps_earlier(self, record: RunRecord) -> bool:
        """Whether an interrupted `--rerun stale` leaves the earlier record as it was.

        That record is still stale, so the same command resumes the run from its checkpoint.
        """
        if self._manners.policy is not Rerun.STALE or record.status is not Status.INTERRUPTED:
            return False
        earlier = self._store.record(record.identity)
        return earlier is not None and earlier.status is Status.DONE

    def _on_worker_lost(self, event: RunLost) -> None:
        """Whoever did the run is gone: it is done again, from its checkpoint, unless it is to blame."""
        running = self._running[event.identity]
        self._deaths[event.identity] += 1
        if running.hung:
            self._fail(running, "HungRun", f"silent for {self._manners.patience:.0f} s, then ended")
        elif self._deaths[event.identity] >= DEATHS:
            self._fail(running, "WorkerLost", f"{event.reason}; {DEATHS} times")
        else:
            del self._running[event.identity]
            self._claims.release(event.identity)
            self._queue.insert(0, (running.task, 0.0))
            self._tell(event)

    def _fail(self, running: _Running, kind: str, message: str) -> None:
        record = failed_outside(running.task.job, kind, message, list(running.curve.values()))
        self._hear(RunEnded(record.identity, record))

    def _stop_running(self) -> None:
        for identity, running in self._running.items() if self._stopping else ():
            if not running.asked:
                running.asked = True
                self._executor.stop(identity)

    def _end_hung(self) -> None:
        now, patience = time.monotonic(), self._manners.patience
        for identity, running in list(self._running.items()):
            # Before its first word a run may wait for a machine of a cluster.
            if patience is None or running.heard is None or running.hung:
                continue
            if now - running.heard > patience:
                running.hung = True
                self._executor.kill(identity)
