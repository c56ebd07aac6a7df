"""Card of the taggers over vectors of words: what there was before text encoders."""

from __future__ import annotations

from pydantic import Field

from mnerbench.methods.bert.card import TaggerConfig
from mnerbench.methods.card import MethodFamily, Variant
from mnerbench.methods.choices import Spelling
from mnerbench.methods.search_space import OneOf, Range


class WordsConfig(TaggerConfig):
    """Settings of an LSTM in both directions over vectors of words."""

    spelling: Spelling = Field(Spelling.NONE, description="what reads the characters of words: none, cnn, lstm")
    word_width: int = Field(100, ge=1, description="of a word's vector; that of --word-vectors where it is given")
    character_width: int = Field(30, ge=1, description="of a character's vector")
    spelled_width: int = Field(50, ge=2, multiple_of=2, description="of what the spelling of a word becomes")
    hidden: int = Field(200, ge=1, description="width of each direction of the LSTM")
    dropout: float = Field(0.5, ge=0, lt=1, description="on characters, on what the LSTM is given and on what it gives")

    @property
    def reads_words(self) -> bool:
        """No text encoder."""
        return True

    @property
    def reads_characters(self) -> bool:
        """Where something spells."""
        return self.spelling is not Spelling.NONE

    @property
    def idle(self) -> frozenset[str]:
        """Without spelling there are no characters."""
        return super().idle | (frozenset() if self.reads_characters else {"character_width", "spelled_width"})


DEVIATIONS = (
    "Words in lower case share a vector, those of Lample et al. and Ma and Hovy keep their case; characters keep it.",
    "A word that training has once is the unknown word half of the time (Lample et al. §4.2), in all variants.",
    "Characters have fixed numbers: those of Latin-1 their own, all others share 256; of a word the first 40 are read.",
    "AdamW with warm-up and linear decay; the papers have SGD (Lample et al. 0.01; Ma and Hovy 0.015, decaying). Under "
    "--protocol paper epochs, batches and clipping are Ma and Hovy's, the rates ours.",
    "With --word-vectors, words of the file that training has are trained on, all others keep the file's vector.",
)

WORDS = MethodFamily(
    name="words",
    target="mnerbench.methods.bilstm_crf.model:Words",
    config=WordsConfig,
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
        *DEVIATIONS,
        "Huang et al. add features of spelling and context by hand; `bilstm-crf` has none, as in the tables of MNER.",
    ),
    paper_training={"epochs": 50, "batch_size": 10, "lr_new": 1e-3, "lr_crf": 1e-3, "clip_norm": 5.0},
    search={
        "dropout": Range(0.1, 0.6),
        "hidden": OneOf((100, 200, 300)),
        "spelled_width": OneOf((30, 50, 100)),
    },
)
