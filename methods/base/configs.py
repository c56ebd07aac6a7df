"""Settings that several methods share; free of torch."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.choices import CRFBackend, Decoder, LabelRule, Pooling, Spelling, TextSource
from mnerbench.methods.base.family import EncoderShape, MethodConfig, RelationCorpus, heads_misfit


class TaggerConfig(MethodConfig):
    """Settings of the output layer, shared by every tagger."""

    decoder: Decoder = Field(Decoder.CRF, description="how emissions become labels: crf, softmax per word, spans")
    crf: CRFBackend = Field(
        CRFBackend.NATIVE,
        description="CRF implementation: native (kernels on a GPU), torch (the same without), or pytorch-crf",
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="before the last linear layer")

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Without a CRF its implementation has no effect."""
        return frozenset() if self.decoder is Decoder.CRF else frozenset({"crf"})


class PictureConfig(TaggerConfig):
    """Settings of methods that read one kind of picture vectors."""

    vectors: Literal[InputKind.GRID, InputKind.GLOBAL] = Field(
        InputKind.GRID, description="picture vectors: grid or global"
    )

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """The picture vectors named by `vectors`."""
        return (self.vectors,)


class SubwordTaggerConfig(TaggerConfig):
    """Settings of a text encoder with a linear layer and a decoder."""

    pooling: Pooling = Field(Pooling.FIRST, description="how subwords become a word vector: first, sum, mean")
    label_rule: LabelRule = Field(LabelRule.FIRST, description="labelled units: words, or every subword (UMT's code)")
    word_dropout: float = Field(
        0.0, ge=0, lt=1, description="probability that training zeroes the vector of a unit (ITA's released code: 0.1)"
    )

    later_settings: ClassVar[frozenset[str]] = frozenset({"word_dropout"})

    @property
    def inactive_settings(self) -> frozenset[str]:
        """When every subword is labelled, nothing is pooled."""
        return super().inactive_settings | ({"pooling"} if self.label_rule is LabelRule.X else set())


class SpanAidedConfig(TaggerConfig):
    """Settings of taggers with UMT's auxiliary task."""

    decoder: Literal[Decoder.CRF] = Field(Decoder.CRF, description="a CRF")
    dropout: float = Field(0.1, ge=0, lt=1, description="on the encoder's output and in the new layers")
    heads: int | None = Field(None, ge=1, description="heads of new layers; default: the encoder's (12 in BERT base)")
    label_rule: LabelRule = Field(LabelRule.FIRST, description="labelled units: words, or every subword (UMT's code)")
    span_module: bool = Field(True, description="the auxiliary CRF over entity spans")
    span_weight: float = Field(0.5, ge=0, description="weight of the span loss (released code)")

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Without the span module its weight has no effect."""
        return frozenset(() if self.span_module else ("span_weight",))

    def misfit(self, encoder: EncoderShape) -> str | None:
        """Heads must divide the encoder's width."""
        return heads_misfit(self.heads, encoder)


class WordTaggerConfig(TaggerConfig):
    """Settings of a bidirectional LSTM over word vectors."""

    spelling: Spelling = Field(Spelling.NONE, description="character encoder of words: none, cnn, lstm")
    word_width: int = Field(100, ge=1, description="width of a word vector; --word-vectors overrides it")
    character_width: int = Field(30, ge=1, description="width of a character vector")
    spelled_width: int = Field(50, ge=2, multiple_of=2, description="width of a word's character representation")
    hidden: int = Field(200, ge=1, description="width of each direction of the LSTM")
    dropout: float = Field(0.5, ge=0, lt=1, description="on character vectors and on the LSTM's inputs and outputs")

    @property
    def text_source(self) -> TextSource:
        """Word vectors."""
        return TextSource.WORD_VECTORS

    @property
    def set_by_word_vectors(self) -> frozenset[str]:
        """The width of word vectors."""
        return frozenset({"word_width"} if self.text_source is TextSource.WORD_VECTORS else ())

    @property
    def reads_characters(self) -> bool:
        """Whether a character encoder is configured."""
        return self.spelling is not Spelling.NONE

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Without a character encoder its widths have no effect."""
        return super().inactive_settings | (
            frozenset() if self.reads_characters else {"character_width", "spelled_width"}
        )


class RelationGateConfig(TaggerConfig):
    """Settings of methods whose picture is scaled by a judgement of its relation to the text (RpBERT, RIVA)."""

    decoder: Literal[Decoder.CRF] = Field(Decoder.CRF, description="a CRF")
    dropout: float = Field(0.0, ge=0, lt=1, description="before the last linear layer")
    relation_weight: float = Field(0.05, gt=0, description="weight of the relation task in the loss")
    relations: str | None = Field(
        None, min_length=1, description="dataset of text-image relations; each epoch first learns its training split"
    )
    relation_pairs: int | None = Field(
        None, ge=1, description="pairs of that dataset to learn, the first ones of the file; default: all"
    )
    layers: int = Field(2, ge=1, description="layers of the LSTM over words")
    hidden: int = Field(256, ge=1, description="width of each direction of the LSTM")
    word_vectors: bool = Field(False, description="the LSTM also reads vectors of the words (--word-vectors)")

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """The 7x7 cells of the picture."""
        return (InputKind.GRID,)

    @property
    def reads_word_vectors(self) -> bool:
        """Whether `word_vectors` is set."""
        return self.word_vectors

    @property
    def learns_relations(self) -> bool:
        """The gate learns from relation labels."""
        return True

    @property
    def relation_corpus(self) -> RelationCorpus | None:
        """The pairs that `relations` and `relation_pairs` name."""
        if self.relations is None or not self.learns_relations:
            return None
        return RelationCorpus(self.relations, self.relation_pairs)

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Without a dataset of relations it has no size; without a gate there is no relation task."""
        inactive = super().inactive_settings | ({"relation_pairs"} if self.relation_corpus is None else set())
        return inactive if self.learns_relations else inactive | {"relation_weight", "relations"}


WORD_DEVIATIONS = (
    "Word vectors are looked up in lower case; Lample et al. and Ma and Hovy keep the case. Characters keep it.",
    "A word that occurs once in training is replaced by the unknown word half of the time (Lample et al. §4.2), in all "
    "variants.",
    "Character ids are fixed: one per Latin-1 character, all others share 256; the first 40 of a word are read.",
    "AdamW with warm-up and linear decay; the papers use SGD (Lample et al. 0.01; Ma and Hovy 0.015, decaying). Under "
    "--protocol paper, epochs, batch size and clipping are Ma and Hovy's, the learning rates ours.",
    "With --word-vectors, vectors of words that occur in training are fine-tuned; all others stay fixed.",
)
