"""Card of HVPNeT (Chen et al. 2022): visual prefixes in the attention of every layer."""

from __future__ import annotations

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import Range


class HVPNeTConfig(SubwordTaggerConfig):
    """Settings of HVPNeT."""

    objects: int = Field(3, ge=0, description="objects per picture, by descending score; 0 for the picture alone")

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Stages of the picture and of its regions."""
        return (InputKind.GRID, InputKind.REGIONS) if self.objects else (InputKind.GRID,)


_PYRAMID = {InputKind.GRID: "resnet50@pyramid=2", InputKind.REGIONS: "crops@model=resnet50,pyramid=2"}

HVPNET = MethodFamily(
    name="hvpnet",
    target="mnerbench.methods.hvpnet.model:HVPNeT",
    config=HVPNeTConfig,
    citation=(
        "Chen et al. 2022, Findings of NAACL (HVPNeT): Good Visual Guidance Makes a Better Extractor: Hierarchical "
        "Visual Prefix for Multimodal Entity and Relation Extraction"
    ),
    variants={
        "hvpnet": Variant("ResNet stages of picture and objects as prefixes in BERT's attention", {}, _PYRAMID),
        "hvpnet-picture": Variant("the same for the picture alone", {"objects": 0}, _PYRAMID),
    },
    deviations=(
        "One projection per stage, gates over stages, keys and values per layer, as described in the paper. The "
        "released code mixes channels of all stages before it projects them (tanh between two layers), gates four "
        "blocks of that projection's channels, each over all four cells, and reshapes keys without a transpose: each "
        "head sees only some prefixes.",
        "In the released code CRF and last layer learn at 5e-2 since commit efe6308; before, its optimiser did not "
        "have them. Here the CRF learns at that rate, the last layer at that of new layers.",
        "The released code reads at most 80 subwords on Twitter-2015, 128 on Twitter-2017; here 128.",
        "Stages are averaged over windows that cover their map (4 x 4 of the last one's 7 x 7 cells); the code drops "
        "the last row and column.",
        "Objects are those of boxes.jsonl, by descending score; the authors detect theirs by visual grounding of the "
        "tweet's noun phrases. The code substitutes black pictures for missing objects; here they are left out.",
        "The picture has 2 x 2 cells, an object one: the mean over its cells (the code has 2 x 2 for both).",
        "Each stage passes a layer norm, since backbones differ in scale.",
        "The code labels every subword, continuations as X: label_rule = x.",
        "The network is frozen, as in the code, and in evaluation mode; the code leaves batch normalisation in "
        "training mode. Without a picture there are no prefixes: BERT reads the tweet alone.",
        "Pictures are cropped at the centre; objects are resized to squares as a whole.",
    ),
    paper_training={
        "epochs": 30,
        "batch_size": 8,
        "lr_encoder": 3e-5,
        "lr_new": 3e-5,
        "lr_crf": 5e-2,
        "warmup": 0.01,
        "max_pieces": 128,
    },
    search={"dropout": Range(0.0, 0.5), "objects": Range(1, 5)},
)
