"""Card of the taggers over vectors of words: what there was before text encoders."""

from __future__ import annotations

from mnerbench.methods.base.configs import WORD_DEVIATIONS, WordTaggerConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import OneOf, Range

WORDS = MethodFamily(
    name="words",
    target="mnerbench.methods.bilstm_crf.model:Words",
    config=WordTaggerConfig,
    citation=(
        "Huang et al. 2015, arXiv 1508.01991 (BiLSTM-CRF); Ma and Hovy 2016, ACL (CNN-BiLSTM-CRF); "
        "Lample et al. 2016, NAACL (HBiLSTM-CRF)"
    ),
    variants={
        "bilstm-crf": Variant("vectors of words, an LSTM in both directions, CRF; no text encoder"),
        "cnn-bilstm-crf": Variant("the same, a convolution over characters beside each word", {"spelling": "cnn"}),
        "hbilstm-crf": Variant("the same, an LSTM over characters beside each word", {"spelling": "lstm"}),
    },
    deviations=(
        *WORD_DEVIATIONS,
        "Huang et al. add features of spelling and context by hand; `bilstm-crf` has none, as in the tables of MNER.",
    ),
    paper_training={"epochs": 50, "batch_size": 10, "lr_new": 1e-3, "lr_crf": 1e-3, "clip_norm": 5.0},
    search={
        "dropout": Range(0.1, 0.6),
        "hidden": OneOf((100, 200, 300)),
        "spelled_width": OneOf((30, 50, 100)),
    },
)
