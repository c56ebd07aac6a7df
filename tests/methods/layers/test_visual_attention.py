"""Attention and gates of Lu et al. 2018 and Zhang et al. 2018, per word and cell."""

import pytest
import torch
from torch import sigmoid, softmax, tanh

from mnerbench.methods.layers.visual_attention import AdditiveAttention, CoAttention, FiltrationGate, VisualGate

CLOSE = {"rtol": 1e-5, "atol": 1e-6}


def random_tensor(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def attended(layer, question, answers, *, apart):
    """Attention of a question over unpadded answers."""
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
    layer = AdditiveAttention(5, 6, 4, apart=apart)
    questions, answers = random_tensor(2, 3, 5), random_tensor(2, 7, 6)
    real = torch.arange(7) < torch.tensor([[7], [4]])
    output = layer(questions, answers, real)
    for tweet, count in enumerate((7, 4)):
        for position in range(3):
            expected = attended(layer, questions[tweet, position], answers[tweet, :count], apart=apart)
            torch.testing.assert_close(output[tweet, position], expected, **CLOSE)


def test_apart_the_question_cancels_out_and_together_it_does_not():
    torch.manual_seed(0)
    real = torch.ones(1, 7, dtype=torch.bool)
    for apart in (True, False):
        weights = AdditiveAttention(5, 6, 4, apart=apart).attention(
            random_tensor(1, 3, 5), random_tensor(1, 7, 6), real
        )[0]
        assert torch.allclose(weights[0], weights[1], atol=1e-6) == apart


def test_without_any_real_answer_everything_is_finite():
    layer = AdditiveAttention(5, 6, 4, apart=False)
    output = layer(random_tensor(1, 3, 5), random_tensor(1, 7, 6), torch.zeros(1, 7, dtype=torch.bool))
    output.sum().backward()
    assert torch.isfinite(output).all()
    assert all(torch.isfinite(parameter.grad).all() for parameter in layer.parameters())


def test_the_visual_gate_is_the_formula():
    torch.manual_seed(0)
    layer = VisualGate(5, 4)
    words, picture = random_tensor(2, 3, 5), random_tensor(2, 1, 4)
    output = layer(words, picture)
    (w_v, w_w, w_m), (b_v, b_w, b_m) = layer.of_word.weight.chunk(3), layer.of_word.bias.chunk(3)
    u_v, u_w, u_m = layer.of_picture.weight.chunk(3)
    for tweet in range(2):
        v = picture[tweet, 0]
        for position in range(3):
            h = words[tweet, position]
            m = tanh(w_m @ h + u_m @ v + b_m)
            expected = sigmoid(w_w @ h + u_w @ v + b_w) * h + sigmoid(w_v @ h + u_v @ v + b_v) * m
            torch.testing.assert_close(output[tweet, position], expected, **CLOSE)


@pytest.mark.parametrize("apart", [False, True])
def test_co_attention_is_the_formula(apart):
    torch.manual_seed(0)
    layer = CoAttention(5, apart=apart)
    words, cells = random_tensor(2, 4, 5), random_tensor(2, 6, 5)
    real = torch.arange(4) < torch.tensor([[4], [2]]), torch.ones(2, 6, dtype=torch.bool)
    output = layer(words, cells, real)
    for tweet, count in enumerate((4, 2)):
        for position in range(count):
            attended_cells = attended(layer.to_cells, words[tweet, position], cells[tweet], apart=apart)
            attended_words = attended(layer.to_words, attended_cells, words[tweet, :count], apart=apart)
            v, h = tanh(layer.of_cells(attended_cells)), tanh(layer.of_words(attended_words))
            g = sigmoid(layer.gate.weight @ torch.cat([v, h]))
            torch.testing.assert_close(output[tweet, position], g * v + (1 - g) * h, **CLOSE)


def test_the_filtration_gate_is_the_formula():
    torch.manual_seed(0)
    layer = FiltrationGate(5)
    words, both, present = (
        random_tensor(2, 3, 5),
        random_tensor(2, 3, 5) + 1,
        torch.tensor([True, False])[:, None, None],
    )
    output = layer(words, both, present)
    for position in range(3):
        h, m = words[0, position], both[0, position]
        s = sigmoid(layer.of_word.weight @ h + layer.of_both(m))
        torch.testing.assert_close(output[0, position], torch.cat([h, s * tanh(layer.keep(m))]), **CLOSE)
    assert torch.equal(output[1], torch.cat([words[1], torch.zeros(3, 5)], -1))
