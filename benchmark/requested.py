"""What suites asked for, kept beside the records in `<out>/suites/<suite>.json`, so that a report can name gaps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from filelock import FileLock
from pydantic import Field, ValidationError

from mnerbench.benchmark.records import write_atomically
from mnerbench.benchmark.spec import Frozen, RunSpec, transfer_title
from mnerbench.datasets.errors import StoreError


class NotRun(Frozen):
    """Why a method was not run on a dataset, and with which seeds it should have been."""

    reason: str
    seeds: tuple[int, ...]


class GridFile(Frozen):
    """What a suite asked for, kept beside the records so that a report can say what is still missing.

    Stored as `<out>/suites/<suite>.json`; a later `run` of the suite with other methods or seeds adds to it.
    """

    suite: str
    title: str
    baseline: str | None
    runs: Mapping[str, RunSpec] = Field(description="by identity")
    aliases: Mapping[str, tuple[RunSpec, ...]] = Field(
        default_factory=dict, description="by identity: the same run asked for under a further name or protocol"
    )
    not_run: Mapping[str, NotRun] = Field(default_factory=dict, description="by `method on dataset`")

    def plans(self) -> Iterator[tuple[str, RunSpec]]:
        """Every run under every name and protocol that it was asked for, with its identity."""
        for identity, spec in self.runs.items():
            for named in (spec, *self.aliases.get(identity, ())):
                yield identity, named

    def over(self, old: GridFile) -> GridFile:
        """This grid added to an older one of the same suite: nothing that was asked for is forgotten."""
        names: dict[str, dict[tuple[str, ...], RunSpec]] = {}
        for identity, spec in [*self.plans(), *old.plans()]:
            named = names.setdefault(identity, {})
            name = (spec.method, spec.dataset.name, spec.protocol)
            named[name] = named[name].also_on(spec.transfer) if name in named else spec
        plans = {identity: tuple(specs.values()) for identity, specs in names.items()}
        possible = {
            f"{spec.method} on {transfer_title(spec.dataset, other)}"
            for _, spec in self.plans()
            for other in (spec.dataset, *spec.transfer)
        }
        return self.model_copy(
            update={
                "runs": {identity: specs[0] for identity, specs in plans.items()},
                "aliases": {identity: specs[1:] for identity, specs in plans.items() if specs[1:]},
                "not_run": {k: why for k, why in old.not_run.items() if k not in possible} | dict(self.not_run),
            }
        )


def grid_path(root: Path, suite: str) -> Path:
    """Where the grid of a suite is kept.

    Raises:
        StoreError: the name leads out of the folder.
    """
    path = root / "suites" / f"{suite}.json"
    if not path.resolve().is_relative_to((root / "suites").resolve()):
        raise StoreError(f"{suite!r} is not the name of a suite: it leads out of {root}\n  -> remove its grid file")
    return path


def load_grids(root: Path) -> list[GridFile]:
    """The grids kept in a results folder.

    Raises:
        StoreError: a file is not a grid.
    """
    return [_load_grid(path) for path in sorted((root / "suites").rglob("*.json"))]


def _load_grid(path: Path) -> GridFile:
    try:
        return GridFile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise StoreError(
            f"{path}: not the grid of a suite: {error}\n  -> move it away and run the suite again"
        ) from error


def save_grid(root: Path, grid: GridFile) -> None:
    """Merge a grid into what the folder already holds of that suite, and write it.

    Raises:
        StoreError: the folder cannot be written, or holds a file that is not a grid.
    """
    path = grid_path(root, grid.suite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent}: {error.strerror or error}\n  -> choose another place") from error
    # Two commands on one folder may add to the same suite at the same time.
    with FileLock(path.with_name(f".{path.name}.lock")):
        merged = grid.over(_load_grid(path)) if path.is_file() else grid
        write_atomically(path, json.dumps(merged.model_dump(mode="json"), indent=1))
