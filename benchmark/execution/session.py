"""Resolves flags to a grid of runs, for `plan` and `run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mnerbench.benchmark.planning.expand import Grid, encoder_of, expand
from mnerbench.benchmark.planning.installed_code import with_installed_code
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.missing import lacking_lines
from mnerbench.benchmark.planning.overrides import GridFlags, parse_inputs, resolve_suite
from mnerbench.benchmark.planning.pending import Rerun, to_do
from mnerbench.benchmark.planning.resolve import resolve
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.resources.fitting import without_misfits
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.resources.precision import measured_precision, with_precision
from mnerbench.benchmark.results.manifest import NotRun, SuiteManifest
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.needs import Need, Needs, unique
from mnerbench.methods.encoders.remote_code import unused_flag_warning, warning
from mnerbench.methods.encoders.source import unfetched
from mnerbench.methods.registry import methods


@dataclass(frozen=True)
class Session:
    """A resolved invocation.

    Attributes:
        grid: all runs.
        resources: corpora, encoders and inputs of this machine.
        store: the results folder.
        rerun: which runs to execute.
    """

    grid: Grid
    resources: LocalResources
    store: RunStore
    rerun: Rerun

    def to_do(self) -> list[Job]:
        """The pending runs, according to the records now on disk."""
        return to_do(self.grid.jobs, self.store, self.rerun)


def open_session(flags: GridFlags, **machine: Any) -> Session:
    """Resolve all flags before any training.

    Args:
        flags: flags of the grid.
        machine: further fields of `RunPaths`.

    Raises:
        MissingInputError: no run of the suite can be executed.
    """
    paths = run_paths(flags, **machine)
    resources = LocalResources(paths)
    suite, reasons = with_precision(resolve_suite(flags), partial(measured_precision, paths))
    grid = without_misfits(expand(suite, resources, methods()), resources)
    _check_inputs(parse_inputs(flags.inputs), suite)
    if not grid.jobs:
        lacking = {row: (*needs, *_unfetched(suite, row, paths)) for row, needs in grid.lacking.items()}
        raise MissingInputError("\n".join(["nothing of this suite can be run:", *lacking_lines(lacking)]))
    return Session(with_installed_code(_explained(grid, reasons)), resources, RunStore(flags.out), Rerun(flags.rerun))


def _explained(grid: Grid, reasons: Mapping[str, str]) -> Grid:
    """The grid whose runs say why `auto` became their precision, by method."""

    def explained(job: Job) -> Job:
        reason = reasons.get(job.spec.method, "") if job.spec.training is not None else ""
        return replace(job, spec=job.spec.model_copy(update={"auto_precision": reason})) if reason else job

    return replace(grid, jobs=tuple(map(explained, grid.jobs)))


def run_paths(flags: GridFlags, **machine: Any) -> RunPaths:
    """Resolve the folders of the flags.

    Args:
        flags: flags of the grid.
        machine: further fields of `RunPaths`.
    """
    return RunPaths.resolve(
        data=flags.data,
        models=flags.models,
        out=flags.out,
        cache=flags.cache,
        trust_remote_code=flags.trust_remote_code,
        **machine,
    )


def trust_lines(grid: Grid, resources: LocalResources) -> list[str]:
    """Warnings on encoders that run Python files of their own; empty unless the user trusts remote code."""
    if not resources.paths.trust_remote_code:
        return []
    names = dict.fromkeys(job.encoder for job in grid.jobs if job.encoder is not None)
    sources = [resources.encoder(name) for name in names]
    lines = [warning(source.name, source.folder) for source in sources if source.remote_code and source.folder]
    return lines or [unused_flag_warning()]


def buildable_grid(session: Session) -> Grid:
    """The session's grid without pending runs whose methods cannot be built, as far as this can be checked now."""
    jobs = [job for job in session.to_do() if job.encoder is not None]
    if not jobs:
        return session.grid
    # Imported late: this loads torch.
    from mnerbench.benchmark.execution.quiet import quiet_transformers
    from mnerbench.benchmark.training.build_check import without_unbuildable

    quiet_transformers()
    return without_unbuildable(session.grid, jobs, session.resources)


def _unfetched(suite: Suite, row: str, paths: RunPaths) -> Needs:
    """Encoders of a row that are not on this machine; no network is asked for them, since nothing can run."""
    method, _, _ = row.rpartition(" on ")
    needs: list[Need] = []
    for part in suite.resolved_parts:
        if method in part.methods and (encoder := encoder_of(part, resolve(method, part, methods()))) is not None:
            needs += filter(None, [unfetched(encoder, paths.models)])
    return unique(needs)


def _check_inputs(sources: Mapping[str, str], suite: Suite) -> None:
    """Raise if `--input` names a source that no method of the suite reads, whether it can run or not.

    Raises:
        ConfigError: no method of the suite reads such an input, or each method that does fixes its own source.
    """
    if not sources:
        return
    read: dict[str, set[str]] = {}
    for part in suite.resolved_parts:
        for method in (resolve(name, part, methods()) for name in part.methods):
            for kind in method.config.inputs:
                read.setdefault(kind.value, set()).add(method.sources.get(kind, ""))
    for kind_name, value in sources.items():
        if kind_name not in read:
            raise ConfigError(
                f"--input {kind_name}=...: none of {', '.join(suite.all_names)} reads {kind_name}\n  -> leave it out"
            )
        if value not in read[kind_name]:
            raise ConfigError(
                f"--input {kind_name}={value}: all methods that read {kind_name} fix their own source: "
                f"{', '.join(sorted(read[kind_name]))}\n"
                "  -> for another source, define a variant with `sources` in a suite file (docs/suites.md)"
            )


def suite_manifest(grid: Grid) -> SuiteManifest:
    """The manifest of a grid, which the results folder stores."""
    suite = grid.suite
    specs_of: dict[str, tuple[RunSpec, ...]] = {}
    for job in grid.jobs:
        specs_of[job.spec.identity] = (*specs_of.get(job.spec.identity, ()), job.spec)
    return SuiteManifest(
        suite=suite.name,
        title=suite.title,
        baseline=suite.baseline,
        runs={identity: specs[0] for identity, specs in specs_of.items()},
        aliases={identity: specs[1:] for identity, specs in specs_of.items() if specs[1:]},
        not_run={
            row: NotRun(reason="\n".join(need.brief for need in needs), seeds=suite.seeds)
            for row, needs in grid.lacking.items()
        },
        looks=suite.looks,
    )
