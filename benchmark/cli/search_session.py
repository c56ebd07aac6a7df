"""The searches of a `tune` command: resolved from its flags, and their results as files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from mnerbench.benchmark.execution.flags import ExecutionFlags
from mnerbench.benchmark.execution.session import run_paths, trust_lines
from mnerbench.benchmark.planning.expand import Grid, expand
from mnerbench.benchmark.planning.installed_code import installed_code
from mnerbench.benchmark.planning.missing import lacking_lines
from mnerbench.benchmark.planning.overrides import TRAINING, GridFlags, resolve_suite
from mnerbench.benchmark.planning.resolve import check_width_is_free, resolve
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.resources.disk import check_store
from mnerbench.benchmark.resources.fitting import without_misfits
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.precision import measured_precision, with_precision
from mnerbench.benchmark.resources.prepare_features import prepare
from mnerbench.benchmark.results.code_state import code_digest
from mnerbench.benchmark.results.lock_files import locked
from mnerbench.benchmark.results.search_results import TUNING, SearchResult, TuningFile, load_results, save_results
from mnerbench.benchmark.tracking.mlflow import store_name
from mnerbench.benchmark.training.build_check import without_unbuildable
from mnerbench.benchmark.tuning.collect import collect
from mnerbench.benchmark.tuning.processes import Processes
from mnerbench.benchmark.tuning.search_space import defaults, is_searchable, parse_search, space_in
from mnerbench.benchmark.tuning.storage import open_storage, storage_errors
from mnerbench.benchmark.tuning.study import Search
from mnerbench.benchmark.tuning.suite_file import read_tuned_suite, tuned_path, tuned_suite, write_tuned_suite
from mnerbench.benchmark.tuning.tuner import MethodSearch
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.needs import Needs
from mnerbench.methods.registry import methods

_SUITES_LOCK = ".suites.lock"


@dataclass(frozen=True)
class SearchFlags:
    """The flags of `tune` about the search.

    Attributes:
        overrides: values of `--search`.
        storage: URL of an Optuna storage; None for a journal in the results folder.
        trials: total number of trials per method and dataset.
        seed: training seed of every trial.
    """

    overrides: tuple[str, ...]
    storage: str | None
    trials: int
    seed: int


@dataclass(frozen=True)
class SearchSession:
    """All searches of a command.

    Attributes:
        suite: the resolved suite.
        searches: one per method and dataset.
        resources: local resources of the runs; trials are stored in `<out>/tuning/<suite>/trials`.
        out: the results folder.
        seed: training seed of every trial.
        lacking: what cannot be searched (`method on dataset`), with its missing inputs.
        unsearched: methods of the suite that have nothing to search.
        processes: registers this process among those that work on the folder.
    """

    suite: Suite
    searches: tuple[MethodSearch, ...]
    resources: LocalResources
    out: Path
    seed: int
    lacking: dict[str, Needs]
    unsearched: tuple[str, ...]
    processes: Processes

    @property
    def folder(self) -> Path:
        """The folder of these searches."""
        return self.out / TUNING / self.suite.name

    def headlines(self) -> list[str]:
        """Describe the searches: trials so far, and the search space of each method."""
        count = len(self.searches)
        number = "1 search" if count == 1 else f"{count} searches"
        lines = [f"{self.suite.name}: {number}; seed {self.seed}; test is not read"]
        spaces: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for entry in self.searches:
            search, states = entry.search, entry.search.states
            # In a study of an older version the first trial waits in the storage before a process takes it.
            progress = ", ".join(f"{trials} {state}" for state, trials in states.items() if state != "waiting")
            so_far = f", of them {progress}" if progress else ""
            lines.append(f"{entry.method} on {entry.dataset}: {search.budget} trials{so_far}")
            space = tuple(f"  {key}: {domain}" for key, domain in search.space.items())
            spaces.setdefault((entry.method, space), []).append(entry.dataset)
        for (method, space), datasets in spaces.items():
            lines += [f"settings of {method} on {', '.join(datasets)}:", *space]
        return lines

    def other_code_lines(self) -> Iterator[str]:
        """Yield a line per search that continues with other code than it started with."""
        for entry in self.searches:
            count = entry.search.of_other_code(code_digest(entry.code)) if entry.code else 0
            if count:
                trials = "1 trial was" if count == 1 else f"{count} trials were"
                yield (
                    f"{entry.method} on {entry.dataset}: {trials} computed by other code than is installed; their "
                    "scores are kept\n  -> another --out starts a new search"
                )

    def save(self) -> tuple[list[SearchResult], TuningFile]:
        """Save the results so far.

        Returns:
            The results of these searches, and the content of the file, also with searches of other commands.
        """
        results = [collect(entry) for entry in self.searches]
        return results, save_results(self.folder, self.suite.name, results)

    def write_suites(self, results: list[SearchResult]) -> list[Path]:
        """Write a suite file per dataset with the methods that have a best trial.

        Args:
            results: one per search.
        """
        files = []
        for dataset in dict.fromkeys(entry.dataset for entry in self.searches):
            best = [
                (entry, result.best)
                for entry, result in zip(self.searches, results, strict=True)
                if entry.dataset == dataset and result.best is not None
            ]
            if best:
                path = tuned_path(self.folder, dataset)
                with locked(self.folder / _SUITES_LOCK):  # another process may be adding its methods
                    content = tuned_suite(self.suite, dataset, best, self.unsearched, read_tuned_suite(path))
                    write_tuned_suite(path, content)
                files.append(path)
        return files


def open_search_session(
    flags: GridFlags, execution: ExecutionFlags, search: SearchFlags, screen: Console
) -> SearchSession:
    """Resolve every search before anything is trained.

    Args:
        flags: flags that name the suite.
        execution: flags of the execution.
        search: flags of the search.
        screen: console for the preparation of inputs.

    Raises:
        ConfigError: a flag is invalid.
        MissingInputError: nothing can be searched.
        StoreError: a file of an earlier search is damaged.
    """
    resources = LocalResources(run_paths(flags, **execution.machine_settings))
    suite, _ = with_precision(resolve_suite(flags), partial(measured_precision, resources.paths))
    spaces = parse_search(search.overrides)
    triples = [
        (part, method, dataset) for part in suite.resolved_parts for method in part.methods for dataset in part.datasets
    ]
    searched = [triple for triple in triples if is_searchable(resolve(triple[1], triple[0], methods()), spaces)]
    unsearched = tuple(dict.fromkeys(triple[1] for triple in triples if triple not in searched))
    if flags.methods is not None and unsearched:
        raise ConfigError(f"{', '.join(unsearched)}: nothing to search\n  -> leave it out of --methods")
    if unknown_keys := sorted(spaces.keys() - {TRAINING, *(method for _, method, _ in searched)}):
        raise ConfigError(f"--search {unknown_keys[0]}: not searched here\n  -> training, or one of --methods")
    folder = flags.out / TUNING / suite.name
    check_store(folder, 0)
    _check_results(folder, [dataset for _, _, dataset in searched])
    storage, processes = open_storage(search.storage, folder), Processes(folder)
    installed = installed_code(resolve(method, part, methods()).entry.family.name for part, method, _ in searched)
    searches, lacking, warned = [], dict[str, Needs](), set[str]()
    for part, method, dataset in searched:
        single = _single_run_suite(part, method, dataset, search.seed)
        grid = _searchable(single, resources, screen, warned)
        if not grid.jobs:
            lacking |= grid.lacking
            continue
        resolved = resolve(method, single, methods())
        space = space_in(part, resolved, spaces)
        check_width_is_free(method, resolved.config, single, space)
        with storage_errors(f"the search of {suite.name}"):
            study = Search(
                f"{suite.name}/{method}/{dataset}/{grid.jobs[0].spec.identity}",
                storage,
                space,
                budget=search.trials,
                seed=search.seed,
                owner=store_name(flags.out),
                processes=processes,
                remote=search.storage is not None,
            )
        study.begin_with(defaults(resolved, space))
        searches.append(MethodSearch(method, dataset, single, study, installed[resolved.entry.family.name]))
    if not searches:
        raise MissingInputError("\n".join(["nothing can be searched:", *lacking_lines(lacking, "not searched")]))
    return SearchSession(suite, tuple(searches), resources, flags.out, search.seed, lacking, unsearched, processes)


def _searchable(single: Suite, resources: LocalResources, screen: Console, warned: set[str]) -> Grid:
    """Expand a suite of one run and prepare its inputs; the grid has no job if it cannot be built.

    Args:
        single: suite of one run.
        resources: local resources of the run.
        screen: console for the progress.
        warned: warnings about remote code that were printed before; extended.
    """
    grid = without_misfits(expand(single, resources, methods()), resources)
    for text in set(trust_lines(grid, resources)) - warned:
        warned.add(text)
        screen.print(text, markup=False, style="red")
    if grid.jobs:
        grid = prepare(grid, grid.jobs, resources, screen)
    if grid.jobs:
        grid = without_unbuildable(grid, grid.jobs, resources)
    return grid


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
    whole = {"train_tweets": ("all",), "limit_test": None, "diagnosis": True}
    return suite.model_copy(update={**changes, **whole, "variants": variants, "settings": settings})
