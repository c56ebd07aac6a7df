"""Card of MAF (Xu et al. 2022) and its ablations."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.choices import Decoder
from mnerbench.methods.base.configs import TaggerConfig
from mnerbench.methods.base.family import EncoderShape, MethodFamily, Variant, heads_misfit
from mnerbench.methods.base.search_space import Range


class MAFConfig(TaggerConfig):
    """Settings of MAF; defaults are the paper's (§4.3)."""

    decoder: Literal[Decoder.CRF] = Field(Decoder.CRF, description="a CRF")
    heads: int | None = Field(None, ge=1, description="m of eq. 4; default: the encoder's heads (12 in BERT base)")
    alignment: bool = Field(True, description="the cross-modal alignment module, CA (eqs. 1-3)")
    matching: bool = Field(True, description="the cross-modal matching module, CM (eqs. 9-12)")
    temperature: float = Field(0.102, gt=0, description="tau of eqs. 1-2 (released code 0.179)")
    image_to_text: float = Field(0.7, ge=0, le=1, description="lambda_c of eq. 3 (0.3 in the released code)")
    alignment_weight: float = Field(0.2, ge=0, le=1, description="alpha of eq. 18 (released code 0.38)")
    matching_weight: float = Field(0.2, ge=0, le=1, description="beta of eq. 18 (released code 0.38)")
    main_weight: float | None = Field(
        None, ge=0, description="weight of the tagging loss; default: 1 - alpha - beta (released code 0.62)"
    )
    swapped: float = Field(30 / 64, ge=0, le=1, description="2k / N: share of a batch's tweets that swap pictures")
    swapped_tweets: int | None = Field(
        None,
        ge=2,
        multiple_of=2,
        description="2k as a number: tweets that swap in batches with more pictures, in others none (released code 16)",
    )
    swap: Literal["random", "last"] = Field(
        "random", description="which tweets of a batch swap: random, or the last ones in order (released code)"
    )
    tag_swapped: bool = Field(False, description="in training the tagger sees the swapped pictures (released code)")
    scores: Literal[1, 2] = Field(
        1, description="outputs of the matching head: a sigmoid, or a softmax (released code)"
    )
    dropout_on: Literal["fused", "encoder"] = Field(
        "fused", description="where dropout is applied: fused word vectors, or the encoder's output (released code)"
    )
    positions: int = Field(128, ge=1, description="n of eq. 9: number of subwords that the matching module reads")

    later_settings: ClassVar[frozenset[str]] = frozenset({"swapped_tweets", "dropout_on"})

    def misfit(self, encoder: EncoderShape) -> str | None:
        """Heads must divide the encoder's width."""
        return heads_misfit(self.heads, encoder)

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """The 7x7 cells of the picture and, for the alignment, their mean."""
        return (InputKind.GRID, InputKind.GLOBAL) if self.alignment else (InputKind.GRID,)

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Settings of a disabled module have no effect."""
        inactive = set[str]() if self.alignment else {"temperature", "image_to_text", "alignment_weight"}
        if not self.matching:
            inactive |= {"swapped", "swapped_tweets", "swap", "tag_swapped", "scores", "positions", "matching_weight"}
        elif self.swapped_tweets is not None:
            inactive.add("swapped")
        elif not self.swapped:
            inactive |= {"swap", "tag_swapped"}
        return frozenset(inactive)

    @model_validator(mode="after")
    def _the_tagger_counts(self) -> MAFConfig:
        if self.weights[2] <= 0:
            raise ValueError("alignment_weight and matching_weight leave nothing for the tagging loss (eq. 18)")
        return self

    @property
    def couples_tweets(self) -> bool:
        """Both modules compare a tweet with the pictures of others."""
        return self.alignment or self.matching

    @property
    def weights(self) -> tuple[float, float, float]:
        """Weights of the alignment, matching and tagging losses, eq. 18; 0 for a disabled module."""
        alpha = self.alignment_weight * self.alignment
        beta = self.matching_weight * self.matching
        return alpha, beta, 1 - alpha - beta if self.main_weight is None else self.main_weight


MAF = MethodFamily(
    name="maf",
    target="mnerbench.methods.maf.model:MAF",
    config=MAFConfig,
    citation="Xu et al. 2022, WSDM (MAF): A General Matching and Alignment Framework for Multimodal NER",
    variants={
        "maf": Variant("contrastive alignment, matching with swapped pictures, gate, CRF"),
        "maf-no-ca": Variant("without the alignment module", {"alignment": False}),
        "maf-no-cm": Variant("without the matching module", {"matching": False}),
        "maf-no-ca-cm": Variant("without either module", {"alignment": False, "matching": False}),
    },
    deviations=(
        "Eq. 12 leaves open which pictures the tagger sees in training: here every tweet keeps its own, scaled by the "
        "score of its own pair, and swapped pairs train the matching module only; tag_swapped: as released.",
        "The paper swaps 2k = 30 of N = 64 tweets. Batches of another size swap the same share: with a fixed 30, all "
        "tweets of a batch of 16 would swap, and the module would see no matching pair.",
        "Eq. 9 flattens a fixed number of positions: positions past a tweet's length contribute zero, and positions "
        "past n (128, special tokens included, as in the released code) are ignored.",
        "Tweets without a picture are excluded from alignment and matching, and get no image representation.",
        "First subwords are labelled; the paper's CRF runs over all tokens, its code labels continuations X, in BIO.",
        "A tweet of several windows is aligned and matched by its first window.",
        "Batches hold tweets of similar length, as for all methods, so the negatives of alignment and matching are of "
        "similar length too; the paper's batches are random. On a probe no difference was found (docs/probes.md).",
        "Linear layers of the two MLPs and the last layer have biases; the paper prints none for the projections.",
        "Not imitated from the released code: 23 epochs on Twitter-2017; BertAdam, without Adam's bias correction; a "
        "random crop and flip per picture; batch normalisation in training mode.",
        "The ablations remove a module's loss and weight (alpha or beta is 0 in eq. 18); without CM the score is 1.",
    ),
    paper_training={
        "epochs": 24,
        "batch_size": 64,
        "lr_encoder": 5e-5,
        "lr_new": 5e-5,
        "lr_crf": 5e-5,
        "max_pieces": 128,
        "scheme": "bioes",
        "stray_inside": "repair",
    },
    profiles={
        "released": {
            "temperature": 0.179,
            "image_to_text": 0.3,
            "alignment_weight": 0.38,
            "matching_weight": 0.38,
            "main_weight": 0.62,
            "swapped_tweets": 16,
            "dropout_on": "encoder",
            "swap": "last",
            "tag_swapped": True,
            "scores": 2,
        }
    },
    published_parameters=(
        "MAF Table 3 prints 196.28 M with ResNet-152 (60,192,808). By our count its released code has 14,380,902 "
        "more than are used here: two unused BERT layers (14,175,744), two scores in the matching head "
        "(196,610), biases of three projections (2,304), 13 labels (6,244). Together 196,280,314"
    ),
    search={
        "dropout": Range(0.0, 0.5),
        "temperature": Range(0.02, 0.5, log=True),
        "image_to_text": Range(0.0, 1.0),
        "alignment_weight": Range(0.05, 0.4),
        "matching_weight": Range(0.05, 0.4),
        "swapped": Range(0.1, 0.6),
    },
)
