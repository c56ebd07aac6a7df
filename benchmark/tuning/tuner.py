"""Turns trials into runs: draws settings, reports epochs to Optuna, prunes, and records how trials ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.execution.progress import summary
from mnerbench.benchmark.planning.expand import Facts, expand
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.suite import Suite, override
from mnerbench.benchmark.results.code_state import Code, CodeState, code_digest, code_state
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.scoring import PRIMARY
from mnerbench.benchmark.results.store import CHECKPOINT, RunStore
from mnerbench.benchmark.training.events import EpochDone, Event
from mnerbench.benchmark.tuning.search_space import PREFIX
from mnerbench.benchmark.tuning.study import CODE, IDENTITY, Search
from mnerbench.datasets.errors import ConfigError, with_remedies
from mnerbench.methods.registry import Registry

if TYPE_CHECKING:
    from optuna import Trial

_POLL_SECONDS = 2.0  # between two checks for abandoned trials


@dataclass
class MethodSearch:
    """The search of one method on one dataset.

    Attributes:
        method: its name in the suite.
        dataset: its name.
        suite: restricted to this method and dataset.
        search: the trials.
        code: digests of the installed sources of the method, by module.
    """

    method: str
    dataset: str
    suite: Suite
    search: Search
    code: Code = field(default_factory=dict)

    def with_values(self, values: Mapping[str, Any]) -> Suite:
        """The suite with a trial's settings."""
        training = {key.removeprefix(PREFIX): value for key, value in values.items() if key.startswith(PREFIX)}
        changed = {key: value for key, value in values.items() if not key.startswith(PREFIX)}
        settings = self.suite.settings
        if changed:
            settings = {self.method: {**settings.get(self.method, {}), **changed}}
        return override(self.suite, {"settings": settings, "pinned": {**self.suite.pinned, **training}})


@dataclass
class _ActiveRun:
    method_search: MethodSearch
    trials: list[Trial] = field(default_factory=list)
    pruned: bool = False


class Tuner:
    """Schedules the trials of all searches in turn, so that all methods have equal numbers of trials at any time.

    Several processes may work on one folder. Each returns when all trials have ended; the trials of a process that
    dies are resumed by another.

    Args:
        method_searches: all searches.
        seed: of every trial's training.
        store: of the trials' runs.
        expand_inputs: facts about this machine, and the registered methods.
        now: a clock, in seconds.
    """

    def __init__(
        self,
        method_searches: Sequence[MethodSearch],
        seed: int,
        store: RunStore,
        expand_inputs: tuple[Facts, Registry],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seed, self._store, self._expand_inputs, self._now = seed, store, expand_inputs, now
        self._searches = list(method_searches)
        self._open = list(method_searches)  # with budget left, so that the storage of the others is not queried again
        self._active: dict[str, _ActiveRun] = {}
        self._pruned: set[str] = set()
        self._abandoned: list[tuple[MethodSearch, Trial]] = []
        self._last_check = float("-inf")
        self._adopt_abandoned()

    def more(self) -> Job | None:
        """The next trial as a run: first abandoned trials, then one of the method with the fewest trials."""
        if (job := self._next_abandoned()) is not None:
            return job
        for item in sorted(self._open, key=lambda item: item.search.states.total()):
            while (new_trial := item.search.ask()) is not None:
                if (job := self._start(item, *new_trial)) is not None:
                    return job
            self._open.remove(item)
        if self._now() - self._last_check > _POLL_SECONDS:
            self._adopt_abandoned()
        return self._next_abandoned()

    def waiting(self) -> bool:
        """Whether other processes work on trials that this one would resume if they died."""
        return bool(self._abandoned) or any(item.search.others_running() for item in self._searches)

    def _adopt_abandoned(self) -> None:
        self._abandoned += [(item, trial) for item in self._searches for trial in item.search.adopt_abandoned()]
        self._last_check = self._now()

    def _next_abandoned(self) -> Job | None:
        while self._abandoned:
            item, trial = self._abandoned.pop(0)
            if (job := self._start(item, trial, item.search.values(trial))) is not None:
                return job
        return None

    def _start(self, item: MethodSearch, trial: Trial, values: Mapping[str, Any]) -> Job | None:
        """The run of a trial; None if the trial's result is known already, or will be that of an active run."""
        try:
            job = self.job(item, values)
        except ConfigError as error:  # settings that exclude each other
            item.search.end(trial, None, failed=True, error=str(error))
            return None
        identity = job.spec.identity
        item.search.note(trial, IDENTITY, identity)
        record = self._store.record(identity)
        ended = record is not None and record.status is not Status.INTERRUPTED
        item.search.note(trial, CODE, code_digest(item.code))
        if record is not None and ended and code_state(record.code, item.code) is not CodeState.OTHER:
            self._end_trial(item.search, trial, record)
            return None
        active = self._active.setdefault(identity, _ActiveRun(item))
        active.trials.append(trial)
        if len(active.trials) > 1:
            return None
        return replace(job, record_started=record.started if record is not None else None)

    def job(self, method_search: MethodSearch, values: Mapping[str, Any]) -> Job:
        """The run with a trial's settings, scored on dev only.

        Raises:
            ConfigError: settings that exclude each other.
        """
        suite = override(method_search.with_values(values), {"seeds": [self._seed]})
        grid = expand(suite, *self._expand_inputs)
        if not grid.jobs:
            raise ConfigError(with_remedies("; ".join(grid.not_run.values()), ["narrow the search by --search"]))
        [job] = grid.jobs
        spec = job.spec.model_copy(update={"dev_only": True, "transfer": ()})
        return replace(job, spec=spec, code=method_search.code)

    def hear(self, event: Event) -> bool:
        """Report an epoch's dev F1 to Optuna.

        Returns:
            Whether to prune the run: its dev F1 is below the median of earlier trials at that epoch.
        """
        active = self._active.get(event.identity)
        if active is None:
            return False
        search = active.method_search.search
        search.heartbeat(active.trials)
        if not isinstance(event, EpochDone):
            return False
        for trial in active.trials:
            search.report(trial, {event.point.epoch: event.point.dev_f1})
        last = event.point.epoch == event.epochs
        if last or active.pruned or not active.trials[0].should_prune():
            return False
        active.pruned = True
        return True

    def title(self, identity: str) -> str:
        """Title of an active run: `maf on twitter15, trial 7`."""
        active = self._active[identity]
        numbers = ", ".join(str(trial.number) for trial in active.trials)
        return f"{active.method_search.method} on {active.method_search.dataset}, trial {numbers}"

    def ending(self, record: RunRecord) -> str:
        """One line on how a run ended."""
        return "pruned" if record.identity in self._pruned else summary(record)

    def committed(self, record: RunRecord) -> None:
        """End the trials of a finished run; a run that was interrupted but not pruned is resumed later."""
        active = self._active.pop(record.identity, None)
        if active is None:
            return
        search = active.method_search.search
        for trial in active.trials:
            if active.pruned and record.status is Status.INTERRUPTED:
                search.end(trial, None)
            elif record.status is not Status.INTERRUPTED:
                self._end_trial(search, trial, record)
        if active.pruned:
            self._pruned.add(record.identity)
            (self._store.folder(record.identity) / CHECKPOINT).unlink(missing_ok=True)

    def elsewhere(self, record: RunRecord) -> None:
        """End the trials of a run that another process finished."""
        active = self._active.pop(record.identity, None)
        if active is None:
            return
        for trial in active.trials:
            self._end_trial(active.method_search.search, trial, record)

    @staticmethod
    def _end_trial(search: Search, trial: Trial, record: RunRecord) -> None:
        """End a trial with the highest dev F1 of its run, or as failed."""
        curve = _dev_curve(record)
        reported = search.reported(trial)
        search.report(trial, {epoch: f1 for epoch, f1 in curve.items() if epoch not in reported})
        if record.status is Status.DONE and curve:
            search.end(trial, max(curve.values()))
            return
        error = f"{record.error.kind}: {record.error.message}" if record.error is not None else "its curve is empty"
        search.end(trial, None, failed=True, error=error)


def _dev_curve(record: RunRecord) -> dict[int, float]:
    """Dev F1 by epoch; a method that is fitted without epochs counts as having one."""
    score = record.score("valid", record.primary_view, PRIMARY.value)
    if record.spec.is_untrained and not record.curve and score is not None:
        return {1: score.overall.f1}
    return {point.epoch: point.dev_f1 for point in record.curve if math.isfinite(point.dev_f1)}
