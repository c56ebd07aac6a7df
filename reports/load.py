"""What `benchmark report` reads from a results folder, and the page it makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnerbench.benchmark.results.code_state import Code
    from mnerbench.benchmark.results.damage import Damage
    from mnerbench.benchmark.results.manifest import SuiteManifest
    from mnerbench.benchmark.results.prediction_stats import PredictionStatsStore
    from mnerbench.benchmark.results.record import RunRecord
    from mnerbench.benchmark.results.search_results import TuningFile
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.reports.analysis.groups import Group
    from mnerbench.reports.analysis.leaderboard import Analysed
    from mnerbench.reports.analysis.table_data import LeaderboardTable
    from mnerbench.reports.render.html.case_data import ShownCases
    from mnerbench.reports.render.html.page import Page

    CodeByFamily = Callable[[Iterable[RunRecord]], Mapping[str, Code]]

CASES = 200  # tweets per table
ANSWERS = 100_000  # to tweets, per table, where a page is bounded


@dataclass(frozen=True)
class PageOptions:
    """Where pictures may lie, and how much of a page is about single tweets.

    Attributes:
        data: the data folder, or None for the user's.
        cache: the cache folder, or None for the user's.
        cases: most tweets per table.
        whole: leave nothing out, however large the page gets.
    """

    data: Path | None = None
    cache: Path | None = None
    cases: int = CASES
    whole: bool = False


@dataclass(frozen=True)
class Results:
    """A results folder, or some of its suites, with its tables, and the code that is installed, by family."""

    store: RunStore
    tallies: PredictionStatsStore
    records: Sequence[RunRecord]
    grids: Sequence[SuiteManifest]
    analysed: Sequence[Analysed]
    searches: Sequence[TuningFile]
    installed: Mapping[str, Code]
    verified: int | None = None  # files of predictions that scores were counted again from; None where nobody asked

    @property
    def damaged(self) -> list[Damage]:
        """What is damaged, with paths that begin in the results folder."""
        return [damage.within(self.store.root) for damage in self.store.damage]

    @property
    def tables(self) -> list[LeaderboardTable]:
        """Without what they were made from."""
        return [one.table for one in self.analysed]


def load_results(
    store: RunStore,
    suites: Sequence[str],
    baseline: str | None,
    installed_code: CodeByFamily,
    scorer: str = "conlleval",
    *,
    verify: bool = False,
) -> Results:
    """The tables of a results folder, or of some of its suites, without the runs that are damaged.

    Args:
        store: the folder; its `damage` then says what is left out.
        suites: their names; none for all.
        baseline: method that the others are compared with; None takes what the suites say.
        installed_code: asked for the code that would compute some records now, by family.
        scorer: reading by which tables are made.
        verify: count every score again from its predictions, and leave out runs whose records say something else.

    Raises:
        StoreError: the folder holds no run.
        ConfigError: a suite was not run into this folder.
    """
    from mnerbench.benchmark.results.manifest import load_grids
    from mnerbench.benchmark.results.prediction_stats import PredictionStatsStore
    from mnerbench.benchmark.results.search_results import load_searches
    from mnerbench.datasets.errors import ConfigError, StoreError, suggestion

    records, grids = list(store.records()), load_grids(store.root, store.damage)
    searches = load_searches(store.root, store.damage)
    if not records and not grids and not searches and not store.damage:
        raise StoreError(f"{store.root}: no runs here\n  -> benchmark run --suite NAME --out {store.root}")
    known = sorted({*(grid.suite for grid in grids), *(one.suite for one in searches)})
    for name in suites:
        if name not in known:
            reason = f"{store.root}: no runs of suite {name!r}{suggestion(name, known)}"
            raise ConfigError(f"{reason}\n  -> benchmark status --out {store.root}   lists its suites")
    if suites:
        grids = [grid for grid in grids if grid.suite in suites]
        records = _asked_for(records, grids)
        searches = [one for one in searches if one.suite in suites]
    tallies, installed = PredictionStatsStore(store), installed_code(records)
    verified = _verify(records, store) if verify else None
    records, analysed = _analysed(records, grids, (baseline, scorer), tallies, installed)
    return Results(store, tallies, records, grids, analysed, searches, installed, verified)


def _analysed(
    records: Sequence[RunRecord],
    grids: Sequence[SuiteManifest],
    asked: tuple[str | None, str],
    tallies: PredictionStatsStore,
    installed: Mapping[str, Code],
) -> tuple[list[RunRecord], list[Analysed]]:
    """Tables without the runs that are damaged, and the records of the others.

    Some damage is seen only while predictions are counted; the tables are then made once more.

    Args:
        records: of ended runs.
        grids: what suites asked for.
        asked: baseline and scorer.
        tallies: counts of the predictions.
        installed: code, by family.
    """
    from mnerbench.reports.analysis.leaderboard import analyse

    kept = list(records)
    while True:
        excluded = tallies.store.damage.excluded
        kept = [record for record in kept if record.identity not in excluded]
        specs = {record.identity: record.spec for record in records}
        left_out = {identity: specs.get(identity) for identity in excluded}
        analysed = analyse(kept, grids, *asked, tallies.readable, installed=installed, left_out=left_out)
        if disputed := tallies.disputed() - excluded:
            _verify([record for record in kept if record.identity in disputed], tallies.store)
        if not tallies.store.damage.excluded & {record.identity for record in kept}:
            return kept, analysed


def _verify(records: Sequence[RunRecord], store: RunStore) -> int:
    """Count the scores of runs again, note what differs, and return how many files of predictions were read."""
    from mnerbench.benchmark.results.verification import Verifier

    verifier = Verifier(store)
    for damage in [*(damage for record in records for damage in verifier.check(record)), *verifier.edited_gold()]:
        store.damage.add(damage)
    return verifier.files


def _asked_for(records: Sequence[RunRecord], grids: Sequence[SuiteManifest]) -> list[RunRecord]:
    """The records of some suites, and predictions from files that are of the same data."""
    from mnerbench.benchmark.results.spec import EXTERNAL

    wanted = {identity for grid in grids for identity in grid.runs}
    data = [dict(spec.dataset.fingerprints) for grid in grids for spec in grid.runs.values()]
    return [
        record
        for record in records
        if record.identity in wanted
        or (record.spec.family == EXTERNAL and dict(record.spec.dataset.fingerprints) in data)
    ]


def html_page(results: Results, options: PageOptions) -> Page:
    """The report as one HTML page, with pictures where the data are here."""
    from mnerbench.reports.analysis.overview import overview
    from mnerbench.reports.render.html import page
    from mnerbench.reports.render.html.fitting import MOST_BYTES

    shown = [partial(_shown, results, one.group, options) for one in results.analysed]
    held, most = overview(results.records, results.grids), None if options.whole else MOST_BYTES
    return page.html_page(results.tables, held, shown, results.searches, results.damaged, most=most)


def _shown(results: Results, group: Group, options: PageOptions) -> ShownCases | str | None:
    from mnerbench.benchmark.results.damage import DamagedFileError, damage_of
    from mnerbench.datasets.errors import StoreError
    from mnerbench.reports.analysis.cases import standing_of
    from mnerbench.reports.render.html.case_data import ShownCases
    from mnerbench.reports.render.looks import looks_of
    from mnerbench.reports.render.thumbnails import thumbnails

    try:
        standing = standing_of(group, results.store, results.tallies) if options.cases else None
        most = 0 if standing is None else _most_cases(len(standing.right), options)
        cases = None if standing is None else standing.cases(standing.contested(most))
    except DamagedFileError as error:  # scores need no predictions: somebody may have deleted them to save space
        return error.damage.within(results.store.root).text
    if cases is None:
        return None
    images = {case.tweet.image_id for case in cases.cases if case.tweet.image_id is not None}
    files = _pictures(group, images, options) if images else {}
    try:
        looks = looks_of(group, cases, results.store, files)
    except StoreError as error:
        results.store.damage.add(damage_of(error, results.store.root, excludes=False))
        looks = {}
    return ShownCases(cases, thumbnails(files), looks)


def _most_cases(places: int, options: PageOptions) -> int:
    """Most tweets of a table: fewer where very many methods and views answer each."""
    return options.cases if options.whole else min(options.cases, max(1, ANSWERS // places))


def _pictures(group: Group, images: Iterable[str], options: PageOptions) -> dict[str, Path]:
    """The picture files of some tweets, as far as the dataset is here."""
    from mnerbench.datasets.catalog import cache_dir, data_dir
    from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures
    from mnerbench.reports.analysis.scored_folder import scored_folder

    tested = group.series[0].runs[0].tested_on
    places = data_dir(options.data), cache_dir(options.cache)
    folder = scored_folder(tested.name, *places, tested.fingerprints["test"])
    return find_pictures(folder / IMAGE_FOLDER, sorted(images)) if folder is not None else {}
