"""What the cards of transformers' networks share: a model's folder, and what identifies it. No torch here."""

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
# Files that decide what a network says; anything else in its folder (README, training logs) does not.
_TEXTS = ("config.json", "generation_config.json", *_PREPROCESSORS, *TOKENIZER_NAMES)


class PretrainedCard(ExtractorCard):
    """Settings of every network of transformers.

    Attributes:
        model: a folder, a name below the models folder, or a hub name.
    """

    what: ClassVar[str]
    model: str

    def folder(self, models: Path | None) -> Path:
        """The model's folder; fetched from the hub when it is nowhere on this machine.

        Raises:
            MissingInputError: it is nowhere; says where it was looked for.
        """
        remedy = f"give a folder (model=DIR), or a models folder (--models DIR or {MODELS_VARIABLE})"
        return find_model(self.model, models, self.what, remedy, complete=_complete)

    def describe_model(self, models: Path | None) -> dict[str, Any]:
        """What identifies the model, as JSON: content, not name or place.

        Raises:
            MissingInputError: it is nowhere.
        """
        folder = self.folder(models)
        texts = [path for path in folder.iterdir() if path.name.startswith(_TEXTS) and path.is_file()]
        return {"type": model_type(folder), "sha256": files_digest([*sorted(texts), *weight_files(folder)])}


def _complete(folder: Path) -> bool:
    return has_weights(folder) and any((folder / name).is_file() for name in _PREPROCESSORS)


def model_type(folder: Path) -> str:
    """The kind of network that a model's `config.json` names, as `clip` or `blip-2`.

    Raises:
        DataError: the file says none.
    """
    path = folder / "config.json"
    remedy = "copy the whole model folder, as save_pretrained wrote it"
    settings = read_json(path, remedy, finite=False)
    if not isinstance(settings, dict) or not isinstance(found := settings.get("model_type"), str):
        raise DataError.at(path, None, "names no model_type", remedy)
    return found


def load_processor(folder: Path) -> Any:
    """The image processor of a model: what makes its input from an RGB picture.

    Pillow's implementation where there is one: the published models were trained behind it, and torchvision's resizes a
    little differently, so that vectors would depend on which library is installed.

    Raises:
        DataError: the folder has none.
    """
    from importlib.util import find_spec

    import transformers

    # The argument's name before and after transformers 5 gave every processor named backends.
    choice: dict[str, Any] = {"backend": "pil"} if find_spec("transformers.image_processing_backends") else {}
    choice = choice or {"use_fast": False}
    loader: Any = transformers.AutoImageProcessor
    remedy = "copy the whole model folder, with preprocessor_config.json"
    with loading(f"{named(folder)}: no image processor can be loaded", remedy, DataError):
        return loader.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **choice)


def network_input(processor: Any, picture: Any) -> Any:
    """What a network takes for one RGB picture: float tensor [3, height, width].

    Raises:
        DataError: the processor makes something else, such as a list of patches.
    """
    from mnerbench.datasets.visual.extractors.inference import trimmed

    pixels = processor(images=trimmed(picture), return_tensors="pt")["pixel_values"]
    if pixels.ndim != 4 or len(pixels) != 1:
        raise DataError(
            f"{type(processor).__name__} makes input of the shape {list(pixels.shape)}, not one picture of fixed size\n"
            "  -> take a model whose processor resizes every picture to one size"
        )
    return pixels[0]
