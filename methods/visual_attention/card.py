"""Cards of GVATT and AdaCAN: attention from words to cells of the picture, over an LSTM or a text encoder."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from mnerbench.methods.base import chen2021
from mnerbench.methods.base.choices import LabelRule, Reading, Spelling, TextSource
from mnerbench.methods.base.configs import WORD_DEVIATIONS, PictureConfig, WordTaggerConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import OneOf, Range


class VisualAttentionConfig(WordTaggerConfig, PictureConfig):
    """Settings of a word or text encoder whose vectors attend to the picture."""

    reading: Reading = Field(
        Reading.WORDS, description="encoder: words (LSTM over word vectors), pieces (text encoder)"
    )
    spelling: Spelling = Field(Spelling.LSTM, description="character encoder of words: none, cnn, lstm")
    label_rule: LabelRule = Field(
        LabelRule.FIRST, description="labelled units over a text encoder: words, or every subword (UMT's code)"
    )
    apart: bool = Field(False, description="attention as printed, in which the question cancels out")

    later_settings: ClassVar[frozenset[str]] = frozenset({"label_rule"})

    @property
    def text_source(self) -> TextSource:
        """The source selected by `reading`."""
        return TextSource.WORD_VECTORS if self.reading is Reading.WORDS else TextSource.ENCODER

    @property
    def reads_characters(self) -> bool:
        """Text encoders read no characters."""
        return self.reading is Reading.WORDS and super().reads_characters

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Settings of the word encoder have no effect with a text encoder, and words have no subwords."""
        word_settings = {"spelling", "word_width", "character_width", "spelled_width", "hidden"}
        return super().inactive_settings | ({"label_rule"} if self.reading is Reading.WORDS else word_settings)


class GVATTConfig(VisualAttentionConfig):
    """Settings of GVATT (Lu et al. 2018)."""

    queried: int = Field(200, ge=1, description="width of the LSTM that computes the question of a tweet")


_OVER_BERT = {"reading": "pieces", "dropout": 0.1}
_ATTENTION = (
    "As printed (in our reading), the projections of question and cells each pass a tanh before they are concatenated. "
    "The question then adds the same term to every cell's score, which cancels in the softmax: it would not guide the "
    "attention. Here the tanh is applied to their sum; `apart` is as printed."
)
_CELLS = (
    "Cells come from a ResNet-152 (49, of 2,048 numbers) and pass a layer norm, since backbones differ in scale.",
    "Without a picture, v = 0 in GVATT's gate and u = 0 after AdaCAN's filter.",
    "New linear layers have Glorot-uniform weights and zero biases, Keras's defaults; AdaCAN was released in Keras.",
)
_GVATT_OPEN = (_ATTENTION, *_CELLS)
_ADACAN_OPEN = (
    _ATTENTION,
    (
        "The gates g and s are elementwise; later code has scalar gates, with a layer that the printed equation "
        "lacks. With scalar gates, above all s, most seeds do not learn to use the picture (docs/probes.md)."
    ),
    "The last layer, from [h; u] to labels, replaces the paper's W_m~ and the CRF's own layer.",
    *_CELLS,
)

GVATT = MethodFamily(
    name="gvatt",
    target="mnerbench.methods.visual_attention.gvatt:GVATT",
    config=GVATTConfig,
    citation=(
        "Lu et al. 2018, ACL (GVATT): Visual Attention Model for Name Tagging in Multimodal Social Media; "
        "over BERT: Yu et al. 2020, ACL (UMT)"
    ),
    variants={
        "gvatt-hbilstm-crf": Variant("tweet-guided attention to the picture, a gate per word; over an LSTM"),
        "gvatt-bert-crf": Variant("the same over a text encoder", _OVER_BERT),
    },
    deviations=(*_GVATT_OPEN, *WORD_DEVIATIONS),
    paper_training={"epochs": 50, "batch_size": 10, "lr_new": 1e-3, "lr_crf": 1e-3, "clip_norm": 5.0},
    search={"dropout": Range(0.0, 0.6), "queried": OneOf((100, 200, 400)), "apart": OneOf((False, True))},
)

ADACAN = MethodFamily(
    name="adacan",
    target="mnerbench.methods.visual_attention.adacan:AdaCAN",
    config=VisualAttentionConfig,
    revision=2,  # elementwise gates
    citation=(
        "Zhang et al. 2018, AAAI (AdaCAN): Adaptive Co-attention Network for NER in Tweets; over BERT: Yu et al. 2020"
    ),
    variants={
        "adacan-cnn-bilstm-crf": Variant(
            "co-attention of words and picture, two gates; over an LSTM", {"spelling": "cnn"}
        ),
        "adacan-bert-crf": Variant("the same over a text encoder", _OVER_BERT),
    },
    deviations=(*_ADACAN_OPEN, *WORD_DEVIATIONS),
    paper_training={"epochs": 50, "batch_size": 10, "lr_new": 1e-3, "lr_crf": 1e-3, "clip_norm": 5.0},
    search={"dropout": Range(0.0, 0.6), "apart": OneOf((False, True))},
)

VAM = MethodFamily(
    name="vam",
    target=GVATT.target,
    config=GVATT.config,
    citation=f"{chen2021.CITATION}, after Lu et al. 2018, ACL",
    variants={
        "bert-vam": Variant(
            "tweet-guided attention to the picture, a gate per word (Exp 2.2)", {**_OVER_BERT, "queried": 768}
        )
    },
    deviations=(
        "The model of `gvatt-bert-crf`, as the paper uses Lu et al.'s module unchanged, with an LSTM of the paper's "
        "hidden size, 768 (§3).",
        *_GVATT_OPEN,
    ),
    paper_training=chen2021.TRAINING,
    search=GVATT.search,
)

CAM = MethodFamily(
    name="cam",
    target=ADACAN.target,
    config=ADACAN.config,
    citation=f"{chen2021.CITATION}, after Zhang et al. 2018, AAAI",
    revision=ADACAN.revision,
    variants={"bert-cam": Variant("co-attention of words and picture, two gates (Exp 2.3)", _OVER_BERT)},
    deviations=(
        "The same model as `adacan-bert-crf`: the paper uses Zhang et al.'s module unchanged.",
        *_ADACAN_OPEN,
    ),
    paper_training=chen2021.TRAINING,
    search=ADACAN.search,
)
