"""BERT + CM: three projections beside each other."""

import pytest
import torch

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.methods.base.family import Variant
from mnerbench.methods.conformance import Case
from mnerbench.methods.registry import methods


def made(settings):
    case = Case(methods()["bert-cm"]._replace(variant=Variant("t", settings)), train=lambda *_: None)
    method = case.build().eval()
    return method, case.split(method)


@pytest.mark.parametrize("settings", [{}, {"vectors": "grid"}, {"spelling": "lstm"}])
@pytest.mark.parametrize("view", [View.IT, View.T])
def test_a_word_is_word_characters_and_picture(settings, view):
    method, split = made(settings)
    batch = split.batch(range(8), view)
    kind = InputKind(settings.get("vectors", "global"))
    with torch.no_grad():
        found, words = method(batch), method.encoder(batch.pieces)
        spelled = method.spelling(batch.pieces.characters)
        for row, count in enumerate(batch.pieces.sizes):
            seen = torch.zeros(words.shape[-1])
            if batch.visual.present(kind)[row]:
                seen = method.of_picture(batch.visual.vectors[kind][row].mean(0))
            for place in range(count):
                parts = (method.of_word(words[row, place]), method.of_spelling(spelled[row, place]), seen)
                torch.testing.assert_close(found[row, place], method.project(torch.cat(parts)), rtol=1e-4, atol=1e-5)


def test_the_mean_of_a_grid_is_over_its_cells_alone():
    method, split = made({"vectors": "grid"})
    batch = split.batch(range(8), View.IT)
    shown = batch.visual.masks[InputKind.GRID]
    shown[0, 2:] = False
    batch.visual.vectors[InputKind.GRID][0, 2:] = 99.0
    with torch.no_grad():
        found = method(batch)
        batch.visual.vectors[InputKind.GRID][0, 2:] = -7.0
        assert torch.equal(method(batch), found)
