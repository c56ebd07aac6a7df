"""The leaderboard from hand-made records: what is ranked, compared, listed and warned about."""

import random
import statistics

import pytest

from mnerbench.benchmark.records import CountsModel, Status
from mnerbench.benchmark.spec import DatasetRef, EncoderRef, TrainingSettings
from mnerbench.reports.leaderboard import leaderboard
from mnerbench.reports.significance import holm, paired_t, welch_t
from mnerbench.reports.tables import RowState

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]
GOOD = [0.75, 0.77, 0.76, 0.74, 0.76]


def only(tables):
    (table,) = tables
    return table


def row(table, method, view="t"):
    (found,) = [one for one in table.rows if (one.method, one.view) == (method, view)]
    return found


def warned(table, text):
    return [warning for warning in table.warnings if text in warning]


# --- Complete rows --------------------------------------------------------------------------------------------------


def test_a_complete_table(make):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    table = only(leaderboard(records, [], "bert-crf"))
    assert [(r.method, r.view, r.rank, r.state) for r in table.rows] == [
        ("bert", "t", 1, RowState.COMPLETE),
        ("bert-crf", "t", 2, RowState.COMPLETE),
    ]
    bert = row(table, "bert")
    assert bert.f1.mean == pytest.approx(statistics.fmean(GOOD))
    assert bert.f1.std == pytest.approx(statistics.stdev(GOOD))
    assert (bert.f1.best, bert.f1.n, bert.done, bert.expected) == (0.77, 5, 5, 5)
    assert (bert.precision, bert.recall) == pytest.approx((bert.f1.mean, bert.f1.mean))
    assert table.types == ("LOC", "PER")
    assert bert.types["LOC"] == pytest.approx(bert.f1.mean)
    assert (bert.seconds_per_epoch, bert.parameters) == (90.0, 108_000_000)
    assert table.warnings == ()


def test_the_comparison_is_welch_and_paired_t_of_the_seeds(make):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    table = only(leaderboard(records, [], "bert-crf"))
    found, a, b = row(table, "bert").comparison, dict(enumerate(GOOD)), dict(enumerate(BASE))
    assert found.welch == welch_t(a, b)
    assert found.paired == paired_t(a, b)
    assert (found.holm, found.family) == (found.welch.p, 1)
    assert row(table, "bert-crf").baseline
    assert row(table, "bert-crf").comparison is None


def test_holm_goes_over_the_rows_of_one_view(make):
    both = [{"it": a, "t": b} for a, b in zip(GOOD, BASE, strict=True)]
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", [0.71, 0.73, 0.72, 0.72, 0.73])
    records += make.seeds("ita-ga", both) + make.seeds("umt", [{"it": value} for value in BASE])
    table = only(leaderboard(records, [], "bert-crf"))
    for view, methods in (("t", ["bert", "ita-ga"]), ("it", ["ita-ga", "umt"])):
        tests = [row(table, method, view).comparison for method in methods]
        assert [test.holm for test in tests] == holm([test.welch.p for test in tests])
        assert {test.family for test in tests} == {2}


def test_equal_means_share_a_rank(make):
    records = make.seeds("bert-crf", [0.7, 0.72]) + make.seeds("bert", [0.72, 0.7]) + make.seeds("umt", [0.6, 0.6])
    table = only(leaderboard(records, [], "bert-crf"))
    assert [(r.method, r.rank) for r in table.rows] == [("bert", 1), ("bert-crf", 1), ("umt", 3)]


def test_controls_are_shown_but_not_ranked(make):
    views = [{"it": 0.7 + n / 100, "t": 0.69, "it-shuffled": 0.8} for n in range(5)]
    records = make.seeds("bert-crf", BASE) + make.seeds("ita-ga", views, captions="blip2")
    table = only(leaderboard(records, [], "bert-crf"))
    assert [(r.view, r.rank) for r in table.rows] == [("it-shuffled", None), ("it", 1), ("t", 2), ("t", 3)]
    assert row(table, "ita-ga", "it-shuffled").control
    (use,) = table.image_use
    assert list(use.gains) == ["t", "it-shuffled"]
    assert use.gains["it-shuffled"].difference == pytest.approx(0.72 - 0.8)
    assert use.gains["t"].p == pytest.approx(
        paired_t(row(table, "ita-ga", "it").by_seed, dict.fromkeys(range(5), 0.69)).p
    )


def test_another_scorer_ranks_by_itself_and_shows_the_rest(make):
    strict, default = (
        {"conlleval": 0.7, "strict-iob2": 0.8, "umt": 0.6},
        {"conlleval": 0.75, "strict-iob2": 0.7, "umt": 0.5},
    )
    records = [make.record(make.spec("bert"), {"t": strict}), make.record(make.spec("bert-crf"), {"t": default})]
    assert [r.method for r in only(leaderboard(records, [])).rows] == ["bert-crf", "bert"]
    table = only(leaderboard(records, [], scorer="strict-iob2"))
    assert [r.method for r in table.rows] == ["bert", "bert-crf"]
    assert row(table, "bert").scorers == {"conlleval": 0.7, "umt": 0.6}
    assert (table.conditions.scorer, table.conditions.other_scorers) == ("strict-iob2", ("conlleval", "umt"))
    with pytest.raises(ValueError, match="muc"):
        leaderboard(records, [], scorer="muc")


# --- What is missing ------------------------------------------------------------------------------------------------


def test_rows_that_lack_runs_are_listed_with_reasons_and_without_rank(make):
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
    assert row(table, "bert").reason == "2 failed, seed 2 with RuntimeError: out of memory; 1 interrupted"
    assert row(table, "bert").f1.n == 2
    assert row(table, "ita-ga", None).reason == "2 failed, seed 1 with RuntimeError: seed 1 broke; 3 not done yet"
    assert row(table, "maf", None).reason == "5 not done yet"
    assert row(table, "umt", None).reason == "no images\n  -> fetch them"
    assert "bert, ita-ga, maf" in warned(table, "provisional")[0]
    assert elsewhere.conditions.dataset == "other"
    assert [(r.method, r.state) for r in elsewhere.rows] == [("umt", RowState.NOT_RUN)]


def test_a_best_but_incomplete_row_does_not_push_others_down(make):
    specs = [make.spec(m, s) for m in ("bert-crf", "bert") for s in range(2)]
    records = [make.record(specs[0], 0.7), make.record(specs[1], 0.7), make.record(specs[2], 0.99)]
    table = only(leaderboard(records, [make.grid(specs)]))
    assert [(r.method, r.rank) for r in table.rows] == [("bert-crf", 1), ("bert", None)]


def test_without_a_grid_the_records_are_what_is_expected(make):
    records = [*make.seeds("bert-crf", [0.7, 0.71]), make.failed(make.spec("bert-crf", 2))]
    found = row(only(leaderboard(records, [])), "bert-crf")
    assert (found.done, found.expected, found.failed, found.state) == (2, 3, 1, RowState.INCOMPLETE)


def test_records_that_no_grid_knows_are_shown_too(make):
    grid = make.grid([make.spec("bert-crf", 0)])
    table = only(leaderboard(make.seeds("bert-crf", [0.7, 0.71]), [grid]))
    assert (table.rows[0].done, table.rows[0].expected) == (2, 2)


def test_a_method_that_ran_is_not_listed_as_not_run(make):
    specs = [make.spec("bert-crf", 0)]
    grid = make.grid(specs, not_run={"bert-crf on made15": "the encoder is gone"})
    assert [r.state for r in only(leaderboard([make.record(specs[0], 0.7)], [grid])).rows] == [RowState.COMPLETE]


def test_a_test_split_without_entities_has_no_score(make):
    records = [
        make.record(make.spec("bert-crf", seed), metrics={"test": {"t": {"conlleval": make.score(0, 0)}}})
        for seed in (0, 1)
    ]
    table = only(leaderboard(records, [], "bert-crf"))
    assert (table.rows[0].f1, table.rows[0].rank, table.types) == (None, None, ())
    assert "holds no entity" in table.rows[0].reason
    assert table.conditions.gold == {"conlleval": 0}


def test_a_type_that_is_only_predicted_is_no_column(make):
    score = make.score(0.7)
    invented = {**score.types, "X": CountsModel(correct=0, predicted=9, gold=0)}
    metrics = {"test": {"t": {"umt": score.model_copy(update={"types": invented})}}}
    assert only(leaderboard([make.record(make.spec(), metrics=metrics)], [], scorer="umt")).types == ("LOC", "PER")


def test_a_record_of_a_time_before_a_scorer_is_incomplete_under_it(make):
    old = make.record(make.spec("bert-crf", 0), metrics={"test": {"t": {"conlleval": make.score(0.7)}}})
    records = [old, make.record(make.spec("bert-crf", 1), 0.7)]
    assert only(leaderboard(records, [])).rows[0].scorers == {}
    found = only(leaderboard(records, [], scorer="umt")).rows[0]
    assert (found.done, found.expected, found.state) == (1, 2, RowState.INCOMPLETE)
    assert "1 done without this view or scorer" in found.reason


# --- The baseline ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("baseline", "suites", "text"),
    [
        (None, [], "no baseline is named"),
        ("umt", [], "baseline umt has no finished run"),
        (None, ["bert", "bert-crf"], "different baselines (bert, bert-crf)"),
    ],
)
def test_without_a_usable_baseline_nothing_is_compared(make, baseline, suites, text):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    grids = [make.grid([r.spec for r in records], suite=f"of {name}", baseline=name) for name in suites]
    table = only(leaderboard(records, grids, baseline))
    assert table.baseline is None
    assert all(r.comparison is None and not r.baseline for r in table.rows)
    assert warned(table, text)
    assert [r.rank for r in table.rows] == [1, 2]


def test_the_baseline_given_wins_over_the_suites(make):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    grid = make.grid([r.spec for r in records])
    assert only(leaderboard(records, [grid])).baseline == "bert-crf"
    assert only(leaderboard(records, [grid], "bert")).baseline == "bert"


def test_a_baseline_with_pictures_stands_in_the_view_that_picked_its_epochs(make):
    views = [{"it": value, "t": 0.1} for value in GOOD]
    table = only(leaderboard(make.seeds("bert-crf", BASE) + make.seeds("ita-ga", views), [], "ita-ga"))
    assert row(table, "ita-ga", "it").baseline
    assert row(table, "ita-ga", "t").comparison.welch.difference == pytest.approx(0.1 - statistics.fmean(GOOD))


def test_one_run_has_no_spread_and_no_test(make):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", [0.75])
    table = only(leaderboard(records, [], "bert-crf"))
    found = row(table, "bert")
    assert (found.f1.std, found.f1.best) == (None, 0.75)
    assert found.comparison.welch.difference == pytest.approx(0.75 - statistics.fmean(BASE))
    assert (found.comparison.welch.p, found.comparison.holm, found.comparison.paired.p) == (None, None, None)
    assert warned(table, "down to 1")


def test_counting_methods_are_ranked_but_never_tested(make):
    records = make.seeds("bert-crf", BASE) + make.seeds("majority", [0.3])
    table = only(leaderboard(records, [], "bert-crf"))
    found = row(table, "majority")
    assert (found.rank, found.deterministic, found.comparison) == (2, True, None)
    assert (found.seconds_per_epoch, found.parameters) == (None, None)
    assert not warned(table, "seeds")


def test_a_counting_method_under_two_protocols_is_one_run_in_every_table(make):
    equal, paper = (make.spec("majority", protocol=name) for name in ("equal", "paper"))
    assert equal.identity == paper.identity
    trained = [make.spec("bert-crf", seed, protocol=name) for name in ("equal", "paper") for seed in (0, 1)]
    grids = [
        make.grid([equal, *trained[:2]], suite="equal"),
        make.grid([paper, *trained[2:]], suite="paper"),
    ]
    records = [make.record(equal, 0.3), *(make.record(spec, 0.7 + spec.seed / 100) for spec in trained[:2])]
    both = grids[1].over(grids[0].model_copy(update={"suite": "paper"}))
    for asked in (grids, [both]):
        tables = leaderboard(records, asked, "bert-crf")
        assert [table.conditions.protocol for table in tables] == ["equal", "paper"]
        for table in tables:
            assert (row(table, "majority").done, row(table, "majority").expected) == (1, 1)
            assert (row(table, "majority").f1.n, row(table, "majority").f1.std) == (1, None)
            assert (row(table, "bert-crf").done, row(table, "bert-crf").expected) == (2, 2)


def test_a_counting_method_alone_under_two_protocols_is_one_row(make):
    specs = [make.spec("majority", protocol=name) for name in ("equal", "paper")]
    grids = [make.grid([spec], suite=spec.protocol, baseline=None) for spec in specs]
    table = only(leaderboard([make.record(specs[0], 0.3)], grids))
    assert [(r.method, r.done, r.expected) for r in table.rows] == [("majority", 1, 1)]


# --- Groups ---------------------------------------------------------------------------------------------------------


def test_runs_under_other_conditions_stand_in_other_tables(make):
    other = EncoderRef(name="other-bert", digest="0" * 64)
    tables = leaderboard(
        [
            *make.seeds("bert-crf", [0.7], encoder=other),
            *make.seeds("bert-crf", [0.71]),
            *make.seeds("bert-crf", [0.72], training=TrainingSettings(epochs=9)),
            *make.seeds("bert-crf", [0.73], dataset="made17"),
            *make.seeds("majority", [0.3]),
            *make.seeds("lookup", [0.4], dataset="alone"),
        ],
        [],
    )
    assert [(t.conditions.dataset, t.conditions.encoder, t.conditions.training.get("epochs")) for t in tables] == [
        ("alone", None, None),
        ("made15", "bert-base", 2),
        ("made15", "bert-base", 9),
        ("made15", "other-bert", 2),
        ("made17", "bert-base", 2),
    ]
    assert [[r.method for r in t.rows] for t in tables] == [
        ["lookup"],
        ["bert-crf", "majority"],
        ["bert-crf", "majority"],
        ["bert-crf", "majority"],
        ["bert-crf"],
    ]


def test_one_encoder_under_two_names_is_one_table(make):
    path = EncoderRef(name="my-copy", digest="e" * 64)
    table = only(leaderboard(make.seeds("bert-crf", [0.7]) + make.seeds("bert", [0.7], encoder=path), []))
    assert table.conditions.encoder == "bert-base = my-copy"


def test_two_contents_under_one_dataset_name_are_two_tables(make):
    repaired = DatasetRef(name="made15", fingerprints={"train": "train of made15", "test": "repaired"})
    retrained = DatasetRef(name="made15", fingerprints={"train": "more", "test": "of made15"})
    records = make.seeds("bert-crf", [0.7])
    for data in (repaired, retrained):
        records.append(make.record(make.spec().model_copy(update={"dataset": data}), 0.8))
    assert len(leaderboard(records, [])) == 3


def test_two_settings_of_one_method_are_two_rows(make):
    records = make.seeds("ita-ga", [0.7, 0.71], config={"dropout": 0.1, "captions": 5})
    records += make.seeds("ita-ga", [0.8, 0.81], config={"dropout": 0.1, "captions": 1}) + make.seeds("bert-crf", [0.6])
    table = only(leaderboard(records, [], "ita-ga"))
    assert [(r.method, r.done) for r in table.rows] == [
        ("ita-ga (captions=1)", 2),
        ("ita-ga (captions=5)", 2),
        ("bert-crf", 1),
    ]
    assert warned(table, "several settings")
    assert only(leaderboard(records, [], "ita-ga (captions=5)")).baseline == "ita-ga (captions=5)"


def test_the_same_text_read_with_other_types_is_another_row(make):
    """Types are part of a run's identity, so these are not four seeds of one method."""
    typed = DatasetRef(name="made15", fingerprints=make.spec().dataset.fingerprints, types=("PER", "LOC"))
    records = make.seeds("bert", [0.7, 0.7])
    for seed in (0, 1):
        spec = make.spec("bert", seed)
        records.append(make.record(spec.model_copy(update={"dataset": typed}), 0.8))
    table = only(leaderboard(records, []))
    found = sorted((r.method, r.done) for r in table.rows)
    assert found == [('bert (types=["PER", "LOC"])', 2), ("bert (types=[])", 2)]


def test_other_captions_are_another_row(make):
    data = make.spec(captions="blip2").dataset
    other = data.model_copy(update={"inputs": {"captions": "f" * 64}})
    records = make.seeds("ita-ga", [0.7]) + [
        make.record(make.spec("ita-ga").model_copy(update={"dataset": d}), 0.7) for d in (data, other)
    ]
    table = only(leaderboard(records, []))
    assert [r.method for r in table.rows] == [
        "ita-ga",
        "ita-ga (captions file=cccccccccccc)",
        "ita-ga (captions file=ffffffffffff)",
    ]
    assert table.conditions.inputs == ("captions blip2 (cccccccccccc)", "captions blip2 (ffffffffffff)")


def test_under_the_papers_settings_methods_share_a_table_and_settings_are_listed(make):
    settings = TrainingSettings(epochs=2, scheme="bioes", stray_inside="repair")
    records = make.seeds("bert-crf", BASE, protocol="paper")
    records += make.seeds("ita-ga", GOOD, protocol="paper", training=settings)
    table = only(leaderboard(records, [], "bert-crf"))
    assert table.conditions.own_training == {
        "bert-crf": {"scheme": "bio", "stray_inside": "keep"},
        "ita-ga": {"scheme": "bioes", "stray_inside": "repair"},
    }
    assert table.conditions.training["epochs"] == 2
    assert "scheme" not in table.conditions.training
    assert warned(table, "protocol paper")


def test_one_run_asked_for_by_two_suites_stands_in_both_under_its_names(make):
    spec = make.spec("bert-crf")
    alias, paper = make.spec("text-only", family="bert-crf"), make.spec("bert-crf", protocol="paper")
    assert spec.identity == alias.identity == paper.identity
    grids = [make.grid([one], suite=str(n)) for n, one in enumerate((spec, alias, paper))]
    equal, papers = leaderboard([make.record(spec, 0.7)], grids)
    assert [r.method for r in equal.rows] == ["bert-crf", "text-only"]
    assert (papers.conditions.protocol, [r.method for r in papers.rows]) == ("paper", ["bert-crf"])


# --- Conditions, order ----------------------------------------------------------------------------------------------


def test_conditions_come_from_specs_and_records(make):
    facts = {
        "environment": {"processor": "a CPU", "threads": 2, "packages": {"torch": "2.6", "numpy": "2"}, "commit": "abc"}
    }
    facts |= {"notes": ("made15: not the content of its card",), "policies": {"stray_inside_keep": 186, "shortened": 0}}
    records = [make.record(make.spec("bert-crf", 0), 0.7, **facts)]
    policies = {"stray_inside_keep": 186, "contexts_cut": 4}
    spec = make.spec("ita-ga", 0, captions="blip2")
    records.append(make.record(spec, {"it": 0.7}, **{**facts, "policies": policies}))
    table = only(leaderboard(records, [make.grid([r.spec for r in records])]))
    known = table.conditions
    assert known.fingerprints == {"train": "train of made15", "test": "of made15"}
    assert known.gold == {"conlleval": 10_000, "strict-iob2": 10_000, "umt": 10_000}
    assert (known.protocol, known.encoder, known.encoder_digest) == ("equal", "bert-base", "e" * 64)
    assert known.training == make.training.model_dump(mode="json")
    assert known.inputs == ("captions blip2 (cccccccccccc)",)
    assert known.policies == ("contexts_cut 4 (ita-ga)", "stray_inside_keep 186")
    assert (known.hardware, known.software) == (("a CPU, 2 threads",), ("torch 2.6, commit abc",))
    assert known.suites == {"mine": "A suite"}
    assert "test is scored once" in known.selection
    assert warned(table, "not the content of its card")


def test_mixed_hardware_software_and_gold_are_warned_about(make):
    records = [
        make.record(make.spec("bert-crf", 0), 0.7, environment={"gpu": "H200", "packages": {"torch": "2.6"}}),
        make.record(make.spec("bert-crf", 1), 0.7, environment={"processor": "a CPU", "packages": {"torch": "2.7"}}),
        make.record(make.spec("bert-crf", 2), metrics={"test": {"t": {"conlleval": make.score(0.7, 9_000)}}}),
    ]
    table = only(leaderboard(records, [], "bert-crf"))
    for text in ("different hardware", "different versions", "disagree on the number of gold entities"):
        assert warned(table, text)


def test_the_order_of_records_and_grids_never_matters(make):
    views = [{"it": a, "t": b, "it-shuffled": b} for a, b in zip(GOOD, BASE, strict=True)]
    records = (
        make.seeds("bert-crf", BASE) + make.seeds("ita-ga", views, captions="blip2") + make.seeds("majority", [0.3])
    )
    records += [make.failed(make.spec("umt", seed), f"reason {seed}") for seed in range(3)]
    records += make.seeds("bert-crf", BASE, dataset="made17") + make.seeds("ita-ga", [0.5], config={"captions": 1})
    specs = [r.spec for r in records]
    grids = [
        make.grid(specs[:7], "a"),
        make.grid(specs[4:], "b", not_run={"maf on made15": "no images"}),
        make.grid(specs, "c"),
    ]
    expected = leaderboard(records, grids)
    for seed in range(5):
        random.Random(seed).shuffle(records)
        random.Random(seed).shuffle(grids)
        assert leaderboard(records, grids) == expected


def test_a_record_given_twice_counts_once(make):
    records = make.seeds("bert-crf", BASE)
    # Two copies of a folder, put together: what is done counts, whatever failed before or after.
    failed = [make.failed(records[0].spec, started=f"{year}-01-01T00:00:00+00:00") for year in (2020, 2030)]
    assert leaderboard([*failed, *records, *records], []) == leaderboard(records, [])


def test_nothing_gives_no_tables():
    assert leaderboard([], []) == []
