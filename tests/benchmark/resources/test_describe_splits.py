"""Descriptions of scored splits: pictures, texts, OCR, relation; also of the real corpora if available."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from small_probe import write_small_probe

from mnerbench.benchmark.resources.describe_splits import describe, describe_splits
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.prediction_stats import compute_stats
from mnerbench.benchmark.results.predictions import pair_up
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.split_metadata import ScoredTweet, load_split, split_path
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.visual.lost_pictures import LostPictures

DATA = Path(os.environ.get("MNERBENCH_DATA", "/nowhere"))


def local_resources(data, tmp_path):
    return LocalResources(RunPaths(data, None, tmp_path / "out", tmp_path / "cache"))


def reference(resources, name, **sources):
    kinds = {InputKind(kind): source for kind, source in sources.items()}
    return resources.dataset_ref(name, tuple(kinds), kinds, LostPictures.MASK)


def spec(data, seed=0, **fields):
    base = {"method": "m", "family": "m", "config": {}, "encoder": None, "training": None, "protocol": "equal"}
    return RunSpec(**base, dataset=data, seed=seed, **fields)


def test_without_pictures_those_listed_as_lost_are_known(fixtures, tmp_path):
    resources = local_resources(fixtures, tmp_path)
    data = reference(resources, "tiny")
    described = describe(data, data, "test", resources, {})
    lost = resources.corpus("tiny").missing_images
    assert [tweet.pictured for tweet in described.tweets] == [
        example.image_id is not None and example.image_id not in lost for example in resources.corpus("tiny")["test"]
    ]
    assert {tweet.ocr for tweet in described.tweets} == {tweet.related for tweet in described.tweets} == {None}
    assert described.train_size == len(resources.corpus("tiny")["train"])


def test_descriptions_of_splits_keep_every_picture():
    tweets = [ScoredTweet(id=str(n), words=("w",), image_id=image) for n, image in enumerate((None, "a", ("a", "b")))]
    assert [tweet.image_ids for tweet in tweets] == [(), ("a",), ("a", "b")]
    assert [ScoredTweet.model_validate_json(tweet.model_dump_json()) for tweet in tweets] == tweets
    assert '"image_id":"a"' in tweets[1].model_dump_json()


def test_texts_of_pictures_are_described(fixtures, tmp_path):
    resources = local_resources(fixtures, tmp_path)
    data = reference(resources, "tiny", captions="blip2")
    described = describe(data, data, "test", resources, {InputKind.CAPTIONS: "blip2"})
    texts = [tweet.texts["captions"] for tweet in described.tweets if tweet.texts]
    assert texts
    assert all(isinstance(text, str) and text for some in texts for text in some)


def test_all_properties_of_a_probe_are_known(tmp_path):
    write_small_probe(tmp_path / "data", "scene-text", sizes=(8, 4, 20))
    resources = local_resources(tmp_path / "data", tmp_path)
    data = reference(resources, "small", ocr="file", tags="file")
    described = describe(data, data, "test", resources, {InputKind.OCR: "file", InputKind.TAGS: "file"})
    truth = generate(resources.card("small").probe).splits["test"]
    assert [tweet.related for tweet in described.tweets] == [tweet.picture.related for tweet in truth]
    assert [tweet.ocr for tweet in described.tweets] == [tweet.reports[InputKind.OCR] is not None for tweet in truth]
    assert all(tweet.pictured for tweet in described.tweets)


def test_describing_a_probe_does_not_draw_its_pictures(tmp_path):
    write_small_probe(tmp_path / "data", "object", sizes=(8, 4, 6))
    resources = local_resources(tmp_path / "data", tmp_path)
    data = reference(resources, "small")
    assert all(tweet.pictured for tweet in describe(data, data, "test", resources, {}).tweets)
    assert not (tmp_path / "cache" / "probes").exists()


def test_every_scored_split_of_a_grid_is_written_once(fixtures, tmp_path):
    write_small_probe(tmp_path / "data", "caption", sizes=(8, 4, 6))
    (tmp_path / "data" / "tiny").symlink_to(fixtures / "tiny")
    resources, store = local_resources(tmp_path / "data", tmp_path), RunStore(tmp_path / "out")
    tiny, small = reference(resources, "tiny"), reference(resources, "small")
    describe_splits([spec(tiny, seed, transfer=(small,)) for seed in (0, 1)], resources, store)
    assert len(list((tmp_path / "out" / "splits").iterdir())) == 2
    transfer = load_split(split_path(store.root, tiny, small, "test"))
    assert (transfer.trained_on, transfer.tested_on, len(transfer.tweets)) == ("tiny", "small", 6)
    assert transfer.train_entities == load_split(split_path(store.root, tiny, tiny, "test")).train_entities
    assert json.loads(split_path(store.root, tiny, small, "test").read_text())["tested_on"] == "small"


@pytest.mark.data
@pytest.mark.skipif(not (DATA / "twitter15" / "test.txt").is_file(), reason="MNERBENCH_DATA holds no real data")
@pytest.mark.parametrize(
    ("name", "counts", "lost"), [("twitter15", (1643, 3564, 142, 1501), None), ("twitter17", (698, 653, 77, 621), 50)]
)
def test_slices_of_the_real_corpora(name, counts, lost, tmp_path):
    resources = local_resources(DATA, tmp_path)
    data, test = reference(resources, name), resources.corpus(name)["test"]
    split = describe(data, data, "test", resources, {})
    perfect = compute_stats(list(pair_up(test, [tweet.labels for tweet in test])), split, split.known_names(None, 0))
    by_name = [perfect.slices[part].gold for part in ("seen", "unseen", "ambiguous", "non-ambiguous")]
    assert tuple(by_name) == counts
    lengths = [part.gold for name, part in perfect.slices.items() if "words" in name]
    assert sum(lengths) == len(perfect.gold_found) == counts[0] + counts[1]
    pictured = [tweet.pictured for tweet in split.tweets]
    assert (pictured.count(False) if lost is not None else set(pictured)) == (lost if lost is not None else {None})
