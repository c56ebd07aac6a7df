"""Card of the text-only transformer taggers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.card import MethodConfig, MethodFamily, Variant
from mnerbench.methods.choices import CRFBackend, Decoder, LabelRule, Pooling
from mnerbench.methods.search_space import OneOf, Range


class TaggerConfig(MethodConfig):
    """What every method over a text encoder can choose."""

    decoder: Decoder = Field(Decoder.CRF, description="how emissions become labels: crf, or softmax per word")
    crf: CRFBackend = Field(
        CRFBackend.NATIVE,
        description="whose CRF: native (kernels on a GPU), torch (the same without), or the package pytorch-crf",
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="on vectors before the last linear layer")

    @property
    def idle(self) -> frozenset[str]:
        """Without a CRF it does not matter whose."""
        return frozenset() if self.decoder is Decoder.CRF else frozenset({"crf"})


class PictureConfig(TaggerConfig):
    """What every method that reads one kind of vectors can choose."""

    vectors: Literal[InputKind.GRID, InputKind.GLOBAL] = Field(InputKind.GRID, description="what of the picture")

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """The picture's vectors."""
        return (self.vectors,)


class BertConfig(TaggerConfig):
    """Settings of a transformer encoder with a linear layer and a decoder."""

    pooling: Pooling = Field(Pooling.FIRST, description="how the pieces of a word become one vector")
    label_rule: LabelRule = Field(LabelRule.FIRST, description="what is labelled: words, or every piece (UMT's code)")

    @property
    def idle(self) -> frozenset[str]:
        """Pieces that are labelled one by one are not pooled."""
        return super().idle | ({"pooling"} if self.label_rule is LabelRule.X else set())


BERT = MethodFamily(
    name="bert",
    target="mnerbench.methods.bert.model:Bert",
    config=BertConfig,
    citation="Devlin et al. 2019, NAACL (BERT); Lafferty et al. 2001, ICML (CRF); as in Wang et al. 2022 (ITA)",
    variants={
        "bert": Variant("encoder, linear layer, softmax per word", {"decoder": "softmax"}),
        "bert-crf": Variant("encoder, linear layer, CRF: the text-only baseline"),
        "bert-crf-x": Variant("the same, every piece labelled, continuations as X", {"label_rule": "x"}),
    },
    deviations=(
        "Continuation pieces are neither labelled nor decoded (ITA Table 3 and A.5); `bert-crf-x` is the rule of "
        "UMT's code.",
        "Softmax loss is the mean over words, CRF loss the mean over tweets of the summed negative log-likelihood.",
    ),
    paper_training={"epochs": 10, "batch_size": 16, "lr_encoder": 5e-5, "lr_crf": 5e-2},
    search={"dropout": Range(0.0, 0.5), "pooling": OneOf(("first", "mean"))},
)
