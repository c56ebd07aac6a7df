"""HVPNeT: prefixes of a tweet's windows, tweets without prefixes, and mismatched inputs."""

from dataclasses import replace

import pytest
import torch
from small_methods import make

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.conformance import LABELS
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.hvpnet.model import HVPNeT
from mnerbench.methods.hvpnet.prefixes import encode_with_prefixes
from mnerbench.methods.registry import methods


def test_without_a_picture_it_is_bert_crf():
    method, split = make("hvpnet")
    plain, _ = make("bert-crf")
    batch = split.batch(range(8), View.T)
    with torch.no_grad():
        torch.testing.assert_close(method(batch)[batch.mask], plain(batch)[batch.mask], rtol=1e-4, atol=1e-5)


def test_prefixes_are_cells_and_the_surest_objects_each_through_the_gates_alone():
    method, split = make("hvpnet", {"objects": 2})
    batch = split.batch(range(8), View.IT)
    cells, objects = batch.visual.vectors[InputKind.GRID], batch.visual.vectors[InputKind.REGIONS]
    mask = batch.visual.masks[InputKind.REGIONS]
    with torch.no_grad():
        prefixes, real = method.prefixes(batch)
        assert prefixes.shape == (method.encoder.layers, len(cells), 4 + 2, 2 * method.encoder.width)
        for tweet in range(len(cells)):
            torch.testing.assert_close(
                prefixes[:, tweet, :4], method.gates(cells[tweet][None])[:, 0], rtol=1e-4, atol=1e-5
            )
            for index in range(2):
                alone = method.gates(objects[tweet, index].view(1, 1, -1))[:, 0, 0]
                torch.testing.assert_close(prefixes[:, tweet, 4 + index], alone, rtol=1e-4, atol=1e-5)
    assert torch.equal(real[:, 4:], mask[:, :2])


def test_every_window_of_a_tweet_attends_to_its_picture():
    method, split = make("hvpnet-picture")
    batch = replace(split, layout=WindowLayout(method.encoder.tokenizer, 12)).batch(range(8), View.IT)
    assert len(batch.subwords.tweet) > len(set(batch.subwords.tweet.tolist())), "some tweets have several windows"
    with torch.no_grad():
        prefixes, real = method.prefixes(batch)
        together = method.states(batch)
        for window, tweet in enumerate(batch.subwords.tweet.tolist()):
            length = int(batch.subwords.mask[window].sum())
            parts = {
                name: getattr(batch.subwords, name)[window : window + 1, :length]
                for name in ("ids", "mask", "segments")
            }
            single = replace(batch.subwords, **parts)
            alone = encode_with_prefixes(method.encoder, single, prefixes[:, tweet][:, None], real[tweet][None])
            torch.testing.assert_close(together[window, :length], alone[0], rtol=1e-4, atol=1e-5)


def test_another_picture_changes_words_and_another_tweets_picture_does_not():
    method, split = make("hvpnet")
    batch = split.batch(range(8), View.IT)
    with torch.no_grad():
        before = method(batch).clone()
        batch.visual.vectors[InputKind.GRID][0] *= -1
        after = method(batch)
    assert not torch.allclose(before[0], after[0], atol=1e-4)
    torch.testing.assert_close(after[1:][batch.mask[1:]], before[1:][batch.mask[1:]])


def test_objects_of_another_network_are_refused():
    visual = {InputKind.GRID: FeatureShape(8, 4, parts=(3, 5)), InputKind.REGIONS: FeatureShape(8, 3)}
    config = methods()["hvpnet"].configure({})
    with pytest.raises(ConfigError, match=r"(?s)parts \[3, 5\], those of its objects \[8\].*one network for both"):
        HVPNeT(config, scratch_encoder(["a b"]), LABELS, visual)
    alone = methods()["hvpnet-picture"].configure({})
    assert HVPNeT(alone, scratch_encoder(["a b"]), LABELS, visual).gates.gates.out_features == 2 * 2
