"""Padding, masks and sources of picture vectors in a batch."""

import numpy as np

from mnerbench.datasets.inputs import BLANK, InputKind, View, viewed_images
from mnerbench.datasets.visual.features import Features, FeatureShape, InMemoryRows
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row
from mnerbench.methods.conformance.synthetic_inputs import pictures
from mnerbench.methods.visual_batch import collate_visual


def test_every_kind_is_padded_and_masked():
    features = pictures().features
    batch = collate_visual(features, ["p0", None, "p2", "nobody", BLANK])
    assert batch.present(InputKind.GRID).tolist() == [True, False, True, False, True]
    assert batch.vectors[InputKind.GLOBAL].shape == (5, 1, 8)
    assert batch.vectors[InputKind.GRID].shape == (5, 4, 8)
    assert batch.vectors[InputKind.REGIONS].shape == (5, 3, 8)
    assert batch.masks[InputKind.REGIONS].sum(1).tolist() == [1, 0, 3, 0, 1]
    for kind, vectors in batch.vectors.items():
        assert not vectors[~batch.masks[kind]].any()
        np.testing.assert_array_equal(vectors[0][batch.masks[kind][0]].numpy(), features[kind].vectors("p0"))
    regions = features[InputKind.REGIONS]
    for name in ("boxes", "labels", "scores"):
        np.testing.assert_allclose(batch.regions[name][2].numpy(), regions.array("p2", name), rtol=1e-6)
    assert batch.regions["sizes"].tolist()[:2] == [[200, 200], [1, 1]]


def test_a_method_that_reads_no_vectors_gets_none():
    batch = collate_visual({}, ["p0", None])
    assert (dict(batch.vectors), dict(batch.regions)) == ({}, {})
    assert batch.mapped(lambda tensor: tensor.to("cpu")) == batch


def test_the_view_with_the_grey_picture_shows_it_to_every_tweet():
    assert viewed_images(View.IT_BLANK, ["a", None, "b"], 0) == (BLANK,) * 3


def test_a_tweet_with_several_pictures_has_the_mean_of_their_vectors():
    features = pictures().features
    batch = collate_visual(features, [("p0", "nobody", "p2"), ("nobody", "p1"), ("nobody", "none"), "p1"])
    for kind in (InputKind.GLOBAL, InputKind.GRID):
        first, second = (np.atleast_2d(features[kind].array(name, kind.value)) for name in ("p0", "p2"))
        np.testing.assert_allclose(batch.vectors[kind][0].numpy(), (first + second) / 2, rtol=1e-6)
        np.testing.assert_array_equal(batch.vectors[kind][1], batch.vectors[kind][3])
        assert batch.present(kind).tolist() == [True, True, False, True]


def test_half_precision_vectors_are_averaged_in_single_precision(tmp_path):
    store = FeatureStore(tmp_path, (Field("global", (1,), "float16"),))
    with store.writing({}) as writer:
        writer.write({name: Row({"global": np.array([60000.0])}, {}) for name in ("a", "b")})
    features = Features(InputKind.GLOBAL, store, {"a": "a", "b": "b"}, "made", "0" * 64, FeatureShape(1))
    assert features.vectors(("a", "b")).dtype == np.float16
    assert features.vectors(("a", "b")).tolist() == [[60000.0]]


def test_a_tweet_with_several_pictures_has_all_their_regions_by_score():
    sizes, rows = {"a": (200, 100), "b": (50, 400)}, {"a": [0.9, 0.3], "b": [0.6, 0.3, 0.1]}
    random = np.random.default_rng(0)
    arrays = {
        name: {
            "boxes": (random.uniform(0, 1, (len(scores), 4)) * np.tile(sizes[name], 2)).astype(np.float32),
            "labels": random.integers(0, 9, len(scores)),
            "scores": np.array(scores, np.float32),
            "features": random.normal(size=(len(scores), 2)).astype(np.float32),
        }
        for name, scores in rows.items()
    }
    stored = InMemoryRows({name: Row(arrays[name], {"size": list(sizes[name])}) for name in rows})
    features = Features(InputKind.REGIONS, stored, {"a": "a", "b": "b"}, "made", "0" * 64, FeatureShape(2, 3))
    batch = collate_visual({InputKind.REGIONS: features}, [("a", "b"), "a", "b"])
    order = [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("b", 2)]  # of equal scores, the region of the earlier picture
    assert batch.masks[InputKind.REGIONS].sum(1).tolist() == [5, 2, 3]
    for row, (name, number) in enumerate(order):
        region = {key: values[number] for key, values in arrays[name].items()}
        np.testing.assert_array_equal(batch.vectors[InputKind.REGIONS][0, row], region["features"])
        assert batch.regions["labels"][0, row] == region["labels"]
        assert batch.regions["scores"][0, row] == region["scores"]
        place = batch.regions["boxes"][0, row] / batch.regions["sizes"][0].repeat(2)
        np.testing.assert_allclose(place, region["boxes"] / np.tile(sizes[name], 2), rtol=1e-6)
    np.testing.assert_array_equal(batch.regions["boxes"][2, :3], arrays["b"]["boxes"])
    assert batch.regions["sizes"].tolist() == [[200, 100], [200, 100], [50, 400]]
