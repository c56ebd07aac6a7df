"""What is damaged or hostile in a results folder is named, left out and never followed; the rest is reported."""

from __future__ import annotations

import errno
import json
import os
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors import safe_open
from safetensors.numpy import save
from small_grid import job, record

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.cli.warnings import warn_of_shared_name
from mnerbench.benchmark.planning.durations import estimate
from mnerbench.benchmark.planning.pending import Rerun, to_do
from mnerbench.benchmark.results.damage import DamageLog
from mnerbench.benchmark.results.locks import Claims
from mnerbench.benchmark.results.manifest import GridFile, load_grids, save_grid
from mnerbench.benchmark.results.merge import merge
from mnerbench.benchmark.results.prediction_stats import TallyStore
from mnerbench.benchmark.results.search_results import load_searches
from mnerbench.benchmark.results.split_metadata import load_split, save_split
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import StoreError

RUN = "29bc7442a87db6e8"  # bert-crf, seed 0, trained on small and scored on tiny too
DEEP = b"[" * 100_000


@pytest.fixture
def folder(root, tmp_path):
    """A results folder of 13 runs with predictions."""
    shutil.copytree(root / "tests" / "reports" / "small", tmp_path / "runs")
    return tmp_path / "runs"


def call(*arguments):
    """Exit code and output of a command that ends without a traceback."""
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments], standalone_mode=True)
    assert done.exception is None or isinstance(done.exception, SystemExit | StoreError), done.exception
    return done.exit_code, done.output + (str(done.exception) if isinstance(done.exception, StoreError) else "")


def edited(path, change):
    """Write the change of a JSON file back; `change` gets its content."""
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def in_place_of(path, kind):
    """Something else than a file of this name."""
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(kind)


# --- Records --------------------------------------------------------------------------------------------------------


def to(**fields):
    return lambda data: data.update(fields)


def overall(**counts):
    return lambda data: data["metrics"]["test"]["t"]["conlleval"]["overall"].update(counts)


CHANGES = {
    "identity": (to(identity="../victim"), "identity: String should match"),
    "other run": (to(identity="0" * 16), "its record is of another run, 0000000000000000"),
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
    # What is nobody's result may be done again.
    assert damage.replaceable == (name not in {"other run", "version"})


@pytest.mark.parametrize("content", [b"", DEEP, b'{"a":' * 100_000, b"\xff", b'{"version": 1e999}', b'"\\ud800"'])
def test_what_is_no_record_is_named(folder, content):
    (folder / RUN / "record.json").write_bytes(content)
    store = RunStore(folder)
    assert len(list(store.records())) == 12
    assert ["not a run record" in damage.reason for damage in store.damage] == [True]


@pytest.mark.parametrize(("kind", "reason"), [("folder", "a folder, not a file"), ("fifo", "not a regular file")])
def test_what_is_no_file_is_named_and_never_replaced(folder, kind, reason):
    in_place_of(folder / RUN / "record.json", kind)
    store = RunStore(folder)
    assert len(list(store.records())) == 12
    assert [(damage.reason, damage.remedy, damage.replaceable) for damage in store.damage] == [
        (reason, "move it away", False)
    ]


def test_a_record_that_may_not_be_read_is_named_with_the_true_remedy(folder, monkeypatch):
    really = os.open

    def denied(path, *arguments, **named):
        if str(path).endswith(f"{RUN}/record.json"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return really(path, *arguments, **named)

    monkeypatch.setattr(os, "open", denied)
    store = RunStore(folder)
    assert len(list(store.records())) == 12
    [damage] = store.damage
    assert (damage.reason, damage.replaceable) == ("permission denied", False)
    assert "change its permissions" in damage.remedy
    assert "space" not in damage.text


def test_a_record_in_order_again_is_no_longer_named(folder):
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


# --- The verbs ------------------------------------------------------------------------------------------------------

VERBS = {
    "report": ["report", "--format", "markdown"],
    "status": ["status"],
    "compare": ["compare", "bert-crf", "lookup", "--dataset", "small"],
}


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_names_a_damaged_record_once_and_tells_the_rest(folder, verb):
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


def test_reports_in_every_format_say_what_is_left_out(folder):
    (folder / RUN / "record.json").write_bytes(b"{")
    pages = {}
    for name in ("markdown", "html", "json"):
        assert call("report", "--out", folder, "--format", name, "--to", folder.parent / name)[0] == 0
        pages[name] = (folder.parent / name).read_text(encoding="utf-8")
    assert "Damaged files of this results folder" in pages["markdown"]
    assert "Damaged files of this results folder" in pages["html"]
    for page in pages.values():
        assert f"{RUN}/record.json" in page
        assert str(folder) not in page
    [damaged] = json.loads(pages["json"])["damaged"]
    assert (damaged["run"], damaged["file"], damaged["left_out"]) == (RUN, f"{RUN}/record.json", True)
    assert "1 left out as damaged" in pages["markdown"]


def test_more_damage_than_anybody_reads_is_counted(folder):
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
    [row] = [one for one in rows if any("damaged record" in reason for reason in one["reasons"])]
    assert (row["method"], row["done"], row["missing"]) == ("bert-crf", 1, 1)


# --- Doing a run again ----------------------------------------------------------------------------------------------


def test_a_damaged_record_is_done_again_and_kept_beside(tmp_path):
    store, spec = RunStore(tmp_path), job(0).spec
    store.save_record(record(spec))
    path = store.record_path(spec.identity)
    path.write_bytes(b"{")
    assert [task.seen for task in to_do([job(0)], store, Rerun.MISSING)] == [None]
    store.make_room(spec.identity)
    assert path.with_name("record.json.damaged").read_bytes() == b"{"
    assert not path.exists()


@pytest.mark.parametrize("policy", list(Rerun))
def test_a_run_whose_record_may_be_a_result_is_never_done_over_it(tmp_path, policy):
    store, spec = RunStore(tmp_path), job(0).spec
    store.save_record(record(spec))
    edited(store.record_path(spec.identity), to(version=99))
    assert to_do([job(0), job(1)], store, policy)[0].job == job(1)
    state = estimate([job(0), job(1)], store, policy)
    assert (state.blocked, state.to_do) == (1, 1)
    with pytest.raises(StoreError, match="of format 99"):
        store.make_room(spec.identity)


def test_a_suite_goes_on_beside_a_damaged_record(fixtures, tmp_path):
    """A broken record is done again; one of another version is left, and the exit code says so."""
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
    kept = second.read_bytes()
    code, output = call("run", *flags)
    assert code == 1
    assert "1 damaged, 0 to do" in output
    assert second.read_bytes() == kept


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
    place, outside = folder / name, tmp_path / "outside"
    if place.exists():
        shutil.move(place, outside)
    else:
        outside.mkdir()
    place.symlink_to(outside)
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    for arguments in (["report", "--format", "json"], ["status"]):
        code, output = call(*arguments, "--out", folder)
        assert code == 0
        told = name == RUN or name.endswith("record.json") or name == "suites" or arguments[0] == "report"
        assert (f"{place}: leads out of the results folder" in output) == told
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
        Claims(RunStore(folder)).take(RUN)
    assert not Claims(RunStore(folder)).is_held(RUN)
    assert (outside / "all.md").read_text() == "precious"


def test_a_partial_file_is_never_written_through_a_link(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / f".record.json.{os.getpid()}.part").symlink_to(victim)
    write_atomically(tmp_path / "record.json", "new")
    assert ((tmp_path / "record.json").read_text(), victim.read_text()) == ("new", "precious")


# --- Suites, splits, searches, tallies, predictions -----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["deep", "folder", "fifo", "identity", "suite", "infinite", "fingerprint"])
def test_a_damaged_grid_is_named_and_the_rest_is_reported(folder, kind):
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
    assert load_grids(folder, log) == []
    assert [damage.path for damage in log] == [path]
    with pytest.raises(StoreError, match=r"mini\.json"):
        load_grids(folder)
    code, output = call("report", "--out", folder, "--format", "markdown")
    assert (code, output.count("suites/mini.json")) == (0, 2)  # on the terminal and on the page
    assert "bert-crf" in output


def test_a_damaged_description_of_a_split_costs_slices_and_is_written_anew(folder):
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


def test_damaged_tallies_are_counted_again(folder):
    [record] = [one for one in RunStore(folder).records() if one.identity == RUN]
    path = RunStore(folder).tally_path(RUN, "test", "t")
    made = TallyStore(RunStore(folder)).of(record, "test", "t")
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
        assert TallyStore(RunStore(folder)).of(record, "test", "t").tweets.tolist() == made.tweets.tolist()
    for kind in ("folder", "fifo"):
        in_place_of(path, kind)
        store = RunStore(folder)
        assert TallyStore(store).of(record, "test", "t").tweets.tolist() == made.tweets.tolist()
        shutil.rmtree(path) if kind == "folder" else path.unlink(missing_ok=True)
        path.write_bytes(b"")


def test_a_tally_goes_with_the_predictions_that_it_was_counted_from(folder):
    store = RunStore(folder)
    [record] = [one for one in store.records() if one.identity == RUN]
    TallyStore(store).keep(record)
    assert store.tally_path(RUN, "test", "t").is_file()
    store.withdraw_record(RUN)
    assert not store.tally_path(RUN, "test", "t").exists()


@pytest.mark.parametrize("kind", ["gone", "cut", "folder", "deep"])
def test_a_run_without_its_predictions_is_told_by_its_record_alone(folder, kind):
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
    [record] = [one for one in store.records() if one.identity == RUN]
    assert TallyStore(store).readable(record, "test", "t") is None
    assert [(damage.identity, damage.excludes) for damage in store.damage] == [(RUN, False)]


def test_damaged_attention_costs_its_pictures_only(folder):
    path = folder / RUN / "attention" / "test.it.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"x" * 40)
    assert call("report", "--out", folder, "--format", "html", "--to", folder.parent / "page.html")[0] == 0


# --- Merging --------------------------------------------------------------------------------------------------------


def test_merge_takes_the_rest_and_says_what_it_left(folder, tmp_path):
    edited(folder / RUN / "record.json", lambda data: data["metrics"]["test"].update({"x/../model": {}}))
    in_place_of(folder / "116fb8f19fb6d500" / "record.json", "fifo")
    code, output = call("merge", folder, "--out", tmp_path / "here")
    assert code == 1
    assert "11 taken over" in output
    assert "2 left: damaged there" in output
    assert len(list(RunStore(tmp_path / "here").records())) == 11


def test_merge_takes_over_no_tallies(folder, tmp_path):
    call("report", "--out", folder, "--format", "csv")
    assert list(folder.glob("*/tallies/*"))
    merge(folder, RunStore(tmp_path / "here"))
    assert not list((tmp_path / "here").glob("*/tallies/*"))


def test_merge_never_replaces_what_cannot_be_read_here(folder, tmp_path):
    here = RunStore(tmp_path / "here")
    merge(folder, here)
    edited(here.record_path(RUN), to(version=99))
    kept = here.record_path(RUN).read_bytes()
    assert merge(folder, here)["left: what is here cannot be read"] == 1
    assert here.record_path(RUN).read_bytes() == kept
    here.record_path(RUN).write_bytes(b"{")
    assert merge(folder, here)["taken over"] == 1
    assert here.read_record(RUN) is not None


# --- One name, two suites -------------------------------------------------------------------------------------------


def test_two_suites_of_one_name_are_told(tmp_path, capsys):
    spec = job(0).spec
    first = GridFile(suite="mine", title="Mine", baseline=None, runs={spec.identity: spec})
    save_grid(tmp_path, first)
    warn_of_shared_name(tmp_path, first)
    assert capsys.readouterr().err == ""
    warn_of_shared_name(tmp_path, first.model_copy(update={"title": "Another"}))
    assert "has a suite 'mine' already, titled 'Mine': with this one, titled 'Another'" in capsys.readouterr().err
