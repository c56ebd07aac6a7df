"""Results of runs as pandas data frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.api.frames import names, table_of

if TYPE_CHECKING:
    import pandas as pd

    from mnerbench.reports.analysis.groups import Group
    from mnerbench.reports.analysis.leaderboard import Analysed
    from mnerbench.reports.analysis.pairwise import PairwiseComparison
    from mnerbench.reports.analysis.predicted import Choice, PredictedSplit
    from mnerbench.reports.load import Results as Loaded

Names = str | Iterable[str] | None
Seeds = int | Iterable[int] | None


@dataclass(frozen=True)
class Comparison:
    """Two methods on the same data, as `benchmark compare` shows them.

    Attributes:
        a, b: method and view of both; differences are `a` minus `b`.
        data: the table's heading: dataset, encoder, protocol.
        verdict: `better`, `worse`, `equivalent`, `undecided`, or why there is none.
        exploratory: whether the pair is outside the declared family of comparisons; a tested one has the verdict
            `exploratory`, and its interval is a hint.
        difference: of mean F1, as a fraction; None where a side has no score.
        interval: that of the decision, as fractions; None where untested.
    """

    a: str
    b: str
    data: str
    verdict: str
    exploratory: bool
    difference: float | None
    interval: tuple[float, float] | None
    _pair: PairwiseComparison = field(repr=False)

    @property
    def tests(self) -> pd.DataFrame:
        """Every test of `a` against `b`, one row each; differences as fractions."""
        data: Mapping[str, Any] = self.to_dict()["tests"]
        return table_of({"test": name, **values} for name, values in data.items())

    def to_dict(self) -> dict[str, Any]:
        """Everything that `benchmark compare --format json` prints."""
        from mnerbench.reports.analysis.pairwise import as_data

        return as_data(self._pair, self.data)

    def _repr_html_(self) -> str:
        from mnerbench.reports.render.html.notebook import notebook_sections
        from mnerbench.reports.render.pairwise_sections import pairwise_sections

        return notebook_sections(self.data, pairwise_sections(self._pair, 0))


class Results:
    """The runs of a results folder. Damaged files are left out; `damaged` lists them.

    Scores are fractions. Frames are computed at each call from what was loaded; load again to see new runs.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded

    @property
    def folder(self) -> Path:
        """The results folder."""
        return self._loaded.store.root

    @property
    def damaged(self) -> list[str]:
        """Damaged files, each with reason and remedy."""
        return [damage.text for damage in self._loaded.damaged]

    def leaderboard(self) -> pd.DataFrame:
        """A row per method and view of each table, with scores, differences, intervals and verdicts."""
        from mnerbench.reports.render.csv import columns_of, leaderboard_lines

        lines = leaderboard_lines(self._loaded.tables)
        return table_of(lines, columns_of(lines))

    def runs(self) -> pd.DataFrame:
        """A row per run and view, also of runs that failed or are missing, with the reason."""
        from mnerbench.reports.render.csv import columns_of
        from mnerbench.reports.render.run_csv import run_lines

        lines = run_lines(self._groups)
        return table_of(lines, columns_of(lines))

    def predictions(
        self, methods: Names = None, datasets: Names = None, seeds: Seeds = None, views: Names = None
    ) -> pd.DataFrame:
        """A row per tweet and run: words, gold and predicted labels, numbers of entities.

        Args:
            methods: names as in the tables; None for all.
            datasets: names as in the tables; None for all.
            seeds: None for all.
            views: `it`, `t`, `it-shuffled`, `it-blank`; None for each method's main view.

        Raises:
            ConfigError: no finished run has such a method or dataset.
            StoreError: predictions are missing or damaged.
        """
        from mnerbench.reports.analysis.predicted import tweet_lines

        splits = self._predicted(self._choice(methods, datasets, seeds, views))
        return table_of(line for split in splits for line in tweet_lines(split))

    def entities(
        self, methods: Names = None, datasets: Names = None, seeds: Seeds = None, views: Names = None
    ) -> pd.DataFrame:
        """A row per entity and run, gold or predicted or both, with its outcome. Arguments as in `predictions`."""
        from mnerbench.reports.analysis.predicted import entity_lines

        splits = self._predicted(self._choice(methods, datasets, seeds, views))
        return table_of(line for split in splits for line in entity_lines(split))

    def slices(self) -> pd.DataFrame:
        """A row per method, view and slice of test (seen, unseen, ambiguous, ...): entities, mean F1 over seeds."""
        lines = [
            {
                "data": table.conditions.dataset,
                "encoder": table.conditions.encoder,
                "protocol": table.conditions.protocol,
                "method": row.method,
                "view": row.view,
                "slice": name,
                "gold_entities": table.slices.get(name),
                "f1": f1,
            }
            for table in self._loaded.tables
            for row in table.rows
            for name, f1 in row.slices.items()
        ]
        return table_of(lines)

    def compare(self, a: str, b: str, dataset: str | None = None) -> list[Comparison]:
        """Compare two methods, once per table that has both.

        Args:
            a: METHOD for its main view, or METHOD@VIEW.
            b: the method to compare it with.
            dataset: only tables of this dataset.

        Raises:
            ConfigError: no table has both, or a name is ambiguous.
        """
        from mnerbench.reports.pairs import compared_pairs

        return [_comparison(analysed, pair) for analysed, pair in compared_pairs(self._loaded, a, b, dataset)]

    @property
    def _groups(self) -> list[Group]:
        return [analysed.group for analysed in self._loaded.analysed]

    def _predicted(self, choice: Choice) -> Iterator[PredictedSplit]:
        from mnerbench.reports.analysis.predicted import predicted_splits

        return predicted_splits(self._groups, self._loaded.stats, choice)

    def _choice(self, methods: Names, datasets: Names, seeds: Seeds, views: Names) -> Choice:
        from mnerbench.datasets.inputs import View
        from mnerbench.reports.analysis.predicted import Choice

        runs = [(series.label, run) for group in self._groups for series in group.series for run in series.runs]
        return Choice(
            names(methods, {label for label, _ in runs}, "method"),
            names(datasets, {run.data for _, run in runs}, "dataset"),
            frozenset([seeds] if isinstance(seeds, int) else seeds) if seeds is not None else None,
            names(views, {view.value for view in View}, "view"),
        )

    def __repr__(self) -> str:
        finished = len({record.identity for record in self._loaded.records})
        return f"<Results of {self.folder}: {finished} runs in {len(self._loaded.tables)} tables>"

    def _repr_html_(self) -> str:
        from mnerbench.reports.analysis.row_text import heading
        from mnerbench.reports.render.html.notebook import notebook_sections
        from mnerbench.reports.render.sections import sections

        return "".join(notebook_sections(heading(table), islice(sections(table), 1)) for table in self._loaded.tables)


def _comparison(analysed: Analysed, pair: PairwiseComparison) -> Comparison:
    from mnerbench.reports.analysis.row_text import heading

    judged = pair.judged
    return Comparison(
        *pair.names,
        heading(analysed.table),
        judged.verdict.value,
        not pair.in_family,
        judged.difference,
        judged.interval,
        pair,
    )


def load_results(
    out: str | Path = "runs",
    suites: Sequence[str] | str = (),
    *,
    baseline: str | None = None,
    scorer: str = "conlleval",
    margin: float = 0.5,
) -> Results:
    """Load a results folder.

    Args:
        out: the folder.
        suites: names of suites; empty for all.
        baseline: method that the others are compared with; None for the suites' baseline.
        scorer: `conlleval`, `strict-iob2` or `umt`.
        margin: largest difference in F1 that is irrelevant, in points.

    Raises:
        StoreError: the folder has no runs.
        ConfigError: the folder has no runs of a suite, or the scorer is unknown.
    """
    from mnerbench.benchmark.display.warnings import find_installed_code
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.reports import load

    chosen = [suites] if isinstance(suites, str) else list(suites)
    store = RunStore(Path(out))
    return Results(load.load_results(store, chosen, baseline, find_installed_code, scorer, margin=margin / 100))
