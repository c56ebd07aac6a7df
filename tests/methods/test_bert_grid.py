"""`bert-grid`: the equation of its docstring, and tweets without a picture."""

import pytest
import torch

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.methods.conformance import LABELS, Case
from mnerbench.methods.conformance.synthetic_inputs import pictures
from mnerbench.methods.registry import methods


@pytest.fixture
def case():
    return Case(methods()["bert-grid"], lambda method, split, epochs: None)


def by_hand(method, batch):
    """The equation, per word."""
    words = method.encoder(batch.subwords)
    heads, width = method.config.heads, words.shape[-1]
    weights = method.attention.in_proj_weight.chunk(3)
    biases = method.attention.in_proj_bias.chunk(3)
    emissions = torch.zeros(*words.shape[:2], len(LABELS))
    for tweet in range(words.shape[0]):
        cells = method.see(method.normalise(batch.visual.vectors[InputKind.GRID][tweet])) + method.place
        for word in range(words.shape[1]):
            h = words[tweet, word]
            query = (weights[0] @ h + biases[0]).view(heads, -1)
            keys = (cells @ weights[1].T + biases[1]).view(len(cells), heads, -1)
            values = (cells @ weights[2].T + biases[2]).view(len(cells), heads, -1)
            share = torch.softmax(torch.einsum("hd,chd->hc", query, keys) / (width / heads) ** 0.5, -1)
            attended = method.attention.out_proj(torch.einsum("hc,chd->hd", share, values).flatten())
            if not batch.visual.present(InputKind.GRID)[tweet]:
                attended = torch.zeros_like(attended)
            h = h + torch.sigmoid(method.gate(torch.cat([h, attended]))) * attended
            emissions[tweet, word] = method.project(h)
    return emissions


def test_emissions_are_those_of_the_equation(case):
    method = case.build().eval()
    batch = case.batch(method, range(8), View.IT)
    assert batch.visual.present(InputKind.GRID).tolist() == [True] * 6 + [False] * 2
    with torch.no_grad():
        torch.testing.assert_close(method(batch)[batch.mask], by_hand(method, batch)[batch.mask], rtol=1e-4, atol=1e-5)


def test_without_a_picture_words_are_unchanged(case):
    method = case.build().eval()
    batch = case.batch(method, range(8), View.T)
    with torch.no_grad():
        plain = method.project(method.encoder(batch.subwords))
        assert torch.equal(method(batch)[batch.mask], plain[batch.mask])


def test_a_picture_changes_the_answer_and_another_picture_changes_it_otherwise(case):
    method = case.build().eval()
    with torch.no_grad():
        original, other, grey, none = (
            method(case.batch(method, range(6), view)) for view in (View.IT, View.IT_SHUFFLED, View.IT_BLANK, View.T)
        )
    for first, second in ((original, other), (original, grey), (original, none), (grey, none)):
        assert not torch.allclose(first, second)


def test_heads_that_do_not_divide_the_width_are_refused():
    entry = methods()["bert-grid"]
    method = Case(entry, lambda *_: None).build()
    shapes = {kind: features.shape for kind, features in pictures().features.items()}
    with pytest.raises(ConfigError, match="heads = 5 does not divide"):
        type(method)(entry.configure({"heads": 5}), method.encoder, LABELS, shapes)
