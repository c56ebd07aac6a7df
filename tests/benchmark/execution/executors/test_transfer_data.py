"""Runs on machines without our files give the same results as here."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from mnerbench.benchmark.execution.executors import transfer_data
from mnerbench.benchmark.execution.executors.inline import InlineExecutor
from mnerbench.benchmark.execution.executors.ray_worker import MARK, Mailbox, execute_remotely, results_folder
from mnerbench.benchmark.execution.executors.transfer_data import (
    TransferredResources,
    data_key,
    pack_data,
    pack_encoder,
)
from mnerbench.benchmark.execution.orchestrator import Orchestrator, SchedulerOptions
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.spec import EncoderRef
from mnerbench.benchmark.training.events import EpochDone, Evaluated, StepsDone
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import Features, FeatureShape
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row
from mnerbench.methods.encoders.source import words_named

pytestmark = pytest.mark.slow


class Post:
    """Stands in for the board: packs parcels locally, and records the requested keys and the posted events."""

    def __init__(self, resources, jobs):
        self.resources, self.requested, self.events = resources, [], []
        self.refs = {data_key(ref): ref for job in jobs for ref in (job.spec.dataset, *job.spec.transfer)}

    def fetch(self, key):
        self.requested.append(key)
        is_data = key in self.refs
        parcel = pack_data(self.refs[key], self.resources) if is_data else pack_encoder(key, self.resources)
        return pickle.loads(pickle.dumps(parcel))

    def post(self, events):
        self.events += events
        return set()


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A machine without any of our folders."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    away = tmp_path / "away"
    return {"data": away / "data", "models": None, "cache": away / "cache", "out": away / "out"}


def test_a_machine_with_nothing_gives_the_same_results(session_in, predictions, elsewhere, tmp_path):
    session = session_in(tmp_path / "here")
    jobs = session.to_do()
    Orchestrator(session.store, SchedulerOptions(), lambda _: None).run(
        jobs, lambda listen: InlineExecutor(session.resources, listen)
    )
    post, files = Post(session.resources, jobs), {}
    for job in jobs:
        mailbox = Mailbox(post.post)
        paths = replace(session.resources.paths, **elsewhere)
        finished = execute_remotely(job, paths, "t", post.fetch, mailbox)
        mailbox.close()
        assert finished.record.status is Status.DONE, finished.record.error
        ours = session.store.record(job.spec.identity)
        assert (finished.record.metrics, finished.record.notes) == (ours.metrics, ours.notes)
        files |= {f"{job.spec.identity}/{name}": content for name, content in finished.files.items()}
    expected = {path.as_posix(): content for path, content in predictions(tmp_path / "here").items()}
    assert {name: files[name] for name in expected} == expected
    assert set(post.requested) == {data_key(job.spec.dataset) for job in jobs}  # `scratch` needs no files
    assert not [*(tmp_path / "temporary").glob("*/*/predictions")]
    assert {type(event) for event in post.events} >= {StepsDone, EpochDone}


def test_a_machine_with_the_same_files_requests_nothing(session_in, tmp_path):
    session = session_in(tmp_path / "here")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / MARK).write_text("t")
    job, post = session.to_do()[-1], Post(session.resources, [])
    mailbox = Mailbox(post.post)
    finished = execute_remotely(job, session.resources.paths, "t", post.fetch, mailbox)
    mailbox.close()
    assert (finished.record.status, post.requested, finished.files) == (Status.DONE, [], {})
    assert (tmp_path / "here" / job.spec.identity / "predictions").is_dir()


def test_different_files_of_the_same_name_are_not_used(session_in, fixtures, tmp_path):
    session = session_in(tmp_path / "here")
    job = session.to_do()[-1]
    other = tmp_path / "data" / "tiny"
    other.mkdir(parents=True)
    for file in (fixtures / "tiny").iterdir():
        if file.is_file():
            (other / file.name).write_bytes(file.read_bytes())
    paths = replace(session.resources.paths, data=tmp_path / "data")
    post = Post(session.resources, [job])
    refs = {job.spec.dataset.name: job.spec.dataset}
    assert TransferredResources(paths, refs, post.fetch).tweets(job.spec.dataset).fingerprints
    assert post.requested == []
    text = (other / "test.txt").read_text(encoding="utf-8")
    (other / "test.txt").write_text(text.replace("\tO", "\tB-PER", 1), encoding="utf-8")
    transfer_data._local_resources.cache_clear()  # as in another process, which reads the changed files
    assert TransferredResources(paths, refs, post.fetch).tweets(job.spec.dataset) == session.resources.corpus("tiny")
    assert post.requested == [data_key(job.spec.dataset)]


def test_word_vectors_are_sent_as_a_single_file(session_in, elsewhere, tmp_path):
    session = session_in(tmp_path / "here")
    path = tmp_path / "vectors.txt"
    path.write_text("ada 1 2\n", encoding="utf-8")
    name = words_named(str(path))
    ours = session.resources.encoder(name)
    post = Post(session.resources, [])
    provider = TransferredResources(replace(session.resources.paths, **elsewhere), {}, post.fetch)
    provider._local.encoder = lambda _: replace(ours, folder=tmp_path / "gone.txt")
    ref = EncoderRef(name=ours.name, digest=ours.digest, words=True)
    for _ in range(2):
        source = provider.planned_encoder(name, ref)
        assert source.folder.name == "vectors.txt"
        assert source.folder != path
        assert source.folder.read_bytes() == path.read_bytes()
    assert post.requested == [name] * 2


def test_an_encoder_is_unpacked_and_checked(session_in, elsewhere, tmp_path):
    session = session_in(tmp_path / "here")
    folder = tmp_path / "models" / "small"
    folder.mkdir(parents=True)
    for name, content in (("config.json", b"{}"), ("vocab.txt", b"[PAD]"), ("model.safetensors", b"weights")):
        (folder / name).write_bytes(content)
    ours = session.resources.encoder(str(folder))
    post = Post(session.resources, [])
    provider = TransferredResources(replace(session.resources.paths, **elsewhere), {}, post.fetch)
    (gone := tmp_path / "gone").mkdir()
    folder.rename(gone / "small")
    session.resources.encoder = lambda name: replace(ours, folder=gone / "small")
    for _ in range(2):
        source = provider.planned_encoder(str(folder), EncoderRef(name="small", digest=ours.digest))
        assert {path.name: path.read_bytes() for path in source.folder.iterdir()} == {
            path.name: path.read_bytes() for path in (gone / "small").iterdir()
        }


def test_packed_features_have_the_same_vectors(tmp_path):
    store = FeatureStore(tmp_path, [Field("grid", (2, 3), "float16"), Field("boxes", (-1, 4), "float32")])
    rows = {
        key: Row({"grid": np.full((2, 3), n, "float16"), "boxes": np.full((n, 4), n, "float32")}, {"n": n})
        for n, key in enumerate(("a", "b", "c"))
    }
    with store.writing({}) as writer:
        writer.write(rows)
    features = Features(InputKind.GRID, store, {"p1": "b", "p2": "c"}, "made", "f", FeatureShape(3, 2))
    packed = pickle.loads(pickle.dumps(features.packed()))
    for image in ("p1", "p2"):
        assert np.array_equal(packed.vectors(image), features.vectors(image))
        assert np.array_equal(packed.array(image, "boxes"), features.array(image, "boxes"))
        assert packed.facts(image) == features.facts(image)
    assert set(packed.store.rows) == {"b", "c"}
    assert packed.packed() is packed


def test_the_disk_is_shared_only_if_the_mark_is_readable(session_in, tmp_path):
    paths = session_in(tmp_path / "here").resources.paths
    assert results_folder(paths, "t")[1] is False
    paths.out.mkdir()
    (paths.out / MARK).write_text("other")
    assert results_folder(paths, "t")[1] is False
    (paths.out / MARK).write_text("t")
    assert results_folder(paths, "t") == (paths.out, True)


def test_the_mailbox_accumulates_steps_and_receives_stops():
    posted = []

    def post(events):
        posted.append(events)
        return {"x"}

    mailbox = Mailbox(post)
    for _ in range(5):
        mailbox.send(StepsDone("x", 2))
    mailbox.close()
    assert sum(event.steps for events in posted for event in events) == 10
    assert sum(map(len, posted)) <= 2
    assert mailbox.stopped("x")
    assert not mailbox.stopped("y")


def test_progress_of_one_phase_is_posted_once():
    posted = []

    def post(events):
        posted.extend(events)
        return set()

    mailbox = Mailbox(post)
    for done in range(1, 6):
        mailbox.send(Evaluated("x", "test", done, 5))
    mailbox.close()
    assert posted[-1] == Evaluated("x", "test", 5, 5)
    assert len(posted) <= 2
