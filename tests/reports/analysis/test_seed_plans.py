"""Planned numbers of seeds: from manifests to verdicts."""

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.manifest import FEWEST_COMPARED, load_manifests, save_manifest
from mnerbench.reports.statistics.seed_plan import SeedPlan
from mnerbench.reports.statistics.ttests import FEWEST_SEEDS
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


def test_both_rooms_agree_on_the_fewest_seeds():
    assert FEWEST_COMPARED == FEWEST_SEEDS
