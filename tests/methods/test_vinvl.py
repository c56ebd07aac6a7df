"""VinVL: words, tags and regions in one BERT against loops in float64, and Oscar's checkpoints."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file
from small_methods import make
from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.training.optimizer import kinds_of_parameters
from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.setting_model import SettingModel
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.family import EncoderShape
from mnerbench.methods.conformance import sentences
from mnerbench.methods.conformance.synthetic_inputs import pictures
from mnerbench.methods.encoders.oscar import become_oscar
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.registry import methods


def build(name="vinvl-crf", settings=None, view=View.IT, limit=64):
    """The method in float64, with a projection that is not small, and a batch of all tweets."""
    base = dict(methods()[name].variant.settings)
    method, split = make(name, {**base, **(settings or {})})
    split = replace(split, layout=WindowLayout(method.encoder.tokenizer, limit))
    with torch.no_grad():
        method.oscar.model.img_embedding.weight.normal_(0, 0.3)
        method.oscar.model.img_embedding.bias.normal_()
    return method.double(), split.batch(range(8), view)


def line(layer, vector):
    return layer.weight @ vector + layer.bias


def norm(layer, vector):
    centred = vector - vector.mean()
    return centred / torch.sqrt((centred**2).mean() + layer.eps) * layer.weight + layer.bias


def bert(model, inputs):
    """The layers of a BERT, a position and a head at a time; `inputs` is a list of vectors."""
    for layer in model.encoder.layer:
        attention, heads, states = layer.attention.self, model.config.num_attention_heads, []
        query, key, value = (
            [line(part, x) for x in inputs] for part in (attention.query, attention.key, attention.value)
        )
        size = len(inputs[0]) // heads
        for position, state in enumerate(inputs):
            mixed = []
            for head in range(heads):
                part = slice(head * size, (head + 1) * size)
                weights = (torch.stack(key)[:, part] @ query[position][part] / size**0.5).exp()
                mixed.append(weights @ torch.stack(value)[:, part] / weights.sum())
            attended = norm(
                layer.attention.output.LayerNorm, state + line(layer.attention.output.dense, torch.cat(mixed))
            )
            inner = line(layer.intermediate.dense, attended)
            inner = inner * 0.5 * (1 + torch.erf(inner / 2**0.5))
            states.append(norm(layer.output.LayerNorm, attended + line(layer.output.dense, inner)))
        inputs = states
    return torch.stack(inputs)


def embedded(model, ids, segments):
    table = model.embeddings
    return [
        norm(
            table.LayerNorm,
            table.word_embeddings.weight[number]
            + table.position_embeddings.weight[position]
            + table.token_type_embeddings.weight[segment],
        )
        for position, (number, segment) in enumerate(zip(ids.tolist(), segments.tolist(), strict=True))
    ]


def regions(method, batch, tweet):
    """Projected regions of a tweet, one at a time."""
    model, visual = method.oscar.model, batch.visual
    count = min(int(visual.masks[InputKind.REGIONS][tweet].sum()), method.config.regions)
    projected = []
    for index in range(count):
        x1, y1, x2, y2 = visual.regions["boxes"][tweet, index].tolist()
        width, height = visual.regions["sizes"][tweet].tolist()
        box = [x1 / width, y1 / height, x2 / width, y2 / height, (x2 - x1) / width, (y2 - y1) / height]
        vector = torch.cat([visual.vectors[InputKind.REGIONS][tweet, index].double(), torch.tensor(box).double()])
        projected.append(norm(model.LayerNorm, line(model.img_embedding, vector)))
    return projected


def double(batch):
    return batch.mapped(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)


@pytest.mark.parametrize(
    ("settings", "view", "limit"), [({}, View.IT, 64), ({"regions": 1}, View.IT, 14), ({}, View.T, 64)]
)
@torch.no_grad()
def test_words_are_those_of_one_bert_over_words_names_and_regions(settings, view, limit):
    method, batch = build(settings=settings, view=view, limit=limit)
    subwords, states = batch.subwords, method.states(double(batch))
    assert (len(subwords.tweet) > 8) == (limit < 64), "some tweets have several windows"
    for window, tweet in enumerate(subwords.tweet.tolist()):
        length = int(subwords.mask[window].sum())
        words = embedded(method.oscar.model, subwords.ids[window, :length], subwords.segments[window, :length])
        seen = regions(method, batch, tweet)
        assert bool(seen) == (view is View.IT and tweet < 6)
        expected = bert(method.oscar.model, [*words, *seen])[:length]
        torch.testing.assert_close(states[window, :length], expected, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_beside_bert_the_second_half_is_vinvl_and_the_first_reads_the_tweet_alone():
    method, batch = build("bert+vinvl-crf")
    alone = make("bert-crf")[1].batch(range(8), View.T)
    states = method.states(double(batch))
    width = method.encoder.width
    assert states.shape[-1] == method.project.in_features == 2 * width
    for window, tweet in enumerate(batch.subwords.tweet.tolist()):
        length = int(alone.subwords.mask[tweet].sum())
        words = embedded(method.encoder.model, alone.subwords.ids[tweet, :length], torch.zeros(length).long())
        first = bert(method.encoder.model, words)
        torch.testing.assert_close(states[window, : length - 1, :width], first[:-1], rtol=1e-5, atol=1e-6)
        whole = int(batch.subwords.mask[window].sum())
        pair = embedded(
            method.beside.model, batch.subwords.ids[window, :whole], batch.subwords.segments[window, :whole]
        )
        second = bert(method.beside.model, [*pair, *regions(method, batch, tweet)])[:whole]
        torch.testing.assert_close(states[window, :whole, width:], second, rtol=1e-5, atol=1e-6)


def test_names_of_objects_follow_the_tweet_as_segment_b_by_score():
    tags = {"a": (Tag("low", 0.1), Tag("high", 0.9, (("tall", 0.8),)), Tag("high", 0.5))}
    inputs = VisualInputs({}, Texts(tags, "made", "0"))
    configure = methods()["vinvl-crf"].configure
    assert configure({}).context_texts(inputs, "a") == ("high high low",)
    assert configure({"regions": 1}).context_texts(inputs, "a") == ("high",)
    assert configure({}).context_texts(inputs, None) == ()
    method, batch = build()
    tokenizer = method.encoder.tokenizer
    for tweet, example in enumerate(sentences()):
        numbers = tokenizer.context(method.config.context_texts(pictures(), example.image_id))
        row = batch.subwords.ids[tweet][batch.subwords.segments[tweet] == 1].tolist()
        assert row == ([*numbers, *tokenizer.template.after_pair] if tweet < 6 else [])


def test_without_a_picture_it_is_bert_crf():
    for name in ("vinvl-crf", "bert+vinvl-crf"):
        method, split = make(name)
        plain, _ = make("bert-crf")
        batch = split.batch(range(8), View.T)
        with torch.no_grad():
            width = method.encoder.width
            states, expected = method.states(batch), plain.states(batch)
            for part in range(states.shape[-1] // width):
                mask = batch.subwords.mask
                torch.testing.assert_close(
                    states[..., part * width : (part + 1) * width][mask], expected[mask], rtol=1e-4, atol=1e-5
                )


def test_only_the_projection_is_new_and_a_note_says_so():
    for name, prefix in (("vinvl-crf", "encoder"), ("bert+vinvl-crf", "beside")):
        method, _ = make(name)
        kinds = {parameter: kind for kind, parameter, _ in kinds_of_parameters(method)}
        new = {parameter for parameter, kind in kinds.items() if kind == "new"} - {"project.weight", "project.bias"}
        parts = ("img_embedding", "LayerNorm")
        assert new == {f"{prefix}.model.{part}.{value}" for part in parts for value in ("weight", "bias")}
        assert method.oscar.model.img_embedding.weight.std().item() == pytest.approx(0.02, rel=0.1)
        [note] = method.notes
        assert "no `checkpoint`" in note


SIZES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}


def oscar_checkpoint(folder, width=14, normalises=False, vocabulary=30, **settings):
    """A checkpoint with Oscar's names, as its code saves it, and its tensors."""
    folder.mkdir()
    torch.manual_seed(3)
    model = BertModel(BertConfig(vocab_size=vocabulary, **SIZES))
    tensors = {f"bert.{name}": tensor.clone() for name, tensor in model.state_dict().items()}
    tensors |= {"bert.img_embedding.weight": torch.randn(16, width), "bert.img_embedding.bias": torch.randn(16)}
    if normalises:
        tensors |= {"bert.LayerNorm.weight": torch.randn(16), "bert.LayerNorm.bias": torch.randn(16)}
    tensors |= {"bert.embeddings.position_ids": torch.arange(512)[None], "cls.predictions.bias": torch.zeros(30)}
    torch.save(tensors, folder / "pytorch_model.bin")
    settings = {"img_feature_dim": width, "num_attention_heads": 2, "img_layer_norm_eps": 1e-5, **settings}
    (folder / "config.json").write_text(json.dumps(settings))
    return tensors


def encoder():
    tokenizer = make("bert-crf")[0].encoder.tokenizer
    return TextEncoder(BertModel(BertConfig(vocab_size=30, **SIZES), add_pooling_layer=False), tokenizer)


@pytest.mark.parametrize("normalises", [True, False])
def test_a_checkpoint_of_oscar_replaces_every_weight(tmp_path, normalises):
    tensors = oscar_checkpoint(tmp_path / "oscar", normalises=normalises)
    text_encoder = encoder()
    become_oscar(text_encoder, 14, SettingModel.model_validate(str(tmp_path / "oscar")))
    loaded = text_encoder.model.state_dict()
    assert {f"bert.{name}" for name in loaded} == {
        name for name in tensors if name.startswith("bert.") and "pooler" not in name and "position_ids" not in name
    }
    assert all(torch.equal(value, tensors[f"bert.{name}"]) for name, value in loaded.items())
    assert text_encoder.fresh == ()
    if normalises:
        assert text_encoder.model.LayerNorm.eps == 1e-5


def test_safetensors_come_first_and_heads_that_differ_are_refused(tmp_path):
    tensors = oscar_checkpoint(tmp_path / "oscar", num_attention_heads=4)
    save_file({**tensors, "bert.img_embedding.bias": torch.zeros(16)}, tmp_path / "oscar" / "model.safetensors")
    checkpoint = SettingModel.model_validate(str(tmp_path / "oscar"))
    assert not checkpoint.state()["bert.img_embedding.bias"].any()
    with pytest.raises(ConfigError, match="4 attention heads, the encoder 2"):
        become_oscar(encoder(), 14, checkpoint)


@pytest.mark.parametrize(
    ("options", "width", "message"),
    [
        ({"width": 10}, 14, "trained with regions of width 4, these have 8"),
        (
            {"vocabulary": 31},
            14,
            r"(?s)\[31, 16\] for embeddings.word_embeddings.weight, the encoder \[30, 16\].*with the BERT",
        ),
    ],
)
def test_a_checkpoint_of_other_sizes_is_refused(tmp_path, options, width, message):
    oscar_checkpoint(tmp_path / "oscar", **options)
    with pytest.raises(ConfigError, match=message):
        become_oscar(encoder(), width, SettingModel.model_validate(str(tmp_path / "oscar")))


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(MissingInputError, match=r"no config.json\n  -> name the folder"):
        methods()["vinvl-crf"].configure({"checkpoint": str(tmp_path)})
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(MissingInputError, match="no weights"):
        methods()["vinvl-crf"].configure({"checkpoint": str(tmp_path)})
    save_file({"bert.embeddings.word_embeddings.weight": torch.zeros(2, 2)}, tmp_path / "model.safetensors")
    model = SettingModel.model_validate(str(tmp_path))
    with pytest.raises(DataError, match=r"no bert.img_embedding.weight\n  -> name a folder with a checkpoint"):
        become_oscar(encoder(), 14, model)
    save_file({"other": torch.zeros(2)}, tmp_path / "model.safetensors")
    with pytest.raises(DataError, match="changed since the run was planned"):
        model.state()


def test_no_code_in_a_checkpoint_runs(tmp_path):
    class Harmful:
        def __reduce__(self):
            return (print, ("run",))

    (tmp_path / "config.json").write_text("{}")
    torch.save({"bert.img_embedding.weight": Harmful()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(DataError, match="cannot be read as a state dict"):
        SettingModel.model_validate(str(tmp_path)).state()


def test_identity_depends_on_the_content_of_a_checkpoint_and_not_on_its_path(tmp_path):
    def spec(folder):
        config = methods()["vinvl-crf"].configure({"checkpoint": str(folder)}).identity_settings()
        dataset = {"name": "d", "fingerprints": {}, "types": ["PER"], "inputs": {}}
        return RunSpec(
            method="vinvl-crf", family="vinvl", config=config, dataset=dataset, encoder=None, training=None,
            protocol="equal", seed=0,
        )  # fmt: skip

    for name, width in (("a", 14), ("b", 14), ("c", 15)):
        oscar_checkpoint(tmp_path / name, width=width)
    specs = [spec(tmp_path / name) for name in "abc"]
    assert specs[0].identity == specs[1].identity != specs[2].identity


def test_other_encoders_are_refused():
    config = methods()["vinvl-crf"].configure({})
    assert config.misfit(EncoderShape("bert", 16, 2)) is None
    assert "the encoder is a roberta" in config.misfit(EncoderShape("roberta", 16, 2))
    model = RobertaModel(RobertaConfig(vocab_size=30, **SIZES))
    with pytest.raises(ConfigError, match="the encoder is a RobertaModel"):
        become_oscar(TextEncoder(model, make("bert-crf")[0].encoder.tokenizer), 14, None)
