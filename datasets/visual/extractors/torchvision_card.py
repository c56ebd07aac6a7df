"""What the cards of torchvision's networks share: a model, its weights, and how weights are identified. No torch here.

Weights are one of three things: a name that torchvision publishes (`IMAGENET1K_V1`), a file with a state dict, or
`random`. Names are identified by themselves, files by their content, random weights by their seed.

A name is checked at once, its file is fetched when it is needed: whether there will be a network then, nobody knows
before.
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
# The files of these models do not begin with their names.
_NAMED_OTHERWISE = ("shufflenet",)


def _torch_cache() -> Path:
    """Where torch keeps what it fetched, as `torch.hub.get_dir` says without torch."""
    home = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("TORCH_HOME", f"{home}/torch")).expanduser() / "hub" / "checkpoints"


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


class TorchvisionCard(ExtractorCard):
    """Settings of every network of torchvision.

    Attributes:
        model: torchvision's name of the network, one of `names`.
        weights: a published name, a file (`.pth`, `.pt`, `.safetensors`; also below the models folder), or `random`.
        seed: of random weights; means nothing otherwise.
        dtype: of the vectors on disk.
    """

    names: ClassVar[tuple[str, ...]]
    what: ClassVar[str]
    model: str
    weights: str
    seed: int = Field(default=0, ge=0)
    dtype: Literal["float16", "float32"] = "float16"

    @model_validator(mode="after")
    def _known(self) -> TorchvisionCard:
        if self.model not in self.names:
            near = suggestion(self.model, self.names)
            raise ConfigError(f"{self.what} {self.model!r} is not known{near}\n  -> name one of torchvision's networks")
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
        """Names of the weights that torchvision publishes of this model."""

    @property
    def is_file(self) -> bool:
        """Whether `weights` names a file."""
        return Path(self.weights).suffix.lower() in _FILES

    def weights_file(self, models: Path | None) -> Path:
        """The file that `weights` names.

        Args:
            models: folder of local models; a relative path is looked for there first.

        Raises:
            MissingInputError: there is no such file.
        """
        given = Path(self.weights).expanduser()
        candidates = [models / given, given] if models is not None else [given]
        found = next((path for path in candidates if path.is_file()), None)
        if found is None:
            looked = " and ".join(str(path) for path in dict.fromkeys(candidates))
            reason = f"{self.model}: weights file {self.weights} does not exist (looked at {looked})"
            ways = (f"give the path of a state dict, or weights={RANDOM}",)
            raise MissingInputError(Need(reason, ways, f"weights {self.weights} of {self.model}"))
        return found

    def to_fetch(self, models: Path | None) -> bool:
        """Whether no file of the model's name is in the models folder or in torch's cache; see the base."""
        if self.weights == RANDOM or self.is_file or self.model.startswith(_NAMED_OTHERWISE):
            return False
        folders = [_torch_cache(), *([models] if models is not None else [])]
        names = [path.name for folder in folders if folder.is_dir() for path in folder.glob("*.pth")]
        return not any(_letters(name).startswith(_letters(self.model)) for name in names)

    def fetch(self, models: Path | None) -> None:
        """See the base."""
        from mnerbench.datasets.visual.extractors.torchvision_weights import trained_weights

        trained_weights(self, models)

    def describe_weights(self, models: Path | None) -> dict[str, Any]:
        """What identifies the weights, as JSON.

        Raises:
            MissingInputError: a weights file is not there.
        """
        if self.weights == RANDOM:
            return {RANDOM: self.seed}
        if self.is_file:
            return {"sha256": files_digest([self.weights_file(models)])}
        return {"published": self.weights}
