"""One search: an Optuna study in a storage that survives and that several processes and machines may share."""

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
_UNSIGNED = 60.0  # seconds after which a trial without an owner is nobody's
_BEAT = 60.0  # seconds between two signs of life of a trial that other machines see
_SILENT = 3600.0  # seconds without one, after which a trial of another machine is nobody's
_STARTUP = 10  # random trials before TPE has enough to go by


class Search:
    """Trials of one method on one dataset.

    Args:
        name: of the study.
        storage: where it lives.
        space: where to look; a study keeps the one that it began with.
        budget: how many trials; those with a number below it count.
        seed: of the sampler.
        owner: names this results folder, whose unfinished trials are ours to go on with.
        processes: this process among those that work on the folder; None where it is the only one.
        remote: other machines may share the storage without sharing the folder, so that trials give signs of life.

    Raises:
        ConfigError: the study in the storage has another space.
        StoreError: it holds what no search writes.
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
        self._processes, self._remote, self._beat = processes, remote, float("-inf")
        self._held: set[int] = set()
        where = distributions(space)
        self._sampler = NumberedSampler(seed, name, where, min(_STARTUP, max(1, budget // 3)))
        self.study: Study = optuna.create_study(
            study_name=name,
            storage=storage,
            sampler=self._sampler,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1),
        )
        check_direction(name, self.study)
        said = {key: str(value) for key, value in space.items()}
        known = self.study.user_attrs.get(_SPACE)
        if known is None:
            self.study.set_user_attr(_SPACE, said)
        else:
            check_space(name, known, said)
        check_trials(name, self.study.get_trials(deepcopy=False), where)

    @property
    def trials(self) -> Sequence[FrozenTrial]:
        """All trials within the budget, whoever did them."""
        return [trial for trial in self.study.get_trials(deepcopy=False) if trial.number < self.budget]

    @property
    def states(self) -> Counter[str]:
        """How many trials are complete, pruned, failed, running."""
        return Counter(trial.state.name.lower() for trial in self.trials)

    def of_other_code(self, installed: str) -> int:
        """How many of the finished trials were computed by other code; trials of older versions keep no digest.

        Args:
            installed: digest of the installed code.
        """
        codes = [self.code_of(trial) for trial in self.trials if trial.state.is_finished()]
        return sum(code not in {"", installed} for code in codes)

    @staticmethod
    def code_of(trial: FrozenTrial) -> str:
        """Digest of the code that computes a trial; empty for one of an older version."""
        return str(trial.user_attrs.get(CODE, ""))

    @staticmethod
    def process_of(trial: FrozenTrial) -> str:
        """Token of the process that works on a trial, or did last; empty for one of an older version."""
        return str(trial.user_attrs.get(PROCESS, ""))

    def begin_with(self, values: Mapping[str, Any]) -> None:
        """Make trial 0 one of these values; does nothing once there is one."""
        self._sampler.first = dict(values)

    def ours_unfinished(self) -> list[Trial]:
        """Trials that nobody works on, ours from now on, to go on with under their own numbers.

        They are those of this folder whose process is gone, and of other machines those without a sign of life.
        """
        from optuna import Trial

        with self._turn():
            left = [trial for trial in self._running() if self._is_nobodys(trial)]
            taken = [Trial(self.study, trial._trial_id) for trial in left]  # noqa: SLF001 - Optuna offers no other way
            return [trial for trial in taken if self._sign(trial)]

    def others_running(self) -> int:
        """How many trials processes of this folder work on, without those of this process.

        Trials of other machines are not counted: nobody here can see how long they take.
        """
        return sum(trial.user_attrs.get(OWNER, self._owner) == self._owner for trial in self._running())

    def _running(self) -> list[FrozenTrial]:
        """Trials within the budget that are not over, and not in this process's hands."""
        from optuna.trial import TrialState

        return [one for one in self.trials if one.state == TrialState.RUNNING and one.number not in self._held]

    def _is_nobodys(self, trial: FrozenTrial) -> bool:
        owner, begun = trial.user_attrs.get(OWNER), trial.datetime_start
        if owner is None:  # a kill between asking and signing
            return begun is not None and (datetime.now() - begun).total_seconds() > _UNSIGNED
        if owner == self._owner:
            return self._processes is None or not self._processes.is_alive(self.process_of(trial))
        return _seconds_since(trial.user_attrs.get(ALIVE)) > _SILENT

    def ask(self) -> tuple[Trial, dict[str, Any]] | None:
        """A new trial with its values; None when the budget is spent."""
        from optuna.trial import TrialState

        with self._turn():
            if sum(trial.state != TrialState.WAITING for trial in self.trials) >= self.budget:
                return None
            trial = self.study.ask()
            if trial.number >= self.budget:  # another machine was quicker
                self.study.tell(trial, state=TrialState.FAIL)
                return None
            return trial, self.values(trial)

    def values(self, trial: Trial) -> dict[str, Any]:
        """The values of a trial, which is signed as ours; one that is gone on with has the values that it had."""
        self._sign(trial)
        return suggest(trial, self.space)

    def _sign(self, trial: Trial) -> bool:
        self._held.add(trial.number)
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
        """Keep something about a trial; False when it is over, which another process may have said."""
        try:
            trial.set_user_attr(key, value)
        except RuntimeError:  # how Optuna says that a trial is over
            return False
        return True

    def report(self, trial: Trial, curve: Mapping[int, float]) -> None:
        """Report dev F1 by epoch; nothing happens once the trial is over."""
        try:
            for epoch, f1 in curve.items():
                trial.report(f1, epoch)
        except RuntimeError:
            return

    def reported(self, trial: Trial) -> set[int]:
        """Epochs whose dev F1 the study knows."""
        return set(self.study._storage.get_trial(trial._trial_id).intermediate_values)  # noqa: SLF001 - as above

    def live(self, trials: Sequence[Trial]) -> None:
        """Give a sign of life of trials that other machines see; at most once a minute."""
        if self._remote and time.monotonic() - self._beat > _BEAT:
            self._beat = time.monotonic()
            for trial in trials:
                self.note(trial, ALIVE, datetime.now(UTC).isoformat(timespec="seconds"))

    def end(self, trial: Trial, value: float | None, *, failed: bool = False, error: str = "") -> None:
        """Tell how a trial ended: by its dev F1, else failed or pruned. What was told before stays."""
        from optuna.trial import TrialState

        if error:
            self.note(trial, ERROR, error)
        state = TrialState.FAIL if failed else TrialState.PRUNED if value is None else TrialState.COMPLETE
        self.study.tell(trial, value, state=state, skip_if_finished=True)
        self._held.discard(trial.number)


def _seconds_since(text: object) -> float:
    """Seconds since a time as text; negative infinity for what is none."""
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(str(text))).total_seconds()
    except (ValueError, TypeError):
        return float("-inf")
