"""MAF's number of parameters as a sum of its layers, and its difference to Table 3."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.registry import method_class, methods


def on_paper(name, labels):
    """MAF over bert-base-cased, on the meta device."""
    from transformers import BertConfig, BertModel

    with torch.device("meta"):
        encoder = TextEncoder(BertModel(BertConfig(vocab_size=28996), add_pooling_layer=False), SimpleNamespace())
        shapes = {InputKind.GRID: FeatureShape(2048, 49), InputKind.GLOBAL: FeatureShape(2048)}
        entry = methods()[name]
        return method_class(entry.family)(entry.configure({}), encoder, [str(n) for n in range(labels)], shapes)


def linear(inputs, out, bias=True):
    return inputs * out + bias * out


LAYER = 4 * linear(768, 768) + linear(768, 3072) + linear(3072, 768) + 2 * 2 * 768
BERT = (28996 + 512 + 2) * 768 + 2 * 768 + 12 * LAYER
CA = linear(768, 768) + 2 * linear(768, 768) + linear(2048, 768) + linear(768, 768)
CM = 128 * 2 * 768
REST = linear(2048, 768, bias=False) + LAYER + 2 * 768 * 768


def tagger(labels):
    return linear(2 * 768, labels) + labels * labels + 2 * labels


@pytest.mark.parametrize(
    ("name", "modules"), [("maf", CA + CM), ("maf-no-ca", CM), ("maf-no-cm", CA), ("maf-no-ca-cm", 0)]
)
def test_the_number_of_parameters_is_the_sum_of_the_layers(name, modules):
    total = sum(p.numel() for p in on_paper(name, 17).parameters())
    print(f"{name}: {total:,}; with ResNet-152 {total + 60_192_808:,}")  # noqa: T201 - for `pytest -s`
    assert total == BERT + REST + modules + tagger(17)
    assert name != "maf" or total == 121_719_124


@pytest.mark.parametrize(("labels", "further"), [(9, 14_380_902), (17, 14_368_382)])
def test_the_difference_to_the_published_number_is_known(labels, further):
    # Table 3 prints 196.28 M. The released code (mybert/gate_cl_modeling.py) has our layers, for 13 labels, and the
    # following. BERT's pooler is no difference, since CA uses it.
    published = BERT + REST + CA + CM + tagger(13)
    published += 2 * LAYER  # self_attention and self_attention_v2, which are never called: 14,175,744
    published += CM + 2  # a second class of the matching head, and two biases: 196,610
    published += 768 + 2 * 768  # biases of vismap2text and of both gates, absent in W_j and eq. 13: 2,304
    published += 60_192_808  # ResNet-152, with its unused classifier (2,049,000)
    assert published == 196_280_314
    # 13 labels are 6,244 more than the 9 of BIO, which the card states, and 6,276 fewer than the 17 of BIOES.
    assert tagger(13) - tagger(9) == 6_244
    assert published - 60_192_808 - (BERT + REST + CA + CM + tagger(labels)) == further
    assert f"{further:,}" in methods()["maf"].family.published_parameters or labels == 17
