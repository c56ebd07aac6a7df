"""The text-only taggers against explicit computations."""

from __future__ import annotations

import pytest
import torch

from mnerbench.datasets.inputs import View
from mnerbench.methods.conformance import Case, sentences
from mnerbench.methods.registry import methods


def build(settings):
    entry = methods()["bert-crf"]
    case = Case(entry._replace(variant=entry.variant.__class__("t", settings)), train=lambda *_: None)
    method = case.build().eval()
    return case, method, case.batch(method, range(8), View.T)


@pytest.mark.parametrize("pooling", ["first", "sum", "mean"])
def test_emissions_are_a_linear_map_of_the_pooled_subwords(pooling):
    _, method, batch = build({"pooling": pooling})
    with torch.no_grad():
        emissions, states = method(batch), method.encoder.encode_subwords(batch.subwords).flatten(0, 1)
        owner = batch.subwords.owner.flatten()
        for row, example in enumerate(sentences()):
            for word in range(len(example.words)):
                word_states = states[owner == row * batch.mask.shape[1] + word]
                pooled = {"first": word_states[0], "sum": word_states.sum(0), "mean": word_states.mean(0)}[pooling]
                expected = method.project.weight @ pooled + method.project.bias
                torch.testing.assert_close(emissions[row, word], expected, rtol=1e-4, atol=1e-5)


def test_the_softmax_loss_is_the_mean_over_words_and_decoding_the_argmax():
    _, method, batch = build({"decoder": "softmax"})
    with torch.no_grad():
        emissions = method(batch)
        loss = method.losses({View.T: batch})["nll"]
        log_p = torch.log_softmax(emissions, -1).gather(2, batch.labels[..., None]).squeeze(-1)
    torch.testing.assert_close(loss, -log_p[batch.mask].mean())
    best = emissions.argmax(-1)
    assert method.decode(batch) == [row[: len(e.words)].tolist() for row, e in zip(best, sentences(), strict=True)]


def test_the_crf_loss_is_the_mean_over_tweets():
    _, method, batch = build({})
    with torch.no_grad():
        each = method.head.crf.nll(method(batch), batch.labels, batch.mask)
        torch.testing.assert_close(method.losses({View.T: batch})["nll"], each.mean())


def test_native_and_reference_crf_start_from_the_same_weights_and_agree():
    (_, native, batch), (_, reference, _) = build({}), build({"crf": "pytorch-crf"})
    with torch.no_grad():
        torch.testing.assert_close(native.losses({View.T: batch})["nll"], reference.losses({View.T: batch})["nll"])
        assert native.decode(batch) == reference.decode(batch)
