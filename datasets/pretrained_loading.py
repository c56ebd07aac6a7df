"""Loading of transformers models from foreign folders: errors are unified, and missing weights are detected.

transformers initialises weights that a folder lacks, or has in another shape, at random and goes on; its loading report
(`output_loading_info=True`) reveals this. torch is imported only when a model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.errors import DataError, MnerbenchError
from mnerbench.datasets.untrusted.display import one_line

if TYPE_CHECKING:
    from torch import Tensor, nn

_MAX_NAMES = 3
# Far above every published network; building more would take hours before the weights are read.
_MAX_LAYERS = 1000


@contextmanager
def loading(failure: str, remedy: str, error: type[MnerbenchError]) -> Iterator[None]:
    """Convert any exception that a library raises while loading files to one error of the caller's kind.

    Args:
        failure: beginning of the message, such as `encoder folder x: the model cannot be loaded`.
        remedy: what the user can do.
        error: the error to raise.
    """
    try:
        yield
    except MnerbenchError:
        raise
    # Foreign files make transformers, tokenizers, safetensors and torch raise errors of any kind.
    except Exception as reason:
        raise error(f"{failure}: {one_line(_error_text(reason))}\n  -> {remedy}") from reason


def _error_text(error: BaseException) -> str:
    """The text of an error, with its type if the text alone says little, as for a `KeyError`."""
    text = " ".join(str(error).split())
    return text if text and isinstance(error, OSError | ValueError) else f"{type(error).__name__}: {text}"


def read_state(path: Path) -> Mapping[str, Tensor]:
    """Read a state dict, also one nested under `state_dict` or `model`. Never executes code from the file.

    Raises:
        DataError: the file does not contain a state dict.
    """
    import torch
    from safetensors.torch import load_file

    remedy = "save it with torch.save(network.state_dict(), FILE)"
    try:
        if path.suffix.lower() == ".safetensors":
            state: Any = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    # The readers raise arbitrary exceptions on damaged files; neither of them unpickles code.
    except Exception as error:
        raise DataError.at(
            path, None, f"cannot be read as a state dict: {one_line(_error_text(error))}", remedy
        ) from error
    if isinstance(state, dict):
        state = next((state[key] for key in ("state_dict", "model") if isinstance(state.get(key), dict)), state)
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor) for name, tensor in state.items()
    ):
        raise DataError.at(path, None, "does not hold a state dict", remedy)
    return state


def copy_weights(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy weights into a network that has all their names and shapes; on torch's meta device nothing happens."""
    import torch

    state = network.state_dict()
    with torch.no_grad():
        for name, tensor in weights.items():
            state[name].copy_(tensor)


def require_plausible_size(
    config: Any,
    weights: Sequence[Path],
    build: Callable[[], nn.Module],
    messages: tuple[str, str],
    error: type[MnerbenchError],
) -> None:
    """Check that a network is not larger than its weights, before it is built in memory.

    Args:
        config: the settings of the network.
        weights: the files of the weights.
        build: builds the network; called on torch's meta device.
        messages: name of the model, and what the user can do.
        error: the error to raise.

    Raises:
        error: the network has more parameters than the weights have bytes, or too many layers to be built.
    """
    import torch

    what, remedy = messages
    layers = getattr(config, "num_hidden_layers", None)
    if isinstance(layers, int) and layers > _MAX_LAYERS:
        raise error(f"{what}: its config.json asks for {layers:,} layers, more than {_MAX_LAYERS:,}\n  -> {remedy}")
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        parameters = sum(parameter.numel() for parameter in build().parameters())
    size = sum(path.stat().st_size for path in weights)
    if parameters > size:
        reason = f"its config.json describes {parameters:,} parameters, its weights are {size:,} bytes"
        raise error(f"{what}: {reason}\n  -> {remedy}")


def weight_mismatch(
    model: nn.Module, report: Mapping[str, Any], unused: Callable[[str], bool] = lambda _: False
) -> str | None:
    """Why a folder's weights do not match the network built from its settings; None if they match.

    Extra weights of heads that the network lacks (`cls.`, `lm_head.`) are ignored. Extra weights within its own modules
    are a mismatch: they belong to another network, such as one with more layers.

    Args:
        model: the loaded network.
        report: the report of `from_pretrained(..., ignore_mismatched_sizes=True, output_loading_info=True)`.
        unused: whether the parameter with a name is never used.
    """
    sizes = {name: tensor.numel() for name, tensor in model.state_dict().items()}
    missing = [str(name) for name in report["missing_keys"] if not unused(str(name))]
    mismatched = [str(entry[0] if isinstance(entry, tuple) else entry) for entry in report["mismatched_keys"]]
    if random := sorted({*missing, *mismatched}):
        share = f"{sum(sizes.get(name, 0) for name in random):,} of {sum(sizes.values()):,} parameters"
        reason = f"its weights lack {share}" if missing else f"{share} have another shape in its weights"
        return f"{reason} ({_first(random)})"
    parts = {name for name, _ in model.named_children() if not unused(f"{name}.")}
    prefix = f"{getattr(model, 'base_model_prefix', '')}."
    unexpected = map(str, report["unexpected_keys"])
    if extra := sorted(key for key in unexpected if key.removeprefix(prefix).partition(".")[0] in parts):
        return f"its weights hold {len(extra):,} tensors that the network does not have ({_first(extra)})"
    if errors := report.get("error_msgs"):
        return one_line("; ".join(map(str, errors)))
    return None


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES:,} more" if len(names) > _MAX_NAMES else ""
    return one_line(", ".join(names[:_MAX_NAMES]) + more)
