"""Card of RpBERT (Sun et al. 2021): the encoder judges how far the picture adds to the text, then reads both again."""

from __future__ import annotations

from pydantic import Field

from mnerbench.methods.base.configs import RelationGateConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import OneOf, Range
from mnerbench.methods.base.sun2021 import TRAINING


class RpBERTConfig(RelationGateConfig):
    """Settings of RpBERT; defaults are those of its released code."""

    gate: bool = Field(True, description="relation propagation: cells are scaled by the probability of a relation")

    @property
    def learns_relations(self) -> bool:
        """The gate learns from relation labels."""
        return self.gate


RPBERT = MethodFamily(
    name="rpbert",
    target="mnerbench.methods.rpbert.model:RpBERT",
    config=RpBERTConfig,
    citation="Sun et al. 2021, AAAI (RpBERT): A Text-image Relation Propagation-based BERT Model for Multimodal NER",
    variants={
        "rpbert": Variant("BERT reads text and cells, and again with the cells scaled by the relation; BiLSTM, CRF"),
        "rpbert-no-rp": Variant("BERT reads text and cells once, without relation propagation", {"gate": False}),
    },
    deviations=(
        "The relation is learned from labels of the training tweets, in the same step as tagging. The released code "
        "(Multimodal-NER/RpBERT 14318f5f) runs an epoch over 3,576 pairs of another corpus (Vempala and "
        "Preotiuc-Pietro 2019), then one of tagging. Without labels, the tagging loss alone trains the gate.",
        "The relation loss is a sum over labelled tweets with a picture, divided by all tweets of the batch.",
        "`word_vectors` concatenates one table, of the user's file; the code has two tables of flair and its language "
        "models.",
        "Cells are cached: their network is frozen, and the default one is a ResNet-152 that sees the centre of the "
        "picture. The code's is a ResNet-101 that sees all of it, squeezed into a square.",
        "Cells follow a tweet's last subword; in the code they follow its padding, so that their positions depend on "
        "the batch. A tweet without a picture is encoded alone.",
        "A long tweet continues in further windows: its first one is judged, and all read the scaled cells.",
        "The gate is the probability (soft); the paper's hard gate is absent.",
        "Adam's rates decay linearly to zero, and gradients are clipped; in the code rates are constant.",
        "Words stay as they are; the code replaces links and some symbols by [UNK].",
        "Dev picks the epoch; the code's first version picked the model on test.",
    ),
    paper_training=TRAINING,
    search={"dropout": Range(0.0, 0.5), "relation_weight": Range(0.01, 1.0, log=True), "layers": OneOf((1, 2))},
)
