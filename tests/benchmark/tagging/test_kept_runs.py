"""Kept taggers give the predictions of their runs, byte for byte, and tag new tweets."""

import json

import pytest
import torch
from click.testing import CliRunner
from kept_runs import METHODS

import mnerbench
from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.scoring import PRIMARY
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.tagging.pictures import TweetPictures
from mnerbench.datasets.errors import ConfigError, MissingInputError, StoreError

pytestmark = pytest.mark.slow


def invoke(*words):
    return CliRunner().invoke(cli, list(map(str, words)))


@pytest.mark.parametrize("method", METHODS)
def test_a_tagger_gives_the_predictions_of_its_run(kept, method):
    words, images = kept.test
    tagged = kept.load(method).tag(words, images)
    assert [list(tweet.labels) for tweet in tagged] == kept.predictions(method)
    assert not tagged.notes


def test_the_runs_find_entities(kept):
    """Otherwise equal predictions would show nothing."""
    found = {m for m in METHODS if any(label != "O" for labels in kept.predictions(m) for label in labels)}
    assert len(found) >= len(METHODS) - 2, set(METHODS) - found


def test_positions_posteriors_and_frame(kept):
    words, images = kept.test
    for method in ("bert", "bert-crf-x", "bert-span", "bert-grid"):
        tagged = kept.load(kept.out / kept.record(method).identity).tag(words, images)
        assert tagged.entities
        for tweet in tagged:
            for entity in tweet.entities:
                assert " ".join(tweet.words[entity.start : entity.end]) == entity.text
                assert tweet.text[entity.start_char : entity.end_char] == entity.text
                assert 0 < entity.posterior <= 1 + 1e-6
        frame = tagged.to_frame()
        assert list(frame.text) == [entity.text for entity in tagged.entities]
        assert frame.posterior.dtype == float
        assert tagged.to_frame().tweet.is_monotonic_increasing


def test_the_posterior_is_the_least_marginal_of_the_entity(kept):
    """Softmax per word: the marginals follow from the emissions of the method itself."""
    words, _ = kept.test
    tagger = kept.load("bert")
    tagged = tagger.tag(words)
    method = tagger._loaded.method
    split = tagger._encode(method, words, [None] * len(words), tagger._inputs.load(no_pictures(len(words))).inputs)
    for number, tweet in enumerate(tagged):
        if tweet.entities:
            with torch.no_grad():
                emissions = method(split.batch([number], tagger._loaded.config.primary_view))[0].softmax(-1)
            columns = [method.labels.index(label) for label in tweet.labels]
            for entity in tweet.entities:
                least = min(float(emissions[n, columns[n]]) for n in range(entity.start, entity.end))
                assert entity.posterior == pytest.approx(least, rel=1e-4)


def no_pictures(tweets):
    pictures = TweetPictures()
    for _ in range(tweets):
        pictures.add(None)
    return pictures


def test_missing_pictures_are_masked_and_counted(kept, tmp_path):
    words, images = kept.test
    tagger = kept.load("bert-grid")
    masked = tagger.tag(words)
    assert masked.counts["tweets_without_grid"] == len(words)
    some = tagger.tag(words, [images[0], *[None] * (len(words) - 2), "no-such-picture"])
    assert some.counts["tweets_without_grid"] == len(words) - 1
    assert [t.labels for t in some][1:] == [t.labels for t in masked][1:]
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    counts = tagger.tag(words[:2], [images[0], broken]).counts
    assert counts["pictures_unusable_for_grid"] == 1


def test_inputs_that_are_files_of_the_training_data_need_them(kept, tmp_path):
    words, images = kept.test
    alone = mnerbench.load_tagger("ita-all", kept.out, "cpu", data=tmp_path / "none", cache=kept.cache)
    tagged = alone.tag(words, images)
    assert tagged.counts["tweets_without_captions"] == len(words)
    assert any("'small'" in note and "masked" in note for note in tagged.notes)


def test_raw_text_and_tweets_without_words(kept):
    tagger = kept.load("bert")
    words = kept.test[0][0]
    one, empty, same = tagger.tag([" ".join(words), " ", words])
    assert (one.words, one.labels) == (same.words, same.labels)
    assert (empty.words, empty.labels, empty.entities) == ((), (), ())
    assert tagger.tag([]).tweets == ()
    with pytest.raises(ConfigError, match="give a list of tweets"):
        tagger.tag("one tweet")
    with pytest.raises(ConfigError, match="2 tweets, 1 pictures"):
        tagger.tag([words, words], [None])
    with pytest.raises(ConfigError, match="a word that is no text"):
        tagger.tag([["a", ""]])


def test_a_tagger_is_found_by_identity_folder_and_name(kept):
    identity = kept.record("bert").identity
    for run in (identity, kept.out / identity, kept.out / identity / "tagger", "bert", "bert on small"):
        assert kept.load(run).spec.identity == identity
    with pytest.raises(StoreError, match=r"(?s)no kept tagger 'bort'.*bert-grid on small, seed 0"):
        kept.load("bort")
    with pytest.raises(MissingInputError, match="no kept tagger"):
        kept.load("0" * 16)


def test_a_batch_needs_a_network_and_words(kept):
    words = kept.test[0]
    assert kept.load("bert").batch(words[:2]).mask.sum(1).tolist() == [len(tweet) for tweet in words[:2]]
    with pytest.raises(ConfigError, match="majority is no network"):
        kept.load("majority").batch(words)
    with pytest.raises(ConfigError, match="each with at least one word"):
        kept.load("bert").batch(["", "word"])


@pytest.mark.parametrize("form", ["jsonl", "conll", "columns"])
def test_predictions_can_be_scored(kept, tmp_path, form):
    """`predict` on the test split, then `score`, gives the score of the run."""
    words, images = kept.test
    lines = [
        f"IMGID:{image.stem}\n" + "".join(f"{word}\tO\n" for word in tweet) + "\n"
        for tweet, image in zip(words, images, strict=True)
    ]
    (tmp_path / "test.txt").write_text("".join(lines), encoding="utf-8")
    folders = ("--data", kept.data, "--cache", kept.cache)
    done = invoke(
        *("predict", "bert-grid", tmp_path / "test.txt", "--images", kept.cache, "--format", form, "--device", "cpu"),
        *("--to", tmp_path / "found", "--out", kept.out, *folders),
    )
    assert done.exit_code == 0, done.output
    predicted = ("--predicted", "predicted") if form == "jsonl" else ("--predicted", "3") if form == "columns" else ()
    scored = invoke(
        "score",
        tmp_path / "found",
        "--dataset",
        "small",
        "--name",
        "x",
        *predicted,
        *folders,
        "--out",
        tmp_path / "scores",
    )
    assert scored.exit_code == 0, scored.output
    [record] = (tmp_path / "scores").glob("*/record.json")
    counts = json.loads(record.read_text(encoding="utf-8"))["metrics"]["test"]["it"][PRIMARY.value]["overall"]
    own = kept.record("bert-grid").metrics["test"]["it"][PRIMARY.value].overall
    assert (counts["correct"], counts["predicted"], counts["gold"]) == (own.correct, own.predicted, own.gold)


def test_predict_prints_and_counts(kept, tmp_path):
    (tmp_path / "tweets.txt").write_text("Rosow in Holvin :)\n\nnothing\n", encoding="utf-8")
    done = invoke("predict", "bert-grid", tmp_path / "tweets.txt", "--out", kept.out, "--cache", kept.cache)
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["Rosow in Holvin :)", "nothing"]
    assert "tweets_without_grid: 2" in done.stderr


def test_merge_carries_taggers_and_clean_deletes_them_when_told(kept, tmp_path):
    out = tmp_path / "merged"
    assert invoke("merge", kept.out, "--out", out).exit_code == 0
    size = invoke("status", "--out", out).output
    assert "MB are kept taggers (`benchmark clean` lists them)" in " ".join(size.split())
    words = kept.test[0]
    tagged = mnerbench.load_tagger("bert", out, "cpu").tag(words)
    assert [list(tweet.labels) for tweet in tagged] == kept.predictions("bert")
    listed = invoke("clean", "--out", out, "--keep", "none", "--format", "json")
    assert {row["state"] for row in json.loads(listed.output)} == {"to delete"}
    assert "14 of 14 taggers" in invoke("clean", "--out", out, "--keep", "none").output
    mnerbench.load_tagger("bert", out, "cpu")  # listing deletes nothing
    assert "0 of 14 taggers" in invoke("clean", "--out", out, "--yes").output
    assert "deleted" in invoke("clean", "--out", out, "--keep", "none", "--yes").output
    assert "no kept taggers" in invoke("clean", "--out", out).output
    assert len(list(RunStore(out).records())) == len(METHODS)
