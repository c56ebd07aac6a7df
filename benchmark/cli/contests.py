"""From flags to searches: which methods on which data, where each looks, and what they need."""

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
from mnerbench.benchmark.planning.suite import Suite, override
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
from mnerbench.datasets.catalog import cache_dir, data_dir
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.needs import Needs
from mnerbench.datasets.pretrained import models_dir
from mnerbench.methods.registry import methods


@dataclass(frozen=True)
class MethodSearches:
    """All searches of a command.

    Attributes:
        suite: as asked for.
        each: a search per method and dataset.
        materials: what runs are made from; trials go into `<out>/tuning/<suite>/trials`.
        out: the results folder.
        seed: of every trial's training.
        lacking: what cannot be searched (`method on dataset`), and what it needs.
        counting: methods of the suite that are not trained.
        processes: this process among those that work on the folder.
    """

    suite: Suite
    each: tuple[MethodSearch, ...]
    materials: LocalResources
    out: Path
    seed: int
    lacking: dict[str, Needs]
    counting: tuple[str, ...]
    processes: Processes

    @property
    def folder(self) -> Path:
        """Where everything about them is kept."""
        return self.out / TUNING / self.suite.name


def open_searches(
    flags: GridFlags, work: WorkFlags, wishes: tuple[str, ...], asked: tuple[str | None, int, int], screen: Console
) -> MethodSearches:
    """Resolve everything before anything is trained.

    Args:
        flags: of the suite.
        work: how runs are done.
        wishes: `--search`.
        asked: storage, trials of each method, seed of their training.
        screen: shows what cannot be searched, and how inputs are made.

    Raises:
        ConfigError: a flag is wrong.
        MissingInputError: nothing can be searched.
        StoreError: what earlier commands left in the folder is damaged.
    """
    storage, trials, seed = asked
    folders = (data_dir(flags.data), models_dir(flags.models), flags.out, cache_dir(flags.cache))
    places = RunPaths(*folders, trust_remote_code=flags.trust_remote_code, **work.places)
    materials, suite = LocalResources(places), resolve_suite(flags)
    searched = parse_search(wishes)
    pairs = [(one, method, dataset) for one in suite.grids for method in one.methods for dataset in suite.datasets]
    trained = [pair for pair in pairs if resolve(pair[1], pair[0], methods()).training is not None]
    counting = tuple(dict.fromkeys(pair[1] for pair in pairs if pair not in trained))
    if flags.methods is not None and counting:
        names = ", ".join(counting)
        raise ConfigError(f"{names}: a method that counts has nothing to search\n  -> leave it out of --methods")
    if strangers := sorted(searched.keys() - {TRAINING, *(method for _, method, _ in trained)}):
        raise ConfigError(f"--search {strangers[0]}: not searched here\n  -> training, or one of --methods")
    folder = flags.out / TUNING / suite.name
    check_store(folder, 0)
    _check_results(folder, [dataset for _, _, dataset in trained])
    opened, processes = open_storage(storage, folder), Processes(folder)
    installed = installed_code(resolve(pair[1], pair[0], methods()).entry.family.name for pair in trained)
    contests, lacking, told = [], dict[str, Needs](), set[str]()
    for one, method, dataset in trained:
        alone = _alone(one, method, dataset, seed)
        grid = without_misfits(expand(alone, materials, methods()), materials)
        for text in set(trust_lines(grid, materials)) - told:
            told.add(text)
            screen.print(text, markup=False, style="red")
        if grid.jobs:
            grid = prepare(grid, grid.jobs, materials, screen)
        if grid.jobs:
            grid = without_unbuildable(grid, grid.jobs, materials)
        if not grid.jobs:
            lacking |= grid.lacking
            continue
        own = {f"{PREFIX}{key}": where for key, where in searched.get(TRAINING, {}).items()}
        space = space_of(chosen := resolve(method, alone, methods()), {**own, **searched.get(method, {})})
        check_width_is_free(method, chosen.config, alone, space)
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
        search.begin_with(defaults(chosen, space))
        contests.append(MethodSearch(method, dataset, alone, search, installed[chosen.entry.family.name]))
    if not contests:
        raise MissingInputError("\n".join(["nothing can be searched:", *lacking_lines(lacking, "not searched")]))
    return MethodSearches(suite, tuple(contests), materials, flags.out, seed, lacking, counting, processes)


def _check_results(folder: Path, datasets: Iterable[str]) -> None:
    """Read what the search will add to once it is over, so that a damaged file is not found only then."""
    load_results(folder)
    for dataset in dict.fromkeys(datasets):
        read_tuned_suite(tuned_path(folder, dataset))


def _alone(suite: Suite, method: str, dataset: str, seed: int) -> Suite:
    """A suite with one method on one dataset."""
    variants = {name: own for name, own in suite.model_dump(mode="json")["variants"].items() if name == method}
    settings = {name: dict(said) for name, said in suite.settings.items() if name == method}
    changes = {"methods": [method], "datasets": [dataset], "seeds": [seed], "transfer": False}
    return override(suite, {**changes, "train_tweets": ["all"], "variants": variants, "settings": settings})
