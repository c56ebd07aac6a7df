"""Card of MRC-MNER (Jia et al. 2022): a query per entity type in front of the tweet."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.choices import Decoder
from mnerbench.methods.base.configs import TaggerConfig
from mnerbench.methods.base.family import EncoderShape, MethodFamily, Variant, heads_misfit
from mnerbench.methods.base.search_space import OneOf, Range

QUERIES = {
    "PER": "person: names of people and of characters",
    "LOC": "location: countries, cities, places and buildings",
    "ORG": "organization: companies, teams, bands and institutions",
    "MISC": "miscellaneous: events, works, products and nationalities",
}


def query(entity_type: str) -> str:
    """The query of an entity type; one that `QUERIES` lacks is its own name."""
    return QUERIES.get(entity_type.upper(), entity_type.lower().replace("_", " ").replace("-", " "))


class MRCConfig(TaggerConfig):
    """Settings of MRC-MNER; its paper's were not available to us, so that they are our choice."""

    decoder: Literal[Decoder.SPANS] = Field(Decoder.SPANS, description="start, end and biaffine scores of spans")
    picture: bool = Field(True, description="read the regions of the picture")
    regions: int = Field(10, ge=1, description="regions per picture, by descending score")
    heads: int | None = Field(None, ge=1, description="heads from words to regions; default: the encoder's")
    existence_weight: float = Field(0.5, gt=0, description="weight of the loss of the existence head")

    def misfit(self, encoder: EncoderShape) -> str | None:
        """Heads must divide the encoder's width."""
        return heads_misfit(self.heads, encoder)

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """The regions, if they are read."""
        return (InputKind.REGIONS,) if self.picture else ()

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Without a picture nothing attends to regions."""
        return super().inactive_settings | (frozenset() if self.picture else {"regions", "heads"})


MRC_MNER = MethodFamily(
    name="mrc-mner",
    target="mnerbench.methods.mrc_mner.model:MRCMNER",
    config=MRCConfig,
    citation=(
        "Jia et al. 2022, ACM MM (MRC-MNER): Query Prior Matters: A MRC Framework for Multimodal NER; "
        "text: Li et al. 2020, ACL (MRC-NER)"
    ),
    variants={
        "mrc-mner": Variant("a query per entity type, regions weighted per query, spans, existence head"),
        "mrc-ner": Variant("the same without the picture, as Li et al. 2020, ACL", {"picture": False}),
    },
    deviations=(
        "Built from its abstract and the papers that quote it: layers, settings and the words of the queries are ours.",
        "The paper trains a visual grounding model and takes its regions per query; here all queries see the same "
        "`regions`, from any detector or file, and only weigh them differently. The weights have no labels to learn "
        "from: they are trained by the losses of spans and existence.",
        "Spans of all queries are decoded together, so that they do not overlap; the loss is the likelihood of the "
        "whole set (as `bert-span`), in place of one loss per pointer.",
        "The existence head (does the tweet name an entity of this type?) is an auxiliary loss and vetoes no spans.",
        "No attention to the picture is reported: it differs from query to query, and reports show one per word.",
    ),
    search={"dropout": Range(0.0, 0.5), "regions": OneOf((5, 10, 15)), "existence_weight": Range(0.05, 1.0, log=True)},
)
