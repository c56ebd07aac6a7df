"""Card of VinVL with a CRF (Wang et al. 2022, ITA Table 4): words, tags and regions in one BERT."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mnerbench.datasets.corpus import ImageRef
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.setting_model import SettingModel
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.choices import LabelRule
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.base.family import EncoderShape, MethodFamily, Variant, type_misfit
from mnerbench.methods.base.search_space import Range


class VinVLConfig(SubwordTaggerConfig):
    """Settings of a CRF over VinVL, alone or beside a text encoder."""

    label_rule: Literal[LabelRule.FIRST] = Field(LabelRule.FIRST, description="labelled units: the tweet's words")
    beside_text: bool = Field(False, description="concatenate its words with those of the text encoder alone")
    regions: int = Field(50, ge=1, description="most regions, and most tags, by descending score")
    checkpoint: SettingModel | None = Field(None, description="folder of a checkpoint of Oscar or VinVL")

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Regions and the names of objects."""
        return (InputKind.REGIONS, InputKind.TAGS)

    def misfit(self, encoder: EncoderShape) -> str | None:
        """The encoder must be a BERT."""
        return type_misfit(("bert",), encoder)

    def context_texts(self, inputs: VisualInputs, image: ImageRef) -> tuple[str, ...]:
        """Names of the tags of highest score as one text, separated by blanks."""
        tags = sorted(inputs.tags_of(image), key=lambda tag: -tag.score)[: self.regions]
        return (" ".join(tag.name for tag in tags),) if tags else ()


VINVL = MethodFamily(
    name="vinvl",
    target="mnerbench.methods.vinvl.model:VinVL",
    config=VinVLConfig,
    citation=("Wang et al. 2022, NAACL (ITA); Zhang et al. 2021, CVPR (VinVL); Li et al. 2020, ECCV (Oscar)"),
    variants={
        "vinvl-crf": Variant("words, names of objects and regions in one BERT, CRF over the words"),
        "bert+vinvl-crf": Variant("its words beside those of a BERT that reads the tweet alone", {"beside_text": True}),
    },
    deviations=(
        "Without `checkpoint`, a folder with VinVL's weights, this is VinVL's architecture with the weights of "
        "--encoder and a new projection of regions; the record and the report say so. The published scores are of "
        "pretrained weights, which their authors no longer provide.",
        "ITA says no more than that text and picture are fed to VinVL, and that its words, or those of BERT and VinVL "
        "side by side, enter the CRF. The input is that of Oscar's released code (microsoft/Oscar 0ce0fe2): words, "
        "[SEP], names of objects as segment B, then regions, which get no position, segment or layer norm of the "
        "embeddings.",
        "A region is [vector; x1, y1, x2, y2, width, height], the six as shares of the picture's width and height; of "
        "VinVL's detector that is 2,054 numbers. Its projection has a layer norm if the checkpoint has one; a new one "
        "has one (our choice).",
        "At most 50 regions and 50 names, as by default in Oscar's captioning (our choice; ITA does not say). Names "
        "come from `tags`, without attributes, by descending score, repeated as often as there are objects.",
        "Both encoders of bert+vinvl-crf read the same subwords: with a checkpoint, --encoder must have its "
        "vocabulary, that of bert-base-uncased. BERT reads the tweet without the names. ITA names neither.",
        "The projection of a checkpoint learns like the encoder, a new one like new layers.",
        "A tweet without regions and tags is encoded alone. Names that exceed the limit of subwords are cut.",
    ),
    paper_training={
        "epochs": 10,
        "batch_size": 16,
        "lr_encoder": 5e-5,
        "lr_new": 5e-5,
        "lr_crf": 5e-2,
        "warmup": 0.0,
        "max_pieces": 512,
    },
    search={"dropout": Range(0.0, 0.5), "regions": Range(5, 50)},
)
