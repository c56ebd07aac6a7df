"""Card of `bert-grid`, our simplest method that reads the picture."""

from __future__ import annotations

from pydantic import Field

from mnerbench.methods.base.configs import PictureConfig
from mnerbench.methods.base.family import EncoderShape, MethodFamily, Variant, heads_misfit
from mnerbench.methods.base.search_space import OneOf, Range


class GridConfig(PictureConfig):
    """Settings of a text encoder whose words attend to the cells of the picture."""

    heads: int = Field(4, ge=1, description="heads of the cross-attention; must divide the encoder's width")

    def misfit(self, encoder: EncoderShape) -> str | None:
        """Heads must divide the encoder's width."""
        return heads_misfit(self.heads, encoder)


GRID = MethodFamily(
    name="grid",
    target="mnerbench.methods.bert_grid.model:Grid",
    config=GridConfig,
    citation="ours: the simplest method that reads the picture",
    variants={"bert-grid": Variant("words attend to the grid of the picture, gated addition, CRF")},
    deviations=("Not from a paper: a reference for a single cross-attention with a gate.",),
    paper_training={"epochs": 10, "batch_size": 16, "lr_encoder": 5e-5, "lr_crf": 5e-2},
    search={"dropout": Range(0.0, 0.5), "heads": OneOf((1, 2, 4, 8))},
)
