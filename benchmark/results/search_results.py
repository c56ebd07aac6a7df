"""Stored results of hyper-parameter searches."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from mnerbench.benchmark.results.damage import Damage, DamagedFileError, DamageLog, damage_of
from mnerbench.benchmark.results.lock_files import locked
from mnerbench.benchmark.results.spec import Frozen
from mnerbench.benchmark.results.stored_files import parse_stored, read_stored, store_path
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import require_inside
from mnerbench.datasets.untrusted.json_text import is_finite

RESULTS = "results.json"
TUNING, TRIALS = "tuning", "trials"  # folders
_LOCK = ".results.lock"


def parent_of(suite: str) -> str:
    """Name of the parent run of a suite's trials in MLflow."""
    return f"tune {suite}"


class TrialResult(Frozen):
    """One trial of a search."""

    number: int
    state: str = Field(description="complete, pruned, fail, running")
    value: float | None = Field(description="dev F1 of the best epoch")
    values: Mapping[str, Any]
    curve: tuple[tuple[int, float], ...] = Field(description="epoch and dev F1")
    seconds: float | None
    error: str = ""
    code: str = Field("", description="digest of the code that computed it; empty if not recorded")
    process: str = Field("", description="token of the process that worked on it (see `processes.py`)")


class SearchResult(Frozen):
    """The search of one method on one dataset."""

    method: str
    dataset: str
    budget: int
    space: Mapping[str, str]
    trials: tuple[TrialResult, ...]
    importance: Mapping[str, float] = Field(description="share of the variance of dev F1 that a setting explains")

    @property
    def best(self) -> TrialResult | None:
        """The complete trial with the highest dev F1; at ties, the earliest."""
        complete = [trial for trial in self.trials if trial.state == "complete" and trial.value is not None]
        return max(complete, key=lambda trial: (trial.value or 0.0, -trial.number)) if complete else None

    def count(self, state: str) -> int:
        """Number of trials in a state."""
        return sum(trial.state == state for trial in self.trials)

    @property
    def counted(self) -> int:
        """Number of trials that count toward the budget: complete or pruned."""
        return self.count("complete") + self.count("pruned")

    def progress(self, alive: Container[int] | None = None) -> str:
        """`7 of 7 trials count`, or `5 of 8 trials count: 2 failed, 1 running`.

        Args:
            alive: numbers of the trials that a process works on; other running ones are reported as interrupted. None
                if not checked.
        """
        running = [trial.number for trial in self.trials if trial.state == "running"]
        active = len(running) if alive is None else sum(number in alive for number in running)
        begun = self.counted + self.count("fail") + len(running)
        parts = {"failed": self.count("fail"), "running": active, "interrupted": len(running) - active}
        parts["not begun"] = max(0, self.budget - begun)
        rest = ", ".join(f"{number} {state}" for state, number in parts.items() if number)
        return f"{self.counted} of {self.budget} trials count" + (f": {rest}" if rest else "")


class TuningFile(Frozen):
    """`<out>/tuning/<suite>/results.json`."""

    suite: str
    searches: tuple[SearchResult, ...]


def save_results(folder: Path, suite: str, searches: Sequence[SearchResult]) -> TuningFile:
    """Add searches to `results.json`, and return its whole content.

    Raises:
        StoreError: The existing file is damaged.
    """
    new = {(search.method, search.dataset): search for search in searches}
    with locked(folder / _LOCK):  # another process may be adding searches
        old = load_results(folder)
        others = [s for s in old.searches if (s.method, s.dataset) not in new] if old is not None else []
        content = TuningFile(suite=suite, searches=(*others, *new.values()))
        write_atomically(folder / RESULTS, content.model_dump_json(indent=1))
    return content


def load_results(folder: Path) -> TuningFile | None:
    """Read `results.json`; None if there is none.

    Raises:
        DamagedFileError: The file is damaged.
    """
    path = folder / RESULTS
    require_inside(folder, path, StoreError)
    content = read_stored(path)
    if content is None:
        return None
    try:
        return parse_stored(TuningFile, content, "results of a search")
    except ValueError as error:
        raise DamagedFileError(Damage(path, str(error), "delete it; `benchmark tune` writes it again")) from error


def load_searches(out: Path, log: DamageLog | None = None) -> list[TuningFile]:
    """All searches of a results folder.

    Args:
        out: the folder.
        log: receives damaged files, which are then skipped; None to raise instead.

    Raises:
        StoreError: A file is damaged, or a link leads out of the folder.
    """
    files = []
    try:
        paths = sorted(store_path(out, TUNING).rglob(RESULTS))
    except StoreError as error:
        if log is None:
            raise
        log.add(damage_of(error, out / TUNING))
        return []
    for path in paths:
        try:
            files += _load_valid(out, path)
        except StoreError as error:
            if log is None:
                raise
            log.add(damage_of(error, path))
    return files


def _load_valid(out: Path, path: Path) -> list[TuningFile]:
    """The content of a file, as a list; empty if the file has vanished."""
    searches = load_results(store_path(out, *path.relative_to(out).parts).parent)
    if searches is None:
        return []
    if searches.suite != path.parent.relative_to(out / TUNING).as_posix():
        reason = f"not results of a search: {one_line(searches.suite)!r} is not the name of its folder"
        raise DamagedFileError(Damage(path, reason, "move the folder away"))
    if not is_finite([dict(trial.values) for search in searches.searches for trial in search.trials]):
        raise DamagedFileError(Damage(path, "not results of a search: a number that is not finite", "delete it"))
    return [searches]
