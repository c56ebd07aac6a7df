"""Runs computed by other code than is installed: detection, reports and reruns."""

from __future__ import annotations

import re
import tomllib

import pytest
from small_grid import job, record

from mnerbench.benchmark.planning.durations import estimate
from mnerbench.benchmark.planning.installed_code import installed_code, running_code, with_installed_code
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.pending import Rerun, to_do
from mnerbench.benchmark.results import code_state as code_state_module
from mnerbench.benchmark.results import equal_code
from mnerbench.benchmark.results.code_state import (
    CodeState,
    Computed,
    code_digest,
    code_state,
    differing_modules,
    other_code_sentences,
    plain_digest,
    unknown_code_sentence,
)
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.run import failed_outside
from mnerbench.methods.registry import methods
from mnerbench.methods.sources import ABSENT

NEW, OLD, UNKNOWN = {"a": "1", "b": "2"}, {"a": "1", "b": "3"}, {}


@pytest.mark.parametrize(
    ("code", "installed", "state"),
    [
        (NEW, dict(reversed(NEW.items())), CodeState.INSTALLED),
        (OLD, NEW, CodeState.OTHER),
        ({"a": "1"}, NEW, CodeState.OTHER),
        (UNKNOWN, NEW, CodeState.UNKNOWN),
        (OLD, UNKNOWN, CodeState.UNKNOWN),
    ],
)
def test_code_is_compared_by_all_its_modules(code, installed, state):
    assert code_state(code, installed) is state
    if code and installed:
        assert (code_digest(code) == code_digest(installed)) is (state is CodeState.INSTALLED)


def test_the_digest_of_no_code_is_empty():
    assert code_digest({}) == ""
    assert len(code_digest(NEW)) == 16


def test_code_that_was_only_moved_has_its_former_digest(monkeypatch):
    moved = {"rooms.a": "1", "rooms.b": "2"}
    assert code_state(moved, NEW) is CodeState.OTHER
    monkeypatch.setattr(code_state_module, "former_digests", lambda: {plain_digest(moved): plain_digest(NEW)})
    assert code_state(moved, NEW) is code_state(NEW, moved) is CodeState.INSTALLED
    assert code_digest(moved) == code_digest(NEW) == plain_digest(NEW)
    assert code_state({**moved, "rooms.b": "3"}, NEW) is CodeState.OTHER
    assert code_digest(OLD) == plain_digest(OLD)


def test_the_table_of_moved_code_names_families_and_pairs_of_digests():
    families = tomllib.loads(equal_code.PATH.read_text(encoding="utf-8"))
    assert set(families) <= {entry.family.name for entry in methods()}
    for pairs in families.values():
        assert all(re.fullmatch("[0-9a-f]{16}", digest) for pair in pairs.items() for digest in pair)


def test_what_differs_is_named():
    assert differing_modules([NEW, OLD]) == ["b"]
    assert differing_modules([NEW, {"a": "1", "c": "4"}]) == ["b", "c"]
    assert differing_modules([NEW, dict(NEW)]) == []


def test_runs_are_counted_by_changed_modules():
    runs = [Computed("maf", OLD, NEW)] * 5 + [Computed("umt", OLD, NEW), Computed("bert", NEW, NEW)]
    runs += [Computed("ita", {str(number): "x" for number in range(5)}, {str(number): "y" for number in range(5)})]
    assert other_code_sentences(runs) == [
        "5 runs of maf, 1 run of umt were computed by other code than is installed (b differs)",
        "1 run of ita was computed by other code than is installed (0, 1, 2 and 2 more differ)",
    ]
    assert unknown_code_sentence(runs) == ""
    assert unknown_code_sentence([*runs, Computed("x", UNKNOWN, NEW)]).startswith("the code of 1 run is unknown")


# --- Pending runs ---------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path)


def planned(seed):
    return Job(job(seed).spec, None, NEW)


def save(store, seed, code, status=Status.DONE):
    store.save_record(record(planned(seed).spec, status).model_copy(update={"code": code}))


@pytest.mark.parametrize(
    ("policy", "seeds"),
    [
        (Rerun.MISSING, [5, 6]),
        (Rerun.FAILED, [3, 4, 5, 6]),
        (Rerun.STALE, [1, 4, 5, 6]),
        (Rerun.ALL, [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_stale_selects_runs_of_other_code_and_missing_ones(store, policy, seeds):
    for seed, code in enumerate((NEW, OLD, UNKNOWN)):
        save(store, seed, code)
    save(store, 3, NEW, Status.FAILED)
    save(store, 4, OLD, Status.FAILED)
    save(store, 5, NEW, Status.INTERRUPTED)
    jobs = [planned(seed) for seed in range(7)]
    assert [item.spec.seed for item in to_do(jobs, store, policy)] == seeds
    assert estimate(jobs, store, policy).to_do == len(seeds)


def test_code_is_not_part_of_an_identity():
    assert planned(0).spec.identity == job(0).spec.identity


# --- Records --------------------------------------------------------------------------------------------------------


def test_a_record_keeps_its_code_and_an_older_one_has_none(store):
    save(store, 0, OLD)
    path = store.folder(planned(0).spec.identity) / "record.json"
    assert store.record(path.parent.name).code == OLD
    data = RunRecord.model_validate_json(path.read_bytes()).model_dump(mode="json")
    del data["code"]
    assert RunRecord.model_validate(data).code == {}


def test_a_lost_run_has_the_code_that_was_installed_when_it_was_planned():
    assert failed_outside(planned(0), "WorkerLost", "gone").code == NEW


# --- What is installed ----------------------------------------------------------------------------------------------


def test_the_code_of_a_trained_method_includes_the_training_loop_and_that_of_a_counting_one_does_not():
    codes = installed_code(["maf", "majority", "not-installed"])
    assert list(codes) == ["maf", "majority"]
    assert "mnerbench.benchmark.training.trainer" in codes["maf"].keys() - codes["majority"].keys()
    assert "mnerbench.methods.counting.model" in codes["majority"].keys() - codes["maf"].keys()
    assert not any(ABSENT in code.values() for code in codes.values())


def test_the_running_code_is_the_installed_code():
    for name in ("maf", "majority", "bert"):
        assert running_code(methods().family(name)) == installed_code([name])[name]


def test_jobs_of_unknown_methods_have_no_code():
    from mnerbench.benchmark.planning.expand import Grid

    [unchanged] = with_installed_code(Grid(None, (job(0),), {})).jobs
    assert unchanged == job(0)
