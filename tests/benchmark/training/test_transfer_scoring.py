"""A finished run is scored on further test splits with its kept tagger only if that gives what training would give."""

from dataclasses import replace

import pytest
from small_probe import write_small_probe

import mnerbench
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.results.code_state import code_digest
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.transfer_scoring import earlier_run

pytestmark = pytest.mark.slow
_SUITE = """
title = "one run"
datasets = ["small"]
methods = ["bert"]
baseline = "bert"
seeds = 1
encoder = "scratch"
[training]
epochs = 1
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a finished run with its tagger."""
    folder = tmp_path_factory.mktemp("one")
    write_small_probe(folder / "data", "object", sizes=(12, 6, 6))
    (folder / "one.toml").write_text(_SUITE, encoding="utf-8")
    folders = {name: folder / name for name in ("data", "cache", "out")}
    mnerbench.run(folder / "one.toml", **folders, threads=1, device="cpu", mlflow=False, quiet=True)
    return folder / "out"


@pytest.fixture
def asked(finished):
    """The store, a job with a further target, and the digest of the code."""
    store = RunStore(finished)
    [record] = store.records()
    moved = record.spec.with_transfer([DatasetRef(name="other", fingerprints={"test": "f" * 64})])
    return store, Job(moved, "scratch"), code_digest(record.code)


def test_a_run_that_lacks_a_target_alone_is_found(asked):
    store, job, code = asked
    found = earlier_run(job, store, code)
    assert found is not None
    assert found.record.spec.identity == job.spec.identity
    assert not found.method.training


def test_all_others_are_trained(asked):
    store, job, code = asked
    [record] = store.records()
    assert earlier_run(Job(record.spec, "scratch"), store, code) is None  # it lacks nothing
    assert earlier_run(job, store, "other code") is None
    words = EncoderRef(name="vectors", digest="a" * 64, words=True)
    for spec in (
        job.spec.model_copy(update={"word_vectors": words}),
        job.spec.model_copy(update={"seed": 7}),
        job.spec.model_copy(update={"dev_only": True}),
    ):
        assert earlier_run(replace(job, spec=spec), store, code) is None
    store.save_record(record.model_copy(update={"status": Status.FAILED}))
    assert earlier_run(job, store, code) is None
    store.save_record(record)


def test_without_its_whole_tagger_it_is_trained(asked):
    store, job, code = asked
    weights = store.path(job.spec.identity, "tagger", "weights.safetensors")
    content = weights.read_bytes()
    weights.write_bytes(content[:-4])
    assert earlier_run(job, store, code) is None
    weights.write_bytes(content)
    assert earlier_run(job, store, code) is not None
    store.discard_tagger(job.spec.identity)
    assert earlier_run(job, store, code) is None
