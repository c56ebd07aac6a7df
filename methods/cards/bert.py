"""Card of the text-only transformer taggers."""

from __future__ import annotations

from pydantic import Field

from mnerbench.methods.base import MethodConfig, MethodFamily, Variant
from mnerbench.methods.layers.choices import CRFBackend, Decoder, Pooling


class BertConfig(MethodConfig):
    """Settings of a transformer encoder with a linear layer and a decoder."""

    decoder: Decoder = Decoder.CRF
    crf: CRFBackend = CRFBackend.NATIVE
    pooling: Pooling = Pooling.FIRST
    dropout: float = Field(0.1, ge=0, lt=1, description="on word vectors, before the linear layer")


BERT = MethodFamily(
    name="bert",
    target="mnerbench.methods.bert:Bert",
    config=BertConfig,
    citation="Devlin et al. 2019, NAACL (BERT); Lafferty et al. 2001, ICML (CRF); as in Wang et al. 2022 (ITA)",
    variants={
        "bert": Variant("encoder, linear layer, softmax per word", {"decoder": "softmax"}),
        "bert-crf": Variant("encoder, linear layer, CRF: the text-only baseline"),
    },
    deviations=(
        "Continuation pieces are neither labelled nor decoded (ITA §3.3, Table 3); UMT's code labels them X.",
        "Softmax loss is the mean over words, CRF loss the mean over tweets of the summed negative log-likelihood.",
    ),
    paper_training={"epochs": 10, "batch_size": 16, "lr_encoder": 5e-5, "lr_crf": 5e-2},
)
