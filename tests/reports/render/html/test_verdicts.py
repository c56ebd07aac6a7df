"""Chips, plots, sentences and numbers of a page: they come from one judgement and never disagree."""

import re
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_tables import html_report, leaderboard

from mnerbench.reports.analysis.overview import overview
from mnerbench.reports.render.answer import answer
from mnerbench.reports.render.html.article import headings_of
from mnerbench.reports.render.html.chips import chips_of, grid_of
from mnerbench.reports.render.html.forest import MOST_METHODS, forests_of
from mnerbench.reports.render.html.trust import trust_line
from mnerbench.reports.statistics.verdict import Verdict
from mnerbench.reports.text.cells import points_cell
from mnerbench.reports.text.format import format_cell

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]
F1 = st.integers(6000, 8000).map(lambda value: value / 10_000)
SEEDS = st.lists(F1, min_size=1, max_size=5)
MADE = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def views(own, shuffled):
    return [
        {"it": a, "t": (a + b) / 2, "it-shuffled": b} for a, b in zip(own, [*shuffled, *own][: len(own)], strict=True)
    ]


def table_of(make, baseline=tuple(BASE), **methods):
    records = make.seeds("bert-crf", baseline)
    for name, values in methods.items():
        records += make.seeds(name, values)
    (table,) = leaderboard(records, [], "bert-crf")
    return table


def plots(table):
    forests = forests_of(table, chips_of(table))
    return [plot for plot in (forests.compared, forests.pictures) if plot is not None]


def judged_rows(table):
    """Plot rows with their judgements."""
    compared, *pictures = plots(table)
    rows = {row.method: row for row in compared.rows}
    judged = {r.method: r.comparison.judged for r in table.rows if r.comparison is not None and r.comparison.judged}
    yield from ((rows[name], item) for name, item in judged.items())
    uses = {use.method: use.judged for use in table.image_use}
    yield from ((row, uses[row.method]) for plot in pictures for row in plot.rows)


# --- One judgement --------------------------------------------------------------------------------------------------


@MADE
@given(one=SEEDS, other=SEEDS, wrong=SEEDS)
def test_chip_sentence_interval_and_answer_never_disagree(make, one, other, wrong):
    table = table_of(make, one=one, pic=views(other, wrong), same=BASE)
    for row, judged in judged_rows(table):
        kinds = {Verdict.TOO_FEW: "none", Verdict.NOT_TESTED: "none"}
        assert row.chip.kind == kinds.get(judged.verdict, judged.verdict.name.lower())
        if judged.interval is None:
            assert row.own.ends is None
            assert row.chip.kind in ("none", "same")
            continue
        low, high = judged.interval
        numbers = format_cell(points_cell(judged.difference, interval=judged.interval))
        assert row.own.text == numbers
        assert f": {numbers} points;" in row.chip.sentence
        if row.chip.kind in ("better", "worse"):
            assert low >= 0 if row.chip.kind == "better" else high <= 0
            assert judged.p < 0.05
        else:
            assert low <= 0 <= high
            assert (row.chip.kind == "equivalent") == (low > -0.005 and high < 0.005)
    kinds = [chip.kind for chip in chips_of(table).compared.values()]
    counted = [kind for kind in kinds if kind != "none"]
    if not counted:
        assert "no method can be judged" in answer(table)
    else:
        better = str(kinds.count("better")) if "better" in kinds else "none"
        assert f"On made15, {better} of {len(counted)} method" in answer(table)
        assert ("undecided" in answer(table).split(" Picture:")[0]) == ("undecided" in kinds)


@MADE
@given(one=SEEDS, other=SEEDS, wrong=SEEDS)
def test_marks_stand_where_the_numbers_say(make, one, other, wrong):
    table = table_of(make, one=one, pic=views(other, wrong))
    for plot in plots(table):
        ticks = sorted((float(tick.text), tick.at) for tick in plot.ticks)
        (a, at_a), (b, at_b) = ticks[0], ticks[-1]
        for row in plot.rows:
            difference = float(row.own.text.split()[0])
            assert row.own.at == pytest.approx(at_a + (difference - a) / (b - a) * (at_b - at_a), abs=0.3)
            assert row.own.side == 0
            if row.own.ends is not None:
                assert row.own.ends[0] <= row.own.at <= row.own.ends[1]
        assert plot.band[0] < plot.zero < plot.band[1]
    if len(plots(table)) == 2:  # the same scale
        assert plots(table)[0].ticks == plots(table)[1].ticks


def test_chips_of_pictures_speak_of_pictures(make):
    def gain(size, noise=0.001):
        return [{"it": f + size + noise * (-1) ** n, "it-shuffled": f} for n, f in enumerate(BASE)]

    table = table_of(make, uses=gain(0.03), ignores=gain(0.0), harmed=gain(-0.03), unclear=gain(0.01, 0.02))
    words = {name: f"{chip.symbol} {chip.word}" for name, chip in chips_of(table).pictures.items()}
    assert words == {"uses": "▲ uses it", "ignores": "≈ worth < 0.5", "harmed": "▼ misled", "unclear": "? undecided"}


# --- The plot -------------------------------------------------------------------------------------------------------


def test_methods_that_count_words_do_not_stretch_the_axis(make):
    values = {"one": [0.75, 0.77, 0.76, 0.74, 0.76]}
    with_counting = plots(table_of(make, **values, majority=[0.05], lookup=[0.4]))[0]
    assert with_counting.ticks == plots(table_of(make, **values))[0].ticks
    *trained, lookup, majority = with_counting.rows
    assert [row.own.side for row in (lookup, majority)] == [-1, -1]
    assert lookup.own.at == 0
    assert lookup.chip is None
    assert {row.own.side for row in trained} == {0}


def test_an_interval_that_would_triple_the_axis_is_cut_and_marked(make):
    table = table_of(make, wild=[0.50, 0.71, 0.95], one=[0.75, 0.77, 0.76, 0.74, 0.76])
    rows = {row.method: row for row in plots(table)[0].rows}
    assert rows["wild"].own.cut == (True, True)
    assert rows["one"].own.cut == (False, False)
    low, high = rows["one"].own.ends
    assert high - low > 2  # percent of the width: still to be seen


def test_a_collapsed_seed_is_marked_at_the_edge(make):
    row = next(row for row in plots(table_of(make, one=[0.72, 0.73, 0.72, 0.71, 0.02]))[0].rows if row.method == "one")
    assert sum(outside for _, outside in row.seeds) == 1
    assert len(row.seeds) == 5


def test_the_tweet_alone_is_a_mark_of_its_own_and_no_control_is(make):
    table = table_of(make, pic=views([0.75, 0.77, 0.76], [0.6, 0.61, 0.62]))
    row = next(row for row in plots(table)[0].rows if row.method == "pic")
    assert row.detail.startswith("it · ")
    assert row.text_view.text.startswith("-")
    assert row.own.text.startswith("+")


def test_impossible_differences_are_not_printed(make):
    cell = format_cell(points_cell(0.1, interval=(-1.5873, 1.8585)))
    assert cell == "+10.00 [-100.00, +100.00]"
    table = table_of(make, baseline=[0.1, 0.9], one=[0.95, 0.2])
    assert re.search(r"\[-100\.00, \+100\.00\]", html_report([table], overview([], [])))
    numbers = re.findall(r"\[([-+]?\d+\.\d\d), ([-+]?\d+\.\d\d)\]", html_report([table], overview([], [])))
    assert all(-100 <= float(end) <= 100 for pair in numbers for end in pair)


def test_a_plot_has_at_most_so_many_methods_and_says_so(make):
    many = {f"m{n:03}": [0.7, 0.71, 0.72 + n / 10_000] for n in range(MOST_METHODS + 4)}
    table = table_of(make, **many)
    assert len(plots(table)[0].rows) == MOST_METHODS
    assert "5 more methods are in the results below" in html_report([table], overview([], []))


def test_without_a_baseline_there_is_no_plot_and_the_results_are_open(make):
    (table,) = leaderboard(make.seeds("one", BASE) + make.seeds("two", BASE), [])
    text = html_report([table], overview([], []))
    assert plots(table) == []
    assert re.search('<details class="fold" id="[^"]*--results" open>', text)


# --- Above the tables -----------------------------------------------------------------------------------------------


def test_a_grid_shows_every_verdict_of_several_tables(make):
    records = [*make.seeds("bert-crf", BASE), *make.seeds("one", [f + 0.05 for f in BASE])]
    records += make.seeds("bert-crf", BASE, dataset="made17")
    records += make.seeds("two", views(BASE, BASE), dataset="made17")
    headings = headings_of(leaderboard(records, [], "bert-crf"))
    grid = grid_of([(entry.key, entry.title, entry.chips) for entry in headings])
    assert list(grid.methods) == ["bert-crf", "one", "two"]
    kinds = [[chip and chip.kind for chip in line.chips] for line in grid.lines]
    assert kinds == [[None, "better", None], [None, None, "undecided"], [None, None, "same"]]
    assert [line.question for line in grid.lines] == ["better than bert-crf?"] * 2 + ["is it the picture?"]
    assert grid_of([(entry.key, entry.title, entry.chips) for entry in headings[:1]]) is None


def test_the_line_of_trust(make):
    records = [*make.seeds("bert-crf", BASE), *make.seeds("one", BASE[:3])]
    planned = [*(record.spec for record in records), make.spec("one", 3), make.spec("two", 0)]
    (table,) = leaderboard(records, [make.grid(planned)])
    line = trust_line(table)
    assert line[:4] == [
        "3 to 5 seeds",
        "10,000 gold entities in test",
        "scorer conlleval",
        "runs are missing: one 3/4, two 0/1",
    ]
    assert line[4].startswith("the family of 1 test: each method in its own view against bert-crf")
    assert len(line) == 5


def test_pictures_are_judged_together_even_if_no_method_can_be_compared(make):
    line = trust_line(table_of(make, baseline=[0.7, 0.72], pic=views(BASE, [f - 0.02 for f in reversed(BASE)])))
    assert line[-2] == "no method could be tested against bert-crf"
    assert line[-1] == "own against other pictures: a family of its own, of 1 test"


def test_warnings_are_folded_and_counted(make):
    table = table_of(make, one=BASE[:2])
    text = html_report([table], overview([], []))
    fold = text[text.index('--warnings"') :]
    fold = unescape(fold[: fold.index("</details>")])
    assert fold.count("<li>") == len(table.warnings) > 0
    assert f"<strong>{len(table.warnings)} warning" in fold
