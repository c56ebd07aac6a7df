"""GVATT: question, attention and gate, against the equations; over an LSTM and over a text encoder."""

import pytest
import torch
from torch import sigmoid, softmax, tanh

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.methods.base.choices import LabelRule
from mnerbench.methods.base.family import Variant
from mnerbench.methods.conformance import Case
from mnerbench.methods.registry import methods

NAMES = ("gvatt-hbilstm-crf", "gvatt-bert-crf", "bert-vam")


def build_case(name, settings=None):
    entry = methods()[name]
    variant = Variant("t", {**entry.variant.settings, **(settings or {})})
    case = Case(entry._replace(variant=variant), train=lambda *_: None)
    method = case.build().eval()
    return case, method, case.batch(method, range(8), View.IT)


def words_of(method, batch):
    """Inputs and states of the words' LSTM; both are the word vectors with a text encoder."""
    if hasattr(method.encoder, "embedded"):
        return method.encoder.embedded(batch.subwords), method.encoder(batch.subwords)
    by_subword = method.config.label_rule is LabelRule.X  # with one window per tweet, units are subwords in their order
    states = method.encoder.encode_subwords(batch.subwords) if by_subword else method.encoder(batch.subwords)
    return states, states


@pytest.mark.parametrize(
    ("name", "settings"), [*((name, None) for name in NAMES), ("gvatt-bert-crf", {"label_rule": "x"})]
)
def test_emissions_are_those_of_the_equations(name, settings):
    _, method, batch = build_case(name, settings)
    with torch.no_grad():
        emissions, (inputs, states) = method(batch), words_of(method, batch)
        for row, count in enumerate(method.labelling.sizes(batch.subwords)):
            question = method.ask(inputs[row : row + 1, :count])[0][0, -1]
            cells = tanh(method.see(method.normalise(batch.visual.vectors[InputKind.GRID][row])))
            look = method.attention
            scores = torch.stack([look.weigh(tanh(look.answers(v) + look.question(question)))[0] for v in cells])
            attended = softmax(scores, 0) @ cells * batch.visual.present(InputKind.GRID)[row]
            for position in range(count):
                h = states[row, position]
                for_picture, for_word, m = (method.gate.of_word(h) + method.gate.of_picture(attended)).chunk(3)
                expected = method.project(sigmoid(for_word) * h + sigmoid(for_picture) * tanh(m))
                torch.testing.assert_close(emissions[row, position], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_picture_the_gate_sees_nothing(name):
    case, method, _ = build_case(name)
    batch = case.batch(method, range(8), View.T)
    with torch.no_grad():
        states = words_of(method, batch)[1]
        plain = method.project(method.gate(states, torch.zeros_like(states[:, :1])))
        torch.testing.assert_close(method(batch)[batch.mask], plain[batch.mask])


def test_new_layers_start_like_keras_has_them():
    _, method, _ = build_case("gvatt-bert-crf")
    weight = method.see.weight
    bound = (6 / sum(weight.shape)) ** 0.5
    assert 0.9 * bound < weight.abs().max() <= bound
    assert not method.gate.of_word.bias.any()
    assert method.encoder.model.embeddings.word_embeddings.weight.std() < 0.03


def test_bert_vam_is_gvatt_over_bert():
    assert methods()["gvatt-bert-crf"].configure({"queried": 768}) == methods()["bert-vam"].configure({})
