"""A forgotten mask is found, and the message names the tensor and its mask."""

from __future__ import annotations

import re

import pytest
from faulty_methods import UnmaskedLabels, UnmaskedMean, UnmaskedPicture, UnmaskedRegions, UnmaskedSubwords, entry_of

from mnerbench.methods.conformance import Case, check_masked, check_padding

GRID = "batch.visual.vectors[InputKind.GRID]` where `batch.visual.masks[InputKind.GRID]"


def failure(check, method, settings=None):
    with pytest.raises(AssertionError) as caught:
        check(Case(entry_of(method, settings=settings), lambda *_: None))
    return str(caught.value)


@pytest.mark.parametrize(
    ("method", "masked"),
    [
        (UnmaskedMean, "batch.subwords.first` where `batch.mask"),
        (UnmaskedSubwords, "batch.subwords.ids` where `batch.subwords.mask"),
    ],
)
def test_emissions_that_depend_on_the_batch_are_traced_to_a_mask(method, masked):
    for check in (check_padding, check_masked):
        assert f"  -> a mask was forgotten: ignore `{masked}` is False" in failure(check, method)
    message = failure(check_padding, method)
    assert re.match(
        "view t: emissions of the tweet 'the Harvest Fair opens' depend on the other tweets of the batch", message
    )


def test_a_picture_at_masked_cells_is_named():
    message = failure(check_masked, UnmaskedPicture)
    assert re.match(
        r"values of `batch.visual.vectors\[InputKind.GRID\]` at padding change emissions in view it", message
    )
    assert GRID in message


@pytest.mark.parametrize("check", [check_padding, check_masked])
def test_a_layer_norm_does_not_hide_padded_regions(check):
    masked = "batch.visual.vectors[InputKind.REGIONS]` where `batch.visual.masks[InputKind.REGIONS]"
    assert f"  -> a mask was forgotten: ignore `{masked}` is False" in failure(check, UnmaskedRegions)


def test_labels_at_padding_are_named():
    message = failure(check_masked, UnmaskedLabels, {"decoder": "softmax"})
    assert "values of `batch.labels` at padding change the loss 'nll'" in message


def test_without_a_tensor_to_blame_every_mask_is_named(monkeypatch):
    monkeypatch.setattr("mnerbench.methods.conformance.padding._effects", lambda *_: iter(()))
    message = failure(check_padding, UnmaskedMean)
    assert all(mask in message for mask in ("`batch.mask`", "`batch.subwords.mask`", "`batch.visual.masks[kind]`"))
