"""Oscar (Li et al. 2020) as a text encoder: a BERT whose layers also read projected regions; its checkpoints."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from transformers import BertModel

from mnerbench.datasets.errors import ConfigError, DataError
from mnerbench.datasets.pretrained_loading import copy_weights
from mnerbench.datasets.setting_model import SettingModel
from mnerbench.datasets.untrusted.files import named
from mnerbench.methods.encoders.bert_layers import encode_beside
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.text_encoder import TextEncoder

# Numbers of a region's box behind its vector: corners, width and height.
BOX_NUMBERS = 6
# Oscar's names of the projection of regions and of its layer norm, within `bert.`; other names are those of BERT.
_PROJECTION, _NORM = "img_embedding", "LayerNorm"
_PREFIX, _UNUSED = "bert.", ("pooler.", "embeddings.position_ids")


def become_oscar(encoder: TextEncoder, width: int, checkpoint: SettingModel | None) -> None:
    """Give a BERT a projection of regions, under Oscar's names, and the weights of a checkpoint.

    Args:
        encoder: a BERT.
        width: of a region's vector with the numbers of its box.
        checkpoint: replaces all weights; without one the projection is `fresh` and the others stay.

    Raises:
        ConfigError: the encoder is no BERT, or does not have the checkpoint's sizes.
        DataError: the checkpoint is not one of Oscar.
    """
    model = encoder.model
    if not isinstance(model, BertModel):
        raise ConfigError(f"VinVL is a BERT; the encoder is a {type(model).__name__}\n  -> use --encoder with a BERT")
    weights = _weights(checkpoint) if checkpoint is not None else {}
    projection = nn.Linear(width, encoder.width)
    nn.init.normal_(projection.weight, std=model.config.initializer_range)
    nn.init.zeros_(projection.bias)
    model.add_module(_PROJECTION, projection)
    if checkpoint is None or f"{_NORM}.weight" in weights:
        eps = float(checkpoint.settings.get("img_layer_norm_eps", 1e-12)) if checkpoint is not None else 1e-12
        model.add_module(_NORM, nn.LayerNorm(encoder.width, eps=eps))
    encoder.fresh = () if checkpoint is not None else (f"model.{_PROJECTION}.", f"model.{_NORM}.")
    if checkpoint is not None:
        _load(model, weights, checkpoint)


def _weights(checkpoint: SettingModel) -> dict[str, Tensor]:
    """Weights of the checkpoint's BERT, by their names in it; heads of its pretraining are left out."""
    inside = {name[len(_PREFIX) :]: tensor for name, tensor in checkpoint.state().items() if name.startswith(_PREFIX)}
    if f"{_PROJECTION}.weight" not in inside:
        reason = f"{named(checkpoint.path)}: its weights have no {_PREFIX}{_PROJECTION}.weight"
        raise DataError(f"{reason}\n  -> name a folder with a checkpoint of Oscar or VinVL")
    return {name: tensor for name, tensor in inside.items() if not name.startswith(_UNUSED)}


def _load(model: BertModel, weights: Mapping[str, Tensor], checkpoint: SettingModel) -> None:
    expected, found = ({n: tuple(t.shape) for n, t in s.items()} for s in (model.state_dict(), weights))
    if (seen := found[f"{_PROJECTION}.weight"][1]) != (width := expected[f"{_PROJECTION}.weight"][1]):
        raise ConfigError(
            f"{named(checkpoint.path)} was trained with regions of width {seen - BOX_NUMBERS:,}, these have "
            f"{width - BOX_NUMBERS:,}\n  -> --input regions=SOURCE with the regions of its detector"
        )
    own_heads = int(model.config.num_attention_heads)
    if (heads := checkpoint.settings.get("num_attention_heads", own_heads)) != own_heads:
        raise _misfit(checkpoint, f"{heads} attention heads, the encoder {own_heads}")
    if differing := sorted(n for n in expected.keys() | found if expected.get(n) != found.get(n)):
        shapes = (str(list(side[differing[0]])) if differing[0] in side else "nothing" for side in (found, expected))
        raise _misfit(checkpoint, "{} for {name}, the encoder {}".format(*shapes, name=differing[0]))
    copy_weights(model, weights)


def _misfit(checkpoint: SettingModel, difference: str) -> ConfigError:
    return ConfigError(
        f"{named(checkpoint.path)} has {difference}\n"
        "  -> use --encoder with the BERT that it was trained from, mostly bert-base-uncased"
    )


def encode_with_regions(encoder: TextEncoder, batch: SubwordBatch, regions: Tensor, real: Tensor) -> Tensor:
    """Last hidden states of the subwords, [windows, subwords, width].

    Args:
        encoder: after `become_oscar`.
        batch: the subwords.
        regions: vectors with the numbers of their boxes, [windows, regions, width + 6].
        real: True for regions, False for padding, [windows, regions].
    """
    model = encoder.model
    seen = model.get_submodule(_PROJECTION)(regions)
    seen = model.get_submodule(_NORM)(seen) if hasattr(model, _NORM) else seen
    return encode_beside(encoder, batch, model.get_submodule("embeddings.dropout")(seen), real)
