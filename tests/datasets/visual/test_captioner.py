"""Captions: the sequences that the model finds most probable, always the same ones."""

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
    BlipConfig,
    BlipForConditionalGeneration,
    GitConfig,
    GitForCausalLM,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessor,
    ViTModel,
)

from mnerbench.datasets.errors import ConfigError, DataError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.captioner_card import CaptionerCard

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [*SPECIAL, "a", "the", "dog", "cat", "man", "woman", "park", "sits", "runs", "red", "blue", "on", "in", "near"]
SIGHT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "image_size": 32,
    "patch_size": 8,
}
TEXT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "vocab_size": len(WORDS),
    "max_position_embeddings": 64,
    # Large, so that captions differ from picture to picture.
    "initializer_range": 0.5,
    "bos_token_id": 2,
    "eos_token_id": 3,
    "sep_token_id": 3,
    "pad_token_id": 0,
}


def picture(seed):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (50, 70, 3), dtype=np.uint8))


def encoder_decoder():
    decoder = BertConfig(is_decoder=True, add_cross_attention=True, **TEXT)
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(ViTConfig(**SIGHT), decoder)
    model = VisionEncoderDecoderModel(config)
    for config_part in (model.config, model.generation_config):
        config_part.decoder_start_token_id, config_part.pad_token_id, config_part.eos_token_id = 2, 0, 3
    return model


MAKERS = {
    "encoder-decoder": encoder_decoder,
    "blip": lambda: BlipForConditionalGeneration(
        BlipConfig(text_config={**TEXT, "encoder_hidden_size": 32}, vision_config=SIGHT)
    ),
    "git": lambda: GitForCausalLM(GitConfig(vision_config=SIGHT, **TEXT)),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Small random captioners with tokenizer and image processor."""
    folder = tmp_path_factory.mktemp("models")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for name, make in MAKERS.items():
            make().save_pretrained(folder / name)
            (folder / name / "vocab.txt").write_text("\n".join(WORDS) + "\n")
            (folder / name / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
            ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder / name)
    return folder


def captions(loaded, *pictures):
    return [row.facts["captions"] for row in loaded.extract([loaded.prepare(picture) for picture in pictures])]


@pytest.mark.parametrize("name", MAKERS)
def test_captions_are_deterministic_words(models, name):
    card = CaptionerCard(model=name, count=3, max_tokens=6)
    loaded = card.load(models, "cpu")
    first = captions(loaded, picture(0), picture(1))
    assert first == captions(card.load(models, "cpu"), picture(0), picture(1))
    assert first == [captions(loaded, picture(seed))[0] for seed in (0, 1)], "a batch changes nothing"
    assert first == captions(loaded, picture(0), picture(1)), "nothing is sampled"
    for texts in first:
        assert 1 <= len(texts) <= 3
        assert all(set(text.split()) <= set(WORDS[5:]) and len(text.split()) <= 6 for text in texts)


def test_captions_are_the_most_probable_ones_best_first(models):
    """Of one token each, whose probabilities can be read off."""
    loaded = CaptionerCard(model="encoder-decoder", beams=8, count=8, max_tokens=1).load(models, "cpu")
    for seed in range(3):
        with torch.inference_mode():
            pixels = loaded.prepare(picture(seed))[None]
            logits = loaded.model(pixel_values=pixels, decoder_input_ids=torch.tensor([[2]])).logits[0, -1]
        best = [WORDS[number] for number in logits.topk(8).indices.tolist()]
        assert captions(loaded, picture(seed)) == [[word for word in best if not word.startswith("[")]]


def test_a_wider_search_finds_nothing_less_probable(models):
    """The best caption of the widest search is the best of all sequences of two tokens."""
    loaded = CaptionerCard(model="encoder-decoder", beams=19, count=1, max_tokens=2).load(models, "cpu")
    with torch.inference_mode():
        pixels = loaded.prepare(picture(0))[None]

        def after(*tokens):
            logits = loaded.model(pixel_values=pixels, decoder_input_ids=torch.tensor([[2, *tokens]])).logits[0, -1]
            return logits.log_softmax(-1)

        first = after()
        # A caption that ends (token 3) is over; scores are means over a caption's tokens.
        scores = {(3,): float(first[3])}
        for token in set(range(len(WORDS))) - {3}:
            second = after(token)
            scores |= {(token, last): float(first[token] + second[last]) / 2 for last in range(len(WORDS))}
    best = max(scores, key=scores.__getitem__)
    expected = " ".join(WORDS[token] for token in best if token > 4)
    assert captions(loaded, picture(0)) == [[expected] if expected else []]


def test_the_computation_has_the_configured_dtype(models):
    loaded = CaptionerCard(model="blip", dtype="bfloat16", max_tokens=4).load(models, "cpu")
    assert loaded.model.dtype == torch.bfloat16
    assert seen_inside(loaded.model.vision_model, lambda: captions(loaded, picture(0))) == {(None, False, True)}
    assert captions(loaded, picture(0))[0]


def test_every_setting_is_in_the_description(models):
    changes = ({}, {"beams": 3}, {"count": 2}, {"max_tokens": 9}, {"dtype": "bfloat16"}, {"model": "blip"})
    keys = {CaptionerCard(**{"model": "git", **change}).key(models) for change in changes}
    assert len(keys) == len(changes)
    assert CaptionerCard.kinds == (InputKind.CAPTIONS,)


def test_models_that_cannot_caption_are_rejected(models, tmp_path):
    ViTModel(ViTConfig(**SIGHT)).save_pretrained(tmp_path / "vit")
    with pytest.raises(ConfigError, match=r"type 'vit'.*\n  -> .*captions.NAME.txt"):
        CaptionerCard(model="vit").describe(tmp_path)
    with pytest.raises(ConfigError, match=r"count 6 is more than beams 5.*\n  -> beams=6"):
        CaptionerCard(model="git", count=6)


def test_an_incomplete_network_is_rejected(models, tmp_path):
    shutil.copytree(models / "git", tmp_path / "git")
    model = GitForCausalLM.from_pretrained(models / "git")
    state = {name: tensor for name, tensor in model.state_dict().items() if "attention" not in name}
    model.save_pretrained(tmp_path / "git", state_dict=state)
    with pytest.raises(DataError, match=r"its weights lack [\d,]+ of [\d,]+ parameters"):
        CaptionerCard(model="git").load(tmp_path, "cpu")
