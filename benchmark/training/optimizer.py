"""AdamW with a learning rate per kind of parameter, and the learning-rate schedule."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.layers.clip_layers import CLIPLayers
from mnerbench.methods.layers.head import TaggingHead


def kinds_of_parameters(method: nn.Module) -> Iterator[tuple[str, str, nn.Parameter]]:
    """Every parameter once, as (kind, name, parameter); kind is `encoder`, `crf` or `new`."""
    kinds: dict[str, str] = {}  # by prefix of names
    for prefix, module in method.named_modules():
        if isinstance(module, TextEncoder | CLIPLayers):
            # The first matching prefix decides: untrained parts of an encoder learn like new layers.
            kinds |= {f"{prefix}.{name}": "new" for name in module.fresh} | {prefix + ".": "encoder"}
        elif isinstance(module, TaggingHead):
            kinds[prefix + "."] = "crf"
    for name, parameter in method.named_parameters():
        kind = next((kind for prefix, kind in kinds.items() if name.startswith(prefix)), "new")
        yield kind, name, parameter


def count_parameters(method: nn.Module) -> dict[str, int]:
    """Number of trained parameters per kind, and in total."""
    counts = {"encoder": 0, "new": 0, "crf": 0}
    for kind, _, parameter in kinds_of_parameters(method):
        counts[kind] += parameter.numel() if parameter.requires_grad else 0
    return {**counts, "total": sum(counts.values())}


def make_optimizer(method: nn.Module, settings: TrainingSettings) -> torch.optim.AdamW:
    """AdamW; weight decay only on matrices of the encoder and of new layers (not on biases, norms and CRF scores)."""
    rates = {"encoder": settings.lr_encoder, "new": settings.lr_new, "crf": settings.lr_crf}
    groups: dict[tuple[str, bool], list[nn.Parameter]] = {}
    for kind, _, parameter in kinds_of_parameters(method):
        groups.setdefault((kind, parameter.dim() > 1 and kind != "crf"), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": params,
                "lr": rates[kind],
                "peak": rates[kind],
                "weight_decay": settings.weight_decay if decays else 0.0,
            }
            for (kind, decays), params in groups.items()
        ],
        fused=True,
    )


def rate_share(step: int, steps: int, warmup: float) -> float:
    """Fraction of the peak rate at a step: linear warm-up over the share `warmup` of all steps, then linear to zero."""
    warmup_steps = round(steps * warmup)
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    return (steps - step) / max(1, steps - warmup_steps)


def set_rates(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Set the rate of every group to a fraction of its peak."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share
