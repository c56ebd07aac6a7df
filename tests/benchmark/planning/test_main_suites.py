"""The main suites: one equal protocol, the five main methods, and their controls."""

from __future__ import annotations

import pytest

from mnerbench.benchmark.planning.expand import expand
from mnerbench.benchmark.planning.suite import load_suite, override
from mnerbench.benchmark.planning.suite_part import Protocol
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef
from mnerbench.methods.registry import methods

FIVE = {"bert-crf", "umt", "maf", "hamlearning", "ita-all+cva"}
CONTROLS = {"majority", "lookup", "bert", "bert-grid", "ita-la", "ita-ga", "ita-oca", "ita-ga+cva"}
NAMES = ("default", "twitter15", "twitter17", "transfer")


class Facts:
    """Resources of a machine that has everything; the content of each is its name."""

    def dataset_ref(self, name, kinds, sources, lost):
        splits = dict.fromkeys(("train", "valid", "test"), name)
        return DatasetRef(name=name, fingerprints=splits, inputs={kind.value: kind.value for kind in kinds})

    def train_size(self, name):
        return 4000

    def shared_tweets(self, trained, tested):
        return ()

    def encoder_ref(self, name):
        return EncoderRef(name=name, digest=name)


def grid(name):
    suite = load_suite(name)
    return expand(suite if suite.datasets else override(suite, {"datasets": ["twitter15"]}), Facts(), methods())


@pytest.mark.parametrize("name", NAMES)
def test_the_five_and_their_controls_under_one_equal_protocol(name):
    suite = load_suite(name)
    assert set(suite.methods) == FIVE | CONTROLS
    assert (suite.protocol, suite.baseline, suite.seeds) == (Protocol.EQUAL, "bert-crf", (0, 1, 2, 3, 4))
    trained = {job.spec.training for job in grid(name).jobs if job.spec.training is not None}
    assert len(trained) == 1
    assert {job.spec.encoder.name for job in grid(name).jobs if job.spec.encoder is not None} == {"bert-base-uncased"}


def test_the_main_suites_share_runs():
    runs = {name: {job.spec.identity for job in grid(name).jobs} for name in NAMES}
    assert runs["default"] == runs["twitter15"]
    assert runs["transfer"] == runs["twitter15"] | runs["twitter17"]


# Identities before UMT, MAF, HamLearning and all of ITA were added to the suite.
FROZEN = {
    "ita-ga+cva": "051b02f1d48164b6",
    "ita-oca": "58771dfaac200c07",
    "ita-ga": "ed740692b2130a04",
    "ita-la": "d9498216a5cfe446",
    "bert-grid": "d15d698e5e9eae39",
    "bert-crf": "5da3c082ab89c22d",
    "bert": "eb1e8bfd2dc34907",
    "lookup": "5ff27fc8a91eaf80",
    "majority": "deb255288b2399c2",
}


def test_identities_of_earlier_runs_are_unchanged():
    identities = {job.spec.method: job.spec.identity for job in reversed(grid("twitter15").jobs)}
    assert {name: identities[name] for name in FROZEN} == FROZEN
