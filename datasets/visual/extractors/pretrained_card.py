"""Shared by the cards of transformers models: the model folder and its digest. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.pretrained import (
    MODELS_VARIABLE,
    TOKENIZER_NAMES,
    files_digest,
    find_model,
    has_weights,
    weight_files,
)
from mnerbench.datasets.pretrained_loading import loading
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.untrusted.json_text import read_json
from mnerbench.datasets.visual.extractors.base import ExtractorCard

_PREPROCESSORS = ("preprocessor_config.json", "processor_config.json")
# Text files that determine a model's output; other files of its folder (README, training logs) do not.
_TEXTS = ("config.json", "generation_config.json", *_PREPROCESSORS, *TOKENIZER_NAMES)


class PretrainedCard(ExtractorCard):
    """Settings of a transformers model.

    Attributes:
        model: a folder, a name in the models folder, or a hub name.
    """

    role: ClassVar[str]
    model: str

    def folder(self, models: Path | None) -> Path:
        """The model's folder; downloaded from the hub if it is not on this machine.

        Raises:
            MissingInputError: the model cannot be found; lists the searched locations.
        """
        remedy = f"give a folder (model=DIR), or a models folder (--models DIR or {MODELS_VARIABLE})"
        return find_model(self.model, models, self.role, remedy, complete=_is_complete)

    def describe_model(self, models: Path | None) -> dict[str, Any]:
        """Identity of the model as JSON: a digest of its content, independent of name and path.

        Raises:
            MissingInputError: the model cannot be found.
        """
        folder = self.folder(models)
        texts = [path for path in folder.iterdir() if path.name.startswith(_TEXTS) and path.is_file()]
        return {"type": model_type(folder), "sha256": files_digest([*sorted(texts), *weight_files(folder)])}


def _is_complete(folder: Path) -> bool:
    return has_weights(folder) and any((folder / name).is_file() for name in _PREPROCESSORS)


def model_type(folder: Path) -> str:
    """The `model_type` of a model's `config.json`, such as `clip` or `blip-2`.

    Raises:
        DataError: the file has none.
    """
    path = folder / "config.json"
    remedy = "copy the whole model folder, as save_pretrained wrote it"
    settings = read_json(path, remedy, finite=False)
    if not isinstance(settings, dict) or not isinstance(name := settings.get("model_type"), str):
        raise DataError.at(path, None, "has no model_type", remedy)
    return name


def load_processor(folder: Path) -> Any:
    """Load the image processor of a model, which converts an RGB picture to the model's input.

    Uses the Pillow implementation if there is one: the published models were trained with it, and torchvision resizes
    slightly differently, so that vectors would depend on the installed libraries.

    Raises:
        DataError: the folder has no image processor.
    """
    from importlib.util import find_spec

    import transformers

    # transformers 5 replaced `use_fast` by named backends.
    has_backends = find_spec("transformers.image_processing_backends") is not None
    choice: dict[str, Any] = {"backend": "pil"} if has_backends else {"use_fast": False}
    loader: Any = transformers.AutoImageProcessor
    remedy = "copy the whole model folder, with preprocessor_config.json"
    with loading(f"{named(folder)}: no image processor can be loaded", remedy, DataError):
        return loader.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **choice)


def network_input(processor: Any, picture: Any) -> Any:
    """Convert an RGB picture to a network's input: float tensor [3, height, width].

    Raises:
        DataError: the processor's output has another form, such as a list of patches.
    """
    from mnerbench.datasets.visual.extractors.inference import trim_long_side

    pixels = processor(images=trim_long_side(picture), return_tensors="pt")["pixel_values"]
    if pixels.ndim != 4 or len(pixels) != 1:
        raise DataError(
            f"{type(processor).__name__} returns the shape {list(pixels.shape)}, not one picture of fixed size\n"
            "  -> take a model whose processor resizes every picture to one size"
        )
    return pixels[0]
