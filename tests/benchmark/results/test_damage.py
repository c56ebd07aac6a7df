"""Damaged or hostile records are named and excluded by every command; the others are reported."""

from __future__ import annotations

import errno
import json
import os
import shutil

import pytest
from click.testing import CliRunner
from damaged_store import DEEP, RUN, VERBS, call, edited, in_place_of, to
from small_grid import job, record

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.planning.durations import estimate
from mnerbench.benchmark.planning.pending import Rerun, to_do
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import StoreError

# --- Records --------------------------------------------------------------------------------------------------------


def overall(**counts):
    return lambda data: data["metrics"]["test"]["t"]["conlleval"]["overall"].update(counts)


CHANGES = {
    "identity": (to(identity="../victim"), "identity: String should match"),
    "other run": (to(identity="0" * 16), "the record of another run, 0000000000000000"),
    "version": (to(version=1), "a record of format 1, written by another version"),
    "view": (lambda data: data["metrics"]["test"].update({"x/../model": {}}), "String should match"),
    "split": (lambda data: data["metrics"].update({"test@../x": {}}), "String should match"),
    "primary view": (to(primary_view="../it"), "primary_view: String should match"),
    "dataset": (lambda data: data["spec"]["dataset"].update(name="../../x"), "spec.dataset.name: String"),
    "transfer": (lambda data: data["spec"]["transfer"][0].update(name="/etc"), "name: String should match"),
    "no fingerprint": (lambda data: data["spec"]["dataset"]["fingerprints"].clear(), "no fingerprint of test"),
    "infinite": (to(seconds=float("inf")), "seconds: a number that is not finite"),
    "large": (to(seconds=1e300), "seconds: a number that is too large"),
    "setting": (lambda data: data["spec"]["config"].update(x=float("nan")), "a number that is not finite"),
    "environment": (lambda data: data["environment"].update(x=[float("inf")]), "a number that is not finite"),
    "packages": (lambda data: data["environment"].update(packages=1), "`packages` must map package names"),
    "version of a package": (lambda data: data["environment"]["packages"].update(torch=[2]), "`packages` must map"),
    "learning rate": (
        lambda data: data["spec"]["training"].update(lr_new=float("inf")),
        "lr_new: a number that is not",
    ),
    "count": (overall(gold=10**400), "gold: a number that is too large"),
    "negative count": (overall(predicted=-1), "predicted: a number that is too small"),
    "digits": (lambda data: None, "number out of range"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_record_is_named_and_the_others_are_read(folder, name):
    change, reason = CHANGES[name]
    path = folder / RUN / "record.json"
    edited(path, change)
    if name == "digits":
        path.write_text(path.read_text().replace('"gold": ', '"gold": 1' + "0" * 5000, 1), encoding="utf-8")
    store = RunStore(folder)
    assert len(list(store.records())) == 12
    [damage] = store.damage
    assert (damage.path, damage.identity) == (path, RUN)
    assert reason in damage.reason
    assert len(damage.text) < 500
    assert "move the folder away" in damage.remedy
    # Only a file that cannot hold a result is replaceable.
    assert damage.replaceable == (name not in {"other run", "version"})


@pytest.mark.parametrize("content", [b"", DEEP, b'{"a":' * 100_000, b"\xff", b'{"version": 1e999}', b'"\\ud800"'])
def test_invalid_content_of_a_record_is_named(folder, content):
    (folder / RUN / "record.json").write_bytes(content)
    store = RunStore(folder)
    assert len(list(store.records())) == 12
    assert ["not a run record" in damage.reason for damage in store.damage] == [True]


@pytest.mark.parametrize(("kind", "reason"), [("folder", "a folder, not a file"), ("fifo", "not a regular file")])
def test_a_record_that_is_not_a_file_is_named_and_never_replaced(folder, kind, reason):
    in_place_of(folder / RUN / "record.json", kind)
    store = RunStore(folder)
    assert len(list(store.records())) == 12
    assert [(damage.reason, damage.remedy, damage.replaceable) for damage in store.damage] == [
        (reason, "move it away", False)
    ]


def test_a_record_without_read_permission_is_named_with_the_right_remedy(folder, monkeypatch):
    real_open = os.open

    def denied(path, *arguments, **options):
        if str(path).endswith(f"{RUN}/record.json"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real_open(path, *arguments, **options)

    monkeypatch.setattr(os, "open", denied)
    store = RunStore(folder)
    assert len(list(store.records())) == 12
    [damage] = store.damage
    assert (damage.reason, damage.replaceable) == ("permission denied", False)
    assert "change its permissions" in damage.remedy
    assert "space" not in damage.text


def test_a_repaired_record_is_no_longer_named(folder):
    path = folder / RUN / "record.json"
    content = path.read_bytes()
    path.write_bytes(b"{")
    store = RunStore(folder)
    assert store.record(RUN) is None
    path.write_bytes(content)
    assert store.record(RUN).identity == RUN
    assert not store.damage


def test_a_record_in_a_folder_of_another_name_is_named(folder):
    shutil.copytree(folder / RUN, folder / "before")
    store = RunStore(folder)
    assert len(list(store.records())) == 13
    assert ["not named after its run" in damage.reason for damage in store.damage] == [True]


@pytest.mark.parametrize("identity", ["", "..", "../x", "0" * 15, "0" * 17, "ABCDEF0123456789", "/etc", "a\x00"])
def test_only_an_identity_is_the_name_of_a_folder(tmp_path, identity):
    with pytest.raises(StoreError, match="not the identity of a run"):
        RunStore(tmp_path).folder(identity)


@pytest.mark.parametrize(
    ("split", "view"),
    [("test", "x/../model"), ("test", ".."), ("../test", "it"), ("test@a/b", "it"), ("test@..", "it"), ("train", "it")],
)
def test_only_known_splits_and_views_are_names_of_files(tmp_path, split, view):
    for make in (RunStore(tmp_path).predictions_path, RunStore(tmp_path).tally_path):
        with pytest.raises(StoreError, match="not the name of"):
            make(RUN, split, view)


# --- Commands -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_names_a_damaged_record_once_and_shows_the_others(folder, verb):
    (folder / RUN / "record.json").write_bytes(DEEP)
    code, output = call(*VERBS[verb], "--out", folder)
    assert code == 0
    assert output.count(f"warning: {folder / RUN / 'record.json'}: not a run record") == 1
    assert "ita-ga" in output or verb == "compare"


def test_sync_names_it_too(folder, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    for path in folder.glob("*/record.json"):
        path.write_bytes(b"{")
    code, output = call("sync", "--out", folder)
    assert code == 1
    assert output.count("not a run record") == 13


def test_reports_in_every_format_list_damaged_files(folder):
    (folder / RUN / "record.json").write_bytes(b"{")
    pages = {}
    for name in ("markdown", "html", "json"):
        assert call("report", "--out", folder, "--format", name, "--to", folder.parent / name)[0] == 0
        pages[name] = (folder.parent / name).read_text(encoding="utf-8")
    assert "Damaged files of this results folder" in pages["markdown"]
    assert "1 damaged file</strong> in this results folder" in pages["html"]
    for page in pages.values():
        assert f"{RUN}/record.json" in page
        assert str(folder) not in page
    [damaged] = json.loads(pages["json"])["damaged"]
    assert (damaged["run"], damaged["file"], damaged["left_out"]) == (RUN, f"{RUN}/record.json", True)
    assert "1 left out as damaged" in pages["markdown"]


def test_damages_beyond_the_limit_are_counted(folder):
    for number in range(60):
        stray = folder / f"stray{number}" / "record.json"
        stray.parent.mkdir()
        stray.write_bytes(b"")
    done = CliRunner().invoke(cli, ["report", "--out", str(folder), "--format", "markdown"])
    assert done.exit_code == 0
    assert done.stderr.count("not named after its run") == done.stdout.count("not named after its run") == 50
    assert "and 10 more damaged files" in done.stderr
    assert "- and 10 more" in done.stdout
    assert call("report", "--out", folder, "--format", "html", "--to", folder.parent / "page.html")[0] == 0
    assert "<li>and 10 more</li>" in (folder.parent / "page.html").read_text(encoding="utf-8")


def test_status_counts_a_damaged_run_as_missing_and_says_why(folder):
    (folder / RUN / "record.json").write_bytes(b"{")
    done = CliRunner().invoke(cli, ["status", "--out", str(folder), "--format", "json"])
    rows = json.loads(done.stdout)
    [damaged] = [row for row in rows if any("damaged record" in reason for reason in row["reasons"])]
    assert (damaged["method"], damaged["done"], damaged["missing"]) == ("bert-crf", 1, 1)


# --- Repeating a run ------------------------------------------------------------------------------------------------


def test_a_damaged_record_is_renamed_and_its_run_repeated(tmp_path):
    store, spec = RunStore(tmp_path), job(0).spec
    store.save_record(record(spec))
    path = store.record_path(spec.identity)
    path.write_bytes(b"{")
    assert [task.record_started for task in to_do([job(0)], store, Rerun.MISSING)] == [None]
    store.set_damaged_record_aside(spec.identity)
    assert path.with_name("record.json.damaged").read_bytes() == b"{"
    assert not path.exists()


@pytest.mark.parametrize("policy", list(Rerun))
def test_a_record_that_may_hold_a_result_is_never_replaced(tmp_path, policy):
    store, spec = RunStore(tmp_path), job(0).spec
    store.save_record(record(spec))
    edited(store.record_path(spec.identity), to(version=99))
    assert to_do([job(0), job(1)], store, policy)[0] == job(1)
    state = estimate([job(0), job(1)], store, policy)
    assert (state.blocked, state.to_do) == (1, 1)
    with pytest.raises(StoreError, match="of format 99"):
        store.set_damaged_record_aside(spec.identity)


def test_a_suite_runs_despite_a_damaged_record(fixtures, tmp_path):
    """A broken record is replaced; one of another version is not, which gives a non-zero exit code."""
    out = tmp_path / "runs"
    flags = ["--suite", "tiny", "--methods", "lookup,majority", "--data", fixtures, "--out", out, "--no-mlflow"]
    assert call("run", *flags)[0] == 0
    first, second = (path for path in sorted(out.glob("*/record.json")))
    whole = first.read_bytes()
    first.write_bytes(whole[:100])
    code, output = call("run", *flags)
    assert code == 0
    assert output.count("not a run record") == 1
    assert RunStore(out).read_record(first.parent.name) is not None
    assert first.with_name("record.json.damaged").read_bytes() == whole[:100]
    edited(second, to(version=99))
    before = second.read_bytes()
    code, output = call("run", *flags)
    assert code == 1
    assert "1 damaged, 0 to do" in output
    assert second.read_bytes() == before
