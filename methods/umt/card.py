"""Card of UMT (Yu et al. 2020) and of it without its span module, MT-BERT-CRF."""

from __future__ import annotations

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.configs import SpanAidedConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import Range


class UMTConfig(SpanAidedConfig):
    """Settings of UMT; defaults are the paper's, or the released code's if the paper does not specify them."""

    span_share: float = Field(
        0.5, ge=0, le=1, description="share of the converted span emissions in the main ones (released code)"
    )

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """The 7x7 cells of the picture."""
        return (InputKind.GRID,)

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Without the span module its settings have no effect."""
        return super().inactive_settings | (frozenset() if self.span_module else {"span_share"})


UMT = MethodFamily(
    name="umt",
    target="mnerbench.methods.umt.model:UMT",
    config=UMTConfig,
    citation=(
        "Yu et al. 2020, ACL (UMT): Improving Multimodal NER via Entity Span Detection with Unified Multimodal ..."
    ),
    variants={
        "umt": Variant("cross-modal transformers in both directions, gate, CRF, auxiliary span CRF"),
        "umt-x": Variant("the same, every subword labelled, continuations as X, as its code does", {"label_rule": "x"}),
        "mt-bert-crf": Variant("UMT without the span module", {"span_module": False}),
    },
    deviations=(
        "`umt` labels first subwords only (ITA Table 3, UMT-Improved); `umt-x` follows the released code: 13 "
        "labels, every subword in the CRF.",
        "The released code shows a replacement picture where one is missing (`lost_pictures = umt`). With the mask, a"
        " tweet without a picture keeps its text representation and no visual one is added.",
        "Pictures are resized and cropped in the centre, in evaluation mode; the released code draws a random crop "
        "and leaves batch normalisation in training mode.",
        "A long tweet continues in further windows, each of which attends to the picture (`umt-x` then also labels the "
        "special tokens between them); the released code truncates it.",
        "24 epochs on both corpora; the released code has 22 for Twitter-2017.",
        "AdamW with bias correction; the released BertAdam has none.",
    ),
    paper_training={
        "epochs": 24,
        "batch_size": 32,
        "lr_encoder": 5e-5,
        "lr_new": 5e-5,
        "lr_crf": 5e-5,
        "max_pieces": 128,
    },
    profiles={"released": {"label_rule": "x"}},
    published_parameters=(
        "MAF Table 3 prints 208.29 M for UMT: 148,102,934 of it with bert-base-cased, BERT's unused pooler (590,592) "
        "and 13 labels (`umt-x`), and ResNet-152 with its unused classifier (60,192,808)"
    ),
    search={"dropout": Range(0.0, 0.5), "span_share": Range(0.0, 0.9), "span_weight": Range(0.1, 1.0)},
)
