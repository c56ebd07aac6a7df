"""Ranks, and the ranks that methods may have."""

from dataclasses import replace

import numpy as np
import pytest
from report_tables import leaderboard

from mnerbench.reports.analysis.comparisons import Family
from mnerbench.reports.analysis.ranking import rank_rows, with_rank_intervals
from mnerbench.reports.analysis.row_data import Row, RowState, Spread
from mnerbench.reports.render.columns import RANKS
from mnerbench.reports.text.format import format_cell

NOISE = [-0.001, 0.0, 0.001, 0.0005, -0.0005]


def row(method, scores, **fields):
    return Row(method, "t", RowState.COMPLETE, by_seed=dict(enumerate(scores)), f1=Spread.of(list(scores)), **fields)


def ranked(rows, **family):
    own_views = {(row.method, row.view) for row in rows}
    return with_rank_intervals(rank_rows(rows, own_views, family.get("twins", ())), {}, Family(own_views, **family))


def ranks(rows, **family):
    return {row.method: (row.rank, row.ranks) for row in ranked(rows, **family)}


def around(mean):
    return [mean + noise for noise in NOISE]


def test_methods_that_cannot_be_told_apart_share_ranks():
    rows = [row("best", around(0.75)), row("a", around(0.7001)), row("b", around(0.70)), row("worst", around(0.6))]
    assert ranks(rows) == {"best": (1, (1, 1)), "a": (2, (2, 3)), "b": (3, (2, 3)), "worst": (4, (4, 4))}
    assert [format_cell(RANKS.cell(row)) for row in ranked(rows)] == ["1", "2\N{EN DASH}3", "2\N{EN DASH}3", "4"]


def test_methods_that_cannot_be_tested_keep_their_place():
    rows = [row("a", around(0.75)), row("one", [0.74]), row("b", around(0.7)), row("count", [0.3], deterministic=True)]
    # A single run may have any rank; methods that count words keep theirs.
    assert ranks(rows) == {"a": (1, (1, 2)), "one": (2, (1, 3)), "b": (3, (2, 3)), "count": (4, None)}


def test_rows_that_lack_runs_belong_to_the_family():
    rows = [row("a", around(0.703)), row("b", around(0.70))]
    assert ranks(rows) == {"a": (1, (1, 1)), "b": (2, (2, 2))}
    lacking = [replace(row(f"m{n}", around(0.70)), state=RowState.INCOMPLETE) for n in range(20)]
    assert ranks([*rows, *lacking])["a"] == (1, (1, 2))


def test_two_names_of_the_same_runs_share_a_rank():
    rows = [row("a", around(0.75)), row("alias", around(0.75)), row("b", around(0.7))]
    assert ranks(rows, twins={"alias": "a"}) == {"a": (1, (1, 1)), "alias": (1, (1, 1)), "b": (2, (2, 2))}


def test_only_own_views_are_ranked(make, look):
    views = [{"it": 0.7 + n / 100, "t": 0.8, "it-shuffled": 0.9} for n in range(5)]
    records = make.seeds("bert-crf", around(0.6)) + make.seeds("ita-ga", views, captions="blip2")
    table = look.only(leaderboard(records, [], "bert-crf"))
    found = {(row.method, row.view): (row.rank, row.ranks) for row in table.rows}
    assert found.pop(("ita-ga", "it")) == (1, (1, 1))
    assert found.pop(("bert-crf", "t")) == (2, (2, 2))
    assert set(found.values()) == {(None, None)}


@pytest.mark.slow
def test_true_ranks_are_in_all_intervals_with_95_percent():
    """Six methods, two of which are equally good, so that each of them has two true ranks."""
    random, held, simulations = np.random.default_rng(0), 0, 400
    means = {"a": 0.73, "b": 0.72, "c": 0.715, "d": 0.715, "e": 0.7, "f": 0.69}
    true = {"a": {1}, "b": {2}, "c": {3, 4}, "d": {3, 4}, "e": {5}, "f": {6}}
    for _ in range(simulations):
        found = ranks([row(name, random.normal(mean, 0.005, 5)) for name, mean in means.items()])
        held += all(first <= min(true[name]) and max(true[name]) <= last for name, (_, (first, last)) in found.items())
    assert held / simulations >= 0.93
