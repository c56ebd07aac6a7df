"""From flags to a grid: what `plan` and `run` share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mnerbench.benchmark.cli.flags import GridFlags, parse_inputs, resolve_suite
from mnerbench.benchmark.grid import Grid, expand
from mnerbench.benchmark.installed_code import with_installed_code
from mnerbench.benchmark.materials import Materials
from mnerbench.benchmark.records import RunStore
from mnerbench.benchmark.requested import GridFile, NotRun
from mnerbench.benchmark.spec import RunSpec
from mnerbench.benchmark.suite import Suite
from mnerbench.benchmark.supplies import Places
from mnerbench.benchmark.todo import Rerun, Task, to_do
from mnerbench.datasets.catalog import cache_dir, data_dir
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.pretrained import models_dir
from mnerbench.methods.registry import methods


@dataclass(frozen=True)
class Session:
    """A resolved invocation."""

    grid: Grid
    materials: Materials
    store: RunStore
    rerun: Rerun

    def to_do(self) -> list[Task]:
        """The runs that are to do, by the records as they are now."""
        return to_do(self.grid.jobs, self.store, self.rerun)


def open_session(flags: GridFlags, **machine: Any) -> Session:
    """Resolve everything before anything is trained.

    Args:
        flags: what was given.
        machine: further fields of `Places`.

    Raises:
        MissingInputError: nothing of the suite can be run.
    """
    folders = (data_dir(flags.data), models_dir(flags.models), flags.out, cache_dir(flags.cache))
    places = Places(*folders, **machine)
    materials = Materials(places)
    suite = resolve_suite(flags)
    grid = expand(suite, materials, methods())
    _check_inputs(parse_inputs(flags.inputs), grid, suite)
    if not grid.jobs:
        reasons = list(dict.fromkeys(grid.not_run.values()))
        raise MissingInputError("nothing of this suite can be run:\n" + "\n".join(reasons))
    return Session(with_installed_code(grid), materials, RunStore(flags.out), Rerun(flags.rerun))


def _check_inputs(given: Mapping[str, str], grid: Grid, suite: Suite) -> None:
    """A source that nothing reads is a mistake, like a setting that nothing has.

    Raises:
        ConfigError: no chosen method reads such an input, or each that does has a source of its own.
    """
    read: dict[str, set[str]] = {}
    for job in grid.jobs:
        for kind, source in job.spec.dataset.sources.items():
            read.setdefault(kind, set()).add(source)
    for kind in given:
        if kind not in read and not grid.not_run:
            raise ConfigError(
                f"--input {kind}=...: none of {', '.join(suite.all_names)} reads {kind}\n  -> leave it out"
            )
        if kind in read and not read[kind] & {one.strip() for one in given[kind].split("|")}:
            raise ConfigError(
                f"--input {kind}={given[kind]}: all that read {kind} name a source of their own: "
                f"{', '.join(sorted(read[kind]))}\n"
                "  -> another one is a variant in a suite file, with `sources` (docs/suites.md)"
            )


def grid_file(grid: Grid) -> GridFile:
    """What the results folder keeps of a grid."""
    suite = grid.suite
    named: dict[str, tuple[RunSpec, ...]] = {}
    for job in grid.jobs:
        named[job.spec.identity] = (*named.get(job.spec.identity, ()), job.spec)
    return GridFile(
        suite=suite.name,
        title=suite.title,
        baseline=suite.baseline,
        runs={identity: specs[0] for identity, specs in named.items()},
        aliases={identity: specs[1:] for identity, specs in named.items() if specs[1:]},
        not_run={name: NotRun(reason=reason, seeds=suite.seeds) for name, reason in grid.not_run.items()},
    )
