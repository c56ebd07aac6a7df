"""UMT: emissions and losses against unpadded windows, tweets without a picture, and the number of parameters."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
import torchcrf
import torchvision
from transformers import BertConfig, BertModel

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import LabelRule
from mnerbench.methods.base.family import Variant
from mnerbench.methods.conformance import LABELS, Case, sentences
from mnerbench.methods.conformance.synthetic_inputs import pictures
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.registry import methods
from mnerbench.methods.umt.model import UMT

NAMES = ("umt", "umt-x", "mt-bert-crf")
OF_THE_PICTURE = ("see", "see_as_query", "cross", "gate")


def build(name, settings=None, view=View.IT):
    """The method with random weights, and all tweets; the last two have no picture.

    Windows have at most eleven subwords: four of the tweets need two or more.
    """
    entry = methods()[name]
    case = Case(entry._replace(variant=Variant("t", {**entry.variant.settings, **(settings or {})})), lambda *_: None)
    method = case.build().eval()
    with torch.no_grad():
        for key, parameter in method.named_parameters():
            if not key.startswith("encoder."):
                parameter.copy_(torch.randn_like(parameter) * (0.1 if parameter.dim() > 1 else 0.5))
    split = case.split(method)
    split.layout = WindowLayout(method.encoder.tokenizer, 11)
    return method, split.batch(range(8), view)


def attend(layer, queries, keys):
    """A cross-modal layer without padding (its own equations are tested in layers/test_transformer.py)."""
    return layer(queries[None], keys[None], torch.ones(1, len(keys), dtype=torch.bool))[0]


def fused(method, states, cells):
    """[image-aware text; gated visual vectors] of a window; `cells` is None without a picture."""
    text = attend(method.text, states, states)
    if cells is None:
        return torch.cat([text, torch.zeros_like(text)], -1)
    word_aware_visual = attend(method.cross.text_to_image, text, method.see(cells))
    text_aware_cells = attend(method.cross.image_to_text, method.see_as_query(cells), text)
    image_aware_text = attend(method.cross.text_to_text, text, text_aware_cells)
    weight, bias = method.gate.weight, method.gate.bias
    gate = 1 / (1 + torch.exp(-(torch.cat([image_aware_text, word_aware_visual], -1) @ weight.T + bias)))
    return torch.cat([image_aware_text, gate * word_aware_visual], -1)


def rows_of(method, batch):
    """For each window: its tweet, its states, the word of each subword, and the positions of its units."""
    for window, tweet in enumerate(batch.subwords.tweet.tolist()):
        length = int(batch.subwords.mask[window].sum())
        owner = batch.subwords.owner[window, :length].tolist()
        states = method.encoder.model(input_ids=batch.subwords.ids[window, :length][None]).last_hidden_state[0]
        firsts = [i for i in range(1, length) if owner[i] >= 0 and owner[i] != owner[i - 1]]
        yield tweet, states, owner, [*range(length)] if method.config.label_rule is LabelRule.X else firsts


def by_hand(method, batch):
    """Main emissions and span emissions (None without the module) of each tweet's units."""
    main, spans = [[] for _ in batch.labels], [[] for _ in batch.labels]
    for tweet, states, _, positions in rows_of(method, batch):
        has_picture = bool(batch.visual.present(InputKind.GRID)[tweet])
        both = fused(method, states, batch.visual.vectors[InputKind.GRID][tweet] if has_picture else None)
        main[tweet].append(method.project(both)[positions])
        if method.config.span_module:
            spans[tweet].append(method.spans.project(attend(method.spans.text, states, states))[positions])
    main = [torch.cat(windows) for windows in main]
    if not method.config.span_module:
        return main, None
    spans = [torch.cat(windows) for windows in spans]
    share = method.config.span_share
    return [(1 - share) * m + share * converted(s) for m, s in zip(main, spans, strict=True)], spans


SPANS = {9: ("O", "B", "I"), 13: ("[PAD]", "O", "B", "I", "X", "[CLS]", "[SEP]")}
UNITS = {9: LABELS, 13: ("[PAD]", *LABELS, "X", "[CLS]", "[SEP]")}


def converted(spans):
    """Span emissions converted to labels: four types share B and I."""
    names = UNITS[{3: 9, 7: 13}[spans.shape[1]]]
    columns = [spans[:, SPANS[len(names)].index(x.split("-")[0])] * (0.25 if "-" in x else 1) for x in names]
    return torch.stack(columns, 1)


def gold(method, batch):
    """Names of the labels of each tweet's units."""
    names, words = [[] for _ in batch.labels], [iter(example.labels) for example in sentences()]
    for tweet, _, owner, positions in rows_of(method, batch):
        for position in positions:
            if owner[position] < 0:
                names[tweet].append("[SEP]" if position else "[CLS]")
            else:
                names[tweet].append("X" if owner[position] == owner[position - 1] else next(words[tweet]))
    assert all(next(labels, None) is None for labels in words)
    return names


def likelihood(head, emissions, names, order):
    """Mean over tweets of -log p, by pytorch-crf, a tweet at a time."""
    peer = torchcrf.CRF(len(order), batch_first=True)
    peer.load_state_dict(
        {"start_transitions": head.crf.start, "end_transitions": head.crf.end, "transitions": head.crf.transitions}
    )
    tags = [torch.tensor([[order.index(name) for name in tweet]]) for tweet in names]
    pairs = zip(emissions, tags, strict=True)
    return -sum(peer(e[None], y, torch.ones_like(y, dtype=torch.bool)) for e, y in pairs) / len(names)


@pytest.mark.parametrize("name", NAMES)
def test_emissions_are_those_of_the_equations(name):
    method, batch = build(name)
    assert batch.visual.present(InputKind.GRID).tolist() == [True] * 6 + [False] * 2
    assert (batch.subwords.tweet.bincount() > 1).tolist() == [True, False, True, True, False, False, False, True]
    with torch.no_grad():
        emissions, (expected, _) = method(batch), by_hand(method, batch)
    for row, tweet in zip(emissions, expected, strict=True):
        torch.testing.assert_close(row[: len(tweet)], tweet, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "settings"), [*((name, {}) for name in NAMES), ("umt-x", {"span_share": 0.2, "span_weight": 0.7})]
)
def test_the_loss_is_that_of_the_main_crf_and_half_that_of_the_span_crf(name, settings):
    method, batch = build(name, settings)
    with torch.no_grad():
        terms, (main, spans), names = method.losses({View.IT: batch}), by_hand(method, batch), gold(method, batch)
        order = UNITS[main[0].shape[1]]
        expected = {"nll": likelihood(method.head, main, names, order)}
        if spans is not None:
            untyped = [[name.split("-")[0] for name in tweet] for tweet in names]
            auxiliary = likelihood(method.spans.head, spans, untyped, SPANS[len(order)])
            expected["spans"] = settings.get("span_weight", 0.5) * auxiliary
        torch.testing.assert_close(terms, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_picture_visual_layers_have_no_effect(name):
    method, batch = build(name, view=View.T)
    assert not batch.visual.present(InputKind.GRID).any()
    with torch.no_grad():
        before, (expected, _) = method(batch), by_hand(method, batch)
        for row, tweet in zip(before, expected, strict=True):
            torch.testing.assert_close(row[: len(tweet)], tweet, rtol=1e-3, atol=1e-4)
        for part in OF_THE_PICTURE:
            for parameter in method.get_submodule(part).parameters():
                parameter.normal_()
        mask = method.targets(batch)[1]
        assert torch.equal(method(batch)[mask], before[mask])


def test_mt_bert_crf_lacks_exactly_the_span_module():
    whole, without = (dict(build(name)[0].named_parameters()) for name in ("umt", "mt-bert-crf"))
    assert set(without) < set(whole)
    assert {name.partition(".")[0] for name in set(whole) - set(without)} == {"spans"}
    layer = 4 * (128 * 128 + 128) + 2 * 128 * 512 + 512 + 128 + 4 * 128
    missing = sum(whole[name].numel() for name in set(whole) - set(without))
    assert missing == layer + (128 * 3 + 3) + (3 * 3 + 2 * 3)
    assert all(without[name].shape == whole[name].shape for name in without)


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_parameters_with_bert_base_cased_are_those_that_maf_prints():
    config = BertConfig(vocab_size=28_996)
    with torch.device("meta"):
        encoder = TextEncoder(BertModel(config, add_pooling_layer=False), SimpleNamespace())
        pooler, resnet = count(BertModel(config).pooler), torchvision.models.resnet152()
        method = UMT(methods()["umt-x"].configure({}), encoder, LABELS, {InputKind.GRID: FeatureShape(2048, 49)})
    assert count(method) == 147_512_342
    assert count(method) + pooler == 148_102_934
    assert count(method) + pooler + count(resnet) == 208_295_742
    assert (pooler, count(resnet), count(resnet.fc)) == (590_592, 60_192_808, 2_049_000)
    assert count(method) + count(resnet) - count(resnet.fc) == 205_656_150
    printed = methods().family("umt").published_parameters
    assert all(number in printed for number in ("208.29 M", "148,102,934", "590,592", "60,192,808"))


def test_the_released_profile_labels_every_piece():
    entry = methods()["umt"]
    config = entry.configure({})
    assert (config.label_rule, config.span_module, config.span_share, config.span_weight) == (
        LabelRule.FIRST,
        True,
        0.5,
        0.5,
    )
    assert entry.configure({"profile": "released"}) == methods()["umt-x"].configure({})
    assert entry.configure({"profile": "released", "label_rule": "first"}).label_rule is LabelRule.FIRST
    config = methods()["mt-bert-crf"].configure({"profile": "released"})
    assert (config.label_rule, config.span_module) == (LabelRule.X, False)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("umt", {"profile": "relaesed"}, "no profile 'relaesed'; did you mean 'released'"),
        ("umt", {"span_wieght": 1.0}, "no setting 'span_wieght'; did you mean 'span_weight'"),
        ("umt", {"decoder": "softmax"}, "setting decoder = 'softmax'"),
        ("mt-bert-crf", {"span_share": 0.2}, "setting span_share = 0.2 changes nothing"),
        ("mt-bert-crf", {"span_weight": 0.2}, "setting span_weight = 0.2 changes nothing"),
    ],
)
def test_settings_that_cannot_be_are_refused(name, settings, message):
    with pytest.raises(ConfigError, match=message):
        methods()[name].configure(settings)


def test_heads_default_to_the_encoder_s():
    (default, batch), (two, _) = build("umt"), build("umt", {"heads": 2})
    assert default.encoder.heads == 4
    assert all(torch.equal(*pair) for pair in zip(default.parameters(), two.parameters(), strict=True))
    with torch.no_grad():
        assert not torch.allclose(two(batch), default(batch))
    shapes = {kind: features.shape for kind, features in pictures().features.items()}
    with pytest.raises(ConfigError, match="heads = 5 does not divide the width 128"):
        UMT(methods()["umt"].configure({"heads": 5}), default.encoder, LABELS, shapes)
