"""Card of ITA: the picture as text after the tweet (Wang et al. 2022)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from mnerbench.datasets.corpus import ImageRef
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.picture_texts import Tag
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base import chen2021
from mnerbench.methods.base.choices import LabelRule
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import Range


class ITAConfig(SubwordTaggerConfig):
    """Settings of ITA; defaults are the paper's, the descriptions name those of the released code."""

    label_rule: Literal[LabelRule.FIRST] = Field(LabelRule.FIRST, description="labelled units: the tweet's words")
    contexts: tuple[InputKind, ...] = Field((InputKind.CAPTIONS,), min_length=1, description="texts after the tweet")
    captions: int = Field(5, ge=1, description="k of §2.2: maximum number of captions per picture")
    attributes: int = Field(3, ge=0, description="maximum number of attributes per object, by descending confidence")
    attribute_score: float = Field(0.1, ge=0, le=1, description="attributes need a confidence above this")
    words_of_tags: int = Field(100, ge=1, description="maximum number of attributes and names per picture, in total")
    text_view: bool = Field(False, description="also train on the tweet alone (L_T of §2.2)")
    alignment: bool = Field(False, description="cross-view alignment, CVA (eq. 5)")
    cva_weight: float = Field(1.0, ge=0, description="weight of L_CVA (released code 0.5)")
    image_weight: float = Field(1.0, ge=0, description="weight of L_I+T (released code 0.5)")
    text_weight: float = Field(1.0, ge=0, description="weight of L_T (released code of MoRe 0.5)")
    random: bool = Field(False, description="contexts of another tweet's picture, in training and evaluation (§3.3)")
    temperature: float = Field(
        1.0, gt=0, description="temperature of both posteriors; its square scales the loss (released code 4 or 2)"
    )

    later_settings: ClassVar[frozenset[str]] = SubwordTaggerConfig.later_settings | {"text_weight"}

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """The text contexts."""
        return self.contexts

    @property
    def random_pictures(self) -> bool:
        """ITA-Random."""
        return self.random

    @property
    def training_views(self) -> tuple[View, ...]:
        """Both views if the text view is trained or aligned."""
        return (View.IT, View.T) if self.text_view or self.alignment else (View.IT,)

    @property
    def text_limits(self) -> Mapping[InputKind, str]:
        """`captions`, if they are read."""
        return {InputKind.CAPTIONS: "captions"} if InputKind.CAPTIONS in self.contexts else {}

    def context_texts(self, inputs: VisualInputs, image: ImageRef) -> tuple[str, ...]:
        """Texts of all contexts, in order.

        LA: attributes and names of objects (§2.2); GA: the first k captions; OCA: the text in the picture.
        """
        read = {
            InputKind.TAGS: lambda: object_texts(inputs.tags_of(image), self),
            InputKind.CAPTIONS: lambda: inputs.texts_of(InputKind.CAPTIONS, image, self.captions),
            InputKind.OCR: lambda: inputs.texts_of(InputKind.OCR, image),
            InputKind.TEXT: lambda: inputs.texts_of(InputKind.TEXT, image),
        }
        return tuple(text for kind in self.contexts for text in read[kind]())

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Settings of disabled contexts and losses have no effect."""
        inactive = (
            {*super().inactive_settings}
            if InputKind.CAPTIONS in self.contexts
            else {*super().inactive_settings, "captions"}
        )
        if InputKind.TAGS not in self.contexts:
            inactive |= {"attributes", "attribute_score", "words_of_tags"}
        elif not self.attributes:
            inactive.add("attribute_score")
        if not self.alignment:
            inactive |= {"cva_weight", "temperature"}
        if not self.text_view:
            inactive.add("text_weight")
        return frozenset(inactive if len(self.training_views) > 1 else inactive | {"image_weight"})

    @field_validator("contexts")
    @classmethod
    def _texts_once(cls, value: tuple[InputKind, ...]) -> tuple[InputKind, ...]:
        if len(set(value)) < len(value):
            raise ValueError("name each context once")
        if vectors := [kind.value for kind in value if not kind.is_text]:
            raise ValueError(f"{', '.join(vectors)}: not a text input; only texts can follow a tweet")
        return value


def object_texts(tags: tuple[Tag, ...], config: ITAConfig) -> tuple[str, ...]:
    """Local alignment (§2.2): objects by descending confidence, each with its attributes before its name.

    They form one text, separated by blanks. Attributes and names count together towards the limit; the first object
    that would exceed it is left out, with all that follow.
    """
    words: list[str] = []
    for tag in sorted(tags, key=lambda tag: -tag.score):
        sure = sorted((a for a in tag.attributes if a[1] > config.attribute_score), key=lambda attribute: -attribute[1])
        thing = [*(name for name, _ in sure[: config.attributes]), tag.name]
        if len(words) + len(thing) > config.words_of_tags:
            break
        words += thing
    return (" ".join(words),) if words else ()


_CVA = {"text_view": True, "alignment": True}
_ALL = {"contexts": ("tags", "captions", "ocr")}

ITA = MethodFamily(
    name="ita",
    target="mnerbench.methods.ita.model:ITA",
    config=ITAConfig,
    citation="Wang et al. 2022, NAACL (ITA): Image-Text Alignments for Multi-Modal Named Entity Recognition",
    variants={
        "ita-la": Variant("names of objects after the tweet (local alignment)", {"contexts": ("tags",)}),
        "ita-ga": Variant("captions after the tweet (global alignment)"),
        "ita-oca": Variant("text in the picture after the tweet (optical character alignment)", {"contexts": ("ocr",)}),
        "ita-oca-paddle": Variant(
            "text in the picture, read by PP-OCR, after the tweet", {"contexts": ("ocr",)}, {InputKind.OCR: "rapidocr"}
        ),
        "ita-text": Variant("any text about the picture after the tweet (ours: a control)", {"contexts": ("text",)}),
        "ita-text+cva": Variant(
            "any text about the picture after the tweet, cross-view alignment (MoRe)",
            {"contexts": ("text",), **_CVA},
        ),
        "ita-all": Variant("all three after the tweet", _ALL),
        "ita-la+cva": Variant("local alignment, cross-view alignment", {"contexts": ("tags",), **_CVA}),
        "ita-ga+cva": Variant("captions after the tweet, cross-view alignment", _CVA),
        "ita-oca+cva": Variant("optical character alignment, cross-view alignment", {"contexts": ("ocr",), **_CVA}),
        "ita-all+cva": Variant("all three, cross-view alignment: the full model", {**_ALL, **_CVA}),
        "ita-joint": Variant("all three, both views trained, not aligned", {**_ALL, "text_view": True}),
        "ita-random": Variant("all three, of another tweet's picture: a control", {**_ALL, "random": True}),
    },
    deviations=(
        "Eqs. 4-5 print Σ p log q; -Σ p log q is meant. "
        "We minimise KL(I+T || T), equal up to the teacher's entropy: same gradient.",
        "The context is the encoder's second segment (segment B of BERT); the paper only says that it is concatenated.",
        "When the row limit (training.max_pieces, 512 under the paper's protocol) is reached, context is cut, never "
        "the tweet; the record counts how often.",
        "The I+T view picks the epoch for both views; the paper does not say which does.",
        "OCA: Tesseract looks for sparse text and drops words below 50 % confidence; the paper has the program's own "
        "defaults: --input ocr=tesseract@mode=3,confidence=0,least_letters=1,enlarge_below=0.",
        "LA: tags come from tags.jsonl, or from a COCO detector, without attributes; the paper has VinVL's.",
        "All: LA, GA, OCA in this order; the paper gives none. When the limit is reached the last is cut first.",
        "Random has all three contexts (the paper does not say which) of the picture of another tweet of the same "
        "split, by a permutation; the paper draws from all images.",
        "The CRF's rate is 0.05. §3.1: `we use a grid search over [0.05, 0.5] and [0.005, 0.05] for BERT and XLMR "
        "respectively`; the released configuration has 0.05 for XLM-R. `benchmark tune --suite "
        "reproduce/ita --trials 6` searches six of them.",
        "The linear layer has the encoder's rate, as in the released code; §3.1 gives those of embeddings and CRF.",
        "The paper does not mention warm-up and dropout. The released configurations, all for XLM-R, have no "
        "warm-up, dropout 0 and word dropout 0.1; so have the suites reproduce/ita and reproduce/ita-xlmr.",
        "GA: the default captions are BLIP-2's, one per picture, of any length; §3.1 has VinVL, `a beam size of 5 "
        "with at most 20 tokens` and `all the 5 captions`: --input "
        "captions=captioner@model=NAME,beams=5,count=5,max_tokens=20.",
        "`ita-text` and `ita-text+cva` with the settings of the suites after-2022/ are PGIM (Li et al. 2023) and MoRe "
        "with image or text retrieval (Wang et al. 2022, Findings of EMNLP), without its mixture of experts over both. "
        "In their code (AdaSeq) the learning rates' schedule counts epochs, here steps.",
        "At most k captions, as many as the file has; the paper's five VinVL captions per picture are not public.",
    ),
    profiles={
        "released": {"cva_weight": 0.5, "image_weight": 0.5, "temperature": 4.0},
        "released-twitter17": {"cva_weight": 0.5, "image_weight": 0.5, "temperature": 2.0},
    },
    paper_training={
        "epochs": 10,
        "batch_size": 16,
        "lr_encoder": 5e-5,
        "lr_new": 5e-5,
        "lr_crf": 5e-2,
        "warmup": 0.0,
        "max_pieces": 512,
        "scheme": "bioes",
        "stray_inside": "repair",
    },
    search={
        "dropout": Range(0.0, 0.5),
        "attributes": Range(1, 5),
        "attribute_score": Range(0.05, 0.5),
        "cva_weight": Range(0.1, 10.0, log=True),
        "temperature": Range(1.0, 4.0),
        "image_weight": Range(0.25, 2.0, log=True),
    },
)

CAPTIONS = MethodFamily(
    name="captions",
    target="mnerbench.methods.ita.model:ITA",
    config=ITAConfig,
    citation=chen2021.CITATION,
    variants={"bert-captions": Variant("one caption after the tweet, CRF (Exp 4.1)", {"captions": 1})},
    deviations=(
        "The same model as `ita-ga` with one caption; the paper's captions are of BUTD (Anderson et al. 2018).",
        "The caption is the encoder's second segment; the CRF sees the tweet's words only (as in the released code).",
    ),
    paper_training=chen2021.TRAINING,
    search={"dropout": Range(0.0, 0.5)},
)
