"""VisualBERT (Li et al. 2019) under a text encoder: a checkpoint of it, or BERT's weights in its architecture."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import BertModel, VisualBertConfig, VisualBertModel

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.text_encoder import TextEncoder

_OWN = ("visual_token_type_embeddings", "visual_position_embeddings", "visual_projection")
_SIZES = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "hidden_act",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "max_position_embeddings",
    "type_vocab_size",
    "layer_norm_eps",
    "pad_token_id",
)


def become_visual(encoder: TextEncoder, width: int | None) -> None:
    """Make an encoder's model one of VisualBERT, unless it is.

    BERT's weights are kept; tables of positions and types of regions start as copies of its own, as in VisualBERT's
    training, and the projection of regions from random values: these are `fresh` then, and learn as new layers do.

    Args:
        encoder: over BERT or VisualBERT.
        width: of the regions' vectors; None where none will be read.

    Raises:
        ConfigError: the encoder is neither, or was made for regions of another width.
    """
    model = encoder.model
    if isinstance(model, VisualBertModel):
        known = int(model.config.visual_embedding_dim)
        if width is not None and known != width:
            raise ConfigError(
                f"this VisualBERT was made for regions of {known} numbers, these have {width}\n"
                "  -> another checkpoint, or regions of the detector that it was trained with"
            )
        return
    if not isinstance(model, BertModel):
        raise ConfigError(
            f"VisualBERT is BERT with regions; the encoder is a {type(model).__name__}\n"
            "  -> --encoder with a folder of VisualBERT or of BERT"
        )
    sizes = {name: getattr(model.config, name) for name in _SIZES}
    with torch.random.fork_rng(devices=[]):  # layers of the method start as they do over BERT
        made = VisualBertModel(VisualBertConfig(**sizes, visual_embedding_dim=width or 1), add_pooling_layer=False)
    missing, unexpected = made.load_state_dict(model.state_dict(), strict=False)
    strange = [name for name in missing if not name.startswith(tuple(f"embeddings.{own}" for own in _OWN))]
    if strange or unexpected:
        what = f"has no {strange[0]}" if strange else f"has {unexpected[0]}, which VisualBERT has not"
        raise ConfigError(f"the encoder {what}: it is not BERT as VisualBERT has it\n  -> another --encoder")
    embeddings = made.embeddings
    with torch.no_grad():
        embeddings.visual_token_type_embeddings.weight.copy_(embeddings.token_type_embeddings.weight)
        embeddings.visual_position_embeddings.weight.copy_(embeddings.position_embeddings.weight)
    encoder.model, encoder.fresh = made, tuple(f"model.embeddings.{own}." for own in _OWN)


def pieces_with_regions(encoder: TextEncoder, batch: SubwordBatch, regions: tuple[Tensor, Tensor] | None) -> Tensor:
    """Last hidden states of the pieces, [rows, pieces, width].

    Args:
        encoder: that has become visual.
        batch: the pieces.
        regions: vectors, [rows, regions, their width], and which are real, [rows, regions]; or None.
    """
    # Masks are always given: without one the model looks for padding, for which the host waits.
    seen = {} if regions is None else {"visual_embeds": regions[0], "visual_attention_mask": regions[1].long()}
    output = encoder.model(
        input_ids=batch.ids, attention_mask=batch.mask.long(), token_type_ids=batch.segments.clamp(max=1), **seen
    )
    states: Tensor = output.last_hidden_state
    return states[:, : batch.ids.shape[1]]


def without_regions(encoder: TextEncoder) -> None:
    """Leave out what only regions need, so that no weight is counted that is never used."""
    embeddings = encoder.model.embeddings
    for own in _OWN:
        setattr(embeddings, own, nn.Identity())
    encoder.fresh = ()
