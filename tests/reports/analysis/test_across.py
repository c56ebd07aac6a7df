"""Transfer, growing training sets, costs, and the effect of pictures inside a method."""

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.record import Diagnosed, JudgedRelation
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.reports.analysis.cross_dataset import learning_sheets, transfer_sheets
from mnerbench.reports.render.markdown import markdown_report
from mnerbench.reports.text.format import NONE, texts, titles


def moved(make, method, here, there, values, transferred):
    """Runs trained on one dataset and scored on two."""
    other = DatasetRef(name=there, fingerprints={"train": "x", "test": f"of {there}"})
    records = []
    for seed, (near, far) in enumerate(zip(values, transferred, strict=True)):
        spec = make.spec(method, seed, dataset=here).with_transfer([other])
        record = make.record(spec, near)
        metrics = {**record.metrics, f"test@{there}": {"t": make.scores(far)}}
        records.append(record.model_copy(update={"metrics": metrics}))
    return records


def test_the_matrix_has_a_column_per_ordered_pair(make):
    records = moved(make, "bert", "a", "b", [0.7, 0.72], [0.5, 0.52]) + moved(
        make, "bert", "b", "a", [0.8, 0.8], [0.4, 0.4]
    )
    records += make.seeds("bert-crf", [0.6, 0.6], dataset="a")
    [(title, sheet)] = transfer_sheets(leaderboard(records, []))
    assert title == "bert-base · protocol equal"
    assert titles(sheet) == ("method", "view", "a → a", "a → b", "b → a", "b → b")
    assert texts(sheet) == (
        ("bert", "t", "71.00 ± 1.41", "51.00 ± 1.41", "40.00 ± 0.00", "80.00 ± 0.00"),
        ("bert-crf", "t", "60.00 ± 0.00", NONE, NONE, NONE),
    )


def test_a_transfer_is_tested_against_the_baseline_on_the_same_pair(make, look):
    records = moved(make, "bert", "a", "b", [0.7, 0.72, 0.71], [0.5, 0.52, 0.54])
    records += moved(make, "bert-crf", "a", "b", [0.6, 0.62, 0.61], [0.3, 0.32, 0.3])
    tables = {table.conditions.dataset: table for table in leaderboard(records, [], "bert-crf")}
    assert set(tables) == {"a", "a → b"}
    assert look.row(tables["a → b"], "bert").comparison.welch.difference == pytest.approx(0.52 - 0.92 / 3)
    assert (tables["a → b"].conditions.trained_on, tables["a → b"].conditions.tested_on) == ("a", "b")


def changed(make, records, **prints):
    """The same runs on a dataset of the same name with other content."""
    records_changed = []
    for record in records:
        data = record.spec.dataset.model_copy(update={"fingerprints": {**record.spec.dataset.fingerprints, **prints}})
        spec = record.spec.model_copy(update={"dataset": data})
        records_changed.append(record.model_copy(update={"spec": spec, "identity": spec.identity}))
    return records_changed


def test_datasets_that_differ_in_dev_alone_never_share_a_column(make):
    records = moved(make, "bert", "a", "b", [0.7, 0.72], [0.5, 0.52])
    first, second = (changed(make, records, valid=digest * 64) for digest in ("1", "2"))
    tables = leaderboard(first + second, [])
    [(_, sheet)] = transfer_sheets(tables)
    names = ("a (dev 111111) → a", "a (dev 111111) → b", "a (dev 222222) → a", "a (dev 222222) → b")
    assert titles(sheet) == ("method", "view", *names)
    assert "a (dev 111111) → b" in markdown_report(tables)


def test_datasets_that_differ_in_a_test_split_that_is_not_scored_never_share_a_column(make):
    records = moved(make, "bert", "a", "b", [0.7, 0.72], [0.5, 0.52])
    other = changed(make, records, test="2" * 64)
    [(_, sheet)] = transfer_sheets(leaderboard(records + other, []))
    names = ("a (test 222222) → b", "a (test of a) → b", "a → a (222222)", "a → a (of a)")
    assert titles(sheet) == ("method", "view", *names)


def test_digests_that_begin_alike_are_written_in_full(make):
    records = moved(make, "bert", "a", "b", [0.7], [0.5])
    first, second = (changed(make, records, valid="1" * 63 + digest) for digest in "12")
    [(_, sheet)] = transfer_sheets(leaderboard(first + second, []))
    assert titles(sheet)[2] == f"a (dev {'1' * 64}) → a"
    assert len(sheet.columns) == 6


def test_two_contents_under_one_name_never_share_a_column(make):
    records = moved(make, "bert", "a", "b", [0.7, 0.72], [0.5, 0.52])
    other = []
    for record in moved(make, "bert", "a", "b", [0.1, 0.1], [0.2, 0.2]):
        data = record.spec.dataset.model_copy(update={"fingerprints": {"train": "repaired labels", "test": "of a"}})
        spec = record.spec.model_copy(update={"dataset": data})
        other.append(record.model_copy(update={"spec": spec, "identity": spec.identity}))
    [(_, sheet)] = transfer_sheets(leaderboard(records + other, []))
    names = ("a (repair) → a", "a (repair) → b", "a (train ) → a", "a (train ) → b")
    assert titles(sheet) == ("method", "view", *names)
    assert texts(sheet) == (("bert", "t", "10.00 ± 0.00", "20.00 ± 0.00", "71.00 ± 1.41", "51.00 ± 1.41"),)


def test_without_transfer_there_is_no_matrix(make):
    assert list(transfer_sheets(leaderboard(make.seeds("bert", [0.7]), []))) == []


def test_sizes_are_ordered_and_the_whole_comes_last(make):
    records = []
    for size, score in ((1000, 0.6), (50, 0.3), (None, 0.7)):
        spec = make.spec("bert")
        data = spec.dataset.model_copy(update={"train_tweets": size})
        records.append(make.record(spec.model_copy(update={"dataset": data}), score))
    [(title, sheet)] = learning_sheets(leaderboard(records, []))
    assert title == "made15, bert-base · protocol equal"
    assert titles(sheet) == ("method", "view", "50 tweets", "1,000 tweets", "all tweets")
    assert texts(sheet) == (("bert", "t", "30.00", "60.00", "70.00"),)
    assert list(learning_sheets(leaderboard(make.seeds("bert", [0.7]), []))) == []


def test_a_method_that_counts_has_a_spread_where_the_seed_picks_the_tweets(make, look):
    records = []
    for seed, score in enumerate((0.3, 0.4)):
        spec = make.spec("lookup", seed)
        data = spec.dataset.model_copy(update={"train_tweets": 50})
        records.append(make.record(spec.model_copy(update={"dataset": data}), score))
    row = look.row(look.only(leaderboard(records, [])), "lookup")
    assert not row.deterministic
    assert row.f1.std == pytest.approx(0.1 / 2**0.5)


def test_costs_are_means_over_runs_and_the_test_time_is_of_one_view(make, look):
    records = [
        make.record(
            make.spec("bert", seed), {"it": 0.7, "t": 0.6}, timings={"test": 4.0 + seed}, peak_memory=2_000_000_000
        )
        for seed in (0, 2)
    ]
    costs = look.row(look.only(leaderboard(records, [])), "bert", "it").costs
    assert (costs.train_seconds, costs.test_seconds, costs.memory) == (90.0, 2.5, 2e9)
    assert "| bert   |          90.0 |   2.50 |    108.0 M |" in markdown_report(leaderboard(records, []))


def diagnosed(f1, additive, distance):
    """The diagnosis of a run on 100 entities, with numbers of correct ones."""
    counts = [Counts(correct=n, predicted=100, gold=100) for n in (f1, additive)]
    return Diagnosed(tweets=64, own=counts[0], additive=counts[1], distance=distance, norm=10.0)


def test_the_effect_of_pictures_is_paired_by_seed(make, look):
    diagnoses = [diagnosed(70, 65, 2.0), diagnosed(72, 68, 4.0)]
    records = [
        make.record(make.spec("umt", seed), {"it": 0.7, "t": 0.6}, diagnosis=diagnosis)
        for seed, diagnosis in enumerate(diagnoses)
    ]
    table = look.only(leaderboard(records, []))
    effect = look.row(table, "umt", "it").effect
    assert look.row(table, "umt", "t").effect is None
    assert (effect.tweets, effect.own, effect.moved) == (64, pytest.approx(0.71), pytest.approx(0.3))
    assert effect.additive.difference == pytest.approx(0.045)
    assert effect.distance.mean == 3.0
    page = markdown_report([table])
    assert "F1 on 64 tweets of test, the same for all methods and seeds." in page
    assert "3.00 ± 1.41 |          30 % |" in page.replace("  3.00", "3.00")


def test_the_auc_of_the_relation_is_shown_for_methods_that_judge_it(make, look):
    def judged(auc, unrelated=40):
        return diagnosed(70, 65, 2.0).model_copy(
            update={"relation": JudgedRelation(related=60, unrelated=unrelated, auc=auc)}
        )

    def page(*diagnoses):
        maf = [make.record(make.spec("maf", n), {"it": 0.7}, diagnosis=item) for n, item in enumerate(diagnoses)]
        umt = [make.record(make.spec("umt", n), {"it": 0.7}, diagnosis=diagnosed(70, 65, 2.0)) for n in range(2)]
        return markdown_report(leaderboard([*maf, *umt], []))

    text = page(judged(0.8), judged(0.9))
    [maf] = [line for line in text.splitlines() if line.startswith("| maf") and "0.850 ± 0.071" in line]
    [umt] = [line for line in text.splitlines() if line.startswith("| umt") and len(line) == len(maf)]
    assert not umt.rstrip(" |")[-1].isdigit()
    assert "over 60 related and 40 unrelated pairs of test; 0.5 is chance" in text
    for without in (page(judged(0.8), judged(0.9, unrelated=39)), page(diagnosed(70, 65, 2.0), judged(0.8))):
        assert "AUC of the relation" not in without


def test_runs_that_looked_at_other_samples_are_not_averaged(make, look):
    diagnoses = [diagnosed(70, 65, 2.0), diagnosed(70, 65, 2.0).model_copy(update={"tweets": 32}), None]
    for some in (diagnoses[:2], diagnoses[::2]):
        records = [
            make.record(make.spec("umt", seed), {"it": 0.7}, diagnosis=diagnosis) for seed, diagnosis in enumerate(some)
        ]
        assert look.row(look.only(leaderboard(records, [])), "umt", "it").effect is None
