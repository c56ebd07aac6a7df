"""What has to be printed beside results over a text encoder."""

from __future__ import annotations

from torch import nn

from mnerbench.methods.encoders.remote_code import code_names
from mnerbench.methods.encoders.source import EncoderSource
from mnerbench.methods.encoders.text_encoder import TextEncoder


def encoder_notes(name: str, source: EncoderSource, encoder: nn.Module) -> tuple[str, ...]:
    """What is random in an encoder, and whether code of its own computed it.

    Args:
        name: what tables call it.
        source: where it comes from.
        encoder: after the method was built over it.
    """
    notes = []
    if source.remote_code and source.folder is not None:
        notes.append(f"encoder {name}: computed by Python files of its own ({code_names(source.folder)})")
    if source.folder is not None and isinstance(encoder, TextEncoder) and encoder.pooler and encoder.lacks_pooler:
        notes.append(
            f"encoder {name}: its files hold no pooler; the layer of sentence vectors began with random values"
        )
    return tuple(notes)
