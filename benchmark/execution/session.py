"""From flags to a grid: what `plan` and `run` share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mnerbench.benchmark.planning.expand import Grid, encoder_name, expand
from mnerbench.benchmark.planning.installed_code import with_installed_code
from mnerbench.benchmark.planning.missing import lacking_lines
from mnerbench.benchmark.planning.overrides import GridFlags, parse_inputs, resolve_suite
from mnerbench.benchmark.planning.pending import Rerun, Task, to_do
from mnerbench.benchmark.planning.resolve import resolve
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.resources.fitting import without_misfits
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.manifest import NotRun, SuiteManifest
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.needs import Need, Needs, unique
from mnerbench.datasets.pretrained import models_dir
from mnerbench.methods.encoders.remote_code import unused_flag_warning, warning
from mnerbench.methods.encoders.source import unfetched
from mnerbench.methods.registry import methods


@dataclass(frozen=True)
class Session:
    """A resolved invocation."""

    grid: Grid
    materials: LocalResources
    store: RunStore
    rerun: Rerun

    def to_do(self) -> list[Task]:
        """The runs that are to do, by the records as they are now."""
        return to_do(self.grid.jobs, self.store, self.rerun)


def open_session(flags: GridFlags, **machine: Any) -> Session:
    """Resolve everything before anything is trained.

    Args:
        flags: what was given.
        machine: further fields of `RunPaths`.

    Raises:
        MissingInputError: nothing of the suite can be run.
    """
    places = RunPaths.resolve(
        data=flags.data,
        models=flags.models,
        out=flags.out,
        cache=flags.cache,
        trust_remote_code=flags.trust_remote_code,
        **machine,
    )
    materials = LocalResources(places)
    suite = resolve_suite(flags)
    grid = without_misfits(expand(suite, materials, methods()), materials)
    _check_inputs(parse_inputs(flags.inputs), grid, suite)
    if not grid.jobs:
        lacking = {row: (*needs, *_unfetched(suite, row, places)) for row, needs in grid.lacking.items()}
        raise MissingInputError("\n".join(["nothing of this suite can be run:", *lacking_lines(lacking)]))
    return Session(with_installed_code(grid), materials, RunStore(flags.out), Rerun(flags.rerun))


def trust_lines(grid: Grid, materials: LocalResources) -> list[str]:
    """What is said of encoders whose own code is run; nothing unless the user trusts it."""
    if not materials.places.trust_remote_code:
        return []
    names = dict.fromkeys(job.encoder for job in grid.jobs if job.encoder is not None)
    sources = [materials.encoder(name) for name in names]
    lines = [warning(one.name, one.folder) for one in sources if one.remote_code and one.folder is not None]
    return lines or [unused_flag_warning()]


def checked_builds(session: Session) -> Grid:
    """The grid of a session without what is to do and cannot be built, as far as that can be known now."""
    jobs = [task.job for task in session.to_do() if task.job.encoder is not None]
    if not jobs:
        return session.grid
    # Late: this is where torch comes in.
    from mnerbench.benchmark.execution.quiet import quiet_transformers
    from mnerbench.benchmark.training.build_check import without_unbuildable

    quiet_transformers()
    return without_unbuildable(session.grid, jobs, session.materials)


def _unfetched(suite: Suite, row: str, places: RunPaths) -> Needs:
    """Encoders of a row that are not on this machine. Nobody asked a network for them, since nothing can run."""
    method, _, _ = row.rpartition(" on ")
    needs: list[Need] = []
    for part in suite.resolved_parts:
        if method in part.methods and (under := encoder_name(part, resolve(method, part, methods()))) is not None:
            needs += filter(None, [unfetched(under, places.models)])
    return unique(needs)


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


def grid_file(grid: Grid) -> SuiteManifest:
    """What the results folder keeps of a grid."""
    suite = grid.suite
    named: dict[str, tuple[RunSpec, ...]] = {}
    for job in grid.jobs:
        named[job.spec.identity] = (*named.get(job.spec.identity, ()), job.spec)
    return SuiteManifest(
        suite=suite.name,
        title=suite.title,
        baseline=suite.baseline,
        runs={identity: specs[0] for identity, specs in named.items()},
        aliases={identity: specs[1:] for identity, specs in named.items() if specs[1:]},
        not_run={
            row: NotRun(reason="\n".join(need.brief for need in needs), seeds=suite.seeds)
            for row, needs in grid.lacking.items()
        },
    )
