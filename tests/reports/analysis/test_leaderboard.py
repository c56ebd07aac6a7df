"""The leaderboard from hand-made records: ranks, comparisons, missing runs and warnings."""

import json
import statistics

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.reports.analysis import row_data
from mnerbench.reports.analysis.row_data import RowState
from mnerbench.reports.render.json import json_report
from mnerbench.reports.render.sheets import main_sheet
from mnerbench.reports.statistics import power
from mnerbench.reports.statistics.multiplicity import holm
from mnerbench.reports.statistics.ttests import paired_t, welch_t
from mnerbench.reports.statistics.verdict import Verdict
from mnerbench.reports.text.format import texts

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]
GOOD = [0.75, 0.77, 0.76, 0.74, 0.76]


# --- Complete rows --------------------------------------------------------------------------------------------------


def test_a_complete_table(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    table = look.only(leaderboard(records, [], "bert-crf"))
    assert [(r.method, r.view, r.rank, r.state) for r in table.rows] == [
        ("bert", "t", 1, RowState.COMPLETE),
        ("bert-crf", "t", 2, RowState.COMPLETE),
    ]
    bert = look.row(table, "bert")
    assert bert.f1.mean == pytest.approx(statistics.fmean(GOOD))
    assert bert.f1.std == pytest.approx(statistics.stdev(GOOD))
    assert (bert.f1.best, bert.f1.n, bert.done, bert.expected) == (0.77, 5, 5, 5)
    assert (bert.precision, bert.recall) == pytest.approx((bert.f1.mean, bert.f1.mean))
    assert table.types == {"LOC": 5000, "PER": 5000}
    assert bert.types["LOC"].f1 == pytest.approx(bert.f1.mean)
    assert (bert.costs.train_seconds, bert.costs.parameters["total"]) == (90.0, 108_000_000)
    assert table.warnings == ()


def test_the_comparison_is_welch_and_paired_t_of_the_seeds(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    table = look.only(leaderboard(records, [], "bert-crf"))
    comparison, a, b = look.row(table, "bert").comparison, dict(enumerate(GOOD)), dict(enumerate(BASE))
    assert comparison.welch == welch_t(a, b)
    assert comparison.paired == paired_t(a, b)
    assert (comparison.judged.p, comparison.judged.family) == (comparison.welch.p, 1)
    assert look.row(table, "bert-crf").baseline
    assert look.row(table, "bert-crf").comparison is None


def test_the_family_is_each_method_in_its_own_view(make, look):
    both = [{"it": a, "t": b} for a, b in zip(GOOD, BASE, strict=True)]
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", [0.71, 0.73, 0.72, 0.72, 0.73])
    records += make.seeds("ita-ga", both) + make.seeds("umt", [{"it": value} for value in BASE])
    records += make.seeds("maf", GOOD[:2]) + make.seeds("majority", [0.3])
    table = look.only(leaderboard(records, [], "bert-crf"))
    family = [look.row(table, *name).comparison for name in (("bert", "t"), ("ita-ga", "it"), ("umt", "it"))]
    assert [test.judged.p for test in family] == holm([test.welch.p for test in family])
    assert {test.judged.family for test in family} == {3}  # a row with two seeds cannot be tested
    assert look.row(table, "maf").comparison.judged.verdict is Verdict.TOO_FEW
    exploratory = look.row(table, "ita-ga", "t").comparison
    assert (exploratory.judged, exploratory.welch.p is not None) == (None, True)


def test_another_name_for_the_same_runs_is_tested_once(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD) + make.seeds("umt", BASE[::-1])
    specs = [record.spec for record in records]
    grid = make.grid(specs)
    aliases = {spec.identity: (spec.model_copy(update={"method": "alias"}),) for spec in specs if spec.method == "bert"}
    table = look.only(leaderboard(records, [grid.model_copy(update={"aliases": aliases})], "bert-crf"))
    first, second = (look.row(table, name).comparison.judged for name in ("alias", "bert"))
    assert first == second
    assert first.family == 2


def test_equal_means_share_a_rank(make, look):
    records = make.seeds("bert-crf", [0.7, 0.72]) + make.seeds("bert", [0.72, 0.7]) + make.seeds("umt", [0.6, 0.6])
    table = look.only(leaderboard(records, [], "bert-crf"))
    assert [(r.method, r.rank) for r in table.rows] == [("bert", 1), ("bert-crf", 1), ("umt", 3)]


def test_controls_are_shown_but_not_ranked(make, look):
    views = [{"it": 0.7 + n / 100, "t": 0.69, "it-shuffled": 0.8} for n in range(5)]
    records = make.seeds("bert-crf", BASE) + make.seeds("ita-ga", views, captions="blip2")
    table = look.only(leaderboard(records, [], "bert-crf"))
    assert [(r.view, r.rank) for r in table.rows] == [("it-shuffled", None), ("it", 1), ("t", 2), ("t", None)]
    assert look.row(table, "ita-ga", "it-shuffled").control
    (use,) = table.image_use
    assert list(use.gains) == ["t", "it-shuffled"]
    assert use.gains["it-shuffled"].difference == pytest.approx(0.72 - 0.8)
    assert use.gains["t"].p == pytest.approx(
        paired_t(look.row(table, "ita-ga", "it").by_seed, dict.fromkeys(range(5), 0.69)).p
    )


def test_another_scorer_ranks_by_itself_and_shows_the_rest(make, look):
    strict, default = (
        {"conlleval": 0.7, "strict-iob2": 0.8, "umt": 0.6},
        {"conlleval": 0.75, "strict-iob2": 0.7, "umt": 0.5},
    )
    records = [make.record(make.spec("bert"), {"t": strict}), make.record(make.spec("bert-crf"), {"t": default})]
    assert [r.method for r in look.only(leaderboard(records, [])).rows] == ["bert-crf", "bert"]
    table = look.only(leaderboard(records, [], scorer="strict-iob2"))
    assert [r.method for r in table.rows] == ["bert", "bert-crf"]
    assert look.row(table, "bert").scorers == {"conlleval": 0.7, "umt": 0.6}
    assert (table.conditions.scorer, table.conditions.other_scorers) == ("strict-iob2", ("conlleval", "umt"))
    with pytest.raises(ValueError, match="muc"):
        leaderboard(records, [], scorer="muc")


# --- What is missing ------------------------------------------------------------------------------------------------


def test_rows_that_lack_runs_are_listed_with_reasons_and_without_rank(make, look):
    specs = [make.spec(m, s) for m in ("bert-crf", "bert", "ita-ga", "maf") for s in range(5)]
    done = make.seeds("bert-crf", BASE)
    bert = [
        make.record(specs[5], 0.9),
        make.record(specs[6], 0.9),
        make.failed(specs[8], "late"),
        make.failed(specs[7]),
    ]
    bert.append(make.record(specs[9], status=Status.INTERRUPTED))
    ita = [make.failed(specs[10 + seed], f"seed {seed} broke") for seed in (3, 1)]
    grid = make.grid(specs, not_run={"umt on made15": "no images\n  -> fetch them", "umt on other": "elsewhere"})
    table, elsewhere = leaderboard([*done, *bert, *ita], [grid])
    assert [(r.method, r.view, r.state, r.done, r.expected, r.failed, r.rank) for r in table.rows] == [
        ("bert-crf", "t", RowState.COMPLETE, 5, 5, 0, 1),
        ("bert", "t", RowState.INCOMPLETE, 2, 5, 2, None),
        ("ita-ga", None, RowState.FAILED, 0, 5, 2, None),
        ("maf", None, RowState.PENDING, 0, 5, 0, None),
        ("umt", None, RowState.NOT_RUN, 0, 0, 0, None),
    ]
    assert look.row(table, "bert").reason == "2 failed, seed 2 with RuntimeError: out of memory; 1 interrupted"
    assert look.row(table, "bert").f1.n == 2
    assert look.row(table, "ita-ga", None).reason == "2 failed, seed 1 with RuntimeError: seed 1 broke; 3 not done yet"
    assert look.row(table, "maf", None).reason == "5 not done yet"
    assert look.row(table, "umt", None).reason == "no images\n  -> fetch them"
    assert "bert, ita-ga, maf" in look.warned(table, "provisional")[0]
    assert elsewhere.conditions.dataset == "other"
    assert [(r.method, r.state) for r in elsewhere.rows] == [("umt", RowState.NOT_RUN)]


def test_a_best_but_incomplete_row_does_not_push_others_down(make, look):
    specs = [make.spec(m, s) for m in ("bert-crf", "bert") for s in range(2)]
    records = [make.record(specs[0], 0.7), make.record(specs[1], 0.7), make.record(specs[2], 0.99)]
    table = look.only(leaderboard(records, [make.grid(specs)]))
    assert [(r.method, r.rank) for r in table.rows] == [("bert-crf", 1), ("bert", None)]


def test_without_a_grid_the_records_are_what_is_expected(make, look):
    records = [*make.seeds("bert-crf", [0.7, 0.71]), make.failed(make.spec("bert-crf", 2))]
    row = look.row(look.only(leaderboard(records, [])), "bert-crf")
    assert (row.done, row.expected, row.failed, row.state) == (2, 3, 1, RowState.INCOMPLETE)


def test_records_that_no_grid_knows_are_shown_too(make, look):
    grid = make.grid([make.spec("bert-crf", 0)])
    table = look.only(leaderboard(make.seeds("bert-crf", [0.7, 0.71]), [grid]))
    assert (table.rows[0].done, table.rows[0].expected) == (2, 2)


def test_a_method_that_ran_is_not_listed_as_not_run(make, look):
    specs = [make.spec("bert-crf", 0)]
    grid = make.grid(specs, not_run={"bert-crf on made15": "the encoder is gone"})
    assert [r.state for r in look.only(leaderboard([make.record(specs[0], 0.7)], [grid])).rows] == [RowState.COMPLETE]


def test_seeds_that_could_not_run_this_time_leave_the_row_without_rank(make, look):
    specs = [make.spec("bert-crf", seed) for seed in (0, 1, 2)]
    grid = make.grid(specs, not_run={"ita-ga on made15": "the captions are gone"})
    records = [make.record(spec, 0.7) for spec in specs] + make.seeds("ita-ga", [0.8, 0.8])
    table = look.only(leaderboard(records, [make.grid([r.spec for r in records]), grid]))
    row = look.row(table, "ita-ga")
    assert (row.state, row.done, row.expected, row.rank) == (RowState.INCOMPLETE, 2, 3, None)
    assert row.reason == "1 not run: the captions are gone"
    assert look.row(table, "bert-crf").rank == 1


def test_a_test_split_without_entities_has_no_score(make, look):
    records = [
        make.record(make.spec("bert-crf", seed), metrics={"test": {"t": {"conlleval": make.score(0, 0)}}})
        for seed in (0, 1)
    ]
    table = look.only(leaderboard(records, [], "bert-crf"))
    assert (table.rows[0].f1, table.rows[0].rank, table.types) == (None, None, {})
    assert "holds no entity" in table.rows[0].reason
    assert table.conditions.gold == {"conlleval": 0}


def test_a_type_that_is_only_predicted_is_no_column(make, look):
    score = make.score(0.7)
    invented = {**score.types, "X": Counts(correct=0, predicted=9, gold=0)}
    metrics = {"test": {"t": {"umt": score.model_copy(update={"types": invented})}}}
    assert list(look.only(leaderboard([make.record(make.spec(), metrics=metrics)], [], scorer="umt")).types) == [
        "LOC",
        "PER",
    ]


def test_a_record_of_a_time_before_a_scorer_is_incomplete_under_it(make, look):
    old = make.record(make.spec("bert-crf", 0), metrics={"test": {"t": {"conlleval": make.score(0.7)}}})
    records = [old, make.record(make.spec("bert-crf", 1), 0.7)]
    assert look.only(leaderboard(records, [])).rows[0].scorers == {}
    row = look.only(leaderboard(records, [], scorer="umt")).rows[0]
    assert (row.done, row.expected, row.state) == (1, 2, RowState.INCOMPLETE)
    assert "1 done without this view or scorer" in row.reason


# --- The baseline ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("baseline", "suites", "text"),
    [
        (None, [], "no baseline is named"),
        ("umt", [], "baseline umt has no finished run"),
        (None, ["bert", "bert-crf"], "different baselines (bert, bert-crf)"),
    ],
)
def test_without_a_usable_baseline_nothing_is_compared(make, look, baseline, suites, text):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    grids = [make.grid([r.spec for r in records], suite=f"of {name}", baseline=name) for name in suites]
    table = look.only(leaderboard(records, grids, baseline))
    assert table.baseline is None
    assert all(r.comparison is None and not r.baseline for r in table.rows)
    assert look.warned(table, text)
    assert [r.rank for r in table.rows] == [1, 2]


def test_the_baseline_given_wins_over_the_suites(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    grid = make.grid([r.spec for r in records])
    assert look.only(leaderboard(records, [grid])).baseline == "bert-crf"
    assert look.only(leaderboard(records, [grid], "bert")).baseline == "bert"


def test_a_baseline_with_pictures_stands_in_the_view_that_picked_its_epochs(make, look):
    views = [{"it": value, "t": 0.1} for value in GOOD]
    table = look.only(leaderboard(make.seeds("bert-crf", BASE) + make.seeds("ita-ga", views), [], "ita-ga"))
    assert look.row(table, "ita-ga", "it").baseline
    assert look.row(table, "ita-ga", "t").comparison.welch.difference == pytest.approx(0.1 - statistics.fmean(GOOD))


def test_one_run_has_no_spread_and_no_test(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", [0.75])
    table = look.only(leaderboard(records, [], "bert-crf"))
    row = look.row(table, "bert")
    assert (row.f1.std, row.f1.best) == (None, 0.75)
    assert row.comparison.welch.difference == pytest.approx(0.75 - statistics.fmean(BASE))
    assert (row.comparison.welch.p, row.comparison.judged.p, row.comparison.paired.p) == (None, None, None)
    assert look.warned(table, "down to 1")


def test_counting_methods_are_ranked_but_never_tested(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("majority", [0.3])
    table = look.only(leaderboard(records, [], "bert-crf"))
    row = look.row(table, "majority")
    assert (row.rank, row.deterministic, row.comparison) == (2, True, None)
    assert (row.costs.train_seconds, row.costs.parameters) == (None, {})
    assert not look.warned(table, "seeds")


def test_a_counting_method_under_two_protocols_is_one_run_in_every_table(make, look):
    equal, paper = (make.spec("majority", protocol=name) for name in ("equal", "paper"))
    assert equal.identity == paper.identity
    trained = [make.spec("bert-crf", seed, protocol=name) for name in ("equal", "paper") for seed in (0, 1)]
    grids = [
        make.grid([equal, *trained[:2]], suite="equal"),
        make.grid([paper, *trained[2:]], suite="paper"),
    ]
    records = [make.record(equal, 0.3), *(make.record(spec, 0.7 + spec.seed / 100) for spec in trained[:2])]
    both = grids[1].merged_with(grids[0].model_copy(update={"suite": "paper"}))
    for manifests in (grids, [both]):
        tables = leaderboard(records, manifests, "bert-crf")
        assert [table.conditions.protocol for table in tables] == ["equal", "paper"]
        for table in tables:
            assert (look.row(table, "majority").done, look.row(table, "majority").expected) == (1, 1)
            assert (look.row(table, "majority").f1.n, look.row(table, "majority").f1.std) == (1, None)
            assert (look.row(table, "bert-crf").done, look.row(table, "bert-crf").expected) == (2, 2)


def test_a_counting_method_alone_under_two_protocols_is_one_row(make, look):
    specs = [make.spec("majority", protocol=name) for name in ("equal", "paper")]
    grids = [make.grid([spec], suite=spec.protocol, baseline=None) for spec in specs]
    table = look.only(leaderboard([make.record(specs[0], 0.3)], grids))
    assert [(r.method, r.done, r.expected) for r in table.rows] == [("majority", 1, 1)]


def test_an_input_whose_source_a_record_lacks_is_named_without_it(make, look):
    def with_inputs(record):
        data = record.spec.dataset.model_copy(update={"inputs": {"captions": "a" * 64, "ocr": "b" * 64}})
        data = data.model_copy(update={"sources": {"captions": "captions.mine.txt"}})
        return record.model_copy(update={"spec": record.spec.model_copy(update={"dataset": data})})

    table = look.only(leaderboard([*map(with_inputs, make.seeds("ita-ga", BASE))], [], None))
    assert table.conditions.inputs == (
        f"captions captions.mine.txt ({'a' * 12})",
        f"ocr of unknown source ({'b' * 12})",
    )


def test_power_and_stochastic_order_are_computed_only_where_they_are_printed(make, monkeypatch):
    """The results need neither; JSON has both."""
    calls = []
    monkeypatch.setattr(power, "detectable_difference", lambda *_: calls.append("detectable") or 0.5)
    monkeypatch.setattr(power, "seeds_needed", lambda *_: calls.append("needed") or 7)
    monkeypatch.setattr(row_data, "almost_stochastic_order", lambda *_, **__: calls.append("aso") or 0.25)
    records = make.seeds("bert-crf", BASE) + make.seeds("umt", [f + 0.03 * n for n, f in enumerate(BASE)])
    tables = leaderboard(records, [], "bert-crf")
    assert texts(main_sheet(tables[0]))
    assert not calls
    compared = json.loads(json_report(tables))["tables"][0]["rows"][0]["comparison"]
    assert [compared[key] for key in ("detectable", "needed", "dominance")] == [0.5, 7, 0.25]
    assert not {"power", "scores"} & set(compared)
    assert sorted(calls) == ["aso", "detectable", "needed"]
