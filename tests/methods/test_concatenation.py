"""BERT + CM: the concatenation of three projections."""

import pytest
import torch

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.methods.base.family import Variant
from mnerbench.methods.conformance import Case
from mnerbench.methods.registry import methods


def build(settings):
    case = Case(methods()["bert-cm"]._replace(variant=Variant("t", settings)), train=lambda *_: None)
    method = case.build().eval()
    return method, case.split(method)


@pytest.mark.parametrize("settings", [{}, {"vectors": "grid"}, {"spelling": "lstm"}])
@pytest.mark.parametrize("view", [View.IT, View.T])
def test_a_word_is_word_characters_and_picture(settings, view):
    method, split = build(settings)
    batch = split.batch(range(8), view)
    kind = InputKind(settings.get("vectors", "global"))
    with torch.no_grad():
        emissions, words = method(batch), method.encoder(batch.subwords)
        characters = method.spelling(batch.subwords.characters)
        for row, count in enumerate(batch.subwords.sizes):
            picture = torch.zeros(words.shape[-1])
            if batch.visual.present(kind)[row]:
                picture = method.of_picture(batch.visual.vectors[kind][row].mean(0))
            for position in range(count):
                parts = (method.of_word(words[row, position]), method.of_spelling(characters[row, position]), picture)
                torch.testing.assert_close(
                    emissions[row, position], method.project(torch.cat(parts)), rtol=1e-4, atol=1e-5
                )


def test_the_mean_of_a_grid_is_over_its_cells_alone():
    method, split = build({"vectors": "grid"})
    batch = split.batch(range(8), View.IT)
    mask = batch.visual.masks[InputKind.GRID]
    mask[0, 2:] = False
    batch.visual.vectors[InputKind.GRID][0, 2:] = 99.0
    with torch.no_grad():
        emissions = method(batch)
        batch.visual.vectors[InputKind.GRID][0, 2:] = -7.0
        assert torch.equal(method(batch), emissions)
