"""Trials as runs: asks for settings, hears how trials go, prunes, and tells how they ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.execution.progress import summary
from mnerbench.benchmark.planning.expand import Facts, expand
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.pending import Task
from mnerbench.benchmark.planning.suite import Suite, override
from mnerbench.benchmark.results.code_state import Code, CodeState, code_digest, code_state
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.store import CHECKPOINT, RunStore
from mnerbench.benchmark.training.events import EpochDone, Event
from mnerbench.benchmark.tuning.search_space import PREFIX
from mnerbench.benchmark.tuning.study import CODE, IDENTITY, Search
from mnerbench.datasets.errors import ConfigError, with_remedies
from mnerbench.methods.registry import Registry

if TYPE_CHECKING:
    from optuna import Trial

_AGAIN = 2.0  # seconds between two looks at the trials of other processes


@dataclass
class MethodSearch:
    """One method on one dataset.

    Attributes:
        method: by its name in the suite.
        dataset: its name.
        suite: with this method and dataset only.
        search: its trials.
        code: digests of the sources that are installed for the method, by module.
    """

    method: str
    dataset: str
    suite: Suite
    search: Search
    code: Code = field(default_factory=dict)

    def with_values(self, values: Mapping[str, Any]) -> Suite:
        """The suite with a trial's settings."""
        training = {key.removeprefix(PREFIX): value for key, value in values.items() if key.startswith(PREFIX)}
        own = {key: value for key, value in values.items() if not key.startswith(PREFIX)}
        settings = {self.method: {**self.suite.settings.get(self.method, {}), **own}} if own else self.suite.settings
        return override(self.suite, {"settings": settings, "pinned": {**self.suite.pinned, **training}})


@dataclass
class _Working:
    contest: MethodSearch
    trials: list[Trial] = field(default_factory=list)
    pruned: bool = False


class Tuner:
    """Gives trials out in turn, so that all methods have had as many at any time.

    Several processes may do so on one folder. Each ends when all trials have ended; those of a process that dies are
    gone on with by another.

    Args:
        contests: all searches.
        seed: of every trial's training.
        store: where trials keep their files.
        known: facts about this machine, and methods.
        now: a clock, in seconds.
    """

    def __init__(
        self,
        contests: Sequence[MethodSearch],
        seed: int,
        store: RunStore,
        known: tuple[Facts, Registry],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seed, self._store, self._known, self._now = seed, store, known, now
        self._contests = list(contests)
        self._open = list(contests)  # whose budget is not spent: the storage is not asked again for nothing
        self._working: dict[str, _Working] = {}
        self._pruned: set[str] = set()
        self._left: list[tuple[MethodSearch, Trial]] = []
        self._looked = float("-inf")
        self._look()

    def more(self) -> Task | None:
        """The next trial as a run: first those that were left unfinished, then of the method with the fewest."""
        if (task := self._next_left()) is not None:
            return task
        for contest in sorted(self._open, key=lambda one: one.search.states.total()):
            while (asked := contest.search.ask()) is not None:
                if (task := self._begin(contest, *asked)) is not None:
                    return task
            self._open.remove(contest)
        if self._now() - self._looked > _AGAIN:
            self._look()
        return self._next_left()

    def waiting(self) -> bool:
        """Whether other processes still work on trials, which this one goes on with if they die."""
        return bool(self._left) or any(contest.search.others_running() for contest in self._contests)

    def _look(self) -> None:
        """Take over trials that nobody works on."""
        self._left += [(contest, trial) for contest in self._contests for trial in contest.search.ours_unfinished()]
        self._looked = self._now()

    def _next_left(self) -> Task | None:
        while self._left:
            contest, trial = self._left.pop(0)
            if (task := self._begin(contest, trial, contest.search.values(trial))) is not None:
                return task
        return None

    def _begin(self, contest: MethodSearch, trial: Trial, values: Mapping[str, Any]) -> Task | None:
        """The run of a trial; None when it is known already how it ends."""
        try:
            job = self.job(contest, values)
        except ConfigError as error:  # settings that exclude each other
            contest.search.end(trial, None, failed=True, error=str(error))
            return None
        identity = job.spec.identity
        contest.search.note(trial, IDENTITY, identity)
        record = self._store.record(identity)
        ended = record is not None and record.status is not Status.INTERRUPTED
        contest.search.note(trial, CODE, code_digest(contest.code))
        if record is not None and ended and code_state(record.code, contest.code) is not CodeState.OTHER:
            self._settle(contest, trial, record)
            return None
        working = self._working.setdefault(identity, _Working(contest))
        working.trials.append(trial)
        return Task(job, record.started if record is not None else None) if len(working.trials) == 1 else None

    def job(self, contest: MethodSearch, values: Mapping[str, Any]) -> Job:
        """The run with a trial's settings, which never reads test.

        Raises:
            ConfigError: settings that exclude each other.
        """
        suite = override(contest.with_values(values), {"seeds": [self._seed]})
        grid = expand(suite, *self._known)
        if not grid.jobs:
            raise ConfigError(with_remedies("; ".join(grid.not_run.values()), ["narrow the search by --search"]))
        [job] = grid.jobs
        return Job(job.spec.model_copy(update={"dev_only": True, "transfer": ()}), job.encoder, contest.code)

    def hear(self, event: Event) -> bool:
        """Report an epoch's dev F1.

        Returns:
            Whether the run is to be ended: it is worse than most were at that epoch.
        """
        working = self._working.get(event.identity)
        if working is None:
            return False
        working.contest.search.live(working.trials)
        if not isinstance(event, EpochDone):
            return False
        for trial in working.trials:
            working.contest.search.report(trial, {event.point.epoch: event.point.dev_f1})
        last = event.point.epoch == event.epochs
        if last or working.pruned or not working.trials[0].should_prune():
            return False
        working.pruned = True
        return True

    def title(self, identity: str) -> str:
        """What a run is called while it works: `maf on twitter15, trial 7`."""
        working = self._working[identity]
        numbers = ", ".join(str(trial.number) for trial in working.trials)
        return f"{working.contest.method} on {working.contest.dataset}, trial {numbers}"

    def ending(self, record: RunRecord) -> str:
        """How it ended."""
        return "pruned" if record.identity in self._pruned else summary(record)

    def committed(self, record: RunRecord) -> None:
        """Tell how a trial ended; one that was interrupted from outside is gone on with another time."""
        working = self._working.pop(record.identity, None)
        if working is None:
            return
        for trial in working.trials:
            if working.pruned and record.status is Status.INTERRUPTED:
                working.contest.search.end(trial, None)
            elif record.status is not Status.INTERRUPTED:
                self._settle(working.contest, trial, record)
        if working.pruned:
            self._pruned.add(record.identity)
            (self._store.folder(record.identity) / CHECKPOINT).unlink(missing_ok=True)

    def elsewhere(self, record: RunRecord) -> None:
        """Tell how trials ended whose run another process did."""
        working = self._working.pop(record.identity, None)
        if working is None:
            return
        for trial in working.trials:
            self._settle(working.contest, trial, record)

    @staticmethod
    def _settle(contest: MethodSearch, trial: Trial, record: RunRecord) -> None:
        curve = {point.epoch: point.dev_f1 for point in record.curve if math.isfinite(point.dev_f1)}
        reported = contest.search.reported(trial)
        contest.search.report(trial, {epoch: f1 for epoch, f1 in curve.items() if epoch not in reported})
        if record.status is Status.DONE and curve:
            contest.search.end(trial, max(curve.values()))
            return
        error = f"{record.error.kind}: {record.error.message}" if record.error is not None else "its curve is empty"
        contest.search.end(trial, None, failed=True, error=error)
