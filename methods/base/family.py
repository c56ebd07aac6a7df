"""Base classes of method cards: family, variants and settings. Free of torch, so that listing and planning are fast.

A *family* is one class with one config; its *variants* are the names that users type. In a method's folder, `card.py`
holds the family and `model.py` its class.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, model_validator

from mnerbench.datasets.corpus import Example, ImageRef
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.untrusted.numbers import require_numbers
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.choices import TextSource
from mnerbench.methods.base.search_space import Space

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mnerbench.datasets.chat.request import ChatRequest


class EncoderShape(NamedTuple):
    """Shape of a text encoder, read without loading it.

    Attributes:
        model_type: the `model_type` of transformers, such as `bert` or `roberta`.
        width: hidden size; 0 if unknown.
        heads: number of attention heads; 0 if unknown.
    """

    model_type: str
    width: int
    heads: int


class RelationCorpus(NamedTuple):
    """Pairs of text and picture that a method learns beside tagging.

    Attributes:
        name: of the dataset, whose training split is read.
        pairs: number of pairs, the first ones of the file; None for all.
    """

    name: str
    pairs: int | None


def heads_misfit(heads: int | None, encoder: EncoderShape) -> str | None:
    """Reason, with remedy, why `heads` does not fit the encoder's width; None if it does or the width is unknown."""
    if not heads or encoder.width % heads == 0:
        return None
    return f"heads = {heads} does not divide the encoder's width {encoder.width}\n  -> choose a divisor of it"


def type_misfit(types: Sequence[str], encoder: EncoderShape) -> str | None:
    """Reason, with remedy, why a method for encoders of some model types does not fit an encoder; None if it does."""
    if encoder.model_type in types:
        return None
    return f"the encoder is a {encoder.model_type}\n  -> use --encoder with a model of the type {' or '.join(types)}"


class MethodConfig(BaseModel):
    """Base of all method settings: frozen, strict, finite numbers; defaults are the paper's values."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    later_settings: ClassVar[frozenset[str]] = frozenset()  # added after runs existed; without effect at their defaults

    @model_validator(mode="before")
    @classmethod
    def _numbers_are_numbers(cls, values: Any) -> Any:
        require_numbers(values, cls.model_fields)
        return values

    def identity_settings(self) -> dict[str, Any]:
        """The settings in a run's identity: all, but `later_settings` only with other values than their defaults.

        The identities of runs without such a setting are thus those from before it was added.
        """
        fields = type(self).model_fields
        absent = {key for key in self.later_settings if getattr(self, key) == fields[key].default}
        return self.model_dump(mode="json", exclude=absent)

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Visual inputs that the method reads under these settings."""
        return ()

    @property
    def is_seeded(self) -> bool:
        """Whether the seed of a run changes its result, for methods that are not trained."""
        return False

    @property
    def reads_training_tweets(self) -> bool:
        """Whether training tweets change the result, so that a subset drawn by seed does."""
        return True

    @property
    def asked_model(self) -> str | None:
        """Name of the model that a prompted method asks; empty if it is not set yet, None for other methods."""
        return None

    @property
    def primary_view(self) -> View:
        """The view that selects the epoch and gives the main result."""
        return View.IT if self.inputs else View.T

    @property
    def training_views(self) -> tuple[View, ...]:
        """The views of each tweet in one training step."""
        return (self.primary_view,)

    @property
    def evaluation_views(self) -> tuple[View, ...]:
        """The views in which the method is scored. The grey picture has vectors but no texts: text inputs skip it."""
        if not self.inputs:
            return (View.T,)
        blank = () if all(kind.is_text for kind in self.inputs) else (View.IT_BLANK,)
        return (View.IT, View.T, View.IT_SHUFFLED, *blank)

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Settings without effect, given the values of the others.

        Setting one of them explicitly is an error: it would repeat the same training under another identity.
        """
        return frozenset()

    @property
    def couples_tweets(self) -> bool:
        """Whether the loss compares the tweets of a batch, which makes the batch size part of the method."""
        return False

    @property
    def text_source(self) -> TextSource:
        """Whether words are represented by a text encoder or by word vectors."""
        return TextSource.ENCODER

    @property
    def reads_word_vectors(self) -> bool:
        """Whether a method over a text encoder also reads word vectors.

        They come from a file, whose content is then part of a run's identity: random vectors, which `text_source` may
        mean, would tell nothing that the encoder does not know.
        """
        return False

    @property
    def nearest_words(self) -> int:
        """How many nearest words of the file stand for a word with `reads_word_vectors`; 0 for the word itself.

        With n, a word's vector is the mean of those of the n words with the most similar vectors, weighted by a softmax
        over the cosines.
        """
        return 0

    @property
    def set_by_word_vectors(self) -> frozenset[str]:
        """Settings whose values are those of the word vectors, if these come from a file."""
        return frozenset()

    @property
    def text_limits(self) -> Mapping[InputKind, str]:
        """Settings that limit the number of texts read per picture, by kind of text."""
        return {}

    @property
    def reads_characters(self) -> bool:
        """Whether batches carry the characters of words."""
        return False

    @property
    def random_pictures(self) -> bool:
        """Whether every tweet is paired with another tweet's picture, in training and evaluation (a control)."""
        return False

    @property
    def learns_relations(self) -> bool:
        """Whether training reads labels of the relation between text and picture, where tweets have them."""
        return False

    @property
    def relation_corpus(self) -> RelationCorpus | None:
        """A dataset of text-image relations that is learned beside tagging; None for none."""
        return None

    def misfit(self, encoder: EncoderShape) -> str | None:
        """Reason, with remedy, why the method cannot be built over an encoder; None if nothing speaks against it."""
        return None

    def context_texts(self, inputs: VisualInputs, image: ImageRef) -> tuple[str, ...]:
        """Texts appended to a tweet with this picture, or these pictures; empty for methods without text contexts."""
        return ()


@dataclass(frozen=True)
class Variant:
    """A named configuration of a family.

    Attributes:
        summary: one line for lists.
        settings: config values that differ from the defaults.
        sources: sources of its visual inputs; they override the suite's.
    """

    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[InputKind, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MethodFamily:
    """The card of a method.

    Attributes:
        name: short name, part of a run's identity.
        target: `module:Class`, imported only when a run needs it.
        config: type of the settings.
        citation: papers, as `Yu et al. 2020, ACL (UMT): title; further papers`; without one, a description.
        variants: by name.
        deviations: differences from the paper and choices that it leaves open, each with the reason.
        paper_training: training settings of the paper, for `--protocol paper`.
        profiles: named sets of settings, such as those of the released code: `--set maf.profile=released`.
        published_parameters: published number of parameters, and what it includes.
        search: search space of the method's settings; learning rates are searched for every trained method.
        is_count_based: True for methods fitted without a seed, by counting or by convex optimisation: no encoder, no
            epochs.
        is_prompted: True for methods that ask a language model and are not trained; see `PromptedMethod`.
        revision: increased whenever the same settings give another result than before; part of a run's identity.
    """

    name: str
    target: str
    config: type[MethodConfig]
    citation: str
    variants: Mapping[str, Variant]
    deviations: tuple[str, ...] = ()
    paper_training: Mapping[str, Any] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    published_parameters: str = ""
    search: Space = field(default_factory=dict)
    is_count_based: bool = False
    is_prompted: bool = False
    revision: int = 1

    @property
    def is_trained(self) -> bool:
        """Whether the method is trained by gradient descent: it has epochs, parameters, and a text encoder or words."""
        return not (self.is_count_based or self.is_prompted)


@dataclass(frozen=True)
class FittedState:
    """What a count-based method learnt.

    Attributes:
        values: JSON values.
        arrays: by name.
    """

    values: Mapping[str, Any]
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)


class CountingMethod(ABC):
    """A deterministic, text-only baseline, fitted by counting or by convex optimisation."""

    def __init__(self, config: MethodConfig) -> None:
        self.config = config

    @abstractmethod
    def fit(self, train: Sequence[Example]) -> None:
        """Fit to the training split."""

    @abstractmethod
    def tag(self, words: Sequence[str]) -> list[str]:
        """One BIO label per word."""

    def state(self) -> FittedState | None:
        """What `fit` learnt, for a kept tagger; None if the method cannot be kept."""
        return None

    def restore(self, state: FittedState) -> None:
        """Replace what was learnt, without reading any file.

        Raises:
            KeyError, TypeError, ValueError: this is not a state of the method.
        """
        raise NotImplementedError(f"{type(self).__name__} has a state, but does not restore it")


class PromptedMethod(ABC):
    """A method that asks a language model about every tweet, and is not trained.

    Attributes:
        config: its settings.
        unusable_pictures: number of pictures that could not be decoded, and so were not shown.
    """

    def __init__(self, config: MethodConfig) -> None:
        self.config = config
        self.unusable_pictures = 0

    @abstractmethod
    def draw_examples(
        self,
        train: Sequence[Example],
        types: Sequence[str],
        inputs: VisualInputs,
        seed: int,
        vectors: Mapping[str, NDArray[np.float32]],
    ) -> None:
        """Choose the examples of prompts, or what they are chosen from, by the seed of the run.

        Args:
            train: the training split, or a subset.
            types: entity types of the dataset.
            inputs: visual inputs of the dataset.
            seed: of the run.
            vectors: of words in lower case, if the config reads word vectors; otherwise empty.
        """

    @property
    def example_pictures(self) -> int:
        """Number of pictures of examples in a question with a picture."""
        return 0

    @abstractmethod
    def expected_answer(self, tweet: Example) -> str:
        """The answer that gives a tweet its gold labels, to estimate lengths, and for prompts."""

    @abstractmethod
    def request(self, tweet: Example, image: ImageRef, inputs: VisualInputs) -> ChatRequest:
        """The question about a tweet; must not read its labels.

        Args:
            tweet: the tweet.
            image: the picture or pictures that it is shown with.
            inputs: visual inputs of its dataset.
        """
