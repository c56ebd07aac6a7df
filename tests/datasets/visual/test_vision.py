"""Vision encoders of transformers: exactly the model's tokens, and no randomly initialised layer."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from switches import seen_inside
from transformers import (
    BertConfig,
    BertModel,
    BitImageProcessor,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    Dinov2WithRegistersConfig,
    Dinov2WithRegistersModel,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessor,
    ViTModel,
)

from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.vision_card import VisionCard

SIGHT = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 32, "patch_size": 8}
TEXT = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "vocab_size": 50,
    "max_position_embeddings": 16,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
SQUARE = {"size": {"height": 32, "width": 32}}
CROPPED = {"size": {"shortest_edge": 40}, "crop_size": {"height": 32, "width": 32}}


def picture(seed=0, width=90, height=60):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder of small random models, and each model with its processor by name."""
    folder = tmp_path_factory.mktemp("models")
    sight = {**SIGHT, "intermediate_size": 64}
    references = {
        "vit": (ViTModel(ViTConfig(**sight)), ViTImageProcessor(**SQUARE)),
        "vit-classifier": (ViTForImageClassification(ViTConfig(**sight)), ViTImageProcessor(**SQUARE)),
        "clip": (CLIPModel(CLIPConfig(text_config=TEXT, vision_config=sight)), CLIPImageProcessor(**CROPPED)),
        "siglip": (SiglipModel(SiglipConfig(text_config=TEXT, vision_config=sight)), SiglipImageProcessor(**SQUARE)),
        "dino": (
            Dinov2WithRegistersModel(Dinov2WithRegistersConfig(num_register_tokens=3, **SIGHT)),
            BitImageProcessor(**CROPPED),
        ),
    }
    for name, (model, processor) in references.items():
        model.eval().save_pretrained(folder / name)
        processor.save_pretrained(folder / name)
    return folder, references


def tower(model):
    return getattr(model, "vision_model", getattr(model, "vit", model))


@pytest.mark.parametrize(
    ("name", "before"), [("vit", 1), ("vit-classifier", 1), ("clip", 1), ("siglip", 0), ("dino", 4)]
)
def test_vectors_equal_the_models_output(models, name, before):
    folder, references = models
    loaded = VisionCard(model=name, dtype="float32").load(folder, "cpu")
    prepared = [loaded.prepare(image) for image in (picture(), picture(1, 50, 200))]
    with torch.inference_mode():
        expected = tower(references[name][0])(pixel_values=torch.stack(prepared))
    whole = expected.last_hidden_state[:, 0] if name == "vit-classifier" else expected.pooler_output
    for number, row in enumerate(loaded.extract(prepared)):
        grid = row.arrays["grid"]
        assert grid.shape == (16, 32)
        assert np.allclose(grid, expected.last_hidden_state[number, before:], atol=1e-5)
        assert np.allclose(row.arrays["global"], whole[number], atol=1e-5)
    assert [(field.name, field.shape) for field in loaded.fields] == [("global", (32,)), ("grid", (16, 32))]


@pytest.mark.parametrize("name", ["vit", "clip", "dino"])
def test_the_grid_of_an_inner_layer_is_what_that_layer_returns(models, name):
    folder, references = models
    loaded = VisionCard(model=name, dtype="float32", layer=1).load(folder, "cpu")
    prepared, outputs = loaded.prepare(picture()), []
    layers = next(
        m for n, m in tower(references[name][0]).named_modules() if n.rpartition(".")[2] in ("layer", "layers")
    )
    hook = layers[0].register_forward_hook(lambda _, inputs, output: outputs.append(output))
    with torch.inference_mode():
        whole = tower(references[name][0])(pixel_values=prepared[None]).pooler_output
    hook.remove()
    hidden = outputs[0][0] if isinstance(outputs[0], tuple) else outputs[0]
    [row] = loaded.extract([prepared])
    np.testing.assert_allclose(row.arrays["grid"], hidden[0][-len(row.arrays["grid"]) :], atol=1e-5)
    np.testing.assert_allclose(row.arrays["global"], whole[0], atol=1e-5)


def test_a_layer_that_the_model_lacks_is_refused(models):
    folder, _ = models
    with pytest.raises(ConfigError, match=r"model 'clip' has 2 layers, not 3\n  -> layer=N with N up to 2"):
        VisionCard(model="clip", layer=3).load(folder, "cpu")


def test_only_a_layer_that_is_named_changes_the_description(models):
    folder, _ = models
    last, inner = (VisionCard(model="clip", layer=layer).describe(folder) for layer in (None, 1))
    assert "layer" not in last
    assert inner == {**last, "layer": 1}


@pytest.mark.parametrize(("precision", "inside"), [("float32", None), ("float16", torch.float16)])
def test_the_precision_is_what_the_setting_says(models, precision, inside):
    card = VisionCard(model="vit", precision=precision)
    loaded = card.load(models[0], "cpu")
    assert seen_inside(loaded.tower, lambda: loaded.extract([loaded.prepare(picture())])) == {(inside, False, True)}
    assert (card.key(models[0]) == VisionCard(model="vit").key(models[0])) == (inside is None)


@pytest.mark.parametrize("name", ["vit", "clip"])
def test_pixels_equal_the_processors_output(models, name):
    """Up to the difference between the resizing of Pillow and torchvision."""
    folder, references = models
    pixels = VisionCard(model=name).load(folder, "cpu").prepare(picture())
    expected = references[name][1](images=picture(), return_tensors="pt")["pixel_values"][0]
    assert (pixels - expected).abs().mean() < 0.05


def test_a_pooling_layer_without_weights_is_not_used(models):
    """transformers would initialise it randomly on every load."""
    folder, _ = models
    vectors = [
        extractor.extract([extractor.prepare(picture())])[0].arrays["global"]
        for extractor in (VisionCard(model="vit-classifier").load(folder, "cpu") for _ in range(2))
    ]
    assert np.array_equal(*vectors)


def test_an_incomplete_network_is_rejected(models, tmp_path):
    folder, references = models
    model, _ = references["vit"]
    shutil.copytree(folder / "vit", tmp_path / "vit")
    state = {name: tensor for name, tensor in model.state_dict().items() if "layer" not in name}
    model.save_pretrained(tmp_path / "vit", state_dict=state)
    with pytest.raises(DataError, match=r"its weights lack 17,152 of 24,960 parameters"):
        VisionCard(model="vit").load(tmp_path, "cpu")


def test_models_that_are_not_vision_models_are_rejected(models, tmp_path):
    BertModel(BertConfig(**TEXT)).save_pretrained(tmp_path / "bert")
    with pytest.raises(ConfigError, match="'bert' reads input_ids, not pictures"):
        VisionCard(model="bert").load(tmp_path, "cpu")
    folder, _ = models
    shutil.copytree(folder / "vit", tmp_path / "vit")
    (tmp_path / "vit" / "preprocessor_config.json").unlink()
    with pytest.raises(DataError, match=r"no image processor.*\n  -> .*preprocessor_config.json"):
        VisionCard(model="vit").load(tmp_path, "cpu")


def test_the_description_covers_content(models, tmp_path):
    folder, _ = models
    copy = shutil.copytree(folder / "clip", tmp_path / "other")
    (copy / "README.md").write_text("no matter")
    key = VisionCard(model="clip").key(folder)
    assert VisionCard(model="other").key(tmp_path) == key == VisionCard(model=str(copy)).key(None)
    assert VisionCard(model="clip", dtype="float32").key(folder) != key
    settings = json.loads((copy / "preprocessor_config.json").read_text())
    (copy / "preprocessor_config.json").write_text(json.dumps({**settings, "do_normalize": False}))
    assert VisionCard(model="other").key(tmp_path) != key
    assert VisionCard.kinds == (InputKind.GLOBAL, InputKind.GRID)


def test_a_model_that_cannot_be_found_is_rejected(tmp_path):
    with pytest.raises(MissingInputError, match=r"vision model '/no/such/model' cannot be found.*\n  -> .*model=DIR"):
        VisionCard(model="/no/such/model").describe(tmp_path)
