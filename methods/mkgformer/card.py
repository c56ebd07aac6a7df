"""Card of MKGformer (Chen et al. 2022): BERT and a vision transformer that read each other in their last layers."""

from __future__ import annotations

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.setting_model import SettingModel
from mnerbench.methods.base.choices import BERT_TYPES
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.base.family import EncoderShape, MethodFamily, Variant, type_misfit
from mnerbench.methods.base.search_space import Range


class MKGformerConfig(SubwordTaggerConfig):
    """Settings of MKGformer."""

    objects: int = Field(6, ge=0, description="objects per picture, by descending score; 0 for the picture alone")
    clip: SettingModel | None = Field(
        None, description="folder of a CLIP, whose last layers are trained; none: new ones"
    )

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Cells of the picture, and objects."""
        return (InputKind.GRID, InputKind.REGIONS) if self.objects else (InputKind.GRID,)

    def misfit(self, encoder: EncoderShape) -> str | None:
        """The encoder must be a BERT or a relative."""
        return type_misfit(BERT_TYPES, encoder)


MKGFORMER = MethodFamily(
    name="mkgformer",
    target="mnerbench.methods.mkgformer.model:MKGformer",
    config=MKGformerConfig,
    citation=(
        "Chen et al. 2022, SIGIR (MKGformer): Hybrid Transformer with Multi-level Fusion for Multimodal Knowledge ..."
    ),
    variants={
        "mkgformer": Variant(
            "cells and objects in a vision transformer that reads, and is read by, BERT's last layers"
        ),
        "mkgformer-picture": Variant("the same for the picture alone", {"objects": 0}),
    },
    deviations=(
        "The code (zjunlp/MKGformer) trains all of CLIP ViT-B/32 on pixels. Here pictures are cached vectors, and only "
        "its last four layers, which read the text, are trained. With `clip` they start as CLIP's, and `grid` must be "
        "what the layer before them returns: --input grid=vision@model=DIR,layer=8. Without `clip` they are new, over "
        "any `grid`; the record and the report say so.",
        "Layers 9 to 12 are the last third of BERT's; of encoders of another depth, their last third, at least one.",
        "Objects are single vectors of `regions`, by descending score. The code has three crops of visual grounding "
        "(128 x 128 pixels) and three of a detector (64 x 64), as 16 and 4 patches each, from the first layer on.",
        "The visual side reads the picture's cells; at 180c0e0 the code's has its class token and the patches of the "
        "crops, and no patch of the picture.",
        "Vectors of objects, and of cells without `clip`, pass a layer norm and a linear layer.",
        "Padded subwords are hidden from the visual side, missing objects from the text; the code masks neither and "
        "substitutes black pictures. Without a picture BERT reads the tweet alone.",
        "As in the code, the keys and values are those of the text's previous layer; its visual layer is computed "
        "before the text's; and new layers start as torch's default.",
        "CRF and last layer learn at 5e-2 in the code; here the last layer learns like new layers.",
        "Every subword is labelled in the code, continuations as X: label_rule = x.",
        "Published for Twitter-2017 alone: F1 87.49.",
    ),
    paper_training={
        "epochs": 30,
        "batch_size": 16,
        "lr_encoder": 3e-5,
        "lr_new": 3e-5,
        "lr_crf": 5e-2,
        "warmup": 0.01,
        "max_pieces": 128,
    },
    profiles={"released": {"label_rule": "x"}},
    search={"dropout": Range(0.0, 0.5), "objects": Range(1, 6)},
)
