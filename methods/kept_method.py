"""Methods with everything that training changed, in a folder: written, and built again to the same predictions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.pretrained_loading import loading
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.untrusted.json_text import read_json
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.family import CountingMethod, FittedState, MethodConfig, MethodFamily
from mnerbench.methods.encoders.kept_encoder import DAMAGED, keep_encoder, restore_encoder
from mnerbench.methods.encoders.kept_tensors import read_tensors, write_tensors
from mnerbench.methods.registry import method_class
from mnerbench.methods.tagger import NeuralMethod

WEIGHTS, STATE, ENCODER = "weights.safetensors", "state.json", "encoder"
_SLACK = 64 << 20  # bytes that building a network may take beyond four times its weights


def keep_neural(method: NeuralMethod[Any], source: Path | None, folder: Path) -> None:
    """Write all parameters and buffers of a method, and its encoder without weights.

    Args:
        method: on any device.
        source: the folder of its text encoder; None for `scratch` and word vectors.
        folder: the target.

    Raises:
        DiskError: the folder cannot be written.
    """
    write_tensors(method.state_dict(), folder / WEIGHTS)
    keep_encoder(method.encoder, source, folder / ENCODER)


def restore_neural(
    family: MethodFamily,
    config: MethodConfig,
    labels: Sequence[str],
    visual: Mapping[InputKind, FeatureShape],
    folder: Path,
) -> NeuralMethod[Any]:
    """Build a kept method, on the CPU; the global random state is unchanged.

    Args:
        family: its card.
        config: its settings.
        labels: its label set.
        visual: shape of each kind of vectors that it reads.
        folder: the folder of `keep_neural`.

    Raises:
        StoreError: a file is missing or damaged, or the weights are those of another method.
    """
    weights = read_tensors(folder / WEIGHTS)
    size = (folder / WEIGHTS).stat().st_size
    failure = f"{named(folder)}: the method cannot be built"
    with torch.random.fork_rng(devices=[]), loading(failure, DAMAGED, StoreError), _AllocationLimit(4 * size + _SLACK):
        encoder = restore_encoder(folder / ENCODER, config, folder / WEIGHTS)
        method: NeuralMethod[Any] = method_class(family)(config, encoder, labels, visual)
    if (fault := _misfit(weights, method.state_dict())) is not None:
        raise StoreError(f"{named(folder / WEIGHTS)}: {fault}: not the weights of this method\n  -> {DAMAGED}")
    method.load_state_dict(weights)
    return method.eval()


def _misfit(weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str | None:
    for name, tensor in expected.items():
        if name not in weights:
            return f"no tensor {name}"
        if (weights[name].shape, weights[name].dtype) != (tensor.shape, tensor.dtype):
            return f"{name} is {weights[name].dtype} {list(weights[name].shape)}, not {tensor.dtype} {[*tensor.shape]}"
    unknown = sorted(weights.keys() - expected.keys())
    return f"an unknown tensor {unknown[0][:100]!r}" if unknown else None


class _AllocationLimit(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Stops the building of a network that foreign settings make larger than its weights, before memory is filled."""

    def __init__(self, most: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._most, self._sum = most, 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.device.type != "meta" and "empty" in func.__name__:
            self._sum += result.numel() * result.element_size()
            if self._sum > self._most:
                raise ValueError("its settings describe a network larger than its weights")
        return result


def keep_counting(method: CountingMethod, folder: Path) -> bool:
    """Write what a count-based method learnt; False if the method cannot be kept.

    Raises:
        DiskError: the folder cannot be written.
    """
    state = method.state()
    if state is None:
        return False
    write_tensors({name: torch.from_numpy(array) for name, array in state.arrays.items()}, folder / WEIGHTS)
    write_atomically(folder / STATE, json.dumps(dict(state.values), ensure_ascii=False))
    return True


def restore_counting(family: MethodFamily, config: MethodConfig, folder: Path) -> CountingMethod:
    """Build a kept count-based method.

    Raises:
        StoreError: a file is missing or damaged.
    """
    arrays = {name: tensor.numpy() for name, tensor in read_tensors(folder / WEIGHTS).items()}
    values = read_json(folder / STATE, DAMAGED, error=StoreError)
    with loading(f"{named(folder / STATE)}: not a state of {family.name}", DAMAGED, StoreError):
        method: CountingMethod = method_class(family)(config)
        method.restore(FittedState(values, arrays))
    return method
