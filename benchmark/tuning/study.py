"""A search: an Optuna study in a persistent storage that several processes and machines may share."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.tuning.processes import Processes
from mnerbench.benchmark.tuning.search_space import distributions, suggest
from mnerbench.benchmark.tuning.stored_trials import check_direction, check_space, check_trials
from mnerbench.methods.base.search_space import Space

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

IDENTITY, OWNER, CODE = "mnerbench.identity", "mnerbench.store", "mnerbench.code"
PROCESS, ALIVE, ERROR = "mnerbench.process", "mnerbench.alive", "error"
_SPACE = "mnerbench.space"
_UNSIGNED_SECONDS = 60.0  # after which a trial without an owner counts as abandoned
_HEARTBEAT_SECONDS = 60.0  # between two heartbeats of a trial that other machines see
_SILENT_SECONDS = 3600.0  # without a heartbeat, after which a trial of another machine counts as abandoned
_STARTUP = 10  # random trials before TPE is used


class Search:
    """Trials of one method on one dataset.

    Args:
        name: of the study.
        storage: of the study.
        space: the search space; it must be the one with which the study was started.
        budget: number of trials; only trials with a smaller number count.
        seed: of the sampler.
        owner: name of this results folder; its abandoned trials may be resumed here.
        processes: registration of this process on the folder; None if it is the only one.
        remote: whether other machines may share the storage without the folder, so that trials need heartbeats.

    Raises:
        ConfigError: the study in the storage has another space.
        StoreError: the study in the storage is damaged, or not of a search.
    """

    def __init__(
        self,
        name: str,
        storage: BaseStorage,
        space: Space,
        *,
        budget: int,
        seed: int,
        owner: str,
        processes: Processes | None = None,
        remote: bool = False,
    ) -> None:
        import optuna

        from mnerbench.benchmark.tuning.sampler import NumberedSampler

        self.name, self.space, self.budget, self._owner = name, space, budget, owner
        self._processes, self._remote, self._last_heartbeat = processes, remote, float("-inf")
        self._own_trials: set[int] = set()
        domains = distributions(space)
        self._sampler = NumberedSampler(seed, name, domains, min(_STARTUP, max(1, budget // 3)))
        self.study: Study = optuna.create_study(
            study_name=name,
            storage=storage,
            sampler=self._sampler,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1),
        )
        check_direction(name, self.study)
        described = {key: str(domain) for key, domain in space.items()}
        stored = self.study.user_attrs.get(_SPACE)
        if stored is None:
            self.study.set_user_attr(_SPACE, described)
        else:
            check_space(name, stored, described)
        check_trials(name, self.study.get_trials(deepcopy=False), domains)

    @property
    def trials(self) -> Sequence[FrozenTrial]:
        """All trials within the budget, of all processes."""
        return [trial for trial in self.study.get_trials(deepcopy=False) if trial.number < self.budget]

    @property
    def states(self) -> Counter[str]:
        """Number of trials by state: complete, pruned, fail, running."""
        return Counter(trial.state.name.lower() for trial in self.trials)

    def of_other_code(self, installed: str) -> int:
        """Number of finished trials computed by other code; trials of older versions store no digest and do not count.

        Args:
            installed: digest of the installed code.
        """
        codes = [self.code_of(trial) for trial in self.trials if trial.state.is_finished()]
        return sum(code not in {"", installed} for code in codes)

    @staticmethod
    def code_of(trial: FrozenTrial) -> str:
        """Digest of the code that computes a trial; empty for a trial of an older version."""
        return str(trial.user_attrs.get(CODE, ""))

    @staticmethod
    def process_of(trial: FrozenTrial) -> str:
        """Token of the process that works on a trial, or did last; empty for a trial of an older version."""
        return str(trial.user_attrs.get(PROCESS, ""))

    def begin_with(self, values: Mapping[str, Any]) -> None:
        """Set the values of trial 0; has no effect once trial 0 exists."""
        self._sampler.first = dict(values)

    def adopt_abandoned(self) -> list[Trial]:
        """Take over abandoned trials, which are resumed under their own numbers.

        A trial of this folder is abandoned if its process is gone, one of another machine if its heartbeat stopped.
        """
        from optuna import Trial

        with self._turn():
            abandoned = [trial for trial in self._running() if self._is_abandoned(trial)]
            # Optuna has no public way to resume a trial.
            adopted = [Trial(self.study, trial._trial_id) for trial in abandoned]  # noqa: SLF001
            return [trial for trial in adopted if self._sign(trial)]

    def others_running(self) -> int:
        """Number of running trials of other processes of this folder.

        Trials of other machines are not counted, since their progress cannot be seen here.
        """
        return sum(trial.user_attrs.get(OWNER, self._owner) == self._owner for trial in self._running())

    def _running(self) -> list[FrozenTrial]:
        """Running trials within the budget, without those of this process."""
        from optuna.trial import TrialState

        running = (trial for trial in self.trials if trial.state == TrialState.RUNNING)
        return [trial for trial in running if trial.number not in self._own_trials]

    def _is_abandoned(self, trial: FrozenTrial) -> bool:
        owner, start = trial.user_attrs.get(OWNER), trial.datetime_start
        if owner is None:  # its process was killed before it signed the trial
            return start is not None and (datetime.now() - start).total_seconds() > _UNSIGNED_SECONDS
        if owner == self._owner:
            return self._processes is None or not self._processes.is_alive(self.process_of(trial))
        return _seconds_since(trial.user_attrs.get(ALIVE)) > _SILENT_SECONDS

    def ask(self) -> tuple[Trial, dict[str, Any]] | None:
        """Start a new trial; returns it with its values, or None when the budget is spent."""
        from optuna.trial import TrialState

        with self._turn():
            if sum(trial.state != TrialState.WAITING for trial in self.trials) >= self.budget:
                return None
            trial = self.study.ask()
            if trial.number >= self.budget:  # another machine drew a trial in between
                self.study.tell(trial, state=TrialState.FAIL)
                return None
            return trial, self.values(trial)

    def values(self, trial: Trial) -> dict[str, Any]:
        """Sign a trial as ours and return its values; a resumed trial keeps its values."""
        self._sign(trial)
        return suggest(trial, self.space)

    def _sign(self, trial: Trial) -> bool:
        self._own_trials.add(trial.number)
        signed = self.note(trial, OWNER, self._owner)
        if signed and self._processes is not None:
            self.note(trial, PROCESS, self._processes.token)
        if signed and self._remote:
            self.note(trial, ALIVE, datetime.now(UTC).isoformat(timespec="seconds"))
        return signed

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._processes.turn() if self._processes is not None else nullcontext():
            yield

    def note(self, trial: Trial, key: str, value: str) -> bool:
        """Store an attribute of a trial; returns False if the trial has ended, perhaps in another process."""
        try:
            trial.set_user_attr(key, value)
        except RuntimeError:  # raised by Optuna for a trial that has ended
            return False
        return True

    def report(self, trial: Trial, curve: Mapping[int, float]) -> None:
        """Report dev F1 by epoch; does nothing if the trial has ended."""
        try:
            for epoch, f1 in curve.items():
                trial.report(f1, epoch)
        except RuntimeError:
            return

    def reported(self, trial: Trial) -> set[int]:
        """Epochs whose dev F1 is stored."""
        return set(self.study._storage.get_trial(trial._trial_id).intermediate_values)  # noqa: SLF001 - as above

    def heartbeat(self, trials: Sequence[Trial]) -> None:
        """Store a heartbeat of trials for other machines, at most once a minute."""
        if self._remote and time.monotonic() - self._last_heartbeat > _HEARTBEAT_SECONDS:
            self._last_heartbeat = time.monotonic()
            for trial in trials:
                self.note(trial, ALIVE, datetime.now(UTC).isoformat(timespec="seconds"))

    def end(self, trial: Trial, value: float | None, *, failed: bool = False, error: str = "") -> None:
        """End a trial as complete with its dev F1, or as failed or pruned. A trial that has ended stays as it is."""
        from optuna.trial import TrialState

        if error:
            self.note(trial, ERROR, error)
        state = TrialState.FAIL if failed else TrialState.PRUNED if value is None else TrialState.COMPLETE
        self.study.tell(trial, value, state=state, skip_if_finished=True)
        self._own_trials.discard(trial.number)


def _seconds_since(text: object) -> float:
    """Seconds since a time as text; negative infinity for an invalid text."""
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(str(text))).total_seconds()
    except (ValueError, TypeError):
        return float("-inf")
