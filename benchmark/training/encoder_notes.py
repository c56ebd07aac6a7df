"""Notes on a text encoder to print beside results."""

from __future__ import annotations

from torch import nn

from mnerbench.methods.encoders.remote_code import code_names
from mnerbench.methods.encoders.source import EncoderSource
from mnerbench.methods.encoders.text_encoder import TextEncoder


def encoder_notes(name: str, source: EncoderSource, encoder: nn.Module) -> tuple[str, ...]:
    """Notes if an encoder ran Python files of its own, or if its pooler was initialised at random.

    Args:
        name: of the encoder in tables.
        source: of the encoder's files.
        encoder: the encoder after the method was built over it.
    """
    notes = []
    if source.remote_code and source.folder is not None:
        notes.append(f"encoder {name}: computed by Python files of its own ({code_names(source.folder)})")
    if source.folder is not None and isinstance(encoder, TextEncoder) and encoder.pooler and encoder.lacks_pooler:
        notes.append(
            f"encoder {name}: its files hold no pooler; the layer of sentence vectors began with random values"
        )
    return tuple(notes)
