"""Vision encoders of transformers: patch tokens as `grid`, the pooled output as `global`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.errors import ConfigError, DataError
from mnerbench.datasets.pretrained_loading import loading, weight_mismatch
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.inference import inference_context, to_numpy
from mnerbench.datasets.visual.extractors.pretrained_card import load_processor, network_input
from mnerbench.datasets.visual.extractors.vision_card import VisionCard
from mnerbench.datasets.visual.store.store import Field, Row

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image
    from torch import Tensor

_REMEDY = "copy the whole model folder"


class Vision(Extractor):
    """A loaded encoder.

    Args:
        tower: maps pictures to `last_hidden_state` and, for most models, `pooler_output`.
        pooled: whether the weights of `pooler_output` were loaded.
        processor: converts a picture to the encoder's input.
        card: its settings.
        device: device of the encoder.
    """

    def __init__(self, tower: Any, pooled: bool, processor: Any, card: VisionCard, device: str) -> None:
        from PIL import Image

        self.tower, self.pooled, self.processor = tower, pooled, processor
        self.card, self.device = card, device
        self.batch_size = 64 if device.startswith("cuda") else 4
        whole, grid = self.vectors(self.prepare(Image.new("RGB", (64, 64)))[None])
        self.fields = (Field("global", whole.shape[1:], card.dtype), Field("grid", grid.shape[1:], card.dtype))

    def prepare(self, picture: Image) -> Any:
        """Apply the model's image processor: float [3, height, width]."""
        return network_input(self.processor, picture)

    def extract(self, prepared: Sequence[Any]) -> list[Row]:
        """See the base."""
        import torch

        whole, grid = self.vectors(torch.stack(list(prepared)))
        return [Row({"global": vector, "grid": cells}) for vector, cells in zip(whole, grid, strict=True)]

    def vectors(self, pictures: Tensor) -> tuple[NDArray[Any], NDArray[Any]]:
        """Compute vectors of prepared pictures.

        Args:
            pictures: float [pictures, 3, height, width].

        Returns:
            global [pictures, width]: the pooled output, or the class token if the model has none. grid [pictures,
            cells, width]: patch tokens of the card's layer, row by row, without class and register tokens.
        """
        layer = self.card.layer
        options = {} if layer is None else {"output_hidden_states": True}
        with inference_context(self.device, self.card.precision):
            output = self.tower(pixel_values=pictures.to(self.device), **options)
        hidden = output.last_hidden_state if layer is None else self._of_layer(output.hidden_states, layer)
        if hidden.ndim == 4:
            # A feature map [pictures, width, rows, columns] of a convolutional encoder.
            hidden, before = hidden.flatten(2).transpose(1, 2), 0
        else:
            before = self._before_patches(hidden.shape[1], pictures.shape[-2:])
        whole = getattr(output, "pooler_output", None) if self.pooled else None
        if whole is None and not before:
            remedy = "take a model that has one, such as CLIP, SigLIP, ViT, DINOv2"
            raise ConfigError(f"model {self.card.model!r} has no pooled output and no class token\n  -> {remedy}")
        whole = hidden[:, 0] if whole is None else whole.flatten(1)
        return to_numpy(whole, self.card.dtype), to_numpy(hidden[:, before:], self.card.dtype)

    def _of_layer(self, states: Sequence[Tensor], layer: int) -> Tensor:
        """The output of a layer, of those of all layers, the first layer's input first.

        Raises:
            ConfigError: there are fewer layers.
        """
        if layer >= len(states):
            reason = f"model {self.card.model!r} has {len(states) - 1} layers, not {layer}"
            raise ConfigError(f"{reason}\n  -> layer=N with N up to {len(states) - 1}")
        return states[layer]

    def _before_patches(self, tokens: int, size: tuple[int, ...]) -> int:
        """Number of tokens before the patches: class, distillation (DeiT), registers (DINO); 0 for merged patches."""
        patch = getattr(self.tower.config, "patch_size", None)
        if patch is None:
            return 0
        rows, columns = (patch, patch) if isinstance(patch, int) else patch
        return max(0, tokens - (size[0] // rows) * (size[1] // columns))


def load_vision(card: VisionCard, models: Path | None, device: str) -> Vision:
    """Load an encoder onto a device.

    Raises:
        ConfigError: the model is not a vision encoder, or has neither a pooled output nor a class token.
        DataError: the folder lacks weights or an image processor.
        MissingInputError: the model cannot be found.
    """
    import torch
    from transformers import AutoModel

    folder = card.folder(models)
    with loading(f"{named(folder)}: the model cannot be loaded", _REMEDY, DataError):
        model, report = AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    tower = getattr(model, "vision_model", model).eval()
    if getattr(tower, "main_input_name", "pixel_values") != "pixel_values":
        remedy = "take a vision encoder: CLIP, SigLIP, ViT, DeiT, BEiT, DINOv2, Swin, ConvNeXT, ..."
        raise ConfigError(f"model {card.model!r} reads {tower.main_input_name}, not pictures\n  -> {remedy}")
    prefix = "vision_model." if tower is not model else ""
    # The text tower and a pooling layer without weights are not used.
    if (
        reason := weight_mismatch(model, report, lambda name: not name.startswith(prefix) or "pooler" in name)
    ) is not None:
        raise DataError.at(folder, None, reason, _REMEDY)
    pooled = not any(str(name).startswith(prefix) for name in report["missing_keys"])
    return Vision(tower.to(device), pooled, load_processor(folder), card, device)
