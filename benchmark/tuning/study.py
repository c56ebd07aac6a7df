"""One search: an Optuna study in a storage that survives and that several machines may share."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.spec import derive_seed
from mnerbench.benchmark.tuning.space import suggest
from mnerbench.datasets.errors import ConfigError, StoreError
from mnerbench.methods.search import Space

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

IDENTITY, OWNER, CODE = "mnerbench.identity", "mnerbench.store", "mnerbench.code"
_SPACE = "mnerbench.space"
_UNSIGNED = 60.0  # seconds after which a trial without an owner is nobody's
_STARTUP = 10  # random trials before TPE has enough to go by


def open_storage(url: str | None, folder: Path) -> BaseStorage:
    """A database by its address, else a journal file, which a shared disk may hold.

    Raises:
        StoreError: it cannot be opened.
    """
    import optuna
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    optuna.logging.set_verbosity(logging.WARNING)
    try:
        if url is not None:
            return RDBStorage(url)
        folder.mkdir(parents=True, exist_ok=True)
        path = str(folder / "journal.log")
        return JournalStorage(JournalFileBackend(path, lock_obj=JournalFileOpenLock(path)))
    except Exception as error:  # whatever a database driver raises
        where = url.rpartition("@")[2] if url is not None else folder
        raise StoreError(f"{where}: this storage cannot be opened ({error})\n  -> see --storage") from error


class Search:
    """Trials of one method on one dataset.

    Args:
        name: of the study.
        storage: where it lives.
        space: where to look; a study keeps the one that it began with.
        budget: how many trials; those with a number below it count.
        seed: of the sampler.
        owner: names this results folder, whose unfinished trials are ours to go on with.

    Raises:
        ConfigError: the study in the storage has another space.
    """

    def __init__(self, name: str, storage: BaseStorage, space: Space, *, budget: int, seed: int, owner: str) -> None:
        import optuna

        self.name, self.space, self.budget, self._owner = name, space, budget, owner
        self.study: Study = optuna.create_study(
            study_name=name,
            storage=storage,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1),
        )
        begun = len(self.trials)
        # Another seed after every start: one that is asked again gives the same values again.
        sampler = derive_seed(seed, "tune", name, begun)
        startup = min(_STARTUP, max(1, budget // 3))
        self.study.sampler = optuna.samplers.TPESampler(
            seed=sampler, multivariate=True, constant_liar=True, n_startup_trials=startup
        )
        said = {key: str(where) for key, where in space.items()}
        known = self.study.user_attrs.get(_SPACE)
        if known is None:
            self.study.set_user_attr(_SPACE, said)
        elif known != said:
            raise ConfigError(
                f"study {name}: it began with another search space ({_differences(known, said)})\n"
                "  -> give the same, or another --out"
            )

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

    def begin_with(self, values: Mapping[str, Any]) -> None:
        """Make the first trial one of these values; does nothing once there is a trial."""
        if not self.study.get_trials(deepcopy=False):
            self.study.enqueue_trial(dict(values))

    def ours_unfinished(self) -> list[Trial]:
        """Trials that this folder began and did not end, to go on with under their own numbers."""
        from optuna import Trial
        from optuna.trial import TrialState

        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        mine = [one for one in running if self._is_ours(one)]
        return [Trial(self.study, one._trial_id) for one in mine]  # noqa: SLF001 - Optuna offers no other way

    def _is_ours(self, trial: FrozenTrial) -> bool:
        owner, begun = trial.user_attrs.get(OWNER), trial.datetime_start
        # A kill between asking and signing leaves a trial without an owner.
        nobodys = owner is None and begun is not None and (datetime.now() - begun).total_seconds() > _UNSIGNED
        return owner == self._owner or nobodys

    def ask(self) -> tuple[Trial, dict[str, Any]] | None:
        """A new trial with its values; None when the budget is spent."""
        from optuna.trial import TrialState

        if sum(trial.state != TrialState.WAITING for trial in self.trials) >= self.budget:
            return None
        trial = self.study.ask()
        if trial.number >= self.budget:  # another machine was quicker
            self.study.tell(trial, state=TrialState.FAIL)
            return None
        return trial, self.values(trial)

    def values(self, trial: Trial) -> dict[str, Any]:
        """The values of a trial, which is signed as ours; one that is gone on with has the values that it had."""
        trial.set_user_attr(OWNER, self._owner)
        return suggest(trial, self.space)


def _differences(known: Mapping[str, str], said: Mapping[str, str]) -> str:
    keys = sorted(key for key in {*known, *said} if known.get(key) != said.get(key))
    return "; ".join(f"{key}: {known.get(key, 'not there')}, now {said.get(key, 'not there')}" for key in keys)
