"""Sections on searches of settings: trials, best values, expected best of fewer trials, importance of the settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mnerbench.benchmark.results.search_results import SearchResult, TuningFile
from mnerbench.reports.analysis.search_budget import BudgetCurve, budget_curve
from mnerbench.reports.render.section import Section
from mnerbench.reports.text.cells import decimal_cell, points_cell, progress_cell, share_cell, text_cell
from mnerbench.reports.text.sheet import Cell, Column, Kind, Sheet, name_column

_INTRO = (
    "Dev F1 in percent, in each method's main view. The best of many trials is optimistic; only test compares methods."
)
_NAMES = (name_column("method"), name_column("dataset"))
_EXPECTED = (
    "Dev F1 in percent that the best of 1, 2, 5, ... trials is expected to have: the mean over all choices of so many "
    "trials (Dodge et al. 2019, unbiased as by Tang et al. 2020)."
)
_EXPECTED_LEGEND = (
    ("assumes", "independent trials, as of a random search"),
    (
        "here",
        "the first trial has the suite's settings, and TPE draws later ones from what earlier ones found: the numbers "
        "describe these trials, and not what a search of fewer or other trials would have found",
    ),
    ("failed", "a failed trial was spent and found nothing, so it has 0; a pruned one has its best epoch"),
    ("s/trial", "mean seconds of a trial, which make hours of trials"),
)
_MATTERED = "Share of what dev F1 varied by that a setting explains, in percent (PED-ANOVA over complete trials)."


def search_sections(files: Sequence[TuningFile]) -> Iterator[Section]:
    """One to three sections per searched suite."""
    for file in files:
        legend = (
            ("as given", "the first trial, with the suite's own settings"),
            ("pruned", "ended early: worse than the median of the other trials at that epoch"),
            *((f"best of {_name(search)}", _settings(search)) for search in file.searches if search.best is not None),
        )
        incomplete = [
            f"{_name(search)}: {search.progress()}" for search in file.searches if search.counted < len(search.trials)
        ]
        remarks = (_fairness(file.searches), *incomplete, *filter(None, map(_mixed_code, file.searches)))
        yield Section("search", f"Search of {file.suite}", _trials(file.searches), _INTRO, remarks, legend)
        curves = [curve for search in file.searches if (curve := budget_curve(search)) is not None]
        if any(len(curve.best) > 1 for curve in curves):
            sheet, title = _expected(curves), f"Expected best of a smaller search of {file.suite}"
            yield Section("expected", title, sheet, _EXPECTED, legend=_EXPECTED_LEGEND, optional=("seconds",))
        if any(search.importance for search in file.searches):
            yield Section("mattered", f"What mattered in {file.suite}", _importance(file.searches), _MATTERED)


def _fairness(searches: Sequence[SearchResult]) -> str:
    """Whether all methods had the same number of trials; failed ones do not count, as they do not rate settings."""
    numbers = {search.counted for search in searches}
    if len(numbers) > 1:
        return "methods had different numbers of trials: not a fair comparison yet"
    all_count = all(search.counted == search.budget for search in searches)
    return f"every method had {min(numbers, default=0)} trials" + ("" if all_count else " that count")


def _mixed_code(search: SearchResult) -> str:
    """A remark if different versions of the code computed the trials; the best may be of an old version."""
    counts = Counter(trial.code for trial in search.trials if trial.code)
    text = f"{_name(search)}: {len(counts)} versions of the code computed its trials"
    return f"{text} ({', '.join(map(str, counts.values()))})" if len(counts) > 1 else ""


def _trials(searches: Sequence[SearchResult]) -> Sheet:
    numbers = ("trials", "pruned", "failed", "as given", "best")
    columns = (*_NAMES, *(Column(key, key) for key in numbers), Column("gain", "Δ"), Column("number", "of trial"))
    return Sheet(columns, tuple(_row(search) for search in searches))


def _row(search: SearchResult) -> tuple[Cell, ...]:
    best, first = search.best, search.trials[0].value if search.trials else None
    highest = best.value if best is not None else None
    return (
        text_cell(search.method),
        text_cell(search.dataset),
        progress_cell(_ended(search), search.budget),
        decimal_cell(search.count("pruned")),
        decimal_cell(search.count("fail")),
        share_cell(first),
        share_cell(highest),
        points_cell(None if highest is None or first is None else highest - first),
        decimal_cell(best.number if best is not None else None),
    )


def _expected(curves: Sequence[BudgetCurve]) -> Sheet:
    """The expected best of 1, 2, 5, 10, 20, 50, ... trials."""
    most = max(len(curve.best) for curve in curves)
    powers = (10**exponent for exponent in range(len(str(most))))
    budgets = [n for power in powers for n in (power, 2 * power, 5 * power) if n <= most]
    columns = (*_NAMES, Column("seconds", "s/trial"), *(Column(f"best.{n}", f"of {n}") for n in budgets))
    rows = tuple(
        (
            text_cell(curve.method),
            text_cell(curve.dataset),
            Cell(Kind.SECONDS, curve.seconds),
            *(share_cell(curve.at(n)) for n in budgets),
        )
        for curve in curves
    )
    return Sheet(columns, rows)


def _importance(searches: Sequence[SearchResult]) -> Sheet:
    settings = list(dict.fromkeys(key for search in searches for key in search.importance))
    rows = tuple(
        (
            text_cell(search.method),
            text_cell(search.dataset),
            *(share_cell(search.importance.get(key), digits=0) for key in settings),
        )
        for search in searches
        if search.importance
    )
    return Sheet((*_NAMES, *(Column(f"setting.{key}", key) for key in settings)), rows)


def _settings(search: SearchResult) -> str:
    values = search.best.values.items() if search.best is not None else ()
    return ", ".join(f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}" for key, value in values)


def _name(search: SearchResult) -> str:
    return f"{search.method} on {search.dataset}"


def _ended(search: SearchResult) -> int:
    return len(search.trials) - search.count("running") - search.count("waiting")
