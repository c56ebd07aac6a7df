"""Partial runs: shown and named, but neither ranked nor judged, and never in a family."""

from __future__ import annotations

import json

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.reports.analysis.corpora import corpus_groups
from mnerbench.reports.analysis.cross_dataset import learning_sheets, transfer_sheets
from mnerbench.reports.analysis.groups import group_runs
from mnerbench.reports.analysis.leaderboard import analyse
from mnerbench.reports.analysis.pairwise import compare_rows, find_row
from mnerbench.reports.analysis.row_data import RowState
from mnerbench.reports.analysis.runs import gather
from mnerbench.reports.render.json import json_report
from mnerbench.reports.render.pairwise_sections import pairwise_sections
from mnerbench.reports.render.wording import reasons
from mnerbench.reports.statistics.verdict import Verdict

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]
BETTER = [0.80, 0.81, 0.82, 0.80, 0.81]
VIEWS = [{"it": f1, "it-shuffled": f1 - 0.1} for f1 in BETTER]


def undiagnosed(make, method, values):
    return make.seeds(method, values, diagnosis=False)


def limited(records, count=50):
    """The records as of runs with a limit."""
    changed = []
    for record in records:
        data = record.spec.dataset
        prints = {**data.fingerprints, "test": f"{count} tweets of {data.fingerprints['test']}"}
        data = data.model_copy(update={"limit_test": count, "fingerprints": prints})
        spec = record.spec.model_copy(update={"dataset": data})
        changed.append(record.model_copy(update={"spec": spec, "identity": spec.identity}))
    return changed


def test_a_method_without_diagnosis_is_neither_ranked_nor_judged(make, look):
    table = look.only(leaderboard(make.seeds("bert-crf", BASE) + undiagnosed(make, "maf", VIEWS), [], "bert-crf"))
    row = look.row(table, "maf", "it")
    assert (row.state, row.rank, row.comparison) == (RowState.PARTIAL, None, None)
    assert row.title == "maf (partial)"
    assert (look.row(table, "bert-crf").rank, table.image_use) == (1, ())
    assert look.warned(table, "partial runs (maf): only the main view, no diagnosis; neither ranked nor judged")
    assert not look.warned(table, "not all runs are done")
    assert ("maf", "partial: only the main view, no diagnosis") in reasons(table)


def test_it_does_not_count_in_the_family_of_others(make, look):
    whole = make.seeds("bert-crf", BASE) + make.seeds("umt", BETTER)
    alone = look.row(look.only(leaderboard(whole, [], "bert-crf")), "umt")
    beside = look.row(look.only(leaderboard(whole + undiagnosed(make, "maf", VIEWS), [], "bert-crf")), "umt")
    assert alone.judged is not None
    assert beside.judged == alone.judged
    assert beside.ranks == alone.ranks


def test_one_such_seed_is_enough(make, look):
    mixed = make.seeds("umt", BETTER)[:4] + undiagnosed(make, "umt", BETTER)[4:]
    row = look.row(look.only(leaderboard(make.seeds("bert-crf", BASE) + mixed, [], "bert-crf")), "umt")
    assert (row.state, row.done, row.rank, row.comparison) == (RowState.PARTIAL, 5, None, None)


def test_a_partial_baseline_is_none(make, look):
    records = undiagnosed(make, "bert-crf", BASE) + make.seeds("umt", BETTER)
    table = look.only(leaderboard(records, [], "bert-crf"))
    assert table.baseline is None
    assert look.warned(table, "baseline bert-crf has only partial runs: no differences and no tests")


def test_a_limit_makes_a_table_of_its_own(make):
    whole = make.seeds("bert-crf", BASE) + make.seeds("umt", BETTER)
    tables = leaderboard(whole + limited(whole), [], "bert-crf")
    names = {table.conditions.dataset: table for table in tables}
    assert set(names) == {"made15", "made15 (partial: 50 test tweets)"}
    trial = names["made15 (partial: 50 test tweets)"]
    assert (trial.baseline, trial.conditions.limit_test) == (None, 50)
    assert {(row.state, row.rank, row.comparison) for row in trial.rows} == {(RowState.PARTIAL, None, None)}
    assert all(row.rank for row in names["made15"].rows)
    data = json.loads(json_report(tables))["tables"]
    assert [table["conditions"].get("limit_test") for table in data] == [None, 50]
    assert "limit_test" not in data[0]["conditions"]


def test_a_limit_stays_out_of_results_across_datasets(make):
    sides = [
        record
        for name in ("made15", "made17")
        for record in make.seeds("bert-crf", BASE, dataset=name) + make.seeds("umt", BETTER, dataset=name)
    ]
    assert list(corpus_groups(leaderboard(sides, [], "bert-crf")))
    partial = leaderboard(limited(sides), [], "bert-crf")
    assert not list(corpus_groups(partial))
    assert not list(transfer_sheets(partial))
    assert not list(learning_sheets(leaderboard(sides + limited(sides), [], "bert-crf")))


def test_a_pair_is_not_judged(make):
    (analysed,) = analyse(make.seeds("bert-crf", BASE) + undiagnosed(make, "maf", VIEWS), [], "bert-crf")
    pair = compare_rows(analysed, *(find_row(analysed, name) for name in ("maf", "bert-crf")), None)
    assert (pair.judged.verdict, pair.judged.interval, pair.judged.p) == (Verdict.NOT_TESTED, None, None)
    assert "maf (partial): only the main view, no diagnosis" in pair.judged.reason
    texts = [str(section) for section in pairwise_sections(pair, 0)]
    assert any("not judged: partial runs of maf" in text for text in texts)


@pytest.mark.parametrize("protocol", ["equal", "paper"])
def test_machines_with_another_precision_do_not_mix(make, protocol):
    """A grid with `--precision auto` over several machines may have both."""
    records = []
    for seed, precision in enumerate(["fp32", "bf16"] * 3):
        training = TrainingSettings(epochs=2, precision=precision)
        spec = make.spec("umt", seed, training=training, protocol=protocol, auto_precision=f"{precision}: measured")
        records.append(make.record(spec, 0.7))
    groups = group_runs(gather(records, []), [])
    series = [series for group in groups for series in group.series]
    assert [{str(run.spec.training.precision) for run in seeds.runs} for seeds in series] in (
        [{"bf16"}, {"fp32"}],
        [{"fp32"}, {"bf16"}],
    )
    if protocol == "equal":
        assert len(groups) == 2
    else:
        assert {seeds.label for seeds in series} == {f"umt (training.precision={name})" for name in ("fp32", "bf16")}
