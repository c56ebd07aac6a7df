"""Card of the text-only transformer taggers."""

from __future__ import annotations

from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import OneOf, Range

BERT = MethodFamily(
    name="bert",
    target="mnerbench.methods.subword_tagger:SubwordTagger",
    config=SubwordTaggerConfig,
    citation="Devlin et al. 2019, NAACL (BERT); Lafferty et al. 2001, ICML (CRF); as in Wang et al. 2022 (ITA)",
    variants={
        "bert": Variant("encoder, linear layer, softmax per word", {"decoder": "softmax"}),
        "bert-crf": Variant("encoder, linear layer, CRF: the text-only baseline"),
        "bert-span": Variant("encoder, linear layer, best set of spans without overlaps", {"decoder": "spans"}),
        "bert-crf-x": Variant("the same, every subword labelled, continuations as X", {"label_rule": "x"}),
    },
    deviations=(
        "Continuation subwords are neither labelled nor decoded (ITA Table 3 and A.5); `bert-crf-x` is UMT's rule.",
        "`bert-span` scores a span by its ends, as Yu et al. 2020 (ACL) do, but with the likelihood of whole sets of "
        "spans in place of a softmax per span and a greedy choice.",
        "The softmax loss is the mean over words, the CRF loss the mean over tweets of the negative log-likelihood.",
    ),
    paper_training={"epochs": 10, "batch_size": 16, "lr_encoder": 5e-5, "lr_new": 5e-5, "lr_crf": 5e-2, "warmup": 0.0},
    search={"dropout": Range(0.0, 0.5), "pooling": OneOf(("first", "mean"))},
)
