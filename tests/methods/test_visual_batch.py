"""Padding, masks and sources of picture vectors in a batch."""

import numpy as np

from mnerbench.datasets.inputs import BLANK, InputKind, View, viewed_images
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
