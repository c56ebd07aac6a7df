"""Card of RIVA (Sun et al. 2020): attention to the picture behind a gate that a relation classifier controls."""

from __future__ import annotations

from pydantic import Field

from mnerbench.methods.base.configs import RelationGateConfig
from mnerbench.methods.base.family import EncoderShape, MethodFamily, Variant, heads_misfit
from mnerbench.methods.base.search_space import OneOf, Range
from mnerbench.methods.base.sun2021 import TRAINING


class RIVAConfig(RelationGateConfig):
    """Settings of RIVA; its paper's values are not known here."""

    heads: int | None = Field(None, ge=1, description="attention heads; default: the encoder's (12 in BERT base)")

    def misfit(self, encoder: EncoderShape) -> str | None:
        """Heads must divide the encoder's width."""
        return heads_misfit(self.heads, encoder)


RIVA = MethodFamily(
    name="riva",
    target="mnerbench.methods.riva.model:RIVA",
    config=RIVAConfig,
    citation=(
        "Sun et al. 2020, COLING (RIVA): A Pre-trained Tweet Multimodal Model Based on Text-image Relation for "
        "Multimodal NER"
    ),
    variants={"riva": Variant("words attend to cells; a taught relation classifier scales what they see; BiLSTM, CRF")},
    deviations=(
        "Built from the abstract (a gate on the role of the picture controls attention-based visual clues; a teacher "
        "and a student learn the relation from labelled and unlabelled tweets); no code was released. Every number "
        "among the settings and all that follows is our choice.",
        "Subwords attend to cells in one transformer layer; the LSTM reads [subword; gate * attended], mean-pooled.",
        "Teacher and student have one hidden layer over [first subword; mean cell]. The teacher learns relation labels "
        "of the training tweets, the student the teacher's probability on every training tweet with a picture, and the "
        "student is the gate. Both learn together with tagging; without labels only the tagging loss trains the gate.",
        "There is no pre-training, and no corpus of unlabelled tweets beyond the training split.",
        "Weight of the relation task, LSTM and training settings are those of RpBERT's released code.",
    ),
    paper_training=TRAINING,
    search={"dropout": Range(0.0, 0.5), "relation_weight": Range(0.01, 1.0, log=True), "layers": OneOf((1, 2))},
)
