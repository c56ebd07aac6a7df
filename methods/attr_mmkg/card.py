"""Card of ATTR-MMKG-MNER (Chen et al. 2021): attributes of the picture and knowledge about them, as a memory."""

from __future__ import annotations

from pydantic import Field

from mnerbench.datasets.corpus import ImageRef
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.configs import TaggerConfig
from mnerbench.methods.base.family import EncoderShape, MethodFamily, Variant, heads_misfit
from mnerbench.methods.base.search_space import Range


class AttributeConfig(TaggerConfig):
    """Settings of ATTR-MMKG-MNER; its paper's values are not known here."""

    attributes: int = Field(5, ge=1, description="attributes per picture, by descending score")
    knowledge: bool = Field(True, description="also read knowledge about them, from `text`")
    heads: int | None = Field(None, ge=1, description="attention heads; default: the encoder's (12 in BERT base)")

    def misfit(self, encoder: EncoderShape) -> str | None:
        """Heads must divide the encoder's width."""
        return heads_misfit(self.heads, encoder)

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Attributes as `tags`, knowledge as `text`."""
        return (InputKind.TAGS, InputKind.TEXT) if self.knowledge else (InputKind.TAGS,)

    def context_texts(self, inputs: VisualInputs, image: ImageRef) -> tuple[str, ...]:
        """Names of the first attributes, then the knowledge."""
        tags = sorted(inputs.tags_of(image), key=lambda tag: -tag.score)[: self.attributes]
        return *(tag.name for tag in tags), *inputs.texts_of(InputKind.TEXT, image)


ATTR_MMKG = MethodFamily(
    name="attr-mmkg",
    target="mnerbench.methods.attr_mmkg.model:AttributeMemory",
    config=AttributeConfig,
    citation=(
        "Chen et al. 2021, DASFAA (ATTR-MMKG-MNER): "
        "Multimodal Named Entity Recognition with Image Attributes and Image Knowledge"
    ),
    variants={
        "attr-mmkg": Variant("words attend to attributes of the picture and to knowledge about them, gate, CRF"),
        "attr-mmkg-no-kg": Variant("the same with attributes alone", {"knowledge": False}),
    },
    deviations=(
        "Built from the abstract (attributes labelled by a model trained on ImageNet, knowledge from an encyclopedic "
        "knowledge graph with pictures); no code was released. Every number among the settings and all that follows is "
        "our choice.",
        "Attributes are the names in `tags`, in the order of their scores; knowledge is any `text` about the picture, "
        "such as descriptions of what a knowledge graph finds for it. Neither is computed here.",
        "Both form one memory of subwords: embeddings of the text encoder's input, normalised and projected; neither "
        "order nor borders are known to the attention.",
        "The tweet is encoded alone. Words attend to the memory in one transformer layer; a gate per word and "
        "dimension limits the picture's influence: [h; sigmoid(W [h; c]) * c]. Without any memory c is zero.",
        "What exceeds the limit of subwords beside the tweet (training.max_pieces) is cut from the end of the memory.",
        "Training settings are those of UMT's released code, after which MAF's table lists it.",
    ),
    paper_training={
        "epochs": 24,
        "batch_size": 32,
        "lr_encoder": 5e-5,
        "lr_new": 5e-5,
        "lr_crf": 5e-5,
    },
    search={"dropout": Range(0.0, 0.5), "attributes": Range(1, 10)},
)
