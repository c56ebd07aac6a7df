"""MKGformer: prefixes of the text in visual layers and fusion in BERT's, against loops in float64; CLIP's layers."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from small_methods import make
from transformers import BertConfig, BertModel, CLIPConfig, CLIPModel, RobertaConfig, RobertaModel

from mnerbench.benchmark.training.optimizer import kinds_of_parameters
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.setting_model import SettingModel
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import LabelRule
from mnerbench.methods.base.family import EncoderShape
from mnerbench.methods.conformance import LABELS
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.layers.clip_layers import CLIPLayers
from mnerbench.methods.mkgformer.model import MKGformer
from mnerbench.methods.registry import methods


def line(layer, vector):
    return layer.weight @ vector + layer.bias


def norm(layer, vector):
    centred = vector - vector.mean()
    return centred / torch.sqrt((centred**2).mean() + layer.eps) * layer.weight + layer.bias


def softmax(scores):
    return scores.exp() / scores.exp().sum()


def mixed(query, keys, values, heads):
    """Scaled attention of one query, a head at a time."""
    size = len(query) // heads
    parts = [slice(head * size, (head + 1) * size) for head in range(heads)]
    return torch.cat(
        [softmax(torch.stack([query[p] @ k[p] / size**0.5 for k in keys])) @ torch.stack(values)[:, p] for p in parts]
    )


def seen(layer, cells, prefix, heads):
    """A visual layer; `prefix` has the text's keys and values."""
    attention, result = layer.self_attn, []
    normal = [norm(layer.layer_norm1, cell) for cell in cells]
    keys = [*prefix[0], *(line(attention.k_proj, n) for n in normal)]
    values = [*prefix[1], *(line(attention.v_proj, n) for n in normal)]
    for cell, vector in zip(cells, normal, strict=True):
        attended = cell + line(attention.out_proj, mixed(line(attention.q_proj, vector), keys, values, heads))
        inner = line(layer.mlp.fc1, norm(layer.layer_norm2, attended))
        result.append(attended + line(layer.mlp.fc2, inner / (1 + torch.exp(-1.702 * inner))))  # quick GELU
    return result


def by_hand(method, words, cells):
    """States of one window's subwords, from the embeddings of its subwords and the inputs of the visual layers."""
    layers, heads, count = method.encoder.model.encoder.layer, method.encoder.heads, len(method.fuse)
    prefix = None
    for number, layer in enumerate(layers, count - len(layers)):
        attention, states = layer.attention.self, []
        query, keys, values = (
            [line(part, w) for w in words] for part in (attention.query, attention.key, attention.value)
        )
        if number >= 0 and cells:
            cells = seen(method.vision.layers[number], cells, prefix, heads)
        for position, word in enumerate(words):
            context = mixed(query[position], keys, values, heads)
            attended = norm(layer.attention.output.LayerNorm, word + line(layer.attention.output.dense, context))
            inner = line(layer.intermediate.dense, attended)
            if number >= 0 and cells:
                weights = softmax(torch.stack([context @ cell for cell in cells]))
                fused = sum(w * cell for w, cell in zip(weights, cells, strict=True))
                inner = inner + line(method.fuse[number].map, fused)
            inner = inner * 0.5 * (1 + torch.erf(inner / 2**0.5))
            states.append(norm(layer.output.LayerNorm, attended + line(layer.output.dense, inner)))
        words, prefix = states, (keys, values)
    return torch.stack(words)


def inputs(method, batch, tweet):
    """Cells and objects of a tweet's picture, projected one at a time."""
    result = []
    for kind in method.config.inputs:
        real = batch.visual.masks[kind][tweet]
        vectors = batch.visual.vectors[kind][tweet][real].double()
        vectors = vectors[: method.config.objects] if kind is InputKind.REGIONS else vectors
        first, second = method.see[kind.value]
        result += [line(second, norm(first, vector)) for vector in vectors]
    return result


def double(batch):
    return batch.mapped(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)


@pytest.mark.parametrize(
    ("name", "settings", "view", "limit"),
    [
        ("mkgformer", {}, View.IT, 64),
        ("mkgformer", {"objects": 1}, View.IT, 12),
        ("mkgformer-picture", {"objects": 0}, View.IT, 64),
        ("mkgformer", {}, View.T, 64),
    ],
)
@torch.no_grad()
def test_states_are_those_of_two_transformers_that_read_each_other(name, settings, view, limit):
    method, split = make(name, settings)
    method = method.double()
    batch = replace(split, layout=WindowLayout(method.encoder.tokenizer, limit)).batch(range(8), view)
    subwords, states = batch.subwords, method.states(double(batch))
    assert (len(subwords.tweet) > 8) == (limit < 64), "some tweets have several windows"
    for window, tweet in enumerate(subwords.tweet.tolist()):
        length = int(subwords.mask[window].sum())
        ids, segments = (part[window : window + 1, :length] for part in (subwords.ids, subwords.segments))
        words = method.encoder.model.embeddings(input_ids=ids, token_type_ids=segments)[0]
        cells = inputs(method, batch, tweet)
        assert bool(cells) == (view is View.IT and tweet < 6)
        torch.testing.assert_close(states[window, :length], by_hand(method, list(words), cells), rtol=1e-6, atol=1e-7)


def three_layers(model, config, clip=None):
    """A method over a text encoder of three layers, the last of which is fused."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 8}
    tokenizer = make("bert-crf")[0].encoder.tokenizer
    encoder = TextEncoder(model(config(vocab_size=500, **sizes), add_pooling_layer=False), tokenizer)
    visual = {InputKind.GRID: FeatureShape(16, 4), InputKind.REGIONS: FeatureShape(8, 3)}
    return MKGformer(methods()["mkgformer"].configure({"clip": clip} if clip else {}), encoder, LABELS, visual).eval()


@torch.no_grad()
def test_the_last_third_of_the_layers_reads_the_keys_of_the_layer_before_each():
    method = three_layers(BertModel, BertConfig).double()
    assert len(method.fuse) == len(method.vision.layers) == 1
    batch = make("mkgformer-picture")[1].batch([0], View.IT)
    visual = batch.visual
    cells = {InputKind.GRID: torch.randn(1, 4, 16).double(), InputKind.REGIONS: torch.zeros(1, 1, 8).double()}
    masks = {**visual.masks, InputKind.REGIONS: torch.zeros(1, 1, dtype=torch.bool)}
    batch = replace(batch, visual=replace(visual, vectors=cells, masks=masks))
    words = method.encoder.model.embeddings(input_ids=batch.subwords.ids)[0]
    expected = by_hand(method, list(words), inputs(method, batch, 0))
    torch.testing.assert_close(method.states(batch)[0], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("model", "config"), [(BertModel, BertConfig), (RobertaModel, RobertaConfig)])
@torch.no_grad()
def test_without_a_picture_the_text_is_encoded_as_usual(model, config):
    method = three_layers(model, config)
    batch = make("mkgformer")[1].batch(range(8), View.T)
    widths = {InputKind.GRID: 16, InputKind.REGIONS: 8}
    empty = {
        kind: vectors.new_zeros(*vectors.shape[:2], widths[kind]) for kind, vectors in batch.visual.vectors.items()
    }
    batch = replace(batch, visual=replace(batch.visual, vectors=empty))
    expected, mask = method.encoder.encode_subwords(batch.subwords), batch.subwords.mask
    torch.testing.assert_close(method.states(batch)[mask], expected[mask], rtol=1e-4, atol=1e-5)


def clip_folder(folder, **settings):
    """A CLIP of four layers as transformers saves it."""
    sight = {
        "hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 24,
        "image_size": 32, "patch_size": 8, "attention_dropout": 0.2, **settings,
    }  # fmt: skip
    text = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 8,
        "vocab_size": 9,
    }
    torch.manual_seed(5)
    model = CLIPModel(CLIPConfig(vision_config=sight, text_config={**text, "bos_token_id": 1, "eos_token_id": 2}))
    model.eval().save_pretrained(folder)
    return model


@torch.no_grad()
def test_the_visual_layers_are_clips_last_ones_and_learn_like_the_encoder(tmp_path):
    model = clip_folder(tmp_path / "clip")
    method = three_layers(BertModel, BertConfig, clip=str(tmp_path / "clip"))
    last = model.vision_model.encoder.layers[-1]
    loaded = method.vision.layers[0].state_dict()
    assert loaded.keys() == last.state_dict().keys()
    assert all(torch.equal(loaded[name], value) for name, value in last.state_dict().items())
    assert (method.notes, set(method.see)) == ((), {"regions"})
    kinds = {name: kind for kind, name, _ in kinds_of_parameters(method)}
    assert {kind for name, kind in kinds.items() if name.startswith("vision.")} == {"encoder"}
    fresh = three_layers(BertModel, BertConfig)
    kinds = {name: kind for kind, name, _ in kinds_of_parameters(fresh)}
    assert {kind for name, kind in kinds.items() if name.startswith("vision.")} == {"new"}
    assert "no `clip`" in fresh.notes[0]


@torch.no_grad()
def test_after_the_layers_before_them_clips_last_layers_continue_the_model(tmp_path):
    model = clip_folder(tmp_path)
    layers = CLIPLayers(2, (16, 2, 24), SettingModel.model_validate(str(tmp_path))).eval()
    hidden = model.vision_model(pixel_values=torch.randn(2, 3, 32, 32), output_hidden_states=True).hidden_states
    states, nothing = hidden[2], torch.zeros(2, 2, 1, 8)
    everything = torch.ones(2, 17, dtype=torch.bool)
    for number in range(2):
        states = layers(number, states, everything, (nothing, nothing), torch.zeros(2, 1, dtype=torch.bool))
    torch.testing.assert_close(states, hidden[4], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_size": 32}, "hidden_size 32, the text encoder has 16"),
        ({"num_attention_heads": 4}, "num_attention_heads 4, the text encoder has 2"),
    ],
)
def test_a_clip_of_another_size_is_refused(tmp_path, settings, message):
    clip_folder(tmp_path, **settings)
    with pytest.raises(ConfigError, match=message):
        three_layers(BertModel, BertConfig, clip=str(tmp_path))


def test_damaged_and_other_models_are_refused(tmp_path):
    clip_folder(tmp_path)
    model = SettingModel.model_validate(str(tmp_path))
    with pytest.raises(ConfigError, match="fewer than 5 layers"):
        CLIPLayers(5, (16, 2, 24), model)
    settings = json.loads((tmp_path / "config.json").read_text())
    settings["vision_config"]["num_hidden_layers"] = 5
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ConfigError, match=r"its weights lack vision_model.encoder.layers.4"):
        CLIPLayers(1, (16, 2, 24), SettingModel.model_validate(str(tmp_path)))
    (tmp_path / "config.json").write_text(json.dumps({**settings, "model_type": "bert"}))
    with pytest.raises(ConfigError, match="not a CLIP model"):
        CLIPLayers(1, (16, 2, 24), SettingModel.model_validate(str(tmp_path)))


def test_cells_of_another_width_than_clips_are_refused(tmp_path):
    clip_folder(tmp_path)
    encoder = three_layers(BertModel, BertConfig).encoder
    config = methods()["mkgformer-picture"].configure({"clip": str(tmp_path)})
    with pytest.raises(ConfigError, match=r"grid has the width 8, CLIP's layers have 16\n  -> --input grid=vision@"):
        MKGformer(config, encoder, LABELS, {InputKind.GRID: FeatureShape(8, 4)})


def test_other_encoders_are_refused():
    config = methods()["mkgformer"].configure({})
    assert config.misfit(EncoderShape("xlm-roberta", 16, 2)) is None
    assert "the encoder is a distilbert" in config.misfit(EncoderShape("distilbert", 16, 2))


def test_the_released_profile_and_new_parameters_over_bert_base():
    config = methods()["mkgformer"].configure({"profile": "released"})
    assert config.label_rule is LabelRule.X
    with torch.device("meta"):
        encoder = TextEncoder(BertModel(BertConfig(), add_pooling_layer=False), SimpleNamespace())
        visual = {InputKind.GRID: FeatureShape(768, 49), InputKind.REGIONS: FeatureShape(2048, 6)}
        method = MKGformer(config, encoder, LABELS, visual)
    square, feed = 768 * 768 + 768, (768 * 3072 + 3072) + (3072 * 768 + 768)
    assert sum(p.numel() for p in method.vision.parameters()) == 4 * (4 * square + feed + 4 * 768)
    assert sum(p.numel() for p in method.fuse.parameters()) == 4 * (768 * 3072 + 3072)
