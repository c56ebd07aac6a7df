"""Card of MGCMT (Liu et al. 2022): augmented words, cells and object names, each attended in both directions."""

from __future__ import annotations

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.choices import Augmentation
from mnerbench.methods.base.configs import SpanAidedConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import Range


class MGCMTConfig(SpanAidedConfig):
    """Settings of MGCMT; defaults are those of its released code."""

    augmentation: Augmentation = Field(Augmentation.ADDED, description="vectors of nearest words: added, gated, none")
    neighbours: int = Field(4, ge=1, description="nearest words per word")
    objects: int = Field(5, ge=1, description="objects per picture, by descending score")
    join_dropout: float = Field(0.5, ge=0, lt=1, description="where picture and objects are joined")

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """The 7x7 cells of the picture, and names of objects, which come with their boxes."""
        return (InputKind.GRID, InputKind.REGIONS)

    @property
    def reads_word_vectors(self) -> bool:
        """Whether words are augmented."""
        return self.augmentation is not Augmentation.NONE

    @property
    def nearest_words(self) -> int:
        """As many as augment a word."""
        return self.neighbours if self.reads_word_vectors else 0

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Also, without augmentation, the number of nearest words."""
        return super().inactive_settings | (frozenset() if self.reads_word_vectors else {"neighbours"})


MGCMT = MethodFamily(
    name="mgcmt",
    target="mnerbench.methods.mgcmt.model:MGCMT",
    config=MGCMTConfig,
    citation="Liu et al. 2022, arXiv (MGCMT): Multi-Granularity Cross-Modality Representation Learning for NER ...",
    variants={
        "mgcmt": Variant("words plus their nearest words; cells and object names attended in both directions, CRF"),
        "mgcmt-gated": Variant("the same, with a gate between a word and its nearest words", {"augmentation": "gated"}),
        "mgcmt-no-augmentation": Variant("the same without nearest words", {"augmentation": "none"}),
    },
    deviations=(
        "Read in CIKM2022-MGCMT/MGCMT and LiuPeiP-CS/IIE4MNER; their switch for characters, off as shipped, is absent.",
        "First subwords are labelled; the released code labels every subword, continuations as X: label_rule = x.",
        "Nearest words come from --word-vectors, in lower case; the authors' word2vec file has width 200, and case. "
        "Words without a vector, continuations and special tokens keep their state; the code reads a random vector "
        "for the first, and adds a trained bias to the others.",
        "Objects are those of any detector, an embedding per name; the code has 85 for a Mask R-CNN's classes. Without "
        "picture or objects that side is zero; the code shows a replacement picture and attends to an empty label.",
        "Pictures are cropped in the centre, in evaluation mode; the code draws a random crop and leaves batch "
        "normalisation in training mode. A long tweet continues in further windows; the code cuts it at 64 subwords.",
        "AdamW with bias correction; BertAdam has none. Dev picks the epoch; the code keeps the one best on test.",
    ),
    paper_training={
        "epochs": 75,
        "batch_size": 24,
        "max_pieces": 64,
        "lr_encoder": 3e-5,
        "lr_new": 3e-5,
        "lr_crf": 3e-5,
    },
    profiles={"released": {"label_rule": "x"}},
    search={"dropout": Range(0.0, 0.5), "neighbours": Range(1, 10), "span_weight": Range(0.1, 1.0)},
)
