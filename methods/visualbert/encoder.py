"""VisualBERT (Li et al. 2019) as a text encoder: a checkpoint, or BERT's weights in its architecture."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import BertModel, VisualBertConfig, VisualBertModel

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.text_encoder import TextEncoder

_VISUAL_EMBEDDINGS = ("visual_token_type_embeddings", "visual_position_embeddings", "visual_projection")
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
    """Convert a BERT encoder to VisualBERT; leave a VisualBERT unchanged.

    BERT's weights are kept. Position and type embeddings of regions start as copies of BERT's, as in VisualBERT's
    training, and their projection from random values; all three become `fresh` and learn at the rate of new layers.

    Args:
        encoder: a BERT or VisualBERT encoder.
        width: width of the regions' vectors; None if no regions are read.

    Raises:
        ConfigError: the encoder is neither, or was trained with regions of another width.
    """
    model = encoder.model
    if isinstance(model, VisualBertModel):
        model_width = int(model.config.visual_embedding_dim)
        if width is not None and model_width != width:
            raise ConfigError(
                f"this VisualBERT was trained with regions of width {model_width}, these have width {width}\n"
                "  -> use another checkpoint, or regions of the detector that it was trained with"
            )
        return
    if not isinstance(model, BertModel):
        raise ConfigError(
            f"VisualBERT is BERT with regions; the encoder is a {type(model).__name__}\n"
            "  -> use --encoder with a folder of VisualBERT or BERT"
        )
    sizes = {name: getattr(model.config, name) for name in _SIZES}
    with torch.random.fork_rng(devices=[]):  # new layers of the method get the same initial weights as with BERT
        visual_bert = VisualBertModel(
            VisualBertConfig(**sizes, visual_embedding_dim=width or 1), add_pooling_layer=False
        )
    missing, unexpected = visual_bert.load_state_dict(model.state_dict(), strict=False)
    unexplained = [
        name for name in missing if not name.startswith(tuple(f"embeddings.{table}" for table in _VISUAL_EMBEDDINGS))
    ]
    if unexplained or unexpected:
        what = f"has no {unexplained[0]}" if unexplained else f"has {unexpected[0]}, which VisualBERT has not"
        raise ConfigError(f"the encoder {what}: it does not fit VisualBERT\n  -> use another --encoder")
    embeddings = visual_bert.embeddings
    with torch.no_grad():
        embeddings.visual_token_type_embeddings.weight.copy_(embeddings.token_type_embeddings.weight)
        embeddings.visual_position_embeddings.weight.copy_(embeddings.position_embeddings.weight)
    encoder.model, encoder.fresh = visual_bert, tuple(f"model.embeddings.{table}." for table in _VISUAL_EMBEDDINGS)


def encode_with_regions(encoder: TextEncoder, batch: SubwordBatch, regions: tuple[Tensor, Tensor] | None) -> Tensor:
    """Last hidden states of the subwords, [windows, subwords, width].

    Args:
        encoder: after `become_visual`.
        batch: the subwords.
        regions: vectors, [windows, regions, width of regions], and their mask, [windows, regions]; or None.
    """
    # Always pass masks: without one the model searches for padding, which synchronises with the device.
    visual_inputs = {} if regions is None else {"visual_embeds": regions[0], "visual_attention_mask": regions[1].long()}
    output = encoder.model(
        input_ids=batch.ids,
        attention_mask=batch.mask.long(),
        token_type_ids=batch.segments.clamp(max=1),
        **visual_inputs,
    )
    states: Tensor = output.last_hidden_state
    return states[:, : batch.ids.shape[1]]


def without_regions(encoder: TextEncoder) -> None:
    """Remove the layers for regions, so that parameter counts include used parameters only."""
    embeddings = encoder.model.embeddings
    for table in _VISUAL_EMBEDDINGS:
        setattr(embeddings, table, nn.Identity())
    encoder.fresh = ()
