"""Card of UMGF (Zhang et al. 2021): a graph of words and objects over BERT."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.choices import Decoder, LabelRule
from mnerbench.methods.base.configs import TaggerConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import Range


class UMGFConfig(TaggerConfig):
    """Settings of UMGF; defaults are those of its released code, which the paper follows."""

    decoder: Literal[Decoder.CRF] = Field(Decoder.CRF, description="a CRF")
    dropout: float = Field(0.4, ge=0, lt=1, description="on projected objects and in the graph's layers")
    label_rule: LabelRule = Field(LabelRule.FIRST, description="labelled units: words, or every subword (UMGF's code)")
    objects: int = Field(4, ge=1, description="objects per picture, by descending score")
    layers: int = Field(6, ge=1, description="layers of the graph")
    width: int = Field(512, ge=1, description="width of the graph's nodes")
    heads: int = Field(8, ge=1, description="heads of the graph's self-attention; a divisor of the width")
    inner: int = Field(256, ge=1, description="width of the graph's feed-forward networks")

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Vectors of objects."""
        return (InputKind.REGIONS,)

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> UMGFConfig:
        if self.width % self.heads:
            raise ValueError(f"heads = {self.heads} does not divide width = {self.width}")
        return self


UMGF = MethodFamily(
    name="umgf",
    target="mnerbench.methods.umgf.model:UMGF",
    config=UMGFConfig,
    citation="Zhang et al. 2021, AAAI (UMGF): Multi-modal Graph Fusion for NER with Targeted Visual Guidance",
    variants={"umgf": Variant("a graph of words and objects, six layers with gated sums between them, CRF")},
    deviations=(
        "First subwords are labelled; the released code labels every subword, continuations as X: label_rule = x. "
        "All subwords are nodes of the graph under both rules.",
        "Objects are the four of highest score in `regions`; the authors' are one crop for each of the queries person, "
        "miscellaneous, location, organization, from a visual grounding model: write its boxes into boxes.jsonl.",
        "Vectors of objects are cached: their ResNet-152 is frozen, in evaluation mode. The released code trains it "
        "with the same learning rate. Its new last layer, 2048 to 2048, is trained here too.",
        "A crop is resized to a square as a whole; the code resizes its shorter side and crops the centre.",
        "Fewer objects, or none, are masked: a sum over no objects is zero. The code stops at a missing crop.",
        "Objects enter the gates, also as what is gated, after the layer's self-attention, as in the released code "
        "(TransformersWsz/UMGF) at 36e7b0f and 07576aa.",
        "The last layer has no sums into objects, which nothing would read; the code computes them.",
        "A long tweet continues in further windows, each with a graph of its own; the code cuts it at 128 subwords.",
        "The CRF loss is the mean over tweets; the code's is the sum, which changes gradient clipping, not Adam's "
        "steps. The code does not clip.",
        "The rate decays linearly to zero; the code multiplies it by 0.8 every two epochs. Batches are shuffled; in "
        "the code they are always in the order of the files' names.",
        "Dev picks the epoch; the code keeps the best test score over its epochs.",
    ),
    paper_training={
        "epochs": 30,
        "batch_size": 16,
        "lr_encoder": 1e-4,
        "lr_new": 1e-4,
        "lr_crf": 1e-4,
        "warmup": 0.0,
        "weight_decay": 0.0,
        "max_pieces": 128,
    },
    profiles={"released": {"label_rule": "x"}},
    search={"dropout": Range(0.0, 0.5), "objects": Range(1, 10), "layers": Range(1, 6)},
)
