"""Shared by the cards of torchvision networks: the model, its weights and their identity. Imports no torch.

Weights are a name that torchvision publishes (`IMAGENET1K_V1`), a file with a state dict, or `random`. Published
weights are identified by name, files by content, random weights by seed. Names are validated immediately; published
weights are downloaded when they are needed.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from mnerbench.datasets.errors import ConfigError, MissingInputError, suggestion
from mnerbench.datasets.needs import Need
from mnerbench.datasets.pretrained import files_digest
from mnerbench.datasets.visual.extractors.base import ExtractorCard

RANDOM = "random"
_FILES = frozenset({".pth", ".pt", ".safetensors"})
# The published files of these models do not start with the model's name.
_FILE_NAMES_DIFFER = ("shufflenet",)


def _torch_cache() -> Path:
    """Torch's download cache: `torch.hub.get_dir` without importing torch."""
    home = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("TORCH_HOME", f"{home}/torch")).expanduser() / "hub" / "checkpoints"


def _alphanumeric(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


class TorchvisionCard(ExtractorCard):
    """Settings of a torchvision network.

    Attributes:
        model: torchvision's name of the network, one of `names`.
        weights: a published name, a file (`.pth`, `.pt`, `.safetensors`; also in the models folder), or `random`.
        seed: seed of random weights; unused otherwise.
        dtype: data type of the vectors on disk.
    """

    names: ClassVar[tuple[str, ...]]
    role: ClassVar[str]
    model: str
    weights: str
    seed: int = Field(default=0, ge=0)
    dtype: Literal["float16", "float32"] = "float16"

    @model_validator(mode="after")
    def _require_published(self) -> TorchvisionCard:
        if self.model not in self.names:
            near = suggestion(self.model, self.names)
            raise ConfigError(f"unknown {self.role} {self.model!r}{near}\n  -> name one of torchvision's networks")
        if self.weights != RANDOM and not self.is_file and self.weights not in self.published:
            near = suggestion(self.weights, self.published)
            raise ConfigError(
                f"{self.model}: torchvision publishes no weights {self.weights!r}{near}\n"
                f"  -> one of these names, a file that ends in {', '.join(sorted(_FILES))}, or weights={RANDOM}"
            )
        return self

    @property
    @abstractmethod
    def published(self) -> tuple[str, ...]:
        """Names of the weights that torchvision publishes for this model."""

    @property
    def is_file(self) -> bool:
        """Whether `weights` names a file."""
        return Path(self.weights).suffix.lower() in _FILES

    def weights_file(self, models: Path | None) -> Path:
        """The file that `weights` names.

        Args:
            models: folder of local models, where a relative path is searched first.

        Raises:
            MissingInputError: there is no such file.
        """
        path = Path(self.weights).expanduser()
        candidates = [models / path, path] if models is not None else [path]
        existing = next((candidate for candidate in candidates if candidate.is_file()), None)
        if existing is None:
            searched = " and ".join(str(candidate) for candidate in dict.fromkeys(candidates))
            reason = f"{self.model}: weights file {self.weights} does not exist (searched {searched})"
            ways = (f"give the path of a state dict, or weights={RANDOM}",)
            raise MissingInputError(Need(reason, ways, f"weights {self.weights} of {self.model}"))
        return existing

    def needs_fetch(self, models: Path | None) -> bool:
        """See the base; true if neither the models folder nor torch's cache has a file with the model's name."""
        if self.weights == RANDOM or self.is_file or self.model.startswith(_FILE_NAMES_DIFFER):
            return False
        folders = [_torch_cache(), *([models] if models is not None else [])]
        names = [path.name for folder in folders if folder.is_dir() for path in folder.glob("*.pth")]
        return not any(_alphanumeric(name).startswith(_alphanumeric(self.model)) for name in names)

    def fetch(self, models: Path | None) -> None:
        """See the base."""
        from mnerbench.datasets.visual.extractors.torchvision_weights import trained_weights

        trained_weights(self, models)

    def describe_weights(self, models: Path | None) -> dict[str, Any]:
        """Identity of the weights, as JSON.

        Raises:
            MissingInputError: the weights file does not exist.
        """
        if self.weights == RANDOM:
            return {RANDOM: self.seed}
        if self.is_file:
            return {"sha256": files_digest([self.weights_file(models)])}
        return {"published": self.weights}
