"""Methods whose runs predict no entity: named, but neither ranked nor judged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.record import COLLAPSED
from mnerbench.benchmark.results.scoring import NO_ENTITIES
from mnerbench.reports.analysis.leaderboard import analyse
from mnerbench.reports.analysis.pairwise import compare_rows, find_row
from mnerbench.reports.analysis.row_data import RowState
from mnerbench.reports.render.pairwise_sections import pairwise_sections
from mnerbench.reports.render.wording import reasons

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]


@pytest.fixture
def silent(make):
    """Returns records of runs that predict nothing, in the stored form of all versions."""

    def silent_records(method, seeds, view="t"):
        records = []
        for record in make.seeds(method, [{view: 0.0}] * seeds):
            metrics = {
                split: {
                    name: {
                        scorer: score.model_copy(update={"overall": replace(score.overall, predicted=0)})
                        for scorer, score in scorers.items()
                    }
                    for name, scorers in views.items()
                }
                for split, views in record.metrics.items()
            }
            records.append(record.model_copy(update={"metrics": metrics}))
        return records

    return silent_records


def test_all_seeds(make, silent, look):
    table = look.only(leaderboard(make.seeds("bert-crf", BASE) + silent("bert", 5), [], "bert-crf"))
    row = look.row(table, "bert")
    assert (row.rank, row.comparison, row.collapsed, row.state) == (None, None, 5, RowState.COLLAPSED)
    assert row.title == f"bert ({COLLAPSED})"
    assert look.row(table, "bert-crf").rank == 1
    assert look.warned(table, "bert (collapsed: predicts no entity): all 5 seeds label every word O; neither ranked")
    assert not look.warned(table, "not all runs are done")
    assert reasons(table) == [("bert", "collapsed: predicts no entity (all of them)")]


def test_some_seeds_are_counted(make, silent, look):
    mixed = make.seeds("bert", BASE)[:3] + silent("bert", 5)[3:]
    table = look.only(leaderboard(make.seeds("bert-crf", BASE) + mixed, [], "bert-crf"))
    row = look.row(table, "bert")
    assert (row.collapsed, row.done, row.state) == (2, 5, RowState.COMPLETE)
    assert look.warned(table, "bert: 2 of 5 seeds predict no entity")


def test_a_collapsed_baseline_is_none(make, silent, look):
    table = look.only(leaderboard(silent("bert-crf", 5) + make.seeds("bert", BASE), [], "bert-crf"))
    assert table.baseline is None
    assert look.warned(table, "baseline bert-crf collapsed: predicts no entity: no differences and no tests")


def test_a_low_score_is_no_collapse(make, look):
    table = look.only(leaderboard(make.seeds("bert-crf", BASE) + make.seeds("bert", [0.0] * 5), [], "bert-crf"))
    assert look.row(table, "bert").rank == 2


def test_a_pair_is_not_judged(make, silent):
    (analysed,) = analyse(make.seeds("bert-crf", BASE) + silent("bert", 5), [], "bert-crf")
    rows = [find_row(analysed, name) for name in ("bert", "bert-crf")]
    texts = [str(section) for section in pairwise_sections(compare_rows(analysed, *rows, None), 0)]
    assert any("not judged: bert collapsed: predicts no entity" in text for text in texts)


def test_a_baseline_without_gold_says_so(make, look):
    records = []
    for record in make.seeds("bert-crf", BASE) + make.seeds("bert", BASE):
        score = record.metrics["test"]["t"]["conlleval"]
        empty = score.model_copy(update={"overall": NO_ENTITIES, "types": {}})
        records.append(record.model_copy(update={"metrics": {"test": {"t": {"conlleval": empty}}}}))
    table = look.only(leaderboard(records, [], "bert-crf"))
    assert look.warned(table, "baseline bert-crf has no score (test holds no entity in the reading of conlleval)")
    assert not look.warned(table, "no finished run")


def test_a_seed_far_below_the_others_is_named(make, look):
    records = make.seeds("bert-crf", [0.70, 0.71, 0.72, 0.71, 0.70]) + make.seeds("maf", [0.73, 0.72, 0.2, 0.74, 0.73])
    table = look.only(leaderboard(records, [], "bert-crf"))
    assert look.row(table, "maf").outlying_seeds == (2,)
    [warning] = [text for text in table.warnings if "far below" in text]
    text = "seed 2 (20.00) far below the others (72.00 to 74.00); the mean and its spread are of two outcomes"
    assert warning == f"maf (t): {text}"
    assert look.row(table, "maf").f1.middle == pytest.approx(0.727)
