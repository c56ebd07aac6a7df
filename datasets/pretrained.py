"""Lookup of pretrained models by name or folder, and digests of their files. Does not import torch.

A name is looked up in the local models folder, then in the Hugging Face cache, then on the hub.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import DataError, DiskError, MissingInputError, MnerbenchError, near, suggestion
from mnerbench.datasets.needs import Need
from mnerbench.datasets.network_waiting import hub_requests
from mnerbench.datasets.untrusted.files import named, read_bytes, sha256_of, why_unreadable
from mnerbench.datasets.untrusted.names import require_possible

MODELS_VARIABLE = "MNERBENCH_MODELS"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
# Prefixes of the names of a tokenizer's files.
TOKENIZER_NAMES = (
    "tokenizer",
    "vocab",
    "merges",
    "special_tokens",
    "added_tokens",
    "sentencepiece",
    "spiece",
    "spm",
    "bpe",
)
_PATTERNS = ["*.json", "*.txt", "*.model", "bpe.codes", "*.safetensors"]
_CODE = "*.py"
_SHA256 = re.compile("[0-9a-f]{64}")


def models_dir(flag: Path | None) -> Path | None:
    """The local models folder: the flag, else the environment variable, else none."""
    if flag is not None:
        return flag
    variable = os.environ.get(MODELS_VARIABLE)
    return Path(require_possible(variable, MODELS_VARIABLE)).expanduser() if variable else None


def local_models(folder: Path | None) -> list[str]:
    """Names of the models in a models folder (also `organisation/name`)."""
    if folder is None or not folder.is_dir():
        return []
    folders = [path.parent for depth in ("*", "*/*") for path in folder.glob(f"{depth}/config.json")]
    return sorted(str(model.relative_to(folder)) for model in folders if has_weights(model))


def cached_models() -> list[str]:
    """Names of the models in the Hugging Face cache that have weights."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        models = [repo for repo in scan_cache_dir().repos if repo.repo_type == "model"]
    except CacheNotFound:
        return []
    return sorted(
        repo.repo_id for repo in models if any(has_weights(revision.snapshot_path) for revision in repo.revisions)
    )


def has_weights(folder: Path) -> bool:
    """Whether a folder contains a model's weights."""
    return any((folder / name).is_file() for name in WEIGHTS)


def weight_files(folder: Path) -> list[Path]:
    """The files of a model's weights, sorted: safetensors if there are any."""
    return sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))


def find_model(
    name: str,
    models: Path | None,
    what: str,
    remedy: str,
    *,
    complete: Callable[[Path], bool] = has_weights,
    also: Sequence[str] = (),
    code: bool = False,
) -> Path:
    """The folder of a pretrained model; downloaded from the hub if it is not on this machine.

    Args:
        name: a folder, a name in the models folder, or a hub name.
        models: the local models folder, if there is one.
        what: the role of the model, for messages: `encoder`, `captioner`.
        remedy: an alternative for the user.
        complete: whether a folder of the cache has all that is needed.
        also: further valid names, for suggestions.
        code: whether to download Python files too.

    Raises:
        MissingInputError: the model cannot be found (lists every location that was searched).
        ConfigError: the name is not a possible file name.
    """
    folder = _local(require_possible(name, f"the {what}"), models)
    if folder is not None and not has_weights(folder):
        reason = f"{what} folder {folder}: no weights ({' or '.join(WEIGHTS)})"
        raise MissingInputError(Need(reason, ("copy the whole model folder",), f"weights of the {what} {name}"))
    searched = [
        f"folder {name}",
        f"models folder {models}" if models else "no models folder is set",
        "Hugging Face cache",
    ]
    if folder is None and not Path(name).is_absolute() and name.count("/") <= 1:
        folder = _cached(name, complete)
        if folder is None:
            folder, reason = _from_hub(name, [*_PATTERNS, *([_CODE] if code else [])])
            searched.append(f"the hub ({reason})" if reason else "the hub")
    if folder is None:
        valid = [*local_models(models), *also]
        nearest = suggestion(name, valid) if near(name, valid) else ""
        reason = f"{what} {name!r} cannot be found. Searched: {'; '.join(searched)}{nearest}"
        # A name that the hub does not know cannot be downloaded from it.
        on_hub = searched[-1].startswith("the hub") and "RepositoryNotFound" not in searched[-1]
        fetching = (f"hf download {name}   # where there is a network",) if on_hub else ()
        raise MissingInputError(Need(reason, (*fetching, remedy), f"{what} {name}"))
    return folder


def is_local(name: str, models: Path | None, complete: Callable[[Path], bool] = has_weights) -> bool:
    """Whether a model is on this machine: as a folder, in the models folder, or in the cache."""
    return _local(name, models) is not None or (
        not Path(name).is_absolute() and name.count("/") <= 1 and _cached(name, complete) is not None
    )


def _local(name: str, models: Path | None) -> Path | None:
    candidates = [Path(name).expanduser()]
    if models is not None:
        candidates.insert(0, models / name)
    return next((c for c in candidates if (c / "config.json").is_file()), None)


def _cached(name: str, complete: Callable[[Path], bool]) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError, OSError):
        return None
    return folder if complete(folder) else None


def _from_hub(name: str, patterns: list[str]) -> tuple[Path | None, str]:
    from huggingface_hub import snapshot_download

    try:
        with hub_requests(name):
            folder = Path(snapshot_download(name, allow_patterns=patterns))
            if not has_weights(folder):
                folder = Path(snapshot_download(name, allow_patterns=[*patterns, "pytorch_model*.bin"]))
    except Exception as error:  # noqa: BLE001 - the hub client raises many kinds; each becomes one clear reason
        details = str(error).splitlines()[0].partition(". ")[0] if str(error) else "no details"
        return None, f"{type(error).__name__}: {details}"
    return folder, ""


def _cached_digest(path: Path) -> str | None:
    """The digest in a file of the cache; None if it has no valid one, as after a full disk."""
    try:
        text = read_bytes(path, most=64).decode("ascii", "replace")
    except MnerbenchError:
        return None
    return text if _SHA256.fullmatch(text) else None


def _state(path: Path) -> list[str | int]:
    """Path, size and modification time of a file, as a proxy for its content.

    Raises:
        DataError: the file is a dangling link, or not accessible.
    """
    try:
        state = path.stat()
        return [str(path.resolve()), state.st_size, state.st_mtime_ns]
    except (OSError, RuntimeError) as error:
        raise DataError(f"{named(path)}: {why_unreadable(error)}") from error


def files_digest(files: Sequence[Path], *, with_names: bool = True) -> str:
    """sha256 over the names (optional) and contents of files, in their order.

    Large weights are read once per machine: the user's cache stores the digest by path, size and modification time.
    """
    state = [_state(path) for path in files]
    key = hashlib.sha256(json.dumps([with_names, state]).encode()).hexdigest()
    from platformdirs import user_cache_path

    cache_file = user_cache_path("mnerbench") / "digests" / key
    if (cached := _cached_digest(cache_file)) is not None:
        return cached
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name if with_names else ''}:{sha256_of(path)}\n".encode())
    with suppress(DiskError):  # a cache that cannot be written only costs time
        write_atomically(cache_file, digest.hexdigest())
    return digest.hexdigest()
