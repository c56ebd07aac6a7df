"""Captions from transformers models, by beam search."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.pretrained_loading import loading, weight_mismatch
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.captioner_card import CaptionerCard
from mnerbench.datasets.visual.extractors.inference import inference_context
from mnerbench.datasets.visual.extractors.pretrained_card import load_processor, network_input
from mnerbench.datasets.visual.store.store import Row

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor


class Captioner(Extractor):
    """A loaded captioner.

    Args:
        model: generates token ids from pixels.
        tokenizer: decodes token ids to text.
        processor: converts a picture to the model's input.
        card: its settings.
        device: device of the model.
    """

    def __init__(self, model: Any, tokenizer: Any, processor: Any, card: CaptionerCard, device: str) -> None:
        self.model, self.tokenizer, self.processor = model, tokenizer, processor
        self.card, self.device = card, device
        self.batch_size = 16 if device.startswith("cuda") else 2

    def prepare(self, picture: Image) -> Any:
        """Apply the model's image processor: float [3, height, width]."""
        return network_input(self.processor, picture)

    def extract(self, prepared: Sequence[Any]) -> list[Row]:
        """Rows without arrays. Facts: `captions`, best first, without empty and repeated ones.

        Beams that differ only in special tokens or whitespace decode to the same caption.
        """
        import torch

        texts = self._texts(torch.stack(list(prepared)))
        unique = (dict.fromkeys(text for text in captions if text) for captions in texts)
        return [Row(facts={"captions": list(captions)}) for captions in unique]

    def _texts(self, pictures: Tensor) -> list[list[str]]:
        card = self.card
        # The weights already have the dtype of the computation.
        with inference_context(self.device):
            tokens = self.model.generate(
                pixel_values=pictures.to(self.device, self.model.dtype),
                do_sample=False,
                num_beams=card.beams,
                num_return_sequences=card.count,
                max_new_tokens=card.max_tokens,
            )
        texts = [" ".join(text.split()) for text in self.tokenizer.batch_decode(tokens, skip_special_tokens=True)]
        return [texts[start : start + card.count] for start in range(0, len(texts), card.count)]


def load_captioner(card: CaptionerCard, models: Path | None, device: str) -> Captioner:
    """Load a captioner onto a device.

    Raises:
        DataError: the folder lacks weights, a tokenizer or an image processor.
        MissingInputError: the model cannot be found.
    """
    import torch
    from transformers import AutoModelForImageTextToText, AutoTokenizer

    folder = card.folder(models)
    remedy = "copy the whole model folder"
    with loading(f"{named(folder)}: the model cannot be loaded", remedy, DataError):
        loaded: Any = AutoModelForImageTextToText.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            dtype=getattr(torch, card.dtype),
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
        model, report = loaded
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    if (reason := weight_mismatch(model, report)) is not None:
        raise DataError.at(folder, None, reason, remedy)
    return Captioner(model.eval().to(device), tokenizer, load_processor(folder), card, device)
