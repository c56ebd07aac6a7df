"""Attention and gates of Lu et al. 2018 and Zhang et al. 2018, one word and one cell at a time."""

import pytest
import torch
from torch import sigmoid, softmax, tanh

from mnerbench.methods.layers.visual_attention import Attended, CoAttention, FiltrationGate, VisualGate

CLOSE = {"rtol": 1e-5, "atol": 1e-6}


def given(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def attended(layer, question, answers, *, apart):
    """Of one question over real answers."""
    scores = []
    for answer in answers:
        a = layer.answers.weight @ answer
        q = layer.question.weight @ question + layer.question.bias
        inside = torch.cat([tanh(a), tanh(q)]) if apart else tanh(a + q)
        scores.append(layer.weigh.weight[0] @ inside + layer.weigh.bias[0])
    return softmax(torch.stack(scores), 0) @ answers


@pytest.mark.parametrize("apart", [False, True])
def test_attention_is_the_formula(apart):
    torch.manual_seed(0)
    layer = Attended(5, 6, 4, apart=apart)
    questions, answers = given(2, 3, 5), given(2, 7, 6)
    real = torch.arange(7) < torch.tensor([[7], [4]])
    found = layer(questions, answers, real)
    for tweet, count in enumerate((7, 4)):
        for place in range(3):
            expected = attended(layer, questions[tweet, place], answers[tweet, :count], apart=apart)
            torch.testing.assert_close(found[tweet, place], expected, **CLOSE)


def test_apart_the_question_cancels_out_and_together_it_does_not():
    torch.manual_seed(0)
    real = torch.ones(1, 7, dtype=torch.bool)
    for apart in (True, False):
        weights = Attended(5, 6, 4, apart=apart).attention(given(1, 3, 5), given(1, 7, 6), real)[0]
        assert torch.allclose(weights[0], weights[1], atol=1e-6) == apart


def test_without_any_real_answer_everything_is_finite():
    layer = Attended(5, 6, 4, apart=False)
    found = layer(given(1, 3, 5), given(1, 7, 6), torch.zeros(1, 7, dtype=torch.bool))
    found.sum().backward()
    assert torch.isfinite(found).all()
    assert all(torch.isfinite(parameter.grad).all() for parameter in layer.parameters())


def test_the_visual_gate_is_the_formula():
    torch.manual_seed(0)
    layer = VisualGate(5, 4)
    words, seen = given(2, 3, 5), given(2, 1, 4)
    found = layer(words, seen)
    (w_v, w_w, w_m), (b_v, b_w, b_m) = layer.of_word.weight.chunk(3), layer.of_word.bias.chunk(3)
    u_v, u_w, u_m = layer.of_picture.weight.chunk(3)
    for tweet in range(2):
        v = seen[tweet, 0]
        for place in range(3):
            h = words[tweet, place]
            m = tanh(w_m @ h + u_m @ v + b_m)
            expected = sigmoid(w_w @ h + u_w @ v + b_w) * h + sigmoid(w_v @ h + u_v @ v + b_v) * m
            torch.testing.assert_close(found[tweet, place], expected, **CLOSE)


@pytest.mark.parametrize("apart", [False, True])
def test_co_attention_is_the_formula(apart):
    torch.manual_seed(0)
    layer = CoAttention(5, apart=apart)
    words, cells = given(2, 4, 5), given(2, 6, 5)
    real = torch.arange(4) < torch.tensor([[4], [2]]), torch.ones(2, 6, dtype=torch.bool)
    found = layer(words, cells, real)
    for tweet, count in enumerate((4, 2)):
        for place in range(count):
            seen = attended(layer.to_cells, words[tweet, place], cells[tweet], apart=apart)
            heard = attended(layer.to_words, seen, words[tweet, :count], apart=apart)
            v, h = tanh(layer.of_cells(seen)), tanh(layer.of_words(heard))
            g = sigmoid(layer.gate.weight @ torch.cat([v, h]))
            torch.testing.assert_close(found[tweet, place], g * v + (1 - g) * h, **CLOSE)


def test_the_filtration_gate_is_the_formula():
    torch.manual_seed(0)
    layer = FiltrationGate(5)
    words, both, present = given(2, 3, 5), given(2, 3, 5) + 1, torch.tensor([True, False])[:, None, None]
    found = layer(words, both, present)
    for place in range(3):
        h, m = words[0, place], both[0, place]
        s = sigmoid(layer.of_word.weight @ h + layer.of_both(m))
        torch.testing.assert_close(found[0, place], torch.cat([h, s * tanh(layer.keep(m))]), **CLOSE)
    assert torch.equal(found[1], torch.cat([words[1], torch.zeros(3, 5)], -1))
