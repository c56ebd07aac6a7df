"""Digests of the source code that computes runs: of the method and of the training loop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mnerbench.benchmark.planning.expand import Grid
from mnerbench.methods.base.family import MethodFamily
from mnerbench.methods.registry import methods
from mnerbench.methods.sources import Sources, defining_packages

# Further modules between data and predictions. Only those that compute: an edit in any of them marks all runs as stale.
_DATA = ("mnerbench.datasets.seeds", "mnerbench.datasets.subsets", "mnerbench.datasets.tagging")
_TRAINING = (
    "mnerbench.benchmark.training.build",
    "mnerbench.benchmark.training.predict",
    "mnerbench.benchmark.training.prefetch",
    "mnerbench.benchmark.training.gradient",
    "mnerbench.benchmark.training.optimizer",
    "mnerbench.benchmark.training.trainer",
    "mnerbench.datasets.batching",
    "mnerbench.methods.encoders.choice",
    "mnerbench.methods.encoders.scratch",
)
_PROMPTED = (
    "mnerbench.benchmark.external.entities",
    "mnerbench.benchmark.external.formats.entity_items",
    "mnerbench.benchmark.external.spelling",
    "mnerbench.benchmark.external.type_names",
    "mnerbench.benchmark.training.answers",
    "mnerbench.benchmark.training.prompted_run",
    "mnerbench.datasets.chat.pictures",
    "mnerbench.datasets.chat.request",
)
# The sources that this process has loaded; the files may change while it trains.
_running = Sources()


def running_code(family: MethodFamily) -> dict[str, str]:
    """Digests of the loaded sources with which this process computes a method, by module.

    Call this right after importing the method: later changes on disk do not affect this process.
    """
    _keep_loaded(family)
    return _code(family, _running)


def installed_code(families: Iterable[str]) -> dict[str, dict[str, str]]:
    """Digests of the sources on disk, by family and module; torch is not imported.

    Args:
        families: names of families; those that are not installed are left out.

    Raises:
        ConfigError: A package that provides methods cannot be loaded.
    """
    sources, registered = Sources(), {entry.family.name: entry.family for entry in methods()}
    return {name: _code(registered[name], sources) for name in dict.fromkeys(families) if name in registered}


def with_installed_code(grid: Grid) -> Grid:
    """The grid with the digests of the installed code in each of its jobs."""
    installed = installed_code(job.spec.family for job in grid.jobs)
    for name in installed:
        _keep_loaded(methods().family(name))  # cards were imported at start-up
    jobs = tuple(replace(job, code=installed.get(job.spec.family, {})) for job in grid.jobs)
    return replace(grid, jobs=jobs)


def _keep_loaded(family: MethodFamily) -> None:
    _running.keep_loaded((*defining_packages(family), *_TRAINING, *_PROMPTED, *_DATA))


def _code(family: MethodFamily, sources: Sources) -> dict[str, str]:
    method = sources.of_family(family)
    harness = (*_DATA, *(_TRAINING if family.is_trained else _PROMPTED if family.is_prompted else ()))
    return dict(sorted({**method, **sources.of_modules(harness)}.items())) if method else {}
