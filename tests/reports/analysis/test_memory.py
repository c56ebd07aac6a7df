"""Memory of a report: the details of one table at a time, within a bounded cache."""

from functools import partial

import pytest
from harness_perf.synthetic_runs import make_runs

from mnerbench.benchmark.results.stats_store import PredictionStatsStore
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
    store, reads = RunStore(folder), []
    stats = PredictionStatsStore(store)

    def stats_of(record, split, view):
        reads.append((record.identity, view))
        return stats.of(record, split, view)

    return analyse(list(store.records()), [], "method-0", stats_of=stats_of), reads


def test_each_tally_is_read_once_and_let_go_of(runs):
    tables, reads = analysed(runs)
    assert len(reads) == len({*reads}) == 100 * 4
    for analysed_table in tables:
        assert analysed_table.details._cache == {}
        assert len(analysed_table.details) == 40
        key = next(iter(analysed_table.details))
        assert analysed_table.details[key].tweets.shape == (5, 20, 3)
        assert key in analysed_table.details
        assert ("nobody", "it") not in analysed_table.details


def test_where_there_is_no_room_tallies_are_read_again(runs, monkeypatch):
    whole, reads = analysed(runs)
    monkeypatch.setattr(leaderboard, "DetailsOfRows", partial(DetailsOfRows, cache_bytes=0))
    again, more = analysed(runs)
    assert [analysed_table.table for analysed_table in again] == [analysed_table.table for analysed_table in whole]
    assert len(reads) < len(more) < 4 * len(reads)


def test_methods_laid_beside_each_other_are_the_best_ones(runs, monkeypatch):
    monkeypatch.setattr(leaderboard, "MOST_METHODS", 4)
    tables, _ = analysed(runs)
    for analysed_table in tables:
        beside = set(analysed_table.table.agreement.found)
        own_picture = [row for row in analysed_table.table.rows if row.view == "it"]
        assert beside == {row.method for row in sorted(own_picture, key=lambda row: -row.f1.mean)[:4]}
        assert all(len(row) == 3 for row in analysed_table.table.agreement.beyond.values())
    assert agreement.MOST_METHODS == 40
