"""OCSGA: co-attention tweet by tweet without padding, the start of names, and tweets without objects."""

from __future__ import annotations

import pytest
import torch
from small_methods import make

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.conformance import LABELS
from mnerbench.methods.ocsga.model import OCSGA
from mnerbench.methods.registry import methods


def attend(layer, queries, keys):
    """A layer over a single tweet (its equations are tested in layers/test_transformer.py)."""
    return layer(queries[None], keys[None], torch.ones(1, len(keys), dtype=torch.bool))[0]


def by_hand(method, states, labels):
    """Emissions of one tweet from its LSTM states; `labels` are the numbers of the objects that it sees."""
    words = states
    objects = torch.stack([method.see(method.names.weight[1 + number]) for number in labels]) if labels else None
    for layer in method.layers:
        words = attend(layer.among_words, words, words)
        if objects is None:
            continue
        objects = attend(layer.among_objects, objects, objects)
        guided = attend(layer.to_words, words, objects)
        if layer.to_objects is not None:
            objects = attend(layer.to_objects, objects, words)
        words = guided
    return torch.cat([states, words], -1) @ method.project.weight.T + method.project.bias


@pytest.mark.parametrize(("settings", "view"), [({"layers": 3}, View.IT), ({"objects": 2}, View.IT), ({}, View.T)])
def test_emissions_are_those_of_the_layers(settings, view):
    method, split = make("ocsga", {"hidden": 8, "heads": 2, **settings})
    method, batch = method.double(), split.batch(range(8), view)
    visual = batch.visual
    seen = visual.masks[InputKind.REGIONS].sum(1).clamp(max=method.config.objects).tolist()
    with torch.no_grad():
        emissions, states = method(batch), method.encoder(batch.subwords)
        for tweet, length in enumerate(batch.mask.sum(1).tolist()):
            labels = visual.regions["labels"][tweet, : seen[tweet]].tolist()
            expected = by_hand(method, states[tweet, :length], labels)
            torch.testing.assert_close(emissions[tweet, :length], expected, rtol=1e-9, atol=1e-9)
    assert len(method.layers) == method.config.layers
    assert [layer.to_objects is None for layer in method.layers] == [False] * (method.config.layers - 1) + [True]


def test_only_names_of_objects_are_read():
    method, split = make("ocsga")
    batch = split.batch(range(8), View.IT)
    with torch.no_grad():
        before = method(batch).clone()
        batch.visual.vectors[InputKind.REGIONS].zero_()
        batch.visual.regions["boxes"].zero_()
        assert torch.equal(method(batch), before)
        batch.visual.regions["labels"][0] = (batch.visual.regions["labels"][0] + 1) % 3
        after = method(batch)
    assert not torch.allclose(after[0], before[0])
    assert torch.equal(after[1:], before[1:])


def test_a_name_starts_as_the_mean_of_its_words_and_others_at_random():
    method, _ = make("ocsga")
    encoder = method.encoder
    names = ("lund", "Velt Arena", "zebra", "arena zebra")
    torch.manual_seed(3)
    built = OCSGA(method.config, encoder, LABELS, {InputKind.REGIONS: FeatureShape(8, 3, names)})
    [lund], [velt], [arena] = encoder.tokenizer.words(["lund", "velt", "arena"])
    vectors, table = encoder.embed.weight, built.names.weight
    with torch.no_grad():
        assert torch.equal(table[1], vectors[lund])
        torch.testing.assert_close(table[2], (vectors[velt] + vectors[arena]) / 2)
        assert torch.equal(table[4], vectors[arena])
        bound = (3 / table.shape[1]) ** 0.5
        for row in (table[0], table[3]):
            assert row.abs().max() <= bound
            assert row.std() > bound / 4


def test_heads_must_divide_the_width_of_the_lstm():
    with pytest.raises(ConfigError, match="heads = 7 does not divide the LSTM's width 400"):
        methods()["ocsga"].configure({"heads": 7})
