"""Taggers over word vectors: emissions, character encoders, letter case, and settings."""

import pytest
import torch

from mnerbench.benchmark.training.optimizer import count_parameters
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import View
from mnerbench.methods.conformance import Case, sentences
from mnerbench.methods.encoders.characters import CharacterCNN, CharacterLSTM
from mnerbench.methods.encoders.choice import encoder_of_words
from mnerbench.methods.registry import methods

NAMES = ("bilstm-crf", "cnn-bilstm-crf", "hbilstm-crf")


def case(name):
    return Case(methods()[name], train=lambda *_: None)


@pytest.mark.parametrize("name", NAMES)
def test_emissions_are_those_of_each_tweet_alone(name):
    method = case(name).build().eval()
    batch = case(name).batch(method, range(8), View.T)
    encoder = method.encoder
    with torch.no_grad():
        emissions = method(batch)
        for row, example in enumerate(sentences()):
            ids = torch.tensor([subwords[0] for subwords in encoder.tokenizer.words(example.words)])
            inputs = encoder.embed.weight[ids]
            if encoder.spelling is not None:
                inputs = torch.cat(
                    [inputs, encoder.spelling(batch.subwords.characters[row : row + 1])[0, : len(ids)]], -1
                )
            states = encoder.lstm(inputs[None])[0][0]
            torch.testing.assert_close(emissions[row, : len(ids)], method.project(states), rtol=1e-5, atol=1e-6)


def test_variants_differ_in_the_character_encoder():
    kinds = [type(case(name).build().encoder.spelling) for name in NAMES]
    assert kinds == [type(None), CharacterCNN, CharacterLSTM]
    assert case("hbilstm-crf").build().encoder.input_width == 100 + 50
    assert case("bilstm-crf").batch(case("bilstm-crf").build(), [0], View.T).subwords.characters is None


def test_case_is_seen_by_characters_only():
    lower = [Example("1", ("ada", "met"), ("B-PER", "O"), None)]
    upper = [Example("1", ("ADA", "met"), ("B-PER", "O"), None)]
    for name, equal in zip(NAMES, (True, False, False), strict=True):
        variant = case(name)
        method = variant.build().eval()
        with torch.no_grad():
            first, second = (method(variant.split(method, tweets).batch([0], View.T)) for tweets in (lower, upper))
        assert torch.equal(first, second) == equal


def test_all_parameters_learn_as_new_layers():
    counts = count_parameters(case("cnn-bilstm-crf").build())
    assert counts["encoder"] == 0
    assert counts["new"] > 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"character_width": 10}, "changes nothing"), ({"spelling": "lstm", "spelled_width": 7}, "multiple of 2")],
)
def test_settings_that_cannot_be_are_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        methods()["bilstm-crf"].configure(settings)


@pytest.mark.parametrize("name", ["gvatt-hbilstm-crf", "adacan-cnn-bilstm-crf"])
def test_multimodal_methods_have_the_word_settings_of_the_text_only_ones(name):
    multimodal, plain = (methods()[method].configure({}) for method in (name, "hbilstm-crf"))
    shared = {"dropout", "hidden", "word_width", "character_width", "spelled_width"}
    assert {key: getattr(multimodal, key) for key in shared} == {key: getattr(plain, key) for key in shared}


def test_only_methods_over_words_have_an_encoder_of_words():
    with pytest.raises(TypeError, match="no WordTaggerConfig"):
        encoder_of_words(methods()["bert-crf"].configure({}), [("a",)])
