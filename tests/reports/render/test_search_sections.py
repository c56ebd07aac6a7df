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
from mnerbench.reports.render.html.budgets import budget_charts
from mnerbench.reports.render.html.searches import chart_of
from mnerbench.reports.render.markdown import markdown_report
from mnerbench.reports.render.search_sections import search_sections
from mnerbench.reports.text.format import texts, titles


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
    first, _, mattered = search_sections([TuningFile(suite="s", searches=(search(),))])
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


def test_the_expected_best_of_a_smaller_search():
    """Of 0.5, a pruned 0.1, 0.75 and a failed trial; the best of two is 0.75 in 3 of 6 pairs, 0.5 in 2 and 0.1 in 1."""
    short = search("umt", (trial(0), trial(1, "running"), trial(2, value=0.25)))
    (
        _,
        section,
        _,
    ) = search_sections([TuningFile(suite="s", searches=(search(), short))])
    assert titles(section.sheet) == ("method", "dataset", "s/trial", "of 1", "of 2")
    assert texts(section.sheet) == (("maf", "d", "1.00", "33.75", "55.83"), ("umt", "d", "1.00", "37.50", "50.00"))
    assert any("TPE" in text for _, text in section.legend)


def test_a_single_trial_has_no_smaller_search():
    alone = search(trials=(trial(0),), importance={})
    assert [section.key for section in search_sections([TuningFile(suite="s", searches=(alone,))])] == ["search"]
    assert list(budget_charts([TuningFile(suite="s", searches=(alone,))])) == []


def test_more_trials_than_there_were_are_not_guessed():
    ten = search("umt", tuple(map(trial, range(10))))
    section = list(search_sections([TuningFile(suite="s", searches=(search(), ten))]))[1]
    assert texts(section.sheet)[0][5:] == ("\N{EN DASH}",) * 2
    assert texts(section.sheet)[1][5:] == ("50.00",) * 2


def test_charts_of_the_expected_best_share_their_axes():
    slow = tuple(trial(n, value=0.25 + n / 10).model_copy(update={"seconds": 3600.0}) for n in range(4))
    first, second = budget_charts([TuningFile(suite="s", searches=(search(), search("umt", slow)))])
    assert (first.name, first.unit) == ("maf on d", "hours")
    assert first.by_trials.others == (second.by_trials.own,)
    assert first.by_time.others == (second.by_time.own,)
    across = [[float(point.split(",")[0]) for point in plot.own.split()] for plot in (first.by_trials, second.by_time)]
    # On a logarithmic axis, doubling is a step of constant size.
    for points in across:
        assert points[1] - points[0] == pytest.approx(points[3] - points[1], abs=0.2)
    assert [tick.text for tick in first.by_trials.ticks] == ["1", "2"]
    heights = [float(point.split(",")[1]) for point in first.by_trials.own.split()]
    assert heights == sorted(heights, reverse=True)


def test_pages_hold_them_and_nothing_in_them_is_markup(tmp_path):
    files = [TuningFile(suite="s", searches=(search("<script>alert(1)</script>"),))]
    page = html_report([], overview([], []), searches=files)
    assert "Searches of settings" in page
    assert "Expected best by budget" in page
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
