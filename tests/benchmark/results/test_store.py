"""Results folders: atomic writes, lossless reads, and identities determined by content only."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnerbench.benchmark.results.manifest import NotRun, SuiteManifest, load_manifests, manifest_path, save_manifest
from mnerbench.benchmark.results.record import Prediction, RunError, RunRecord, Status, StoredScore
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec, TrainingSettings
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets import atomic_files
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.seeds import derive_seed

SPEC = RunSpec(
    method="ita-ga",
    family="ita",
    config={"captions": 5, "decoder": "crf"},
    dataset=DatasetRef(
        name="tiny", fingerprints={"train": "a", "test": "b"}, inputs={"captions": "c"}, sources={"captions": "blip2"}
    ),
    encoder=EncoderRef(name="bert", digest="d"),
    training=TrainingSettings(epochs=3),
    protocol="equal",
    seed=7,
)


RUN = "0123456789abcdef"


def changed(**fields):
    return SPEC.model_copy(update=fields)


def record_of(spec=SPEC, **fields):
    counts = Counts(correct=1, predicted=2, gold=3)
    score = StoredScore(overall=counts, types={"PER": counts})
    base = {"identity": spec.identity, "spec": spec, "status": Status.DONE, "started": "2025-01-01T00:00:00+00:00"}
    return RunRecord(**base, seconds=1.5, metrics={"test": {"it": {"conlleval": score}}}, **fields)


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


# --- Records --------------------------------------------------------------------------------------------------------


def test_a_record_comes_back_equal(store):
    error = RunError(kind="ValueError", message="schlecht: “ü” \n second line", traceback="…")
    record = record_of(error=error, notes=("tiny: not verified",), peak_memory=2**40, policies={"kept": 3})
    store.save_record(record)
    assert store.record(SPEC.identity) == record
    assert list(store.records()) == [record]
    loaded = store.record(SPEC.identity)
    assert loaded.spec.identity == SPEC.identity
    assert loaded.score("test", "it", "conlleval").overall.f1 == pytest.approx(0.4)
    assert loaded.score("test", "t", "conlleval") is None


def test_a_run_that_has_not_ended_has_no_record(store):
    store.save_spec(SPEC)
    assert store.record(SPEC.identity) is None
    assert list(store.records()) == []
    assert RunSpec.model_validate_json((store.folder(SPEC.identity) / "spec.json").read_bytes()) == SPEC


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b'{"version": 2}', b"null"])
def test_a_broken_record_names_file_and_remedy(store, content):
    store.save_record(record_of())
    path = store.folder(SPEC.identity) / "record.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"not a run record") as caught:
        store.read_record(SPEC.identity)
    assert str(path) in str(caught.value)
    assert "-> move the folder away" in str(caught.value)
    assert list(store.records()) == []
    assert [damage.text for damage in store.damage] == [str(caught.value)]


def test_a_record_of_an_older_format_says_so(store):
    store.save_record(record_of())
    (store.folder(SPEC.identity) / "record.json").write_bytes(b'{"version": 1}')
    with pytest.raises(StoreError, match=r"a record of format 1, written by another version"):
        store.read_record(SPEC.identity)
    assert store.record(SPEC.identity) is None
    assert not store.damage.of(SPEC.identity).replaceable


def test_a_record_of_another_format_is_rejected_even_if_it_fits(store):
    store.save_record(record_of())
    path = store.folder(SPEC.identity) / "record.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"version": 2', '"version": 1'), encoding="utf-8")
    with pytest.raises(StoreError, match=r"a record of format 1, written by another version"):
        store.read_record(SPEC.identity)


def test_an_unknown_status_or_key_is_refused(store):
    store.save_record(record_of())
    path = store.folder(SPEC.identity) / "record.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    for change in ({"status": "finished"}, {"f1": 0.7}):
        path.write_text(json.dumps({**data, **change}), encoding="utf-8")
        with pytest.raises(StoreError, match=next(iter(change))):
            store.read_record(SPEC.identity)


def test_counts_are_stored_as_three_numbers_and_all_are_required(store):
    record = record_of()
    counts = record.model_dump(mode="json")["metrics"]["test"]["it"]["conlleval"]["overall"]
    assert list(counts.items()) == [("correct", 1), ("predicted", 2), ("gold", 3)]
    store.save_record(record)
    path = store.record_path(SPEC.identity)
    data = json.loads(path.read_text(encoding="utf-8"))
    for wrong in (
        {"correct": 1, "predicted": 2},
        {**counts, "f1": 0.4},
        {**counts, "gold": -1},
        {**counts, "gold": "x"},
    ):
        data["metrics"]["test"]["it"]["conlleval"]["overall"] = wrong
        path.write_text(json.dumps(data), encoding="utf-8")
        with pytest.raises(StoreError, match=r"not a run record: metrics\.test\.it\.conlleval\.overall\."):
            store.read_record(SPEC.identity)


def test_reading_a_missing_folder_does_not_create_it(store):
    assert list(store.records()) == []
    assert load_manifests(store.root) == []
    assert not store.root.exists()


# --- Whole or not at all --------------------------------------------------------------------------------------------


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interruption(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(("failure", "error"), [(full_disk, StoreError), (interruption, KeyboardInterrupt)])
def test_a_failing_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, failure, error):
    path = tmp_path / "record.json"
    write_atomically(path, "old")
    monkeypatch.setattr(atomic_files.os, "fsync", failure)
    with pytest.raises(error) as caught:
        write_atomically(path, "new and longer")
    assert [p.name for p in tmp_path.iterdir()] == ["record.json"]
    assert path.read_text(encoding="utf-8") == "old"
    if error is StoreError:
        assert str(path) in str(caught.value)
        assert "No space left" in str(caught.value)
        assert "choose another place" in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_really_full_is_a_store_error(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "with_name", lambda *_: Path("/dev/full"))
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    with pytest.raises(StoreError, match="No space left"):
        write_atomically(tmp_path / "record.json", "x" * 100_000)
    assert list(tmp_path.iterdir()) == []


def test_a_results_folder_that_is_a_file_is_a_store_error(tmp_path):
    (tmp_path / "runs").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StoreError, match="choose another place"):
        RunStore(tmp_path / "runs").save_record(record_of())
    with pytest.raises(StoreError, match="choose another place"):
        save_manifest(tmp_path / "runs", grid_of(SPEC))


# --- Predictions ----------------------------------------------------------------------------------------------------

# Characters that split lines elsewhere, that JSON escapes, or that have no width.
ODD = ("B-Ü", "I-\u2028", "X\u0085", "[CLS]\u00a0", 'B-"\\n', "B-\u200b\ufe0f", "B-😀", "\r", "\n", "B-\x1f", "")


def test_predictions_come_back_equal_in_order(store):
    items = [
        Prediction(id=f"17_06_{name}", predicted=ODD, gold=tuple(reversed(ODD)), counts=(0, n, 2))
        for n, name in enumerate(ODD)
    ]
    path = store.save_predictions(RUN, "test", "it-shuffled", items)
    assert path == store.root / RUN / "predictions" / "test.it-shuffled.jsonl"
    assert store.predictions(RUN, "test", "it-shuffled") == items


def test_no_predictions_come_back_as_none(store):
    store.save_predictions(RUN, "test", "t", [])
    assert store.predictions(RUN, "test", "t") == []


def test_a_last_line_without_its_end_is_not_lost(store):
    items = [Prediction(id=str(n), predicted=("O",), gold=("O",), counts=(0, 0, 0)) for n in range(3)]
    path = store.save_predictions(RUN, "test", "t", items)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert store.predictions(RUN, "test", "t") == items


def test_broken_predictions_name_the_line(store):
    items = [Prediction(id=str(n), predicted=("O",), gold=("O",), counts=(0, 0, 0)) for n in range(3)]
    path = store.save_predictions(RUN, "test", "t", items)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match=rf"{path}:3: not a prediction"):
        store.predictions(RUN, "test", "t")
    with pytest.raises(StoreError, match="did not evaluate valid in view t"):
        store.predictions(RUN, "valid", "t")


# --- Identity -------------------------------------------------------------------------------------------------------


def test_equal_content_is_one_identity():
    reordered = changed(config={"decoder": "crf", "captions": 5})
    assert reordered.identity == RunSpec.model_validate_json(SPEC.model_dump_json()).identity == SPEC.identity
    assert len(SPEC.identity) == 16
    assert int(SPEC.identity, 16) >= 0


@pytest.mark.parametrize(
    "other",
    [
        changed(method="my-alias"),
        changed(protocol="paper"),
        changed(encoder=EncoderRef(name="/models/bert", digest="d")),
        changed(dataset=SPEC.dataset.model_copy(update={"name": "tiny-copy"})),
        changed(dataset=SPEC.dataset.model_copy(update={"sources": {"captions": "same file, other name"}})),
    ],
)
def test_names_do_not_change_the_identity(other):
    assert other != SPEC
    assert other.identity == SPEC.identity


OTHERS = {
    "schema": changed(schema_version=1),
    "family": changed(family="umt"),
    "config": changed(config={"captions": 4, "decoder": "crf"}),
    "data": changed(dataset=SPEC.dataset.model_copy(update={"fingerprints": {"train": "a", "test": "other"}})),
    "types": changed(dataset=SPEC.dataset.model_copy(update={"types": ("PER", "LOC")})),
    "inputs": changed(dataset=SPEC.dataset.model_copy(update={"inputs": {"captions": "other"}})),
    "hidden": changed(dataset=SPEC.dataset.model_copy(update={"hidden_pictures": 0.3})),
    "encoder": changed(encoder=EncoderRef(name="bert", digest="other")),
    "training": changed(training=None),
    "seed": changed(seed=8),
}


def test_every_field_of_the_content_changes_the_identity():
    assert OTHERS.keys() == SPEC.content.keys()
    for field, other in OTHERS.items():
        assert {key for key in SPEC.content if SPEC.content[key] != other.content[key]} == {field}
    assert len({SPEC.identity, *(other.identity for other in OTHERS.values())}) == len(OTHERS) + 1


def test_a_revision_changes_the_identity_and_the_first_leaves_it_as_it_was():
    first, second = changed(revision=1), changed(revision=2)
    assert first.identity == SPEC.identity
    assert "revision" not in first.content
    assert second.identity not in (SPEC.identity, changed(revision=3).identity)


@pytest.mark.parametrize("name", TrainingSettings.model_fields)
def test_every_training_setting_changes_the_identity(name):
    other = {"precision": "bf16", "scheme": "bioes", "stray_inside": "repair", "warmup": 0.5}
    # Only repaired labels can be written in BIOES.
    base = {**SPEC.training.model_dump(), **({"stray_inside": "repair"} if name == "scheme" else {})}
    value = other[name] if name in other else base[name] + 1
    before, after = (changed(training=TrainingSettings.model_validate(s)) for s in (base, base | {name: value}))
    assert after.identity != before.identity


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_identity_is_the_same_in_another_process(hash_seed):
    code = (
        "import sys; from mnerbench.benchmark.results.spec import RunSpec; "
        "from mnerbench.datasets.seeds import derive_seed; "
        "print(RunSpec.model_validate_json(sys.stdin.read()).identity, derive_seed(7, 'weights', 3))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    answer = subprocess.run(
        [sys.executable, "-c", code],
        input=SPEC.model_dump_json(),
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert answer.stdout.split() == [SPEC.identity, str(derive_seed(7, "weights", 3))]


def test_the_identity_of_a_known_spec_does_not_move():
    # A change here orphans every stored run: raise SCHEMA instead.
    assert SPEC.identity == "7572d2195258ba18"


# --- Suite manifests ------------------------------------------------------------------------------------------------


def grid_of(*specs, not_run=None, **fields):
    reasons = {name: NotRun(reason=reason, seeds=(0,)) for name, reason in (not_run or {}).items()}
    base = {"suite": "mine", "title": "Mine", "baseline": "bert-crf", "not_run": reasons}
    return SuiteManifest(**{**base, **fields}, runs={spec.identity: spec for spec in specs})


def test_a_manifest_comes_back_equal(tmp_path):
    grid = grid_of(SPEC, changed(seed=8), not_run={"umt on tiny": "no images\n  -> fetch them"})
    save_manifest(tmp_path, grid)
    assert load_manifests(tmp_path) == [grid]
    assert manifest_path(tmp_path, "mine").is_file()


def test_a_later_run_of_a_suite_adds_to_its_manifest(tmp_path):
    first = grid_of(SPEC, not_run={"umt on tiny": "no images", "maf on tiny": "no images"})
    umt = changed(method="umt", family="umt")
    save_manifest(tmp_path, first)
    save_manifest(tmp_path, grid_of(umt, changed(seed=8), not_run={"lookup on tiny": "no test split"}, baseline="umt"))
    (merged,) = load_manifests(tmp_path)
    assert set(merged.runs) == {SPEC.identity, umt.identity, changed(seed=8).identity}
    reasons = {name: why.reason for name, why in merged.not_run.items()}
    assert reasons == {"maf on tiny": "no images", "lookup on tiny": "no test split"}
    assert merged.baseline == "umt"


def test_a_run_requested_under_two_protocols_is_listed_under_both(tmp_path):
    for protocol in ("equal", "paper", "equal"):
        save_manifest(tmp_path, grid_of(changed(protocol=protocol)))
    (merged,) = load_manifests(tmp_path)
    assert sorted(spec.protocol for _, spec in merged.named_runs()) == ["equal", "paper"]
    assert list(merged.runs) == [SPEC.identity]


def test_each_suite_has_its_own_manifest(tmp_path):
    for name in ("b", "a", "papers/table1"):
        save_manifest(tmp_path, grid_of(SPEC, suite=name))
    assert [grid.suite for grid in load_manifests(tmp_path)] == ["a", "b", "papers/table1"]


def test_a_broken_manifest_names_file_and_remedy(tmp_path):
    save_manifest(tmp_path, grid_of(SPEC))
    manifest_path(tmp_path, "mine").write_text("{}", encoding="utf-8")
    for action in (load_manifests, lambda root: save_manifest(root, grid_of(SPEC))):
        with pytest.raises(StoreError, match=r"mine\.json: not a suite manifest[\s\S]*-> move it away"):
            action(tmp_path)
