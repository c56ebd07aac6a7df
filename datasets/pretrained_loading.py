"""Models of transformers from folders that somebody else made: one error for whatever goes wrong, no weight made up.

transformers fills what a folder's weights do not hold, or hold in another shape, with random numbers and goes on. Its
loading report (`output_loading_info=True`) tells, and decides here. No torch before something is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.untrusted.display import one_line

if TYPE_CHECKING:
    from torch import nn

_NAMED = 3
# Far above every published network: building more takes hours before the weights are looked at.
_MOST_LAYERS = 1000


@contextmanager
def loading(failure: str, remedy: str, error: type[MnerbenchError]) -> Iterator[None]:
    """Turn whatever a library raises over a folder's files into one error of the caller's kind.

    Args:
        failure: what to say first, as `encoder folder x: the model cannot be loaded`.
        remedy: what a user can do.
        error: raised in place of every other.
    """
    try:
        yield
    except MnerbenchError:
        raise
    # Files that somebody wrote lead transformers, tokenizers, safetensors and torch to errors of any kind.
    except Exception as reason:
        raise error(f"{failure}: {one_line(_told(reason))}\n  -> {remedy}") from reason


def _told(error: BaseException) -> str:
    """The text of an error, with its type where the text alone says little, such as a key."""
    text = " ".join(str(error).split())
    return text if text and isinstance(error, OSError | ValueError) else f"{type(error).__name__}: {text}"


def require_holdable(
    config: Any,
    weights: Sequence[Path],
    build: Callable[[], nn.Module],
    said: tuple[str, str],
    error: type[MnerbenchError],
) -> None:
    """Compare the size of the network that settings describe with the size of its weights, before it costs memory.

    Args:
        config: the settings.
        weights: the files of the weights.
        build: makes the network; called on torch's meta device.
        said: what the model is, and what a user can do.
        error: to raise.

    Raises:
        error: the network has more parameters than the weights have bytes, or too many layers to be built.
    """
    import torch

    what, remedy = said
    layers = getattr(config, "num_hidden_layers", None)
    if isinstance(layers, int) and layers > _MOST_LAYERS:
        raise error(f"{what}: its config.json asks for {layers:,} layers, more than {_MOST_LAYERS:,}\n  -> {remedy}")
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        parameters = sum(parameter.numel() for parameter in build().parameters())
    held = sum(path.stat().st_size for path in weights)
    if parameters > held:
        reason = f"its config.json describes {parameters:,} parameters, its weights are {held:,} bytes"
        raise error(f"{what}: {reason}\n  -> {remedy}")


def misfit(model: nn.Module, report: Mapping[str, Any], unused: Callable[[str], bool] = lambda _: False) -> str | None:
    """Why a folder's weights are not those of the network that was built from its settings; None where they are.

    Weights of heads that the network does not have (`cls.`, `lm_head.`) are no misfit. Weights of its own parts for
    which it has no place are: they belong to another network, such as one of more layers.

    Args:
        model: as loaded.
        report: of `from_pretrained(..., ignore_mismatched_sizes=True, output_loading_info=True)`.
        unused: whether a parameter is never computed with, by its name.
    """
    sizes = {name: tensor.numel() for name, tensor in model.state_dict().items()}
    missing = [str(name) for name in report["missing_keys"] if not unused(str(name))]
    mismatched = [str(entry[0] if isinstance(entry, tuple) else entry) for entry in report["mismatched_keys"]]
    if made_up := sorted({*missing, *mismatched}):
        share = f"{sum(sizes.get(name, 0) for name in made_up):,} of {sum(sizes.values()):,} parameters"
        what = f"its weights lack {share}" if missing else f"{share} have another shape in its weights"
        return f"{what} ({_first(made_up)})"
    parts = {name for name, _ in model.named_children() if not unused(f"{name}.")}
    prefix = f"{getattr(model, 'base_model_prefix', '')}."
    unexpected = map(str, report["unexpected_keys"])
    if strange := sorted(key for key in unexpected if key.removeprefix(prefix).partition(".")[0] in parts):
        return f"its weights hold {len(strange):,} tensors that the network has no place for ({_first(strange)})"
    if errors := report.get("error_msgs"):
        return one_line("; ".join(map(str, errors)))
    return None


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return one_line(", ".join(names[:_NAMED]) + more)
