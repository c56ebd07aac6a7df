"""AdamW with a learning rate per kind of parameter, and the schedule."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.layers.head import TaggingHead


def kinds_of_parameters(method: nn.Module) -> Iterator[tuple[str, str, nn.Parameter]]:
    """Every parameter once, as (kind, name, parameter); kind is `encoder`, `crf` or `new`."""
    homes: dict[str, str] = {}
    for prefix, module in method.named_modules():
        if isinstance(module, TextEncoder):
            # The first that fits says it: what is fresh in an encoder learns as new layers do.
            homes |= {f"{prefix}.{name}": "new" for name in module.fresh} | {prefix + ".": "encoder"}
        elif isinstance(module, TaggingHead):
            homes[prefix + "."] = "crf"
    for name, parameter in method.named_parameters():
        kind = next((kind for prefix, kind in homes.items() if name.startswith(prefix)), "new")
        yield kind, name, parameter


def count_parameters(method: nn.Module) -> dict[str, int]:
    """Numbers of trained parameters per kind, and in total."""
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
    """Share of the peak rate at a step: linear rise over the first `warmup` of all steps, then linear to zero."""
    rising = round(steps * warmup)
    if step < rising:
        return (step + 1) / rising
    return (steps - step) / max(1, steps - rising)


def set_rates(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Set every group to its share of its peak."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share
