"""Settings that several methods share. No torch here."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.choices import CRFBackend, Decoder, LabelRule, Pooling, Spelling
from mnerbench.methods.base.family import MethodConfig


class TaggerConfig(MethodConfig):
    """What every method over a text encoder can choose."""

    decoder: Decoder = Field(Decoder.CRF, description="how emissions become labels: crf, or softmax per word")
    crf: CRFBackend = Field(
        CRFBackend.NATIVE,
        description="whose CRF: native (kernels on a GPU), torch (the same without), or the package pytorch-crf",
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="on vectors before the last linear layer")

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Without a CRF it does not matter whose."""
        return frozenset() if self.decoder is Decoder.CRF else frozenset({"crf"})


class PictureConfig(TaggerConfig):
    """What every method that reads one kind of vectors can choose."""

    vectors: Literal[InputKind.GRID, InputKind.GLOBAL] = Field(InputKind.GRID, description="what of the picture")

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """The picture's vectors."""
        return (self.vectors,)


class SubwordTaggerConfig(TaggerConfig):
    """Settings of a transformer encoder with a linear layer and a decoder."""

    pooling: Pooling = Field(Pooling.FIRST, description="how the pieces of a word become one vector")
    label_rule: LabelRule = Field(LabelRule.FIRST, description="what is labelled: words, or every piece (UMT's code)")

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Pieces that are labelled one by one are not pooled."""
        return super().inactive_settings | ({"pooling"} if self.label_rule is LabelRule.X else set())


class WordTaggerConfig(TaggerConfig):
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
    def inactive_settings(self) -> frozenset[str]:
        """Without spelling there are no characters."""
        return super().inactive_settings | (
            frozenset() if self.reads_characters else {"character_width", "spelled_width"}
        )


WORD_DEVIATIONS = (
    "Words in lower case share a vector, those of Lample et al. and Ma and Hovy keep their case; characters keep it.",
    "A word that training has once is the unknown word half of the time (Lample et al. §4.2), in all variants.",
    "Characters have fixed numbers: those of Latin-1 their own, all others share 256; of a word the first 40 are read.",
    "AdamW with warm-up and linear decay; the papers have SGD (Lample et al. 0.01; Ma and Hovy 0.015, decaying). Under "
    "--protocol paper epochs, batches and clipping are Ma and Hovy's, the rates ours.",
    "With --word-vectors, words of the file that training has are trained on, all others keep the file's vector.",
)
