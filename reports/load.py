"""Loading of a results folder for reports, and its HTML page."""

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
    from mnerbench.benchmark.results.record import RunRecord
    from mnerbench.benchmark.results.search_results import TuningFile
    from mnerbench.benchmark.results.stats_store import PredictionStatsStore
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.reports.analysis.groups import Group
    from mnerbench.reports.analysis.leaderboard import Analysed
    from mnerbench.reports.analysis.table_data import LeaderboardTable
    from mnerbench.reports.render.html.case_data import ShownCases
    from mnerbench.reports.render.html.page import Page

    CodeByFamily = Callable[[Iterable[RunRecord]], Mapping[str, Code]]

CASES = 200  # tweets per table
ANSWERS = 100_000  # predictions for tweets, per table of a bounded page


@dataclass(frozen=True)
class PageOptions:
    """Options of the HTML page.

    Attributes:
        data: the data folder, or None for the user's.
        cache: the cache folder, or None for the user's.
        cases: maximum number of tweets per table.
        whole: leave nothing out, however large the page becomes.
    """

    data: Path | None = None
    cache: Path | None = None
    cases: int = CASES
    whole: bool = False


@dataclass(frozen=True)
class Results:
    """The runs of a results folder, or of some of its suites, and their tables.

    Attributes:
        store: the folder.
        stats: counts of the predictions.
        records: of the runs.
        manifests: of the suites.
        analysed: the tables with their runs.
        searches: of settings.
        installed: the installed code, by family.
        verified: number of prediction files from which scores were recomputed; None without verification.
    """

    store: RunStore
    stats: PredictionStatsStore
    records: Sequence[RunRecord]
    manifests: Sequence[SuiteManifest]
    analysed: Sequence[Analysed]
    searches: Sequence[TuningFile]
    installed: Mapping[str, Code]
    verified: int | None = None

    @property
    def damaged(self) -> list[Damage]:
        """The damaged files, with paths relative to the results folder."""
        return [damage.within(self.store.root) for damage in self.store.damage]

    @property
    def tables(self) -> list[LeaderboardTable]:
        """The tables without their runs."""
        return [analysed.table for analysed in self.analysed]


def load_results(
    store: RunStore,
    suites: Sequence[str],
    baseline: str | None,
    installed_code: CodeByFamily,
    scorer: str = "conlleval",
    *,
    verify: bool = False,
    margin: float | None = None,
) -> Results:
    """Load the tables of a results folder, or of some of its suites, without damaged runs.

    Args:
        store: the folder; its `damage` lists what was left out.
        suites: names of suites; empty for all.
        baseline: method that the others are compared with; None for the suites' baseline.
        installed_code: returns the code that would compute some records now, by family.
        scorer: how labels are read as entities.
        verify: recompute every score from its predictions, and leave out runs whose records differ.
        margin: largest difference that is irrelevant, as a fraction; None for the default, half a point.

    Raises:
        StoreError: the folder has no runs.
        ConfigError: the folder has no runs of a suite.
    """
    from mnerbench.benchmark.results.manifest import load_manifests, require_suites
    from mnerbench.benchmark.results.search_results import load_searches
    from mnerbench.benchmark.results.stats_store import PredictionStatsStore
    from mnerbench.datasets.errors import StoreError

    records, manifests = list(store.records()), load_manifests(store.root, store.damage)
    searches = load_searches(store.root, store.damage)
    if not records and not manifests and not searches and not store.damage:
        raise StoreError(f"{store.root}: no runs here\n  -> benchmark run --suite NAME --out {store.root}")
    if suites:
        require_suites(store.root, suites, [*(file.suite for file in manifests), *(file.suite for file in searches)])
        manifests = [manifest for manifest in manifests if manifest.suite in suites]
        records = _records_of(manifests, records)
        searches = [search for search in searches if search.suite in suites]
    stats, installed = PredictionStatsStore(store), installed_code(records)
    verified = _verify(records, store) if verify else None
    records, analysed = _analyse_undamaged(records, manifests, (baseline, scorer, margin), stats, installed)
    return Results(store, stats, records, manifests, analysed, searches, installed, verified)


def _analyse_undamaged(
    records: Sequence[RunRecord],
    manifests: Sequence[SuiteManifest],
    choices: tuple[str | None, str, float | None],
    stats: PredictionStatsStore,
    installed: Mapping[str, Code],
) -> tuple[list[RunRecord], list[Analysed]]:
    """The undamaged records, and their tables.

    Some damage is detected only when predictions are counted; the tables are then computed again.
    """
    from mnerbench.reports.analysis.leaderboard import analyse

    baseline, scorer, margin = choices
    intact = list(records)
    while True:
        excluded = stats.store.damage.excluded
        intact = [record for record in intact if record.identity not in excluded]
        specs = {record.identity: record.spec for record in records}
        left_out = {identity: specs.get(identity) for identity in excluded}
        analysed = analyse(
            intact,
            manifests,
            baseline,
            scorer,
            stats.readable,
            installed=installed,
            left_out=left_out,
            margin=margin,
        )
        if disputed := stats.disputed() - excluded:
            _verify([record for record in intact if record.identity in disputed], stats.store)
        if not stats.store.damage.excluded & {record.identity for record in intact}:
            return intact, analysed


def _verify(records: Sequence[RunRecord], store: RunStore) -> int:
    """Recompute the scores of runs, record differences as damage, and return the number of prediction files read."""
    from mnerbench.benchmark.results.verification import Verifier

    verifier = Verifier(store)
    for damage in [*(damage for record in records for damage in verifier.check(record)), *verifier.edited_gold()]:
        store.damage.add(damage)
    return verifier.files


def _records_of(manifests: Sequence[SuiteManifest], records: Sequence[RunRecord]) -> list[RunRecord]:
    """The records of some suites, and predictions from files on the same data."""
    from mnerbench.benchmark.results.spec import EXTERNAL

    identities = {identity for manifest in manifests for identity in manifest.runs}
    data = [dict(spec.dataset.fingerprints) for manifest in manifests for spec in manifest.runs.values()]
    return [
        record
        for record in records
        if record.identity in identities
        or (record.spec.family == EXTERNAL and dict(record.spec.dataset.fingerprints) in data)
    ]


def html_page(results: Results, options: PageOptions) -> Page:
    """The report as one HTML page, with pictures where the dataset is available."""
    from mnerbench.reports.analysis.overview import overview
    from mnerbench.reports.render.html import page
    from mnerbench.reports.render.html.fitting import MOST_BYTES

    cases = [partial(_load_cases, results, analysed.group, options) for analysed in results.analysed]
    contents, most = overview(results.records, results.manifests), None if options.whole else MOST_BYTES
    return page.html_page(results.tables, contents, cases, results.searches, results.damaged, most=most)


def _load_cases(results: Results, group: Group, options: PageOptions) -> ShownCases | str | None:
    """The tweets on which the methods of a group differ, or why they cannot be shown; None without metadata."""
    from mnerbench.benchmark.results.damage import DamagedFileError, damage_of
    from mnerbench.datasets.errors import StoreError
    from mnerbench.reports.analysis.cases import correctness_of
    from mnerbench.reports.render.html.case_data import ShownCases, tweets_to_show
    from mnerbench.reports.render.looks import attention_pictures
    from mnerbench.reports.render.thumbnails import thumbnails

    try:
        correctness = correctness_of(group, results.store, results.stats) if options.cases else None
        if correctness is None:
            return None
        cases, discussed = tweets_to_show(correctness, _most_cases(len(correctness.correct), options))
    except DamagedFileError as error:  # not recorded as damage: scores need no predictions, and users may delete them
        return error.damage.within(results.store.root).text
    images = {image for case in cases.cases for image in case.tweet.image_ids}
    files = _find_picture_files(group, images, options) if images else {}
    try:
        looks = attention_pictures(group, cases, results.store, files)
    except StoreError as error:
        results.store.damage.add(damage_of(error, results.store.root, excludes=False))
        looks = {}
    return ShownCases(cases, thumbnails(files), looks, discussed)


def _most_cases(systems: int, options: PageOptions) -> int:
    """Maximum number of tweets of a table: fewer for a large number of systems."""
    return options.cases if options.whole else min(options.cases, max(1, ANSWERS // systems))


def _find_picture_files(group: Group, images: Iterable[str], options: PageOptions) -> dict[str, Path]:
    """The picture files of tweets, where the dataset is available."""
    from mnerbench.datasets.catalog import cache_dir, data_dir
    from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures
    from mnerbench.reports.analysis.scored_folder import scored_folder

    tested = group.series[0].runs[0].tested_on
    folders = data_dir(options.data), cache_dir(options.cache)
    folder = scored_folder(tested.name, *folders, tested.fingerprints["test"])
    return find_pictures(folder / IMAGE_FOLDER, sorted(images)) if folder is not None else {}
