"""The state of every run of a suite, from the files of a results folder alone: no lock is taken, nothing is written."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mnerbench.benchmark.results.manifest import SuiteManifest
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.running_file import RunningFile, read_running
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.store import RunStore


class RunState(StrEnum):
    """The state of a run. A `damaged` one has a record that `run` neither reads nor replaces."""

    DONE = "done"
    FAILED = "failed"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    WAITING = "waiting"
    DAMAGED = "damaged"


ENDED = (RunState.DONE, RunState.FAILED, RunState.DAMAGED)


@dataclass(frozen=True)
class ObservedRun:
    """A run as its files show it.

    Attributes:
        spec: of the run, under its first name.
        state: of the run.
        reason: why it failed, was interrupted, is damaged, or waits again; else empty.
        record: its record, if there is a readable one.
        running: how far it is, while it runs.
        silence: seconds since its last sign of life, while it runs.
    """

    spec: RunSpec
    state: RunState
    reason: str = ""
    record: RunRecord | None = None
    running: RunningFile | None = None
    silence: float = 0.0


@dataclass(frozen=True)
class ObservedSuite:
    """A suite and its runs by identity."""

    manifest: SuiteManifest
    runs: Mapping[str, ObservedRun]

    @property
    def counts(self) -> Counter[RunState]:
        """Number of runs by state."""
        return Counter(run.state for run in self.runs.values())

    @property
    def is_complete(self) -> bool:
        """Whether no run is left to do."""
        return all(run.state in ENDED for run in self.runs.values())


class SignsOfLife:
    """How long runs have been silent.

    Once a file was seen to change, its age is measured here, so that the clocks of two machines need not agree.

    Args:
        clock: a monotonic clock, in seconds.
        now: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time) -> None:
        self._clock, self._now = clock, now
        self._last: dict[str, tuple[float, float | None]] = {}

    def silence(self, identity: str, running: RunningFile) -> float:
        """Seconds since the last sign of life of a run."""
        updated, changed = self._last.get(identity, (running.updated, None))
        if updated != running.updated:
            changed = self._clock()
        self._last[identity] = running.updated, changed
        return max(0.0, self._now() - running.updated if changed is None else self._clock() - changed)


def observe(store: RunStore, manifest: SuiteManifest, signs: SignsOfLife) -> ObservedSuite:
    """Read the state of every run of a suite; `store.damage` lists damaged files."""
    runs = {}
    for identity, spec in manifest.runs.items():
        targets = [target for alias in manifest.aliases.get(identity, ()) for target in alias.transfer]
        runs[identity] = _observe(store, identity, spec.with_transfer(targets), signs)
    return ObservedSuite(manifest, runs)


def _observe(store: RunStore, identity: str, spec: RunSpec, signs: SignsOfLife) -> ObservedRun:
    running = read_running(store, identity)
    # Read second: a run that ends in between has its record before its file is deleted.
    record = store.record(identity)
    if running is not None and (record is None or record.started == running.earlier):
        silence = signs.silence(identity, running)
        if not running.is_killed(silence):
            return ObservedRun(spec, RunState.RUNNING, "", record, running, silence)
        if record is None:
            reason = f"process {running.pid} on {running.owner} was killed; the same command resumes the run"
            return ObservedRun(spec, RunState.INTERRUPTED, reason)
    if record is None:
        damage = store.damage.of(identity)
        if damage is None or damage.replaceable:
            return ObservedRun(spec, RunState.WAITING, f"damaged record: {damage.reason}" if damage else "")
        return ObservedRun(spec, RunState.DAMAGED, damage.reason)
    if record.status is Status.DONE and not record.answers(spec):
        return ObservedRun(spec, RunState.WAITING, "done, but not scored on all datasets of the suite", record)
    reason = f"{record.error.kind}: {record.error.message}" if record.error is not None else ""
    return ObservedRun(spec, RunState(record.status.value), reason, record)
