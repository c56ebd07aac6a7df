"""Where pretrained models come from: a name or folder becomes files on this machine, and a digest of their content.

A name is looked for in the local models folder, then in the Hugging Face cache, then on the hub. No torch here.
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
from mnerbench.datasets.network_waiting import asking_hub
from mnerbench.datasets.untrusted.files import named, read_bytes, sha256_of, why_unreadable
from mnerbench.datasets.untrusted.names import require_possible

MODELS_VARIABLE = "MNERBENCH_MODELS"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
# How the names of a tokenizer's files begin.
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


def models_dir(given: Path | None) -> Path | None:
    """The local models folder: the flag, else the environment variable, else none."""
    if given is not None:
        return given
    variable = os.environ.get(MODELS_VARIABLE)
    return Path(require_possible(variable, MODELS_VARIABLE)).expanduser() if variable else None


def local_models(folder: Path | None) -> list[str]:
    """Names of the model folders below a models folder (also `organisation/name`)."""
    if folder is None or not folder.is_dir():
        return []
    folders = [path.parent for depth in ("*", "*/*") for path in folder.glob(f"{depth}/config.json")]
    return sorted(str(found.relative_to(folder)) for found in folders if has_weights(found))


def cached_models() -> list[str]:
    """Names of the models in the Hugging Face cache that have weights."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        models = [repo for repo in scan_cache_dir().repos if repo.repo_type == "model"]
    except CacheNotFound:
        return []
    return sorted(repo.repo_id for repo in models if any(has_weights(one.snapshot_path) for one in repo.revisions))


def has_weights(folder: Path) -> bool:
    """Whether a folder holds a model's weights."""
    return any((folder / name).is_file() for name in WEIGHTS)


def weight_files(folder: Path) -> list[Path]:
    """One set of a model's weights, in order: safetensors where there are any."""
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
    """The folder of a pretrained model; fetched from the hub when it is nowhere on this machine.

    Args:
        name: a folder, a name below the models folder, or a hub name.
        models: the local models folder, if there is one.
        what: what the model is, for messages: `encoder`, `captioner`.
        remedy: what else can be given.
        complete: whether a folder of the cache has all that is needed.
        also: further names that are valid in its place.
        code: whether Python files are fetched with it.

    Raises:
        MissingInputError: it is nowhere; the message lists every place that was looked at.
        ConfigError: no folder can have the name.
    """
    folder = _local(require_possible(name, f"the {what}"), models)
    if folder is not None and not has_weights(folder):
        reason = f"{what} folder {folder}: no weights ({' or '.join(WEIGHTS)})"
        raise MissingInputError(Need(reason, ("copy the whole model folder",), f"weights of the {what} {name}"))
    looked = [
        f"folder {name}",
        f"models folder {models}" if models else "no models folder is set",
        "Hugging Face cache",
    ]
    if folder is None and not Path(name).is_absolute() and name.count("/") <= 1:
        folder = _cached(name, complete)
        if folder is None:
            folder, reason = _from_hub(name, [*_PATTERNS, *([_CODE] if code else [])])
            looked.append(f"the hub ({reason})" if reason else "the hub")
    if folder is None:
        valid = [*local_models(models), *also]
        nearest = suggestion(name, valid) if near(name, valid) else ""
        reason = f"{what} {name!r} cannot be found. Looked at: {'; '.join(looked)}{nearest}"
        # A name that the hub does not know cannot be fetched from it.
        asked = looked[-1].startswith("the hub") and "RepositoryNotFound" not in looked[-1]
        fetching = (f"hf download {name}   # where there is a network",) if asked else ()
        raise MissingInputError(Need(reason, (*fetching, remedy), f"{what} {name}"))
    return folder


def is_local(name: str, models: Path | None, complete: Callable[[Path], bool] = has_weights) -> bool:
    """Whether a model is on this machine: a folder, below the models folder, or in the cache."""
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
        with asking_hub(name):
            folder = Path(snapshot_download(name, allow_patterns=patterns))
            if not has_weights(folder):
                folder = Path(snapshot_download(name, allow_patterns=[*patterns, "pytorch_model*.bin"]))
    except Exception as error:  # noqa: BLE001 - the hub client raises many kinds; each becomes one clear reason
        details = str(error).splitlines()[0].partition(". ")[0] if str(error) else "no details"
        return None, f"{type(error).__name__}: {details}"
    return folder, ""


def _remembered_digest(path: Path) -> str | None:
    """The digest that a file of the cache holds; None where it holds none, as after a full disk."""
    try:
        text = read_bytes(path, most=64).decode("ascii", "replace")
    except MnerbenchError:
        return None
    return text if _SHA256.fullmatch(text) else None


def _state(path: Path) -> list[str | int]:
    """What changes when the content of a file does.

    Raises:
        DataError: it is a link that leads nowhere, or may not be looked at.
    """
    try:
        state = path.stat()
        return [str(path.resolve()), state.st_size, state.st_mtime_ns]
    except (OSError, RuntimeError) as error:
        raise DataError(f"{named(path)}: {why_unreadable(error)}") from error


def files_digest(files: Sequence[Path], *, named: bool = True) -> str:
    """sha256 over names (where they count) and contents of files in their order; remembered per file state.

    Large weights are read once per machine: the digest is kept in the user's cache under path, size and time of change.
    """
    state = [_state(path) for path in files]
    key = hashlib.sha256(json.dumps([named, state]).encode()).hexdigest()
    from platformdirs import user_cache_path

    remembered = user_cache_path("mnerbench") / "digests" / key
    if (known := _remembered_digest(remembered)) is not None:
        return known
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.name if named else ''}:{sha256_of(path)}\n".encode())
    with suppress(DiskError):  # a cache that cannot be written only costs time
        write_atomically(remembered, total.hexdigest())
    return total.hexdigest()
