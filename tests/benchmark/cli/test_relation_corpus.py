"""A run that learns text-image relations from its own tweets and from another dataset, from plan to record."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from small_probe import write_small_probe

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.store import RunStore

GRID = "grid=resnet18@weights=random,size=64"


@pytest.fixture
def data(tmp_path):
    """The probes `small` and `pairs`."""
    for name, sizes in (("pairs", (9, 4, 4)), ("small", (8, 4, 30))):
        write_small_probe(tmp_path / "data", "object", sizes=sizes)
        if name != "small":
            card = tmp_path / "data" / "small" / "card.toml"
            text = (
                card.read_text().replace('name = "small"', f'name = "{name}"').replace("[probe]", "[probe]\nseed = 1")
            )
            card.write_text(text)
            card.parent.rename(card.parent.with_name(name))
    return tmp_path / "data"


def run(verb, data, *words, methods="rpbert"):
    base = [verb, "--suite", "tiny", "--data", data, "--datasets", "small", "--seeds", "1", "--input", GRID]
    more = ["--out", data.parent / "runs", "--cache", data.parent / "cache", "--set", "training.epochs=1"]
    return CliRunner().invoke(cli, list(map(str, [*base, *more, "--methods", methods, *words])))


def test_a_relation_corpus_is_learned_first_and_is_part_of_the_identity(data):
    result = run("run", data, "--no-mlflow", "--set", "rpbert.relations=pairs", "--set", "rpbert.relation_pairs=5")
    assert result.exit_code == 0, result.output + str(result.exception)
    [record] = RunStore(data.parent / "runs").records()
    assert record.spec.relation_corpus.name == "pairs"
    assert record.spec.dataset.relations is not None
    [point] = record.curve
    assert point.losses.keys() == {"nll", "relation", "corpus relation"}
    relation = record.diagnosis.relation
    assert relation.related + relation.unrelated == 30
    without, other = record.spec.model_copy(update={"relation_corpus": None}), record.spec.relation_corpus
    changed = record.spec.model_copy(update={"relation_corpus": other.model_copy(update={"relations": "0" * 64})})
    assert len({record.identity, without.identity, changed.identity}) == 3
    report = (data.parent / "runs" / "reports" / "tiny.md").read_text(encoding="utf-8")
    assert f"{relation.related} related and {relation.unrelated} unrelated pairs" in report


def test_identities_hold_relation_labels_only_of_methods_that_learn_them(data):
    plan = json.loads(run("plan", data, "--format", "json", methods="rpbert,rpbert-no-rp,bert-grid").stdout)
    relations = {item["method"]: item["dataset"]["relations"] for item in plan["runs"]}
    assert relations["rpbert"] is not None
    assert relations["rpbert-no-rp"] is relations["bert-grid"] is None
