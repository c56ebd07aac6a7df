"""Cards of GVATT and AdaCAN: words look at the cells of the picture, over an LSTM or over a text encoder."""

from __future__ import annotations

from pydantic import Field

from mnerbench.methods.base import chen2021
from mnerbench.methods.base.choices import Reading, Spelling
from mnerbench.methods.base.configs import WORD_DEVIATIONS, PictureConfig, WordTaggerConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import OneOf, Range


class VisualAttentionConfig(WordTaggerConfig, PictureConfig):
    """Settings of an encoder of words, or of pieces, whose vectors look at the picture."""

    reading: Reading = Field(Reading.WORDS, description="what is under it: words (LSTM), or pieces (text encoder)")
    spelling: Spelling = Field(Spelling.LSTM, description="what reads the characters of words: none, cnn, lstm")
    apart: bool = Field(False, description="attention as printed, in which the question cancels out")

    @property
    def reads_words(self) -> bool:
        """By the config."""
        return self.reading is Reading.WORDS

    @property
    def reads_characters(self) -> bool:
        """A text encoder spells for itself."""
        return self.reads_words and super().reads_characters

    @property
    def inactive_settings(self) -> frozenset[str]:
        """What a text encoder has no use for."""
        own = {"spelling", "word_width", "character_width", "spelled_width", "hidden"}
        return super().inactive_settings | (frozenset() if self.reads_words else own)


class GVATTConfig(VisualAttentionConfig):
    """Settings of GVATT (Lu et al. 2018)."""

    queried: int = Field(200, ge=1, description="width of the LSTM that makes the question of a tweet")


_OVER_BERT = {"reading": "pieces", "dropout": 0.1}
_ATTENTION = (
    "As printed (as we read it) the projections of question and cells have a tanh each before they come together. What "
    "the question adds to every cell's score is then the same, and the softmax takes it away: nothing would be guided. "
    "Here the tanh is around their sum; `apart` is as printed."
)
_CELLS = (
    "Cells come from a ResNet-152 (49, of 2,048 numbers) and pass a layer norm, since backbones differ in scale.",
    "Without a picture nothing is seen: v = 0 in GVATT's gate, u = 0 behind AdaCAN's filter.",
    "New linear layers start with Glorot's weights and zero biases, as Keras has them, in which AdaCAN was released.",
)
_GVATT_OPEN = (_ATTENTION, *_CELLS)
_ADACAN_OPEN = (
    _ATTENTION,
    (
        "The gates g and s have a number for each of a vector's; later code has one, with a layer that the printed "
        "equation lacks. With one number, above all in s, the picture is not found in most seeds (docs/probes.md)."
    ),
    "The last layer, from [h; u] to labels, stands for the paper's W_m~ and the CRF's own.",
    *_CELLS,
)

GVATT = MethodFamily(
    name="gvatt",
    target="mnerbench.methods.visual_attention.gvatt:GVATT",
    config=GVATTConfig,
    citation=(
        "Lu et al. 2018, ACL, Visual Attention Model for Name Tagging in Multimodal Social Media; "
        "over BERT: Yu et al. 2020, ACL (UMT)"
    ),
    variants={
        "gvatt-hbilstm-crf": Variant("the tweet looks at the picture, a gate lets it into words; over an LSTM"),
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
    revision=2,  # gates with a number for each of a vector's
    citation="Zhang et al. 2018, AAAI, Adaptive Co-attention Network for NER in Tweets; over BERT: Yu et al. 2020",
    variants={
        "adacan-cnn-bilstm-crf": Variant(
            "words look at the picture, what they see at words, two gates; over an LSTM", {"spelling": "cnn"}
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
    variants={"bert-vam": Variant("the tweet looks at the picture, a gate lets it into words (Exp 2.2)", _OVER_BERT)},
    deviations=(
        "The same model as `gvatt-bert-crf`: the paper takes Lu et al.'s module as it is.",
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
        "The same model as `adacan-bert-crf`: the paper takes Zhang et al.'s module as it is.",
        *_ADACAN_OPEN,
    ),
    paper_training=chen2021.TRAINING,
    search=ADACAN.search,
)
