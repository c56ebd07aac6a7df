"""Resolves the flags of `tune` to one search per method and dataset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from mnerbench.benchmark.cli.run_options import WorkFlags
from mnerbench.benchmark.execution.session import trust_lines
from mnerbench.benchmark.planning.expand import expand
from mnerbench.benchmark.planning.installed_code import installed_code
from mnerbench.benchmark.planning.missing import lacking_lines
from mnerbench.benchmark.planning.overrides import TRAINING, GridFlags, resolve_suite
from mnerbench.benchmark.planning.resolve import check_width_is_free, resolve
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.resources.disk import check_store
from mnerbench.benchmark.resources.fitting import without_misfits
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.resources.prepare_features import prepare
from mnerbench.benchmark.results.search_results import TUNING, load_results
from mnerbench.benchmark.tracking.mlflow import store_name
from mnerbench.benchmark.training.build_check import without_unbuildable
from mnerbench.benchmark.tuning.processes import Processes
from mnerbench.benchmark.tuning.search_space import PREFIX, defaults, parse_search, space_of
from mnerbench.benchmark.tuning.storage import open_storage, storage_errors
from mnerbench.benchmark.tuning.study import Search
from mnerbench.benchmark.tuning.suite_file import read_tuned_suite, tuned_path
from mnerbench.benchmark.tuning.tuner import MethodSearch
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.needs import Needs
from mnerbench.methods.registry import methods


@dataclass(frozen=True)
class MethodSearches:
    """All searches of a command.

    Attributes:
        suite: the resolved suite.
        searches: one per method and dataset.
        resources: local resources of the runs; trials are stored in `<out>/tuning/<suite>/trials`.
        out: the results folder.
        seed: training seed of every trial.
        lacking: what cannot be searched (`method on dataset`), with its missing inputs.
        count_based: methods of the suite that are not trained.
        processes: registers this process among those that work on the folder.
    """

    suite: Suite
    searches: tuple[MethodSearch, ...]
    resources: LocalResources
    out: Path
    seed: int
    lacking: dict[str, Needs]
    count_based: tuple[str, ...]
    processes: Processes

    @property
    def folder(self) -> Path:
        """The folder of these searches."""
        return self.out / TUNING / self.suite.name


def open_searches(
    flags: GridFlags, work: WorkFlags, overrides: tuple[str, ...], budget: tuple[str | None, int, int], screen: Console
) -> MethodSearches:
    """Resolve every search before anything is trained.

    Args:
        flags: flags that name the suite.
        work: flags of the execution.
        overrides: values of `--search`.
        budget: Optuna storage, trials per method, and training seed of the trials.
        screen: console for the preparation of inputs.

    Raises:
        ConfigError: a flag is invalid.
        MissingInputError: nothing can be searched.
        StoreError: a file of an earlier search is damaged.
    """
    storage, trials, seed = budget
    paths = RunPaths.resolve(
        data=flags.data,
        models=flags.models,
        out=flags.out,
        cache=flags.cache,
        trust_remote_code=flags.trust_remote_code,
        **work.machine_settings,
    )
    resources, suite = LocalResources(paths), resolve_suite(flags)
    spaces = parse_search(overrides)
    triples = [
        (part, method, dataset)
        for part in suite.resolved_parts
        for method in part.methods
        for dataset in suite.datasets
    ]
    trained = [triple for triple in triples if resolve(triple[1], triple[0], methods()).training is not None]
    count_based = tuple(dict.fromkeys(triple[1] for triple in triples if triple not in trained))
    if flags.methods is not None and count_based:
        names = ", ".join(count_based)
        raise ConfigError(f"{names}: a count-based method has nothing to search\n  -> leave it out of --methods")
    if unknown_keys := sorted(spaces.keys() - {TRAINING, *(method for _, method, _ in trained)}):
        raise ConfigError(f"--search {unknown_keys[0]}: not searched here\n  -> training, or one of --methods")
    folder = flags.out / TUNING / suite.name
    check_store(folder, 0)
    _check_results(folder, [dataset for _, _, dataset in trained])
    opened, processes = open_storage(storage, folder), Processes(folder)
    installed = installed_code(resolve(method, part, methods()).entry.family.name for part, method, _ in trained)
    searches, lacking, warned = [], dict[str, Needs](), set[str]()
    for part, method, dataset in trained:
        single = _single_run_suite(part, method, dataset, seed)
        grid = without_misfits(expand(single, resources, methods()), resources)
        for text in set(trust_lines(grid, resources)) - warned:
            warned.add(text)
            screen.print(text, markup=False, style="red")
        if grid.jobs:
            grid = prepare(grid, grid.jobs, resources, screen)
        if grid.jobs:
            grid = without_unbuildable(grid, grid.jobs, resources)
        if not grid.jobs:
            lacking |= grid.lacking
            continue
        training_space = {f"{PREFIX}{key}": domain for key, domain in spaces.get(TRAINING, {}).items()}
        resolved = resolve(method, single, methods())
        space = space_of(resolved, {**training_space, **spaces.get(method, {})})
        check_width_is_free(method, resolved.config, single, space)
        name = f"{suite.name}/{method}/{dataset}/{grid.jobs[0].spec.identity}"
        with storage_errors(f"the search of {suite.name}"):
            search = Search(
                *(name, opened, space),
                budget=trials,
                seed=seed,
                owner=store_name(flags.out),
                processes=processes,
                remote=storage is not None,
            )
        search.begin_with(defaults(resolved, space))
        searches.append(MethodSearch(method, dataset, single, search, installed[resolved.entry.family.name]))
    if not searches:
        raise MissingInputError("\n".join(["nothing can be searched:", *lacking_lines(lacking, "not searched")]))
    return MethodSearches(suite, tuple(searches), resources, flags.out, seed, lacking, count_based, processes)


def _check_results(folder: Path, datasets: Iterable[str]) -> None:
    """Read the files that the search will extend at its end, so that damage is reported before it begins."""
    load_results(folder)
    for dataset in dict.fromkeys(datasets):
        read_tuned_suite(tuned_path(folder, dataset))


def _single_run_suite(suite: Suite, method: str, dataset: str, seed: int) -> Suite:
    """Reduce a suite to one method on one dataset with one seed."""
    variants = {name: variant for name, variant in suite.variants.items() if name == method}
    settings = {name: values for name, values in suite.settings.items() if name == method}
    changes = {"methods": (method,), "datasets": (dataset,), "seeds": (seed,), "transfer": False}
    return suite.model_copy(update={**changes, "train_tweets": ("all",), "variants": variants, "settings": settings})
