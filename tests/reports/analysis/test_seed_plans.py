"""Planned numbers of seeds: from manifests to verdicts."""

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.damage import DamageLog
from mnerbench.benchmark.results.manifest import load_manifests, save_manifest
from mnerbench.reports.render.answer import answer
from mnerbench.reports.statistics.seed_plan import SeedPlan
from mnerbench.reports.statistics.verdict import Verdict

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]
GOOD = [0.73, 0.74, 0.73, 0.75, 0.74]


def manifest_of(make, store, *requests, looks=()):
    """The stored manifest after requests for so many seeds of two methods."""
    for seeds in requests:
        specs = [make.spec(method, seed) for method in ("bert-crf", "maf") for seed in range(seeds)]
        save_manifest(store, make.grid(specs).model_copy(update={"looks": looks}))
    [manifest] = load_manifests(store)
    return manifest


def judged(make, look, manifest, seeds=5):
    records = make.seeds("bert-crf", BASE[:seeds]) + make.seeds("maf", GOOD[:seeds])
    return look.row(look.only(leaderboard(records, [manifest])), "maf").comparison.judged


@pytest.mark.parametrize(
    ("requests", "planned"),
    [
        ((5,), 5),
        ((5, 5), 5),
        ((1, 5), 5),  # a trial with too few seeds for a comparison is no plan
        ((2, 4, 5), 4),
        ((3, 5), 3),
        ((3, 4, 5), 3),
    ],
)
def test_the_plan_is_the_first_request_of_enough_seeds(make, look, tmp_path, requests, planned):
    verdict = judged(make, look, manifest_of(make, tmp_path, *requests))
    assert verdict.plan == SeedPlan((planned, planned))
    assert verdict.plan.is_extended(verdict.n) == (planned < 5)


def test_missing_runs_are_short_of_the_plan(make, look, tmp_path):
    verdict = judged(make, look, manifest_of(make, tmp_path, 5), seeds=3)
    assert verdict.plan.is_short(verdict.n)


def test_a_method_that_is_added_later_has_a_plan_of_its_own(make, look, tmp_path):
    manifest_of(make, tmp_path, 3)
    save_manifest(tmp_path, make.grid([make.spec("umt", seed) for seed in range(5)]))
    [manifest] = load_manifests(tmp_path)
    records = make.seeds("bert-crf", BASE[:3]) + make.seeds("umt", GOOD)
    verdict = look.row(look.only(leaderboard(records, [manifest])), "umt").comparison.judged
    assert verdict.plan == SeedPlan((5, 3))


def test_without_a_manifest_no_plan_is_known(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("maf", GOOD)
    assert look.row(look.only(leaderboard(records, [], "bert-crf")), "maf").comparison.judged.plan == SeedPlan()


def test_declared_looks_decide(make, look, tmp_path):
    manifest = manifest_of(make, tmp_path, 3, 4, 5, looks=(3, 5, 10))
    first, between, second = (judged(make, look, manifest, seeds) for seeds in (3, 4, 5))
    assert first.plan.looks == (3, 5, 10)
    assert between.verdict is Verdict.NOT_TESTED
    fixed = judged(make, look, manifest.model_copy(update={"looks": ()}))
    assert (fixed.verdict, second.verdict) == (Verdict.BETTER, Verdict.BETTER)
    assert fixed.p < second.p


def test_the_first_looks_count(make, tmp_path):
    manifest_of(make, tmp_path / "a", 3)
    assert manifest_of(make, tmp_path / "a", 5, looks=(3, 5)).looks == ()
    manifest_of(make, tmp_path / "b", 2)
    assert manifest_of(make, tmp_path / "b", 5, looks=(3, 5)).looks == (3, 5)


def test_runs_outside_of_any_plan_are_added_seeds(make, look, tmp_path):
    verdict = judged(make, look, manifest_of(make, tmp_path, 3))
    assert verdict.plan == SeedPlan((3, 3))
    assert verdict.plan.is_extended(verdict.n)


def test_looks_of_several_suites_are_all_looks(make, look, tmp_path):
    first = manifest_of(make, tmp_path, 3, looks=(3,))
    second = manifest_of(make, tmp_path / "b", 5, looks=(3, 5)).model_copy(update={"suite": "other"})
    records = make.seeds("bert-crf", BASE) + make.seeds("maf", GOOD)
    for manifests in ([first, second], [second, first]):
        [table] = leaderboard(records, manifests)
        assert look.row(table, "maf").comparison.judged.plan.looks == (3, 5)


def test_merged_folders_are_parts_of_one_plan(make, look, tmp_path):
    """Seeds 0 to 2 here and 3 to 4 there, in either direction; extensions and looks of both stay."""
    specs = [make.spec(method, seed) for method in ("bert-crf", "maf") for seed in range(5)]
    here = make.grid([spec for spec in specs if spec.seed < 3])
    there = make.grid([spec for spec in specs if spec.seed >= 3]).model_copy(update={"looks": (3, 5)})
    for ours, theirs in ((here, there), (there, here)):
        merged = ours.merged_with(theirs)
        assert (merged.extensions, merged.looks) == ({}, (3, 5))
        assert judged(make, look, merged).plan == SeedPlan((5, 5), (3, 5))
    extended = make.grid(specs).extending(here)
    assert extended.merged_with(make.grid([])).extensions == extended.extensions
    assert make.grid([]).merged_with(extended).extensions == extended.extensions
    assert extended.merged_with(make.grid(specs)).extensions == {}  # planned at once elsewhere


def test_a_stored_manifest_with_impossible_looks_is_damaged(make, tmp_path):
    manifest_of(make, tmp_path, 3)
    path = tmp_path / "suites" / "mine.json"
    text = path.read_text()
    for looks in ("[10, 3]", "[0, 5]", "[5, 5]", "[3.0]", "[true]"):
        path.write_text(text.replace('"looks": []', f'"looks": {looks}'))
        log = DamageLog()
        assert load_manifests(tmp_path, log) == []
        assert len(log) == 1


def test_twins_and_provisional_plans_in_the_answer(make, look, tmp_path):
    records = make.seeds("bert-crf", BASE) + make.seeds("maf", GOOD)
    specs = [record.spec for record in records]
    twins = [spec.model_copy(update={"method": "maf-two"}) for spec in specs if spec.method == "maf"]
    grid = make.grid(specs)
    grid = grid.model_copy(update={"aliases": {spec.identity: (spec,) for spec in twins}})
    assert answer(look.only(leaderboard(records, [grid]))) == "On made15, 1 of 1 method is better than bert-crf (maf)."
    ten = make.grid([make.spec(method, seed) for method in ("bert-crf", "maf") for seed in range(10)])
    assert answer(look.only(leaderboard(records, [ten]))).endswith("With 5 seeds this is provisional.")
    three = manifest_of(make, tmp_path, 3, 5)
    end = "Seeds were added after the plan, which raises the chance of false verdicts."
    assert answer(look.only(leaderboard(records, [three]))).endswith(end)
