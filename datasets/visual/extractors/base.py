"""What an extractor is: a card without torch, by which its results are identified, and the object that works."""

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

# What encoders compute with, the same on every device; detectors only in float32.
Precision = Literal["float32", "float16", "bfloat16"]


class Extractor(ABC):
    """Loaded and on its device.

    Attributes:
        fields: arrays per picture.
        batch_size: pictures per call of `extract`.
    """

    fields: tuple[Field, ...] = ()
    batch_size: int = 1

    @abstractmethod
    def prepare(self, picture: Image) -> Any:
        """What `extract` takes for one picture (RGB); runs in several threads beside it."""

    @abstractmethod
    def extract(self, prepared: Sequence[Any]) -> Sequence[Row | BadPictureError]:
        """Rows of some pictures, in order; of one that turns out to be bad the error, with the reason."""


class ExtractorCard(BaseModel, ABC):
    """Settings of an extractor: frozen and strict; everything in `describe` decides what it finds in a picture.

    Attributes:
        kinds: inputs that it makes.
        labels: names of the classes that its regions can have, by their numbers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kinds: ClassVar[tuple[InputKind, ...]]
    labels: ClassVar[tuple[str, ...]] = ()

    @property
    def parts(self) -> tuple[int, ...]:
        """Widths of the maps that lie side by side in a vector; () where there is one."""
        return ()

    @abstractmethod
    def describe(self, models: Path | None) -> dict[str, Any]:
        """Settings and the content of weights, as JSON.

        Args:
            models: folder of local models, looked at before cache and hub.

        Raises:
            MissingInputError: weights or a program are not there; says every way to get them.
        """

    def to_fetch(self, models: Path | None) -> bool:
        """Whether its weights are surely not on this machine, and a network is needed to get them."""
        return False

    def fetch(self, models: Path | None) -> None:
        """Get the weights that `to_fetch` speaks of.

        Raises:
            MissingInputError: they cannot be fetched; says every other way to get them.
        """

    @abstractmethod
    def load(self, models: Path | None, device: str) -> Extractor:
        """The extractor, ready to work.

        Args:
            models: as in `describe`.
            device: `cpu`, `cuda`, `cuda:1`.
        """

    def key(self, models: Path | None) -> str:
        """First 16 hex digits of the sha256 of the description: the name of the extractor's store."""
        return description_key(self.describe(models))


def description_key(description: Mapping[str, Any]) -> str:
    """First 16 hex digits of the sha256 of a description, for stores of other origin too."""
    text = json.dumps(description, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
