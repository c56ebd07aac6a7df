"""Card of HamLearning (Liu et al. 2023) and its ablations."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.choices import Decoder
from mnerbench.methods.base.configs import TaggerConfig
from mnerbench.methods.base.family import EncoderShape, MethodFamily, Variant, heads_misfit
from mnerbench.methods.base.search_space import Range


class HamLearningConfig(TaggerConfig):
    """Settings of HamLearning; defaults are the paper's (A.2.2)."""

    decoder: Literal[Decoder.CRF] = Field(Decoder.CRF, description="a CRF")
    heads: int | None = Field(
        None, ge=1, description="heads of all transformers; default: the encoder's (12 in BERT base)"
    )
    objects: int = Field(15, ge=1, description="N: objects per picture, by descending score")
    rounds: int = Field(3, ge=1, description="L: rounds of interaction (§3.3)")
    text_layers: int = Field(1, ge=1, description="layers of the textual transformer; not specified in the paper")
    vit_layers: int = Field(4, ge=1, description="layers of the semantic encoder")
    rgcn_layers: int = Field(2, ge=1, description="layers of the spatial encoder")
    semantic: bool = Field(True, description="the semantic encoder, ViT (eq. 4)")
    spatial: bool = Field(True, description="the spatial encoder, R-GCN (eqs. 5-7)")
    relevance: bool = Field(True, description="relevance measuring, RM (eqs. 8-9)")

    def misfit(self, encoder: EncoderShape) -> str | None:
        """Heads must divide the encoder's width."""
        return heads_misfit(self.heads, encoder)

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Detected objects and a vector of the whole picture."""
        return (InputKind.GLOBAL, InputKind.REGIONS)

    @property
    def inactive_settings(self) -> frozenset[str]:
        """A disabled view has no layers."""
        return frozenset(name for name, on in (("vit_layers", self.semantic), ("rgcn_layers", self.spatial)) if not on)

    @model_validator(mode="after")
    def _one_view_at_least(self) -> HamLearningConfig:
        if not (self.semantic or self.spatial):
            raise ValueError("semantic and spatial are both off: the picture would not be read")
        return self


_ROUNDS = {
    f"hamlearning-l{rounds}": Variant(f"with {rounds} round{'s' * (rounds > 1)} of interaction", {"rounds": rounds})
    for rounds in range(1, 6)
}

HAMLEARNING = MethodFamily(
    name="hamlearning",
    target="mnerbench.methods.hamlearning.model:HamLearning",
    config=HamLearningConfig,
    citation=(
        "Liu et al. 2023 (HamLearning): "
        "A Novel Framework for Multimodal Named Entity Recognition with Multi-level Alignments"
    ),
    variants={
        "hamlearning": Variant(
            "objects, their relations (R-GCN) and semantics (ViT), relevance, rounds of interaction"
        ),
        "hamlearning-no-rgcn": Variant("without the spatial encoder", {"spatial": False}),
        "hamlearning-no-vit": Variant("without the semantic encoder", {"semantic": False}),
        "hamlearning-no-rm": Variant("without relevance measuring", {"relevance": False}),
        **_ROUNDS,
        "hamlearning-maskrcnn": Variant(
            "objects of a Mask R-CNN", sources={InputKind.REGIONS: "maskrcnn_resnet50_fpn"}
        ),
    },
    deviations=(
        "No code was released; the following resolves what the paper leaves open.",
        "Eqs. 8-9 use one symbol for two matrices: W_TI of eq. 8 is bilinear, that of eq. 9 another d x d matrix; C is "
        "a scalar and M a vector per tweet and view, which scales the picture's vector elementwise in eq. 10.",
        "w/o RM: eq. 10 without M. w/o R-GCN and w/o ViT: the other view alone, no gate (eqs. 13-14).",
        "Direction classes start at 0 degrees and go counter-clockwise in the picture. Distances (as a "
        "share of the diagonal) and angles are in pixels; the paper's angle is between normalised centres.",
        "A box that shares edges with an enclosing box is included; two equal boxes overlap; a ratio of exactly one "
        "half is no edge; boxes with the same centre that neither include each other nor overlap get the first class.",
        "The nonlinearity of eq. 5 is a ReLU. Objects without a name share a separate label embedding.",
        "An edge has the relation of i to j as seen from i: `inside` one way is `cover` the other, and directions are "
        "opposite, each with its own weights; both directions of `overlap` share one matrix.",
        "Spatial nodes have 4 + d dimensions: a linear layer maps them to d before the first R-GCN layer.",
        "Eq. 13's gate is unbounded, as printed; its inner activation is a sigmoid.",
        "All rounds share their matrices: the paper gives them no index.",
        "The textual transformer has one layer, the cross-modal ones one each, FFNN (eq. 12) two with a ReLU between.",
        "The semantic encoder and the textual transformer are BERT layers without additional position embeddings. "
        "Optimiser and schedule, which the paper does not name, are those of all methods here.",
        "The whole picture is the mean of the last feature map; label embeddings have the width of words.",
        "Eq. 17 prints the log-likelihood as loss; we minimise its negative.",
        "A tweet whose picture is missing or shows no object keeps its text representation.",
        "Objects come from bottom-up files or a COCO detector; the paper's Faster R-CNN is trained on Visual Genome.",
    ),
    paper_training={
        "epochs": 60,
        "batch_size": 32,
        "lr_encoder": 3e-5,
        "lr_new": 3e-5,
        "lr_crf": 3e-5,
        "max_pieces": 128,
    },
    search={
        "dropout": Range(0.0, 0.5),
        "rounds": Range(1, 5),
        "vit_layers": Range(1, 6),
        "rgcn_layers": Range(1, 3),
        "objects": Range(5, 20),
    },
)
