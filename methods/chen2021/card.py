"""Cards of "Can images help recognize entities?" (Chen et al. 2021) over BERT: CM, VAM, CAM, captions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.bert.card import PictureConfig
from mnerbench.methods.card import MethodFamily, Variant
from mnerbench.methods.choices import Spelling
from mnerbench.methods.ita.card import ITAConfig
from mnerbench.methods.search_space import Range
from mnerbench.methods.visual_attention.card import ADACAN, ADACAN_OPEN, GVATT, GVATT_OPEN, OVER_BERT
from mnerbench.methods.visualbert.card import CHEN, PAPER


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
    target="mnerbench.methods.chen2021.concatenation:Concatenation",
    config=ConcatenationConfig,
    citation=CHEN,
    variants={"bert-cm": Variant("word, characters and whole picture beside each other, CRF (Exp 2.1)")},
    deviations=(
        "The paper does not say what reads the characters: a convolution, as in CNN-BiLSTM-CRF.",
        "The picture is the mean of its cells, the same beside every word; zeros where there is none.",
        "The three are projected to the encoder's width, 768 for BERT base, as the paper's hidden size.",
    ),
    paper_training=PAPER,
    search={"dropout": Range(0.0, 0.5)},
)

VAM = MethodFamily(
    name="vam",
    target=GVATT.target,
    config=GVATT.config,
    citation=f"{CHEN}, after Lu et al. 2018, ACL",
    variants={"bert-vam": Variant("the tweet looks at the picture, a gate lets it into words (Exp 2.2)", OVER_BERT)},
    deviations=(
        "The same model as `gvatt-bert-crf`: the paper takes Lu et al.'s module as it is.",
        *GVATT_OPEN,
    ),
    paper_training=PAPER,
    search=GVATT.search,
)

CAM = MethodFamily(
    name="cam",
    target=ADACAN.target,
    config=ADACAN.config,
    citation=f"{CHEN}, after Zhang et al. 2018, AAAI",
    revision=ADACAN.revision,
    variants={"bert-cam": Variant("co-attention of words and picture, two gates (Exp 2.3)", OVER_BERT)},
    deviations=(
        "The same model as `adacan-bert-crf`: the paper takes Zhang et al.'s module as it is.",
        *ADACAN_OPEN,
    ),
    paper_training=PAPER,
    search=ADACAN.search,
)

CAPTIONS = MethodFamily(
    name="captions",
    target="mnerbench.methods.ita.model:ITA",
    config=ITAConfig,
    citation=CHEN,
    variants={"bert-captions": Variant("one caption behind the tweet, CRF (Exp 4.1)", {"captions": 1})},
    deviations=(
        "The same model as `ita-ga` with one caption; the paper's captions are of BUTD (Anderson et al. 2018).",
        "The caption is the encoder's second segment; the CRF sees the tweet's words only (as in the released code).",
    ),
    paper_training=PAPER,
    search={"dropout": Range(0.0, 0.5)},
)
