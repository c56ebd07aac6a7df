"""Card of the BiLSTM taggers over word vectors."""

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
        "bilstm-crf": Variant("word vectors, bidirectional LSTM, CRF; no text encoder"),
        "cnn-bilstm-crf": Variant("the same with a convolution over characters", {"spelling": "cnn"}),
        "hbilstm-crf": Variant("the same with an LSTM over characters", {"spelling": "lstm"}),
    },
    deviations=(
        *WORD_DEVIATIONS,
        "Huang et al. add hand-made spelling and context features; `bilstm-crf` has none, as in MNER papers' tables.",
    ),
    paper_training={"epochs": 50, "batch_size": 10, "lr_new": 1e-3, "lr_crf": 1e-3, "clip_norm": 5.0},
    search={
        "dropout": Range(0.1, 0.6),
        "hidden": OneOf((100, 200, 300)),
        "spelled_width": OneOf((30, 50, 100)),
    },
)
