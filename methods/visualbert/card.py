"""Card of VisualBERT with a CRF ("Can images help recognize entities?", Chen et al. 2021)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base import chen2021
from mnerbench.methods.base.choices import LabelRule
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.base.family import EncoderShape, MethodFamily, Variant
from mnerbench.methods.base.search_space import Range


class VisualBERTConfig(SubwordTaggerConfig):
    """Settings of a CRF over VisualBERT."""

    label_rule: Literal[LabelRule.FIRST] = Field(LabelRule.FIRST, description="words; every piece would be context too")
    regions: int = Field(0, ge=0, description="regions of the picture in its input, the surest ones (TAM); 0 for none")
    captions: int = Field(0, ge=0, description="captions behind the tweet; 0 for none")

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Regions, captions, or nothing."""
        return (InputKind.REGIONS,) if self.regions else (InputKind.CAPTIONS,) if self.captions else ()

    def misfit(self, encoder: EncoderShape) -> str | None:
        """VisualBERT is BERT with regions."""
        if encoder.model_type in ("bert", "visual_bert"):
            return None
        return (
            f"VisualBERT is BERT with regions; the encoder is a {encoder.model_type}\n"
            "  -> --encoder with a folder of VisualBERT or of BERT"
        )

    def context_texts(self, inputs: VisualInputs, image_id: str | None) -> tuple[str, ...]:
        """The captions."""
        return inputs.texts_of(InputKind.CAPTIONS, image_id, self.captions) if self.captions else ()

    @model_validator(mode="after")
    def _one_of_both(self) -> VisualBERTConfig:
        if self.regions and self.captions:
            raise ValueError("regions and captions together are no model of the paper: set one of them to 0")
        return self


VISUALBERT = MethodFamily(
    name="visualbert",
    target="mnerbench.methods.visualbert.model:VisualBERT",
    config=VisualBERTConfig,
    citation=f"{chen2021.CITATION}; Li et al. 2019, arXiv 1908.03557 (VisualBERT)",
    variants={
        "visualbert": Variant("VisualBERT, linear layer, CRF; text alone (Exp 1.2)"),
        "visualbert-tam": Variant("regions of the picture in VisualBERT's input (Exp 3.1)", {"regions": 10}),
        "visualbert-captions": Variant("a caption behind the tweet (Exp 4.2)", {"captions": 1}),
    },
    deviations=(
        "--encoder names a checkpoint of VisualBERT with BERT's tokenizer beside it. Given BERT instead, its weights "
        "are put into VisualBERT's architecture, and the projection of regions starts from random values: `visualbert` "
        "is then `bert-crf`.",
        "The paper's regions are of a Faster R-CNN with 1,024 numbers; any imported regions do, as long as the "
        "checkpoint was made for their width.",
        "Captions are the encoder's second segment, and the CRF sees the tweet's words only (as in the released code).",
        "The released code decodes by argmax of emissions and trains special positions as B-LOC; here the CRF decodes.",
    ),
    paper_training=chen2021.TRAINING,
    search={"dropout": Range(0.0, 0.5)},
)
