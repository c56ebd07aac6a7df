"""Links out of a results folder are not followed, and a damaged file affects only what depends on it."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest
from damaged_store import DEEP, RUN, VERBS, call, edited, in_place_of, to
from safetensors import safe_open
from safetensors.numpy import save
from small_grid import job

from mnerbench.benchmark.display.warnings import warn_of_stored_suite
from mnerbench.benchmark.results.damage import DamageLog
from mnerbench.benchmark.results.locks import RunLocks
from mnerbench.benchmark.results.manifest import SuiteManifest, load_manifests, save_manifest
from mnerbench.benchmark.results.merge import merge
from mnerbench.benchmark.results.search_results import load_searches
from mnerbench.benchmark.results.split_metadata import load_split, save_split
from mnerbench.benchmark.results.stats_store import PredictionStatsStore
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import StoreError

# --- Links ----------------------------------------------------------------------------------------------------------


def test_a_report_writes_nothing_through_links_or_names(folder, tmp_path):
    """A view named as a path, and `tallies` a link: the report once replaced `model.safetensors` there."""
    outside = tmp_path / "models"
    outside.mkdir()
    (outside / "model.safetensors").write_bytes(b"precious")
    (folder / RUN / "tallies").symlink_to(outside)
    score = json.loads((folder / RUN / "record.json").read_text())["metrics"]["test"]["t"]
    assert call("report", "--out", folder, "--format", "csv")[0] == 0
    edited(folder / RUN / "record.json", lambda data: data["metrics"]["test"].update({"x/../model": score}))
    assert call("report", "--out", folder, "--format", "csv")[0] == 0
    assert [(path.name, path.read_bytes()) for path in outside.iterdir()] == [("model.safetensors", b"precious")]


@pytest.mark.parametrize(
    "name", [RUN, f"{RUN}/record.json", f"{RUN}/predictions", f"{RUN}/tallies", "splits", "suites"]
)
def test_no_link_is_followed_out_of_the_folder(folder, tmp_path, name):
    link, outside = folder / name, tmp_path / "outside"
    if link.exists():
        shutil.move(link, outside)
    else:
        outside.mkdir()
    link.symlink_to(outside)
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    for arguments in (["report", "--format", "json"], ["status"]):
        code, output = call(*arguments, "--out", folder)
        assert code == 0
        is_read = name == RUN or name.endswith("record.json") or name == "suites" or arguments[0] == "report"
        assert (f"{link}: leads out of the results folder" in output) == is_read
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == before


def test_a_link_within_the_folder_is_followed(folder):
    shutil.move(folder / RUN / "predictions", folder / "elsewhere")
    (folder / RUN / "predictions").symlink_to(folder / "elsewhere")
    assert RunStore(folder).predictions(RUN, "test", "t")


def test_reports_and_locks_are_not_written_through_links(folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "all.md").write_text("precious")
    (folder / "reports").symlink_to(outside)
    code, output = call("report", "--out", folder)
    assert (code, "leads out of the results folder" in output) == (1, True)
    assert (outside / "all.md").read_text() == "precious"
    (folder / RUN / ".lock").symlink_to(outside / "all.md")
    with pytest.raises(StoreError, match="leads out of"):
        RunLocks(RunStore(folder)).acquire(RUN)
    assert not RunLocks(RunStore(folder)).is_held(RUN)
    assert (outside / "all.md").read_text() == "precious"


def test_a_partial_file_is_never_written_through_a_link(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / f".record.json.{os.getpid()}.part").symlink_to(victim)
    write_atomically(tmp_path / "record.json", "new")
    assert ((tmp_path / "record.json").read_text(), victim.read_text()) == ("new", "precious")


# --- Suites, splits, searches, tallies, predictions -----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["deep", "folder", "fifo", "identity", "suite", "infinite", "fingerprint"])
def test_a_damaged_manifest_is_named_and_the_rest_is_reported(folder, kind):
    path = folder / "suites" / "mini.json"
    if kind == "deep":
        path.write_bytes(DEEP)
    elif kind in {"folder", "fifo"}:
        in_place_of(path, kind)
    else:
        first = next(iter(json.loads(path.read_text())["runs"]))
        changes = {
            "identity": lambda data: data["runs"].update({"../x": data["runs"].pop(first)}),
            "suite": to(suite="../../out"),
            "infinite": lambda data: data["runs"][first]["config"].update(x=float("inf")),
            "fingerprint": lambda data: data["runs"][first]["dataset"]["fingerprints"].clear(),
        }
        edited(path, changes[kind])
    log = DamageLog()
    assert load_manifests(folder, log) == []
    assert [damage.path for damage in log] == [path]
    with pytest.raises(StoreError, match=r"mini\.json"):
        load_manifests(folder)
    code, output = call("report", "--out", folder, "--format", "markdown")
    assert (code, output.count("suites/mini.json")) == (0, 2)  # on the terminal and on the page
    assert "bert-crf" in output


def test_a_damaged_split_description_costs_slices_and_is_written_again(folder):
    path = next((folder / "splits").glob("tiny.test.*.json"))
    described = load_split(path)
    path.write_bytes(DEEP)
    code, output = call("report", "--out", folder, "--format", "markdown")
    assert (code, output.count(f"warning: {path}: not the description of a split")) == (0, 1)
    log = DamageLog()
    save_split(path, described, log)
    assert len(log) == 1
    assert load_split(path) == described
    assert path.with_name(f"{path.name}.damaged").read_bytes() == DEEP


@pytest.mark.parametrize("change", [to(fingerprint="x"), lambda data: data["tweets"].pop()])
def test_the_description_of_another_split_is_named_once(folder, change):
    path = next((folder / "splits").glob("tiny.test.*.json"))
    edited(path, change)
    code, output = call("report", "--out", folder, "--format", "markdown")
    assert (code, output.count("warning: /")) == (0, 1)
    assert f"warning: {path}: " in output


def test_damaged_searches_are_named(folder):
    for name, content in (("a", DEEP), ("b", b'{"suite": "../..", "searches": []}')):
        path = folder / "tuning" / name / "results.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    log = DamageLog()
    assert load_searches(folder, log) == []
    assert [damage.path.parent.name for damage in log] == ["a", "b"]
    assert call("report", "--out", folder, "--format", "csv")[0] == 0


def test_damaged_statistics_are_recomputed(folder):
    record = RunStore(folder).record(RUN)
    path = RunStore(folder).tally_path(RUN, "test", "t")
    stats = PredictionStatsStore(RunStore(folder)).of(record, "test", "t")
    with safe_open(path, framework="numpy") as file:
        whole, tensors = file.metadata()["tally"], {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    texts = ["[1]", "[" * 100_000, "{}", whole.replace("slices", "x"), whole.replace('"mistakes": {', '"mistakes": [{')]
    texts += [whole.replace('"slices": {', f'"slices": {{"seen": [{"9" * 50}, 1, 1],')]
    damaged = [save(tensors, {"tally": text}) for text in texts]
    shapes = [{"tweets": np.zeros((2, 5), np.int32)}, {"tweets": tensors["tweets"] * 1.5}, {"found": np.zeros(3, bool)}]
    shapes += [{"tweets": -tensors["tweets"]}, {"found": tensors["found"][:-1]}]
    damaged += [save({**tensors, **shape}, {"tally": whole}) for shape in shapes]
    for content in [b"", b"x" * 100, *damaged]:
        path.write_bytes(content)
        assert PredictionStatsStore(RunStore(folder)).of(record, "test", "t").tweets.tolist() == stats.tweets.tolist()
    for kind in ("folder", "fifo"):
        in_place_of(path, kind)
        store = RunStore(folder)
        assert PredictionStatsStore(store).of(record, "test", "t").tweets.tolist() == stats.tweets.tolist()
        shutil.rmtree(path) if kind == "folder" else path.unlink(missing_ok=True)
        path.write_bytes(b"")


def test_statistics_are_deleted_with_their_predictions(folder):
    store = RunStore(folder)
    record = store.record(RUN)
    PredictionStatsStore(store).keep(record)
    assert store.tally_path(RUN, "test", "t").is_file()
    store.withdraw_record(RUN)
    assert not store.tally_path(RUN, "test", "t").exists()


@pytest.mark.parametrize("kind", ["gone", "cut", "folder", "deep"])
def test_a_run_without_its_predictions_is_reported_from_its_record(folder, kind):
    path = folder / RUN / "predictions" / "test.t.jsonl"
    if kind == "gone":
        path.unlink()
    elif kind == "folder":
        in_place_of(path, kind)
    else:
        path.write_bytes(path.read_bytes()[:-20] if kind == "cut" else DEEP)
    for verb in ("report", "compare"):
        code, output = call(*VERBS[verb], "--out", folder)
        assert code == 0
        assert output.count(f"warning: {path}") == 1
        assert "did not evaluate" not in output  # it did
    store = RunStore(folder)
    record = store.record(RUN)
    assert PredictionStatsStore(store).readable(record, "test", "t") is None
    assert [(damage.identity, damage.excludes) for damage in store.damage] == [(RUN, False)]


def test_damaged_attention_costs_only_its_pictures(folder):
    path = folder / RUN / "attention" / "test.it.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"x" * 40)
    assert call("report", "--out", folder, "--format", "html", "--to", folder.parent / "page.html")[0] == 0


# --- Merging --------------------------------------------------------------------------------------------------------


def test_merge_skips_damaged_runs_and_says_so(folder, tmp_path):
    edited(folder / RUN / "record.json", lambda data: data["metrics"]["test"].update({"x/../model": {}}))
    in_place_of(folder / "116fb8f19fb6d500" / "record.json", "fifo")
    code, output = call("merge", folder, "--out", tmp_path / "here")
    assert code == 1
    assert "11 taken over" in output
    assert "2 left: damaged there" in output
    assert len(list(RunStore(tmp_path / "here").records())) == 11


def test_merge_does_not_copy_statistics(folder, tmp_path):
    call("report", "--out", folder, "--format", "csv")
    assert list(folder.glob("*/tallies/*"))
    merge(folder, RunStore(tmp_path / "here"))
    assert not list((tmp_path / "here").glob("*/tallies/*"))


def test_merge_never_replaces_an_unreadable_record(folder, tmp_path):
    here = RunStore(tmp_path / "here")
    merge(folder, here)
    edited(here.record_path(RUN), to(version=99))
    before = here.record_path(RUN).read_bytes()
    assert merge(folder, here)["left: what is here cannot be read"] == 1
    assert here.record_path(RUN).read_bytes() == before
    here.record_path(RUN).write_bytes(b"{")
    assert merge(folder, here)["taken over"] == 1
    assert here.read_record(RUN) is not None


# --- One name, two suites -------------------------------------------------------------------------------------------


def test_two_suites_of_one_name_give_a_warning(tmp_path, capsys):
    spec = job(0).spec
    first = SuiteManifest(suite="mine", title="Mine", baseline=None, runs={spec.identity: spec})
    save_manifest(tmp_path, first)
    warn_of_stored_suite(tmp_path, first)
    assert capsys.readouterr().err == ""
    warn_of_stored_suite(tmp_path, first.model_copy(update={"title": "Another"}))
    assert (
        "already has a suite 'mine', titled 'Mine': reports merge it with this one, titled 'Another'"
        in capsys.readouterr().err
    )


def test_looks_that_change_after_a_comparison_give_a_warning(tmp_path, capsys):
    specs = [job(seed).spec for seed in range(3)]
    first = SuiteManifest(suite="mine", title="Mine", baseline=None, runs={spec.identity: spec for spec in specs})
    save_manifest(tmp_path, first)
    warn_of_stored_suite(tmp_path, first)
    assert capsys.readouterr().err == ""
    warn_of_stored_suite(tmp_path, first.model_copy(update={"looks": (3, 5)}))
    assert "was begun with other looks (none) than it has now (3, 5): the first count" in capsys.readouterr().err
