"""Suggestions for misnamed or misplaced settings, including common names from other libraries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.datasets.errors import near, suggestion
from mnerbench.methods.registry import Registry

_RATES = ("lr_encoder", "lr_new", "lr_crf")
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("lr", "learning_rate", "rate"), _RATES),
    **dict.fromkeys(("lr_bert", "bert_lr", "encoder_lr"), ("lr_encoder",)),
    **dict.fromkeys(("crf_lr", "lr_head"), ("lr_crf",)),
    **dict.fromkeys(("batch", "bs", "train_batch_size"), ("batch_size",)),
    **dict.fromkeys(("epoch", "num_epochs", "num_train_epochs", "n_epochs", "max_epochs"), ("epochs",)),
    **dict.fromkeys(("max_len", "max_length", "max_seq_length", "max_seq", "cap"), ("max_pieces",)),
    **dict.fromkeys(("wd", "decay"), ("weight_decay",)),
    **dict.fromkeys(("clip", "grad_clip", "max_grad_norm"), ("clip_norm",)),
    **dict.fromkeys(("fp16", "bf16", "amp"), ("precision",)),
    **dict.fromkeys(("warmup_ratio", "warmup_proportion", "warmup_steps"), ("warmup",)),
}


def training_keys(key: str) -> tuple[str, ...]:
    """The training settings that a key may refer to, by its exact name or by a synonym; empty if there are none."""
    plain = key.strip().lower().replace("-", "_")
    return (plain,) if plain in TrainingSettings.model_fields else _SYNONYMS.get(plain, ())


def training_suggestion(key: str, value: Any = "VALUE") -> str:
    """Suggested corrections of an unknown training setting, with the flags that set them."""
    candidates = training_keys(key) or tuple(near(key, TrainingSettings.model_fields))
    if not candidates:
        return suggestion(key, TrainingSettings.model_fields) + "\n  -> correct or remove it"
    lines = [f"  -> --set training.{name}={value}   # {_meaning(name)}" for name in candidates]
    return "; did you mean " + " or ".join(map(repr, candidates)) + "?\n" + "\n".join(lines)


def setting_flags(key: str, value: str, methods: Iterable[str], registry: Registry) -> list[str]:
    """Suggested `--set` flags for a key without a method.

    Args:
        key: as typed.
        value: as typed.
        methods: names of the methods that are run; unknown names are ignored.
        registry: holds the settings of the methods.
    """
    settings = {entry.name: entry.family.config.model_fields for entry in registry}
    of_methods = [name for name in methods if key in settings.get(name, ())]
    names = [*(f"training.{name}" for name in training_keys(key)), *(f"{name}.{key}" for name in of_methods)]
    return [f"--set {name}={value}" for name in names]


def _meaning(name: str) -> str:
    return TrainingSettings.model_fields[name].description or "for all methods"
