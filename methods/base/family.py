"""What a method declares, and what the harness asks of it. No torch here: listing and planning stay instant.

A *family* is one class with one config; its *variants* are the names that people type. In the folder of a method
`card.py` says what it is, and `model.py`, the module of its class, how it computes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, model_validator

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.untrusted.numbers import require_numbers
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.search_space import Space


class EncoderShape(NamedTuple):
    """What can be known of a text encoder without loading it.

    Attributes:
        model_type: as transformers calls it: `bert`, `roberta`.
        width: of its vectors; 0 where its settings do not say.
        heads: of its attention; 0 where its settings do not say.
    """

    model_type: str
    width: int
    heads: int


def heads_misfit(heads: int | None, encoder: EncoderShape) -> str | None:
    """Why new layers with so many heads cannot stand on an encoder; None where they can, or nobody knows."""
    if not heads or encoder.width % heads == 0:
        return None
    return f"heads = {heads} does not divide the encoder's width {encoder.width}\n  -> choose a divisor of it"


class MethodConfig(BaseModel):
    """Base of all method settings: frozen, strict, numbers finite; defaults are the paper's values."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _numbers_are_numbers(cls, values: Any) -> Any:
        require_numbers(values, cls.model_fields)
        return values

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Visual inputs that the method reads with these settings."""
        return ()

    @property
    def primary_view(self) -> View:
        """The view that picks the epoch and is the method's main result."""
        return View.IT if self.inputs else View.T

    @property
    def training_views(self) -> tuple[View, ...]:
        """The views of each tweet that one training step sees."""
        return (self.primary_view,)

    @property
    def evaluation_views(self) -> tuple[View, ...]:
        """The views in which the method is scored. A grey picture has vectors but no texts, so only those need it."""
        if not self.inputs:
            return (View.T,)
        blank = () if all(kind.is_text for kind in self.inputs) else (View.IT_BLANK,)
        return (View.IT, View.T, View.IT_SHUFFLED, *blank)

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Settings that change nothing with the others as they are.

        Who sets one of them is told: it would be another run of the same training.
        """
        return frozenset()

    @property
    def couples_tweets(self) -> bool:
        """Whether the loss compares tweets of a batch with each other, so that the batch size is part of the method."""
        return False

    @property
    def reads_words(self) -> bool:
        """Whether words have vectors of their own, from random values or a file, instead of a text encoder."""
        return False

    @property
    def reads_characters(self) -> bool:
        """Whether words are spelled too."""
        return False

    @property
    def random_pictures(self) -> bool:
        """Whether every tweet shows another tweet's picture, in training and evaluation (a control)."""
        return False

    def misfit(self, encoder: EncoderShape) -> str | None:
        """Why the method cannot be built over an encoder, with a remedy; None where it can, as far as is known."""
        return None

    def context_texts(self, inputs: VisualInputs, image_id: str | None) -> tuple[str, ...]:
        """Texts that follow a tweet which shows this picture; none for methods that read no contexts."""
        return ()


@dataclass(frozen=True)
class Variant:
    """One name a user can type.

    Attributes:
        summary: one line for lists.
        settings: config values that make the variant.
        sources: where its visual inputs come from, over those of the suite.
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
        config: the settings' type.
        citation: paper, or what the method is where there is none.
        variants: by the name a user types.
        deviations: what differs from the paper, or what the paper leaves open, each with the reason.
        paper_training: training settings of the paper, for `--protocol paper`.
        profiles: named sets of settings, such as those of the released code: `--set maf.profile=released`.
        published_parameters: by paper, how many it prints and what it counts.
        search: settings worth searching, and where; learning rates are searched for every method.
        counts: True for methods that count words: no encoder, no epochs, no seed.
        revision: raised whenever the same settings would give another result than before; part of a run's identity.
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
    counts: bool = False
    revision: int = 1


class CountingMethod(ABC):
    """A baseline that is fitted by counting: deterministic, text only."""

    def __init__(self, config: MethodConfig) -> None:
        self.config = config

    @abstractmethod
    def fit(self, train: Sequence[Example]) -> None:
        """Count what the training split says."""

    @abstractmethod
    def tag(self, words: Sequence[str]) -> list[str]:
        """One BIO label per word."""
