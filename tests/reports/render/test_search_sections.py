"""Searches of settings as text, numbers and charts."""

from __future__ import annotations

import pytest
from report_tables import html_report

from mnerbench.benchmark.results.search_results import (
    SearchResult,
    TrialResult,
    TuningFile,
    load_searches,
    save_results,
)
from mnerbench.datasets.errors import StoreError
from mnerbench.reports.analysis.overview import overview
from mnerbench.reports.render.html.searches import chart_of
from mnerbench.reports.render.markdown import markdown_report
from mnerbench.reports.render.search_sections import search_sections
from mnerbench.reports.text.format import texts


def trial(number, state="complete", value=0.5, curve=((1, 0.25), (2, 0.5))):
    value = value if state == "complete" else None
    return TrialResult(number=number, state=state, value=value, values={"a<b": 0.125}, curve=curve, seconds=1.0)


def search(method="maf", trials=None, budget=4, importance=None):
    trials = trials or (
        trial(0),
        trial(1, "pruned", curve=((1, 0.1),)),
        trial(2, value=0.75),
        trial(3, "fail", curve=()),
    )
    return SearchResult(
        method=method,
        dataset="d",
        budget=budget,
        space={},
        trials=trials,
        importance={"a<b": 1.0} if importance is None else importance,
    )


def test_numbers_of_a_search():
    first, mattered = search_sections([TuningFile(suite="s", searches=(search(),))])
    assert texts(first.sheet) == (("maf", "d", "4/4", "1", "1", "50.00", "75.00", "+25.00", "2"),)
    assert first.remarks == ("every method had 3 trials that count", "maf on d: 3 of 4 trials count: 1 failed")
    assert ("best of maf on d", "a<b 0.125") in first.legend
    assert texts(mattered.sheet) == (("maf", "d", "100"),)


def test_unequal_budgets_are_named():
    pair = (search(), search("umt", (trial(0), trial(1, "running"))))
    assert "not a fair comparison" in next(search_sections([TuningFile(suite="s", searches=pair)])).remarks[0]


def test_failed_and_unfinished_trials_do_not_count():
    def remarks(*searches):
        return next(search_sections([TuningFile(suite="s", searches=searches)])).remarks

    full = search("umt", tuple(map(trial, range(4))))
    assert remarks(full) == ("every method had 4 trials",)
    unequal = "methods had different numbers of trials: not a fair comparison yet"
    assert remarks(full, search())[:2] == (unequal, "maf on d: 3 of 4 trials count: 1 failed")
    unfinished = search("maf", (trial(0), trial(1, "running", curve=())), importance={})
    assert remarks(unfinished) == (
        "every method had 1 trials that count",
        "maf on d: 1 of 4 trials count: 1 running, 2 not begun",
    )


def test_a_search_without_a_complete_trial_has_no_best():
    failed = search(trials=(trial(0, "fail", curve=()),), importance={})
    [section] = search_sections([TuningFile(suite="s", searches=(failed,))])
    assert texts(section.sheet)[0][5:] == ("\N{EN DASH}",) * 4
    assert chart_of(failed) is None


def test_the_chart_stands_where_the_numbers_are():
    chart = chart_of(search())
    assert [dot.state for dot in chart.dots] == ["complete", "pruned", "complete"]
    highest = min(chart.dots, key=lambda dot: dot.y)
    assert highest is chart.dots[2]
    assert max(chart.dots, key=lambda dot: dot.y) is chart.dots[1]
    ends = [tuple(map(float, point.split(","))) for point in chart.best.split()]
    assert ends[-1] == (highest.x, highest.y)
    assert [y for _, y in ends] == sorted((y for _, y in ends), reverse=True)
    assert len(chart.curves) == 3
    assert chart.winner == chart.curves[2]
    assert chart.end == "75.00 in trial 2"


def test_pages_hold_them_and_nothing_in_them_is_markup(tmp_path):
    files = [TuningFile(suite="s", searches=(search("<script>alert(1)</script>"),))]
    page = html_report([], overview([], []), searches=files)
    assert "Searches of settings" in page
    assert "<script>alert" not in page
    assert "a&lt;b" in page
    text = markdown_report([], files)
    assert "## Search of s" in text
    assert "<script>" not in text.replace("\\<script>", "")


def test_results_are_kept_and_added_to(tmp_path):
    folder = tmp_path / "tuning" / "s"
    save_results(folder, "s", [search("maf"), search("umt")])
    everything = save_results(folder, "s", [search("umt", budget=9)]).searches
    assert [(result.method, result.budget) for result in everything] == [("maf", 4), ("umt", 9)]
    [back] = load_searches(tmp_path)
    assert back.searches == everything
    (folder / "results.json").write_text("{}")
    with pytest.raises(StoreError, match="not results of a search"):
        load_searches(tmp_path)


def test_a_search_that_went_on_with_other_code_says_so():
    def remarks(*codes):
        trials = tuple(trial(number).model_copy(update={"code": code}) for number, code in enumerate(codes))
        return next(search_sections([TuningFile(suite="s", searches=(search(trials=trials, importance={}),))])).remarks

    assert len(remarks("", "a", "a")) == 1
    assert remarks("a", "b", "b")[1:] == ("maf on d: 2 versions of the code computed its trials (1, 2)",)
