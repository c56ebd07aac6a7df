"""What reports know of scored tweets: pictures, texts, OCR, relation; also of the real corpora where they are."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from small_probe import write_small_probe

from mnerbench.benchmark.resources.describe_splits import describe, describe_splits
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.prediction_stats import tally
from mnerbench.benchmark.results.predictions import pair_up
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.split_metadata import load_split, split_path
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.visual.pictures import LostPictures

DATA = Path(os.environ.get("MNERBENCH_DATA", "/nowhere"))


def materials(data, tmp_path):
    return LocalResources(RunPaths(data, None, tmp_path / "out", tmp_path / "cache"))


def reference(things, name, **sources):
    kinds = {InputKind(kind): source for kind, source in sources.items()}
    return things.dataset_ref(name, tuple(kinds), kinds, LostPictures.MASK)


def spec(data, seed=0, **fields):
    base = {"method": "m", "family": "m", "config": {}, "encoder": None, "training": None, "protocol": "equal"}
    return RunSpec(**base, dataset=data, seed=seed, **fields)


def test_a_corpus_without_pictures_knows_which_are_lost(fixtures, tmp_path):
    things = materials(fixtures, tmp_path)
    data = reference(things, "tiny")
    found = describe(data, data, "test", things, {})
    lost = things.corpus("tiny").missing_images
    assert [tweet.pictured for tweet in found.tweets] == [
        example.image_id is not None and example.image_id not in lost for example in things.corpus("tiny")["test"]
    ]
    assert {tweet.ocr for tweet in found.tweets} == {tweet.related for tweet in found.tweets} == {None}
    assert found.train_size == len(things.corpus("tiny")["train"])


def test_texts_that_were_read_are_kept_to_be_shown(fixtures, tmp_path):
    things = materials(fixtures, tmp_path)
    data = reference(things, "tiny", captions="blip2")
    found = describe(data, data, "test", things, {InputKind.CAPTIONS: "blip2"})
    texts = [tweet.texts["captions"] for tweet in found.tweets if tweet.texts]
    assert texts
    assert all(isinstance(text, str) and text for some in texts for text in some)


def test_of_a_probe_everything_is_known(tmp_path):
    write_small_probe(tmp_path / "data", "scene-text", sizes=(8, 4, 20))
    things = materials(tmp_path / "data", tmp_path)
    data = reference(things, "small", ocr="file", tags="file")
    found = describe(data, data, "test", things, {InputKind.OCR: "file", InputKind.TAGS: "file"})
    truth = generate(things.card("small").probe).splits["test"]
    assert [tweet.related for tweet in found.tweets] == [tweet.picture.related for tweet in truth]
    assert [tweet.ocr for tweet in found.tweets] == [tweet.reports[InputKind.OCR] is not None for tweet in truth]
    assert all(tweet.pictured for tweet in found.tweets)


def test_pictures_of_a_probe_are_not_drawn_to_describe_it(tmp_path):
    write_small_probe(tmp_path / "data", "object", sizes=(8, 4, 6))
    things = materials(tmp_path / "data", tmp_path)
    data = reference(things, "small")
    assert all(tweet.pictured for tweet in describe(data, data, "test", things, {}).tweets)
    assert not (tmp_path / "cache" / "probes").exists()


def test_every_scored_split_of_a_grid_is_written_once(fixtures, tmp_path):
    write_small_probe(tmp_path / "data", "caption", sizes=(8, 4, 6))
    (tmp_path / "data" / "tiny").symlink_to(fixtures / "tiny")
    things, store = materials(tmp_path / "data", tmp_path), RunStore(tmp_path / "out")
    tiny, small = reference(things, "tiny"), reference(things, "small")
    describe_splits([spec(tiny, seed, transfer=(small,)) for seed in (0, 1)], things, store)
    assert len(list((tmp_path / "out" / "splits").iterdir())) == 2
    moved = load_split(split_path(store.root, tiny, small, "test"))
    assert (moved.trained_on, moved.tested_on, len(moved.tweets)) == ("tiny", "small", 6)
    assert moved.train_entities == load_split(split_path(store.root, tiny, tiny, "test")).train_entities
    assert json.loads(split_path(store.root, tiny, small, "test").read_text())["tested_on"] == "small"


@pytest.mark.data
@pytest.mark.skipif(not (DATA / "twitter15" / "test.txt").is_file(), reason="MNERBENCH_DATA holds no real data")
@pytest.mark.parametrize(
    ("name", "counts", "lost"), [("twitter15", (1643, 3564, 142, 1501), None), ("twitter17", (698, 653, 77, 621), 50)]
)
def test_slices_of_the_real_corpora(name, counts, lost, tmp_path):
    things = materials(DATA, tmp_path)
    data, test = reference(things, name), things.corpus(name)["test"]
    split = describe(data, data, "test", things, {})
    perfect = tally(list(pair_up(test, [tweet.labels for tweet in test])), split, split.known_names(None, 0))
    named = [perfect.slices[part].gold for part in ("seen", "unseen", "ambiguous", "non-ambiguous")]
    assert tuple(named) == counts
    lengths = [one.gold for part, one in perfect.slices.items() if "words" in part]
    assert sum(lengths) == len(perfect.found) == counts[0] + counts[1]
    known = [tweet.pictured for tweet in split.tweets]
    assert (known.count(False) if lost is not None else set(known)) == (lost if lost is not None else {None})
