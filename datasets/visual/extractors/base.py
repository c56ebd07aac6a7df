"""Interfaces of extractors: a card without torch that identifies the results, and the loaded extractor."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.store.store import Field, Row

if TYPE_CHECKING:
    from PIL.Image import Image

# Precision of encoders, identical on every device; detectors always compute in float32.
Precision = Literal["float32", "float16", "bfloat16"]


class Extractor(ABC):
    """An extractor loaded onto its device.

    Attributes:
        fields: arrays per picture.
        batch_size: pictures per call of `extract`.
    """

    fields: tuple[Field, ...] = ()
    batch_size: int = 1

    @abstractmethod
    def prepare(self, picture: Image) -> Any:
        """Convert one picture (RGB) to the input of `extract`; called from several threads concurrently with it."""

    @abstractmethod
    def extract(self, prepared: Sequence[Any]) -> Sequence[Row | BadPictureError]:
        """Rows of prepared pictures, in order; for a bad picture the error with the reason."""


class ExtractorCard(BaseModel, ABC):
    """Settings of an extractor, frozen and strict. `describe` covers everything that determines its output.

    Attributes:
        kinds: kinds of input that it produces.
        labels: class names of its regions, ordered by class index.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kinds: ClassVar[tuple[InputKind, ...]]
    labels: ClassVar[tuple[str, ...]] = ()

    @property
    def parts(self) -> tuple[int, ...]:
        """Widths of the feature maps concatenated in a vector; () for a single map."""
        return ()

    @abstractmethod
    def describe(self, models: Path | None) -> dict[str, Any]:
        """Settings and the digest of the weights, as JSON.

        Args:
            models: folder of local models, searched before cache and hub.

        Raises:
            MissingInputError: weights or a program are missing; lists every way to get them.
        """

    def needs_fetch(self, models: Path | None) -> bool:
        """Whether its weights are certainly not on this machine and have to be downloaded."""
        return False

    def fetch(self, models: Path | None) -> None:
        """Download the weights if `needs_fetch`.

        Raises:
            MissingInputError: the weights cannot be downloaded; lists every other way to get them.
        """

    @abstractmethod
    def load(self, models: Path | None, device: str) -> Extractor:
        """Load the extractor.

        Args:
            models: as in `describe`.
            device: `cpu`, `cuda`, `cuda:1`.
        """

    def key(self, models: Path | None) -> str:
        """Name of the extractor's store: the first 16 hex digits of the description's sha256."""
        return description_key(self.describe(models))


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or the name of its type if the message is empty."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def description_key(description: Mapping[str, Any]) -> str:
    """First 16 hex digits of a description's sha256; also names the stores of imports."""
    text = json.dumps(description, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
