"""Card of CM: concatenated words, characters and picture ("Can images help recognize entities?", Exp 2.1)."""

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
    """Settings of the concatenation of words, characters and picture."""

    vectors: Literal[InputKind.GRID, InputKind.GLOBAL] = Field(
        InputKind.GLOBAL, description="picture vectors: grid or global"
    )
    spelling: Literal[Spelling.CNN, Spelling.LSTM] = Field(Spelling.CNN, description="character encoder: cnn, lstm")
    character_width: int = Field(30, ge=1, description="width of a character vector")
    spelled_width: int = Field(50, ge=2, multiple_of=2, description="width of a word's character representation")

    @property
    def reads_characters(self) -> bool:
        """Characters are read in addition to subwords."""
        return True


CM = MethodFamily(
    name="cm",
    target="mnerbench.methods.concatenation.model:Concatenation",
    config=ConcatenationConfig,
    citation=chen2021.CITATION,
    variants={"bert-cm": Variant("concatenation of word, characters and whole picture, CRF (Exp 2.1)")},
    deviations=(
        "The paper does not specify the character encoder; we use a convolution, as in CNN-BiLSTM-CRF.",
        "The picture vector is the mean of its cells, the same for every word; zeros without a picture.",
        "All three are projected to the encoder's width, 768 for BERT base, the paper's hidden size.",
    ),
    paper_training=chen2021.TRAINING,
    search={"dropout": Range(0.0, 0.5)},
)
