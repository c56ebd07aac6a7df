"""Merging results folders: no finished run is lost or replaced by a lesser one."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from small_grid import job, moved, record

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.damage import DamageLog
from mnerbench.benchmark.results.locks import RunLocks
from mnerbench.benchmark.results.manifest import SuiteManifest, load_manifests, save_manifest
from mnerbench.benchmark.results.merge import merge
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import StoreError


def save(store, seed, status=Status.DONE, word="", spec=None):
    """Save a record with a prediction file."""
    spec = spec or job(seed).spec
    store.save_record(record(spec, status))
    path = store.folder(spec.identity) / "predictions" / "test.t.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text(word or store.root.name)
    return spec.identity


def word(store, identity):
    return (store.folder(identity) / "predictions" / "test.t.jsonl").read_text()


@pytest.fixture
def here(tmp_path):
    return RunStore(tmp_path / "here")


@pytest.fixture
def there(tmp_path):
    return RunStore(tmp_path / "there")


def test_runs_are_copied_and_the_source_is_not_changed(here, there):
    identities = [save(there, seed) for seed in range(3)]
    (there.folder(identities[0]) / "checkpoint.pt").write_bytes(b"state")
    before = {path: path.read_bytes() for path in there.root.rglob("*") if path.is_file()}
    assert merge(there.root, here) == {"taken over": 3}
    assert {path: path.read_bytes() for path in there.root.rglob("*") if path.is_file()} == before
    assert sorted(record.spec.seed for record in here.records()) == [0, 1, 2]
    assert word(here, identities[1]) == "there"
    assert not list(here.root.rglob("checkpoint.pt"))
    assert not list(here.root.glob(".incoming"))
    assert merge(there.root, here) == {"here already": 3}


@pytest.mark.parametrize(
    ("ours", "theirs", "replaced"),
    [
        (Status.DONE, Status.DONE, False),
        (Status.DONE, Status.FAILED, False),
        (Status.FAILED, Status.DONE, True),
        (Status.FAILED, Status.FAILED, False),
        (Status.INTERRUPTED, Status.FAILED, True),
        (Status.INTERRUPTED, Status.DONE, True),
        (Status.FAILED, Status.INTERRUPTED, False),
    ],
)
def test_only_a_better_run_replaces_another(here, there, ours, theirs, replaced):
    identity = save(here, 0, ours)
    save(there, 0, theirs)
    merge(there.root, here)
    assert here.record(identity).status is (theirs if replaced else ours)
    assert word(here, identity) == ("there" if replaced else "here")


def test_a_run_with_more_scores_replaces_one_with_fewer(here, there):
    plain, on_more = job(0), moved(job(0), "e")
    identity = save(here, 0, spec=plain.spec)
    save(there, 0, spec=on_more.spec)
    assert merge(there.root, here) == {"replaced": 1}
    assert set(here.record(identity).spec.tests) == {"test", "test@e"}
    save(there, 0, spec=plain.spec)
    assert merge(there.root, here) == {"here already": 1}


def test_a_run_that_is_locked_here_is_skipped(here, there):
    identity, ours = save(there, 0), RunLocks(here)
    assert ours.acquire(identity)
    assert merge(there.root, here) == {"left: being done here": 1}
    ours.release_all()
    assert merge(there.root, here) == {"taken over": 1}


def test_suite_manifests_are_merged(here, there):
    for store, seed in ((here, 0), (there, 1)):
        spec = job(seed).spec
        save_manifest(store.root, SuiteManifest(suite="s", title="t", baseline=None, runs={spec.identity: spec}))
    save(there, 1)
    merge(there.root, here)
    [grid] = load_manifests(here.root)
    assert {spec.seed for spec in grid.runs.values()} == {0, 1}


def test_links_out_of_the_source_are_not_followed(here, there, tmp_path):
    identity = save(there, 0)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (there.folder(identity) / "predictions" / "more.jsonl").symlink_to(secret)
    merge(there.root, here)
    assert not (here.folder(identity) / "predictions" / "more.jsonl").exists()
    grid = SuiteManifest(suite="s", title="t", baseline=None, runs={job(1).spec.identity: job(1).spec})
    save_manifest(there.root, grid)
    path = there.root / "suites" / "s.json"
    path.write_text(path.read_text().replace('"suite": "s"', '"suite": "../../out"'))
    log = DamageLog()
    assert merge(there.root, here, log)["left: damaged there"] == 1
    assert ["leads out of" in damage.text for damage in log] == [True]
    assert load_manifests(here.root) == []
    assert not (tmp_path / "out.json").exists()


def test_a_record_in_the_folder_of_another_run_is_skipped(here, there):
    identity = save(there, 0)
    for name, reason in (("0" * 16, "the record of another run"), ("0", "not named after its run")):
        there.folder(identity).rename(there.root / name)
        log = DamageLog()
        assert merge(there.root, here, log) == {"left: damaged there": 1}
        assert [reason in damage.text for damage in log] == [True]
        assert list(here.records()) == []
        (there.root / name).rename(there.folder(identity))


def test_the_command_prints_the_outcomes(here, there, tmp_path):
    save(there, 0)
    (there.root / "tuning").mkdir()
    done = CliRunner().invoke(cli, ["merge", str(there.root), "--out", str(here.root)])
    assert done.exit_code == 0, done.output
    assert f"{there.root}: 1 taken over" in done.output
    assert "searches are not merged" in done.output
    (tmp_path / "empty").mkdir()
    done = CliRunner().invoke(cli, ["merge", str(tmp_path / "empty"), "--out", str(here.root)])
    assert isinstance(done.exception, StoreError)


def with_code(store, identity, code):
    store.save_record(store.record(identity).model_copy(update={"code": code}))


def test_code_is_copied_and_other_code_for_the_same_run_is_reported(here, there):
    identity = save(there, 0)
    with_code(there, identity, {"m": "1"})
    merge(there.root, here)
    assert here.record(identity).code == {"m": "1"}
    assert merge(there.root, here) == {"here already": 1}
    with_code(there, identity, {"m": "2"})
    assert merge(there.root, here) == {"here already, computed by other code": 1}
    assert here.record(identity).code == {"m": "1"}
