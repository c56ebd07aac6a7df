"""What a report holds at a time: the predictions of one table, and of that what there is room for."""

from functools import partial

import pytest
from harness_perf.synthetic_runs import make_runs

from mnerbench.benchmark.results.prediction_stats import PredictionStatsStore
from mnerbench.benchmark.results.store import RunStore
from mnerbench.reports.analysis import agreement, leaderboard
from mnerbench.reports.analysis.details import DetailsOfRows
from mnerbench.reports.analysis.leaderboard import analyse


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    make_runs(folder, 100, tweets=20)
    return folder


def analysed(folder):
    store, asked = RunStore(folder), []
    tallies = PredictionStatsStore(store)

    def stats_of(record, split, view):
        asked.append((record.identity, view))
        return tallies.of(record, split, view)

    return analyse(list(store.records()), [], "method-0", stats_of=stats_of), asked


def test_each_tally_is_read_once_and_let_go_of(runs):
    tables, asked = analysed(runs)
    assert len(asked) == len({*asked}) == 100 * 4
    for one in tables:
        assert one.details._cache == {}
        assert len(one.details) == 40
        place = next(iter(one.details))
        assert one.details[place].tweets.shape == (5, 20, 3)
        assert place in one.details
        assert ("nobody", "it") not in one.details


def test_where_there_is_no_room_tallies_are_read_again(runs, monkeypatch):
    whole, asked = analysed(runs)
    monkeypatch.setattr(leaderboard, "DetailsOfRows", partial(DetailsOfRows, cache_bytes=0))
    again, more = analysed(runs)
    assert [one.table for one in again] == [one.table for one in whole]
    assert len(asked) < len(more) < 4 * len(asked)


def test_methods_laid_beside_each_other_are_the_best_ones(runs, monkeypatch):
    monkeypatch.setattr(leaderboard, "MOST_METHODS", 4)
    tables, _ = analysed(runs)
    for one in tables:
        beside = set(one.table.agreement.found)
        own = [row for row in one.table.rows if row.view == "it"]
        assert beside == {row.method for row in sorted(own, key=lambda row: -row.f1.mean)[:4]}
        assert all(len(row) == 3 for row in one.table.agreement.beyond.values())
    assert agreement.MOST_METHODS == 40
