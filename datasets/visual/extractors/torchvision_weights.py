"""Weights of torchvision's networks: published ones from the models folder, cache or network, and those of a file."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.needs import Need
from mnerbench.datasets.network_waiting import socket_timeout, warn_if_slow
from mnerbench.datasets.untrusted.files import sha256_of
from mnerbench.datasets.visual.extractors.messages import first_line
from mnerbench.datasets.visual.extractors.torchvision_card import RANDOM, TorchvisionCard

if TYPE_CHECKING:
    from torch import Tensor, nn

# DenseNet's published files come from a time when a module's name could hold a dot.
_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")


def published_weights(card: TorchvisionCard) -> Any:
    """The entry of torchvision's catalog that a card names: `url`, `transforms`, `meta`."""
    from torchvision.models import get_model_weights

    return get_model_weights(card.model)[card.weights]


def trained_weights(card: TorchvisionCard, models: Path | None) -> Mapping[str, Tensor]:
    """The state dict that a card names; not for random weights.

    Raises:
        DataError: a file that is not a state dict, or not the one that its name says.
        MissingInputError: no such file, or published weights that are not here and cannot be fetched.
    """
    if card.is_file:
        state = read_state(card.weights_file(models))
    else:
        url = published_weights(card).url
        own = models / url.rpartition("/")[2] if models is not None else None
        state = _checked(own) if own is not None and own.is_file() else _fetched(card, url)
    return {_OLD_DENSENET.sub(r"\1\2.", name): tensor for name, tensor in state.items()}


def is_published(card: TorchvisionCard, name: str, models: Path | None) -> bool:
    """Whether a card's weights are the published ones of a name, also when they come as a file."""
    if not card.is_file:
        return card.weights == name
    url = published_weights(card.model_copy(update={"weights": name})).url
    return sha256_of(card.weights_file(models)).startswith(_hash(url))


def _fetched(card: TorchvisionCard, url: str) -> Mapping[str, Tensor]:
    import torch

    file = url.rpartition("/")[2]
    try:
        # Looks into torch's own cache before the network.
        with warn_if_slow(url, file), socket_timeout():
            state: Mapping[str, Tensor] = torch.hub.load_state_dict_from_url(
                url, map_location="cpu", progress=False, check_hash=True, weights_only=True
            )
    except (URLError, OSError, RuntimeError, HTTPException, EOFError, pickle.UnpicklingError) as error:
        cache = Path(torch.hub.get_dir()) / "checkpoints"
        reason = f"{card.model}: weights {card.weights} are not here and cannot be fetched ({first_line(error)})"
        ways = (
            "run the same command once with a network",
            f"or fetch {url} elsewhere and copy {file} into the models folder (--models DIR) or {cache}",
            f"or give a state dict of your own (weights=FILE), or weights={RANDOM}",
        )
        raise MissingInputError(Need(reason, ways, f"weights of {card.model}")) from error
    return state


def _checked(path: Path) -> Mapping[str, Tensor]:
    if not sha256_of(path).startswith(_hash(path.name)):
        raise DataError.at(
            path, None, "its content is not what its name says", "fetch it again, or give it as weights=FILE"
        )
    return read_state(path)


def _hash(url: str) -> str:
    """First digits of the content's sha256, which torchvision puts into every file name."""
    return url.rpartition("-")[2].removesuffix(".pth")


def read_state(path: Path) -> Mapping[str, Tensor]:
    """The state dict of a file, also where training put it under `state_dict` or `model`. Runs no code of the file.

    Raises:
        DataError: it is none.
    """
    import torch
    from safetensors.torch import load_file

    remedy = "save it with torch.save(network.state_dict(), FILE)"
    try:
        if path.suffix.lower() == ".safetensors":
            state: Any = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    # Damaged files lead the readers to errors of any kind, and none of them reads code.
    except Exception as error:
        raise DataError.at(path, None, f"cannot be read as a state dict: {first_line(error)}", remedy) from error
    if isinstance(state, dict):
        state = next((state[key] for key in ("state_dict", "model") if isinstance(state.get(key), dict)), state)
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor) for name, tensor in state.items()
    ):
        raise DataError.at(path, None, "does not hold a state dict", remedy)
    return state


def fit(network: nn.Module, state: Mapping[str, Tensor], card: TorchvisionCard, unused: tuple[str, ...] = ()) -> None:
    """Put weights into a network.

    Args:
        network: as torchvision builds it.
        state: names to tensors; names that the network does not have are left out.
        card: whose weights they are, for messages.
        unused: how names begin that are never computed with and may be absent or of another shape.

    Raises:
        DataError: tensors are missing or have another shape.
    """
    needed = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith(unused)}
    # Counted in training only; absent where batch normalisation was frozen.
    missing = [name for name in needed if name not in state and not name.endswith("num_batches_tracked")]
    if missing:
        reason = f"lacks {len(missing)} of {len(needed)} tensors of {card.model}, for example {missing[0]}"
        raise DataError.at(card.weights, None, reason, "give the state dict of this very network")
    for name, tensor in needed.items():
        if name in state and state[name].shape != tensor.shape:
            reason = (
                f"{name} is {list(state[name].shape)}, but {card.model} with these settings has {list(tensor.shape)}"
            )
            raise DataError.at(card.weights, None, reason, "give weights of this network, of these classes and size")
    network.load_state_dict({name: state[name] for name in needed if name in state}, strict=False)
