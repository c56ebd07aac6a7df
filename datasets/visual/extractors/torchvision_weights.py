"""Weights of torchvision networks: published weights from the models folder, cache or network, or a given file."""

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
from mnerbench.datasets.pretrained_loading import read_state
from mnerbench.datasets.untrusted.files import sha256_of
from mnerbench.datasets.visual.extractors.base import first_line
from mnerbench.datasets.visual.extractors.torchvision_card import RANDOM, TorchvisionCard

if TYPE_CHECKING:
    from torch import Tensor, nn

# DenseNet's published files predate the ban on dots in module names.
_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")


def published_weights(card: TorchvisionCard) -> Any:
    """Catalog entry of a card's weights in torchvision: `url`, `transforms`, `meta`."""
    from torchvision.models import get_model_weights

    return get_model_weights(card.model)[card.weights]


def trained_weights(card: TorchvisionCard, models: Path | None) -> Mapping[str, Tensor]:
    """Load the state dict of a card with published weights or a weights file.

    Raises:
        DataError: the file is not a state dict, or its content does not match the hash in its name.
        MissingInputError: the file does not exist, or published weights cannot be downloaded.
    """
    if card.is_file:
        state = read_state(card.weights_file(models))
    else:
        url = published_weights(card).url
        local = models / url.rpartition("/")[2] if models is not None else None
        state = _read_published(local) if local is not None and local.is_file() else _fetch(card, url)
    return {_OLD_DENSENET.sub(r"\1\2.", name): tensor for name, tensor in state.items()}


def is_published(card: TorchvisionCard, name: str, models: Path | None) -> bool:
    """Whether a card's weights are the published weights `name`, possibly given as a file."""
    if not card.is_file:
        return card.weights == name
    url = published_weights(card.model_copy(update={"weights": name})).url
    return sha256_of(card.weights_file(models)).startswith(_hash(url))


def _fetch(card: TorchvisionCard, url: str) -> Mapping[str, Tensor]:
    import torch

    file = url.rpartition("/")[2]
    try:
        # Searches torch's cache before downloading.
        with warn_if_slow(url, file), socket_timeout():
            state: Mapping[str, Tensor] = torch.hub.load_state_dict_from_url(
                url, map_location="cpu", progress=False, check_hash=True, weights_only=True
            )
    except (URLError, OSError, RuntimeError, HTTPException, EOFError, pickle.UnpicklingError) as error:
        cache = Path(torch.hub.get_dir()) / "checkpoints"
        reason = f"{card.model}: weights {card.weights} are not here and cannot be downloaded ({first_line(error)})"
        ways = (
            "run the same command once with a network",
            f"or download {url} elsewhere and copy {file} into the models folder (--models DIR) or {cache}",
            f"or give a state dict of your own (weights=FILE), or weights={RANDOM}",
        )
        raise MissingInputError(Need(reason, ways, f"weights of {card.model}")) from error
    return state


def _read_published(path: Path) -> Mapping[str, Tensor]:
    if not sha256_of(path).startswith(_hash(path.name)):
        raise DataError.at(
            path, None, "its content does not match the hash in its name", "download it again, or use weights=FILE"
        )
    return read_state(path)


def _hash(url: str) -> str:
    """The first digits of the content's sha256, which torchvision includes in every file name."""
    return url.rpartition("-")[2].removesuffix(".pth")


def load_weights(
    network: nn.Module, state: Mapping[str, Tensor], card: TorchvisionCard, unused: tuple[str, ...] = ()
) -> None:
    """Load weights into a network.

    Args:
        network: the network as torchvision builds it.
        state: tensors by name; names that the network does not have are ignored.
        card: the card of the weights, for messages.
        unused: prefixes of parameters that are never used and may be missing or have another shape.

    Raises:
        DataError: tensors are missing or have a wrong shape.
    """
    required = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith(unused)}
    # `num_batches_tracked` is used in training only and is absent where batch normalisation was frozen.
    missing = [name for name in required if name not in state and not name.endswith("num_batches_tracked")]
    if missing:
        reason = f"lacks {len(missing)} of {len(required)} tensors of {card.model}, for example {missing[0]}"
        raise DataError.at(card.weights, None, reason, "give the state dict of this network")
    for name, tensor in required.items():
        if name in state and state[name].shape != tensor.shape:
            reason = (
                f"{name} is {list(state[name].shape)}, but {card.model} with these settings has {list(tensor.shape)}"
            )
            raise DataError.at(card.weights, None, reason, "give weights of this network, classes and size")
    network.load_state_dict({name: state[name] for name in required if name in state}, strict=False)
