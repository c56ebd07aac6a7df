"""Runs of language models, from the suite to the report, against a server on this machine."""

from __future__ import annotations

import json
from functools import partial

import pytest
from chat_stub import Reply, failure, oracle, stub_server
from click.testing import CliRunner
from small_probe import write_small_probe

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.tagging import conll_spans
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.datasets.visual.lost_pictures import LostPictures

KEY = "sk-very-secret"
SUITE = """
title = "language models"
datasets = ["small"]
methods = ["llm-zero", "llm-few", "vlm-zero", "vlm-few"]
encoder = "scratch"
seeds = 2
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a probe, a suite, and a cache of its pictures."""
    root = tmp_path_factory.mktemp("llm")
    write_small_probe(root / "data", "object", sizes=(40, 10, 60))
    (root / "grid.toml").write_text(SUITE, encoding="utf-8")
    return root


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture(scope="module")
def probe(folder):
    """The probe, and loaders of its pictures."""
    resources = LocalResources(RunPaths.resolve(data=folder / "data", cache=folder / "cache"))
    source = resources.source("small", InputKind.PICTURE, "file", LostPictures.MASK)
    loads = {image: partial(read_picture, picture.path) for image, picture in source.load().files.items()}
    return generate(resources.card("small").probe), loads, resources.ceilings


def run(folder, stub, out, *words, monkeypatch, code=0):
    monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
    folders = ["--suite", folder / "grid.toml", "--data", folder / "data", "--cache", out / "cache"]
    words = words if "--recall-tweets" in words else ("--recall-tweets", 0, *words)
    words = ["run", *folders, "--out", out / "runs", "--no-mlflow", "--set", "llm.model=stub", *words]
    result = CliRunner().invoke(cli, list(map(str, words)))
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


def records(out):
    return [record for record in RunStore(out / "runs").records() if record.status is Status.DONE]


def test_an_oracle_that_sees_reaches_the_ceiling(folder, probe, tmp_path, monkeypatch):
    """The way from the suite to the score loses nothing."""
    with stub_server(oracle(probe[0], {InputKind.GRID}, probe[1])) as stub:
        run(folder, stub, tmp_path, "--methods", "vlm-zero", monkeypatch=monkeypatch)
    [record] = records(tmp_path)
    assert record.metrics["test"]["it"]["conlleval"].overall.f1 == pytest.approx(record.ceilings["it"].realised)
    assert record.metrics["test"]["it-shuffled"]["conlleval"].overall.f1 < 0.2  # the oracle knows only true pairs
    assert record.metrics["test"]["it-blank"]["conlleval"].overall.f1 == 0
    assert set(record.metrics) == {"test"}  # dev selects nothing


def test_an_oracle_of_the_text_reaches_the_ceiling_of_the_text(folder, probe, tmp_path, monkeypatch):
    with stub_server(oracle(probe[0], (), probe[1])) as stub:
        output = run(folder, stub, tmp_path, "--methods", "llm-zero,vlm-zero", monkeypatch=monkeypatch)
    assert "llm-zero on small sends tweets to http://127.0.0.1" in " ".join(output.split())
    by_method = {record.spec.method: record for record in records(tmp_path)}
    ceiling = by_method["llm-zero"].ceilings["t"].realised
    for method, view in (("llm-zero", "t"), ("vlm-zero", "t"), ("vlm-zero", "it"), ("vlm-zero", "it-shuffled")):
        assert by_method[method].metrics["test"][view]["conlleval"].overall.f1 == pytest.approx(ceiling)
    asked = by_method["vlm-zero"].asked
    assert asked.outcomes["test.it"] == {"answered": 60}
    predicted = by_method["vlm-zero"].metrics["test"]["it"]["conlleval"].overall.predicted
    assert asked.entities["test.it"] == {"matched": predicted}
    assert by_method["llm-zero"].asked.requests == len({" ".join(t.example.words) for t in probe[0].splits["test"]})
    assert (asked.server.rpartition(":")[0], asked.model) == ("http://127.0.0.1", "stub-1")
    assert asked.example.startswith("Tweet: ")


def test_every_answer_is_bought_once(folder, tmp_path, monkeypatch):
    """Equal questions of runs, views and repetitions; a seed draws other examples, so its questions are others."""
    with stub_server(lambda *_: Reply()) as stub:
        run(folder, stub, tmp_path, "--methods", "llm-zero,llm-few", monkeypatch=monkeypatch)
        keys = [json.dumps(body, sort_keys=True) for body in stub.requests]
        texts = {body["messages"][-1]["content"] for body in stub.requests}
        assert len(keys) == len(set(keys)) == 3 * len(texts)  # zero-shot, and two seeds
        run(folder, stub, tmp_path, "--methods", "llm-zero,llm-few", "--rerun", "all", monkeypatch=monkeypatch)
        run(folder, stub, tmp_path, "--methods", "vlm-zero", monkeypatch=monkeypatch)
        blind = [body for body in stub.requests[len(keys) :] if isinstance(body["messages"][-1]["content"], str)]
        assert blind == []  # its view without the picture asks what llm-zero asked
    assert not any(KEY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_no_gold_label_of_test_is_sent(folder, probe, tmp_path, monkeypatch):
    """Prompts hold gold entities of training tweets alone: those in the answers of examples."""
    with stub_server(lambda *_: Reply()) as stub:
        run(folder, stub, tmp_path, "--methods", "llm-few,vlm-few", monkeypatch=monkeypatch)
    train = {" ".join(tweet.example.words): tweet.example for tweet in probe[0].splits["train"]}
    test = {" ".join(tweet.example.words) for tweet in probe[0].splits["test"]}
    examples = set()
    for body in stub.requests:
        system, *shots, question = body["messages"]
        assert len(shots) == 16
        for asked, answered in zip(shots[::2], shots[1::2], strict=True):
            example = train[asked["content"].removeprefix("Tweet: ")]
            gold = [
                {"text": " ".join(example.words[span.start : span.end]), "type": span.type}
                for span in conll_spans(example.labels)
            ]
            assert json.loads(answered["content"]) == {"entities": gold}
            examples.add(example.id)
        content = question["content"]
        text = content if isinstance(content, str) else content[-1]["text"]
        assert text.removeprefix("Tweet: ") in test
        assert "entities are: PER (people), LOC (places)" in system["content"]
    assert 8 < len(examples) <= 16  # two draws


def test_similar_examples_need_word_vectors_and_differ_between_tweets(folder, probe, tmp_path, monkeypatch):
    words = sorted({word.lower() for tweet in probe[0].splits["train"] for word in tweet.example.words})
    lines = [f"{word} {' '.join(str(ord(letter) % 7) for letter in (word + 'abc')[:3])}" for word in words]
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("\n".join(lines) + "\n", encoding="utf-8")
    chosen = "--methods", "llm-few", "--set", 'llm.examples="similar"', "--set", "llm.shots=2"
    with stub_server(lambda *_: Reply()) as stub:
        run(folder, stub, tmp_path, *chosen, "--word-vectors", vectors, monkeypatch=monkeypatch)
    shots = {tuple(message["content"] for message in body["messages"][1:5:2]) for body in stub.requests}
    assert len(shots) > 10
    [record] = records(tmp_path)  # the seed draws nothing
    assert record.spec.word_vectors.name.endswith("vectors.txt")
    folders = ["--suite", folder / "grid.toml", "--data", folder / "data", "--out", tmp_path / "other"]
    monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
    result = CliRunner().invoke(cli, ["plan", *map(str, folders), *chosen, "--set", "llm.model=stub"])
    assert "--word-vectors" in str(result.exception)


def test_a_dead_server_interrupts_and_the_same_command_resumes(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("mnerbench.datasets.chat.server.ChatServer._pause", lambda *_: 0.0)
    words = "--methods", "llm-zero", "--concurrency", 1
    with stub_server(lambda _, n: Reply() if n < 25 else failure(503, "down")) as stub:
        output = run(folder, stub, tmp_path, *words, monkeypatch=monkeypatch, code=1)
        assert "503 down" in output
    assert records(tmp_path) == []
    with stub_server(lambda *_: Reply()) as stub:
        run(folder, stub, tmp_path, *words, monkeypatch=monkeypatch)
        texts = {body["messages"][-1]["content"] for body in stub.requests}
        assert len(stub.requests) == len(texts) <= 35
    assert records(tmp_path)[0].asked.bought == len(texts)


def test_a_budget_interrupts_and_a_larger_one_resumes(folder, tmp_path, monkeypatch):
    with stub_server(lambda *_: Reply()) as stub:
        words = "--methods", "llm-zero", "--budget"
        output = run(folder, stub, tmp_path, *words, "requests=20", monkeypatch=monkeypatch, code=1)
        assert "raise it by --budget" in output
        assert len(stub.requests) == 20
        run(folder, stub, tmp_path, *words, "requests=1000", monkeypatch=monkeypatch)
    assert len(records(tmp_path)) == 1


@pytest.mark.parametrize(("remembers", "said"), [(True, "it has read test tweets"), (False, "no sign that it has")])
def test_a_model_that_has_read_the_test_tweets_is_found_out(folder, probe, tmp_path, monkeypatch, remembers, said):
    texts = [tweet.example.words for tweet in probe[0].splits["test"]]
    rest = {" ".join(words[: len(words) // 2]): " ".join(words[len(words) // 2 :]) for words in texts}

    def answer(body, _):
        question = body["messages"][-1]["content"]
        return Reply(rest[question] if remembers else "something else") if question in rest else Reply()

    with stub_server(answer) as stub:
        words = "--methods", "llm-zero,llm-few", "--recall-tweets", 10
        output = run(folder, stub, tmp_path, *words, monkeypatch=monkeypatch)
        halves = [body for body in stub.requests if body["messages"][-1]["content"] in rest]
        assert len({body["messages"][-1]["content"] for body in halves}) == len(halves) <= 10  # shared by all runs
    for record in records(tmp_path):
        recalled = record.asked.recalled["test"]
        assert (recalled.tweets, recalled.own) == (10, 10 if remembers else 0)
    assert said in " ".join(output.split())


def test_mostly_unusable_answers_are_no_score(folder, tmp_path, monkeypatch):
    with stub_server(lambda *_: Reply("Понятно.")) as stub:
        output = run(folder, stub, tmp_path, "--methods", "llm-zero", monkeypatch=monkeypatch, code=1)
    assert "no entities could be read from 60 of 60 answers (60 unreadable)" in " ".join(output.split())
    assert records(tmp_path) == []


def test_cut_answers_are_no_score_and_the_remedy_is_named(folder, tmp_path, monkeypatch):
    with stub_server(lambda *_: Reply('{"entities": [{"te', finish="length")) as stub:
        output = run(folder, stub, tmp_path, "--methods", "llm-zero", monkeypatch=monkeypatch, code=1)
    assert "--set llm.max_tokens=" in output


def test_a_failed_repetition_loses_no_predictions_and_no_answer(folder, tmp_path, monkeypatch):
    """The repetition is interrupted; the next command completes the run from stored answers, without the server."""
    monkeypatch.setattr("mnerbench.datasets.chat.server.ChatServer._pause", lambda *_: 0.0)
    with stub_server(lambda *_: Reply()) as stub:
        run(folder, stub, tmp_path, "--methods", "llm-zero", monkeypatch=monkeypatch)
    [predictions] = (tmp_path / "runs").glob("*/predictions/test.t.jsonl")
    before = predictions.read_bytes()
    with stub_server(lambda *_: failure(503, "down")) as stub:
        words = "--methods", "llm-zero", "--rerun", "all", "--recall-tweets", 60
        run(folder, stub, tmp_path, *words, monkeypatch=monkeypatch, code=1)
        assert predictions.read_bytes() == before
        asked = len(stub.requests)
        run(folder, stub, tmp_path, "--methods", "llm-zero", monkeypatch=monkeypatch)
        assert len(stub.requests) == asked
    assert len(records(tmp_path)) == 1
    assert predictions.read_bytes() == before


def test_a_key_that_a_server_repeats_is_in_no_file(folder, tmp_path, monkeypatch):
    with stub_server(lambda *_: failure(401, f"no access for Bearer {KEY}")) as stub:
        output = run(folder, stub, tmp_path, "--methods", "llm-zero", monkeypatch=monkeypatch, code=1)
    assert "set OPENAI_API_KEY to a valid key" in output
    assert KEY not in output
    assert not any(KEY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_subset_of_training_tweets_matters_only_to_methods_that_show_some(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:9/v1")
    words = ["--suite", folder / "grid.toml", "--data", folder / "data", "--out", tmp_path, "--train-tweets", 20]
    methods = ["--methods", "llm-zero,llm-few", "--set", "llm.model=stub", "--format", "json"]
    result = CliRunner().invoke(cli, ["plan", *map(str, words), *methods])
    planned = json.loads(result.output)
    assert [run["method"] for run in planned["runs"]].count("llm-zero") == 1
    assert [run["method"] for run in planned["runs"]].count("llm-few") == 2
    assert {item["method"]: item["requests"] for item in planned["asking"]}["llm-few"] > 120


def test_without_a_model_or_a_server_nothing_is_planned(folder, tmp_path, monkeypatch):
    places = ["--suite", folder / "grid.toml", "--data", folder / "data", "--out", tmp_path]
    result = CliRunner().invoke(cli, ["plan", *map(str, places)])
    assert "--set llm.model=NAME" in str(result.exception)
    monkeypatch.delenv("OPENAI_API_KEY")
    result = CliRunner().invoke(cli, ["plan", *map(str, places), "--set", "llm.model=stub"])
    assert "export OPENAI_BASE_URL" in str(result.exception)
