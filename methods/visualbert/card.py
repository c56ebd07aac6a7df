"""Card of VisualBERT with a CRF ("Can images help recognize entities?", Chen et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from mnerbench.datasets.corpus import ImageRef
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base import chen2021
from mnerbench.methods.base.choices import LabelRule
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.base.family import EncoderShape, MethodFamily, Variant
from mnerbench.methods.base.search_space import Range


class VisualBERTConfig(SubwordTaggerConfig):
    """Settings of a CRF over VisualBERT."""

    label_rule: Literal[LabelRule.FIRST] = Field(LabelRule.FIRST, description="labelled units: the tweet's words")
    regions: int = Field(0, ge=0, description="regions of the picture in the input, by descending score (TAM)")
    captions: int = Field(0, ge=0, description="captions after the tweet; 0 for none")

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Regions, captions, or nothing."""
        return (InputKind.REGIONS,) if self.regions else (InputKind.CAPTIONS,) if self.captions else ()

    def misfit(self, encoder: EncoderShape) -> str | None:
        """The encoder must be a BERT or a VisualBERT."""
        if encoder.model_type in ("bert", "visual_bert"):
            return None
        return (
            f"VisualBERT is BERT with regions; the encoder is a {encoder.model_type}\n"
            "  -> use --encoder with a folder of VisualBERT or BERT"
        )

    @property
    def text_limits(self) -> Mapping[InputKind, str]:
        """`captions`, if they are read."""
        return {InputKind.CAPTIONS: "captions"} if self.captions else {}

    def context_texts(self, inputs: VisualInputs, image: ImageRef) -> tuple[str, ...]:
        """The captions."""
        return inputs.texts_of(InputKind.CAPTIONS, image, self.captions) if self.captions else ()

    @model_validator(mode="after")
    def _one_of_both(self) -> VisualBERTConfig:
        if self.regions and self.captions:
            raise ValueError("the paper has no model with both regions and captions: set one of them to 0")
        return self


VISUALBERT = MethodFamily(
    name="visualbert",
    target="mnerbench.methods.visualbert.model:VisualBERT",
    config=VisualBERTConfig,
    citation=f"{chen2021.CITATION}; over VisualBERT: Li et al. 2019, arXiv 1908.03557",
    variants={
        "visualbert": Variant("VisualBERT, linear layer, CRF; text alone (Exp 1.2)"),
        "visualbert-tam": Variant("regions of the picture in VisualBERT's input (Exp 3.1)", {"regions": 10}),
        "visualbert-captions": Variant("a caption after the tweet (Exp 4.2)", {"captions": 1}),
    },
    deviations=(
        "--encoder names a VisualBERT checkpoint with BERT's tokenizer in the same folder. For a BERT, its weights are "
        "loaded into VisualBERT's architecture, and the projection of regions is initialised randomly: `visualbert` "
        "then equals `bert-crf`.",
        "The paper's regions are from a Faster R-CNN with 1,024 dimensions; any imported regions work if the "
        "checkpoint was trained with their width.",
        "Captions are the encoder's second segment, and the CRF sees the tweet's words only (as in the released code).",
        "The released code decodes by argmax of emissions and trains special positions as B-LOC; here the CRF decodes.",
    ),
    paper_training=chen2021.TRAINING,
    search={"dropout": Range(0.0, 0.5)},
)
