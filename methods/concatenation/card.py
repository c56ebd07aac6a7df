"""Card of CM, words, characters and picture beside each other ("Can images help recognize entities?", Exp 2.1)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base import chen2021
from mnerbench.methods.base.choices import Spelling
from mnerbench.methods.base.configs import PictureConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import Range


class ConcatenationConfig(PictureConfig):
    """Settings of words, characters and picture beside each other."""

    vectors: Literal[InputKind.GRID, InputKind.GLOBAL] = Field(InputKind.GLOBAL, description="what of the picture")
    spelling: Literal[Spelling.CNN, Spelling.LSTM] = Field(Spelling.CNN, description="what reads characters: cnn, lstm")
    character_width: int = Field(30, ge=1, description="of a character's vector")
    spelled_width: int = Field(50, ge=2, multiple_of=2, description="of what the spelling of a word becomes")

    @property
    def reads_characters(self) -> bool:
        """Beside the pieces."""
        return True


CM = MethodFamily(
    name="cm",
    target="mnerbench.methods.concatenation.model:Concatenation",
    config=ConcatenationConfig,
    citation=chen2021.CITATION,
    variants={"bert-cm": Variant("word, characters and whole picture beside each other, CRF (Exp 2.1)")},
    deviations=(
        "The paper does not say what reads the characters: a convolution, as in CNN-BiLSTM-CRF.",
        "The picture is the mean of its cells, the same beside every word; zeros where there is none.",
        "The three are projected to the encoder's width, 768 for BERT base, as the paper's hidden size.",
    ),
    paper_training=chen2021.TRAINING,
    search={"dropout": Range(0.0, 0.5)},
)
