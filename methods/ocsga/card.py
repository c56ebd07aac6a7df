"""Card of OCSGA (Wu et al. 2020): names of objects as embeddings, co-attention with the words of an LSTM."""

from __future__ import annotations

from pydantic import Field, model_validator

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.choices import Spelling
from mnerbench.methods.base.configs import WORD_DEVIATIONS, WordTaggerConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import OneOf, Range


class OCSGAConfig(WordTaggerConfig):
    """Settings of OCSGA; its paper's values are not known here."""

    spelling: Spelling = Field(Spelling.CNN, description="character encoder of words: none, cnn, lstm")
    objects: int = Field(4, ge=1, description="objects per picture, by descending score")
    layers: int = Field(2, ge=1, description="layers of co-attention")
    heads: int = Field(8, ge=1, description="attention heads; a divisor of twice `hidden`")
    layer_dropout: float = Field(0.1, ge=0, lt=1, description="in the layers of co-attention")

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Names of objects, which come with their boxes."""
        return (InputKind.REGIONS,)

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> OCSGAConfig:
        if 2 * self.hidden % self.heads:
            raise ValueError(f"heads = {self.heads} does not divide the LSTM's width {2 * self.hidden}")
        return self


OCSGA = MethodFamily(
    name="ocsga",
    target="mnerbench.methods.ocsga.model:OCSGA",
    config=OCSGAConfig,
    citation=(
        "Wu et al. 2020, ACM MM (OCSGA): Multimodal Representation with Embedded Visual Guiding Objects for Named "
        "Entity Recognition in Social Media Posts"
    ),
    variants={"ocsga": Variant("names of objects as embeddings, self- and guided attention with an LSTM's words, CRF")},
    deviations=(
        "Built from the abstract (object labels as embeddings, characters, dense co-attention) and from papers that "
        "quote it; no code was released. Every number among the settings and all that follows is our choice.",
        "Words are states of a bidirectional LSTM over word vectors and a convolution over characters.",
        "An object is the embedding of its name, projected to the LSTM's width; nothing of its pixels or box is read. "
        "An embedding starts as the mean of the word vectors of the name's words, random for words that the training "
        "tweets and --word-vectors lack, and is trained.",
        "A layer: self-attention among words and among objects, then words attend to objects, and objects to words; "
        "each is a transformer layer with residual connections. In the last layer only the words attend.",
        "The CRF reads [state of the LSTM; word after co-attention]. Without objects words attend to words only.",
        "Objects are the four of highest score in `regions`, of any detector; a name may occur repeatedly.",
        "New layers start as in BERT. Training settings are those of the methods over word vectors (Ma and Hovy 2016).",
        *WORD_DEVIATIONS,
    ),
    paper_training={"epochs": 50, "batch_size": 10, "lr_new": 1e-3, "lr_crf": 1e-3, "clip_norm": 5.0},
    search={"dropout": Range(0.0, 0.6), "objects": Range(1, 10), "layers": OneOf((1, 2, 4, 6))},
)
