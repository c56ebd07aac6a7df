"""Last layers of a CLIP vision encoder (Radford et al. 2021), which also attend to keys and values from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.pretrained_loading import copy_weights
from mnerbench.datasets.setting_model import SettingModel
from mnerbench.datasets.untrusted.files import named
from mnerbench.methods.layers.prefix_attention import KeysAndValues, attend_with_prefix

_LAYER = "vision_model.encoder.layers."


class CLIPLayers(nn.Module):
    """Layers of a CLIP vision encoder, to be trained on outputs of the frozen layers before them.

    x' = x + W MultiHead(LN(x), [prefix; LN(x)]), out = x' + MLP(LN(x')).

    Args:
        count: number of layers.
        shape: width, heads, and width of the feed-forward networks of new layers.
        model: a CLIP model, whose last layers these start as; None for new ones.

    Attributes:
        fresh: name prefixes of parameters that are initialised randomly, as in `TextEncoder`.

    Raises:
        ConfigError: the model is no CLIP, has fewer layers, or another width or number of heads.
    """

    def __init__(self, count: int, shape: tuple[int, int, int], model: SettingModel | None) -> None:
        from transformers import CLIPVisionConfig
        from transformers.models.clip.modeling_clip import CLIPEncoderLayer

        super().__init__()
        width, heads, inner = shape
        sizes = {"hidden_size": width, "num_attention_heads": heads, "intermediate_size": inner}
        config: Any = CLIPVisionConfig(**(sizes if model is None else _vision_settings(model, count, sizes)))
        self.layers = nn.ModuleList(CLIPEncoderLayer(config) for _ in range(count))
        self.fresh: tuple[str, ...] = ("layers.",) if model is None else ()
        if model is not None:
            self._load(model, int(config.num_hidden_layers) - count)

    def _load(self, model: SettingModel, first: int) -> None:
        state = model.state()
        for number, layer in enumerate(self.layers, first):
            weights = {
                n: state[f"{_LAYER}{number}.{n}"] for n in layer.state_dict() if f"{_LAYER}{number}.{n}" in state
            }
            shapes = ({n: t.shape for n, t in side.items()} for side in (weights, layer.state_dict()))
            if next(shapes) != next(shapes):
                reason = f"{named(model.path)}: its weights lack {_LAYER}{number}, or have it in another shape"
                raise ConfigError(f"{reason}\n  -> copy the whole folder of a CLIP again")
            copy_weights(layer, weights)

    def forward(self, number: int, states: Tensor, real: Tensor, prefix: KeysAndValues, seen: Tensor) -> Tensor:
        """Output of one layer, [pictures, cells, width].

        Args:
            number: of the layer, from 0.
            states: its inputs, [pictures, cells, width].
            real: True for cells, False for padding, [pictures, cells].
            prefix: keys and values of the prefix, [pictures, heads, prefixes, width of a head].
            seen: True for prefixes, False for padding, [pictures, prefixes]; at least one per picture.
        """
        layer: Any = self.layers[number]
        attention, normal = layer.self_attn, layer.layer_norm1(states)
        query, keys, values = (
            part(normal).unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)
            for part in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        visible = torch.cat([seen, real], 1)[:, None, None]
        dropout = attention.dropout if self.training else 0.0
        mixed = attend_with_prefix(query, (keys, values), prefix, visible, dropout=dropout)
        attended = states + attention.out_proj(mixed.transpose(1, 2).flatten(2))
        output: Tensor = attended + layer.mlp(layer.layer_norm2(attended))
        return output


def _vision_settings(model: SettingModel, count: int, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Settings of the model's vision encoder, whose width and heads must be as in `sizes`."""
    settings = model.settings.get("vision_config", model.settings)
    if model.settings.get("model_type") not in ("clip", "clip_vision_model") or not isinstance(settings, dict):
        raise ConfigError(f"{named(model.path)}: not a CLIP model\n  -> name the folder of a CLIP, such as ViT-B/32")
    # Absent settings have the values of ViT-B/32.
    settings = {"hidden_size": 768, "num_attention_heads": 12, "num_hidden_layers": 12, **settings}
    for name in ("hidden_size", "num_attention_heads"):
        if settings[name] != sizes[name]:
            reason = f"{named(model.path)}: {name} {settings[name]}, the text encoder has {sizes[name]}"
            raise ConfigError(f"{reason}\n  -> use a CLIP and an --encoder of the same size: ViT-B and BERT base")
    if settings["num_hidden_layers"] < count:
        raise ConfigError(f"{named(model.path)}: fewer than {count} layers\n  -> use a larger CLIP")
    known = (
        *("hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size"),
        *("hidden_act", "layer_norm_eps", "attention_dropout"),
    )
    return {name: settings[name] for name in known if name in settings}
