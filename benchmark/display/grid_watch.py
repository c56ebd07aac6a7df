"""What `benchmark watch` knows of a grid that other processes execute: states, totals and the remaining time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.benchmark.execution.schedule import Pace, duration
from mnerbench.benchmark.planning.durations import Durations, durations, settings_of
from mnerbench.benchmark.results.damage import Damage, DamageLog
from mnerbench.benchmark.results.manifest import load_manifests, require_suites
from mnerbench.benchmark.results.run_states import (
    ENDED,
    ObservedRun,
    ObservedSuite,
    RunState,
    SignsOfLife,
    observe,
)
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import StoreError


@dataclass(frozen=True)
class Remaining:
    """The estimated time of the runs that have not ended.

    Attributes:
        seconds: for those whose length is known from finished runs or from their own pace; None if there are none.
        unknown: number of the others, which `seconds` does not include.
        at_a_time: number of runs that work now, among which the time is divided.
    """

    seconds: float | None
    unknown: int
    at_a_time: int

    def __str__(self) -> str:
        """Format as `about 40 min left and 3 runs of unknown length, 2 at a time`."""
        parts = [f"about {duration(self.seconds)} left"] if self.seconds is not None else []
        parts += [f"{self.unknown} {'run' if self.unknown == 1 else 'runs'} of unknown length"] if self.unknown else []
        pace = f"{self.at_a_time} at a time" if self.at_a_time else "nothing runs now"
        return f"{' and '.join(parts)}, {pace}"


def remaining_time(suite: ObservedSuite, measured: Durations) -> Remaining:
    """Estimate the remaining time of a suite.

    Args:
        suite: with the states of its runs.
        measured: durations of finished runs.
    """
    open_runs = [run for run in suite.runs.values() if run.state not in ENDED]
    estimates = [seconds for run in open_runs if (seconds := _seconds_of(run, measured)) is not None]
    at_a_time = suite.counts[RunState.RUNNING]
    total = sum(estimates) / max(1, min(at_a_time, len(open_runs)))
    return Remaining(total if estimates else None, len(open_runs) - len(estimates), at_a_time)


def _seconds_of(run: ObservedRun, measured: Durations) -> float | None:
    """Estimated seconds until a run has ended; None if unknown."""
    whole, running = measured.of(settings_of(run.spec)), run.running
    if running is None:
        return whole
    if whole is None and (running.training_since is None or running.step >= running.steps):
        return None  # loading or evaluating, which the pace of training does not tell
    # A finished run's seconds include loading.
    start = running.begun if whole is not None else running.training_since
    pace = Pace(running.steps, running.first, running.step, start or running.begun)
    # The step is as of the last sign of life, so the pace is measured until then.
    left = pace.remaining(running.updated, whole)
    return None if left is None else max(0.0, left - run.silence)


@dataclass(frozen=True)
class Snapshot:
    """A results folder at one moment.

    Attributes:
        suites: with the states of their runs.
        remaining: by suite.
        damaged: files that cannot be used.
    """

    suites: Sequence[ObservedSuite]
    remaining: Sequence[Remaining]
    damaged: Sequence[Damage]

    @property
    def is_complete(self) -> bool:
        """Whether no run of any suite is left to do."""
        return all(suite.is_complete for suite in self.suites)

    @property
    def states(self) -> dict[str, ObservedRun]:
        """Every run once, by identity."""
        return {identity: run for suite in self.suites for identity, run in suite.runs.items()}

    def as_data(self) -> dict[str, Any]:
        """The snapshot as JSON data."""
        return {
            "complete": self.is_complete,
            "suites": [_suite_data(*pair) for pair in zip(self.suites, self.remaining, strict=True)],
            "damaged": [damage.text for damage in self.damaged],
        }


class FolderWatch:
    """Reads a results folder again and again; takes no lock and writes nothing.

    Args:
        root: the results folder.
        names: only these suites; none for all.
        signs: how long runs have been silent.
    """

    def __init__(self, root: Path, names: Sequence[str] = (), signs: SignsOfLife | None = None) -> None:
        self._store, self._names, self._signs = RunStore(root), tuple(names), signs or SignsOfLife()

    def read(self) -> Snapshot:
        """Read the present state.

        Raises:
            StoreError: the folder has no suite, or cannot be read.
            ConfigError: it has no suite of a requested name.
        """
        store = self._store
        store.damage = DamageLog()  # of this moment: a file may be whole again
        manifests = load_manifests(store.root, store.damage)
        if not manifests:
            why = "".join(f"\n{damage.text}" for damage in store.damage)
            raise StoreError(
                f"{store.root}: no suite has started its runs here (feature extraction comes before){why}\n"
                f"  -> benchmark run --suite NAME --out {store.root}"
            )
        require_suites(store.root, self._names, [manifest.suite for manifest in manifests])
        wanted = [manifest for manifest in manifests if not self._names or manifest.suite in self._names]
        suites = [observe(store, manifest, self._signs) for manifest in wanted]
        # Runs of other suites of the folder may have the same settings.
        measured = durations(run.record for suite in suites for run in suite.runs.values())
        return Snapshot(suites, [remaining_time(suite, measured) for suite in suites], list(store.damage))


def changes(before: Snapshot, after: Snapshot) -> Iterable[tuple[str, ObservedRun]]:
    """The runs whose state differs between two moments, by identity."""
    old = before.states
    for identity, run in after.states.items():
        if identity not in old or old[identity].state is not run.state:
            yield identity, run


def _suite_data(suite: ObservedSuite, remaining: Remaining) -> dict[str, Any]:
    counts = suite.counts
    return {
        "suite": suite.manifest.suite,
        "complete": suite.is_complete,
        **{state.value: counts[state] for state in RunState},
        "seconds_left": remaining.seconds,
        "unknown_length": remaining.unknown,
        "runs": [_run_data(identity, run) for identity, run in suite.runs.items()],
        "not_run": {row: item.reason for row, item in suite.manifest.not_run.items()},
    }


def _run_data(identity: str, run: ObservedRun) -> dict[str, Any]:
    data: dict[str, Any] = {
        "identity": identity,
        "method": run.spec.method,
        "dataset": run.spec.dataset.title,
        "seed": run.spec.seed,
        "state": run.state.value,
        "reason": run.reason,
    }
    if run.running is None:
        return data
    progress = run.running.model_dump(include={"host", "pid", "steps", "step", "dev_f1"})
    return {**data, **progress, "epochs": epochs_of(run), "seconds_silent": round(run.silence, 1)}


def epochs_of(run: ObservedRun) -> int | None:
    """Number of epochs of a trained run; None for one that is not trained."""
    return run.spec.training.epochs if run.spec.training is not None else None
