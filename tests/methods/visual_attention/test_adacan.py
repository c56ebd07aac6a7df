"""AdaCAN: co-attention and both gates, against the equations."""

import pytest
import torch
from torch import sigmoid, softmax, tanh

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.methods.base.family import Variant
from mnerbench.methods.conformance import Case
from mnerbench.methods.conformance.case import LABELS
from mnerbench.methods.registry import methods

NAMES = ("adacan-cnn-bilstm-crf", "adacan-bert-crf", "bert-cam")


def build_case(name, settings=None):
    entry = methods()[name]
    if settings is not None:
        entry = entry._replace(variant=Variant("t", {**entry.variant.settings, **settings}))
    case = Case(entry, train=lambda *_: None)
    method = case.build().eval()
    return case, method, case.batch(method, range(8), View.IT)


def attend(layer, question, answers):
    scores = torch.stack([layer.weigh(tanh(layer.answers(a) + layer.question(question)))[0] for a in answers])
    return softmax(scores, 0) @ answers


@pytest.mark.parametrize(
    ("name", "settings"), [*((name, None) for name in NAMES), ("adacan-bert-crf", {"label_rule": "x"})]
)
def test_emissions_are_those_of_the_equations(name, settings):
    _, method, batch = build_case(name, settings)
    meet, gate = method.meet, method.filter
    with torch.no_grad():
        emissions, states = method(batch), method.encoder(batch.subwords)
        if settings:  # one window per tweet: units are subwords in their order
            states = method.encoder.encode_subwords(batch.subwords)
            assert emissions.shape == (8, states.shape[1], len(LABELS) + 4)
        for row, count in enumerate(method.labelling.sizes(batch.subwords)):
            cells = tanh(method.see(method.normalise(batch.visual.vectors[InputKind.GRID][row])))
            words = states[row, :count]
            for position, h in enumerate(words):
                attended_cells = attend(meet.to_cells, h, cells)
                attended_words = attend(meet.to_words, attended_cells, words)
                v, t = tanh(meet.of_cells(attended_cells)), tanh(meet.of_words(attended_words))
                g = sigmoid(meet.gate(torch.cat([v, t])))
                m = g * v + (1 - g) * t
                s = sigmoid(gate.of_word(h) + gate.of_both(m))
                u = s * tanh(gate.keep(m)) * batch.visual.present(InputKind.GRID)[row]
                expected = method.project(torch.cat([h, u]))
                torch.testing.assert_close(emissions[row, position], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_picture_nothing_is_let_in(name):
    case, method, _ = build_case(name)
    batch = case.batch(method, range(8), View.T)
    with torch.no_grad():
        states = method.encoder(batch.subwords)
        plain = method.project(torch.cat([states, torch.zeros_like(states)], -1))
        torch.testing.assert_close(method(batch)[batch.mask], plain[batch.mask])


def test_as_printed_all_words_see_the_same():
    for apart in (True, False):
        _, method, batch = build_case("adacan-bert-crf", {"apart": apart})
        with torch.no_grad():
            cells, real, _ = method.cells(batch)
            attended = method.meet.to_cells(method.encoder(batch.subwords), cells, real)[0, :6]
        assert torch.allclose(attended, attended[:1].expand_as(attended), atol=1e-6) == apart


def test_bert_cam_is_adacan_over_bert():
    first, second = (methods()[name].configure({}) for name in ("adacan-bert-crf", "bert-cam"))
    assert first == second


def test_attention_weights_sum_to_one():
    _, method, batch = build_case("bert-cam")
    with torch.no_grad():
        states = method.encoder(batch.subwords)
        cells, real, _ = method.cells(batch)
        weights = method.visual_attention.attention(states, cells, real)
    torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:2]))
