"""Where a text encoder comes from: a name or folder becomes files on this machine, and a digest of their content.

A name is looked for in the local models folder, then in the Hugging Face cache, then on the hub. No torch here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.errors import MissingInputError, suggestion
from mnerbench.methods.layers.choices import SCRATCH_DIGEST
from mnerbench.methods.layers.encoder_digest import digest

MODELS_VARIABLE = "MNERBENCH_MODELS"
SCRATCH = "scratch"
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "bpe.codes")
_PATTERNS = ["*.json", "*.txt", "*.model", "bpe.codes", "*.safetensors"]


@dataclass(frozen=True)
class EncoderSource:
    """A resolved encoder.

    Attributes:
        name: what the user typed, or the last part of a path.
        folder: where its files are; None for `scratch`.
        digest: sha256 over config, tokenizer files and weights: equal files, equal digest, wherever they lie.
    """

    name: str
    folder: Path | None
    digest: str


def models_dir(given: Path | None) -> Path | None:
    """The local models folder: the flag, else the environment variable, else none."""
    if given is not None:
        return given
    variable = os.environ.get(MODELS_VARIABLE)
    return Path(variable) if variable else None


def local_models(folder: Path | None) -> list[str]:
    """Names of the model folders below a models folder (also `organisation/name`)."""
    if folder is None or not folder.is_dir():
        return []
    folders = [path.parent for depth in ("*", "*/*") for path in folder.glob(f"{depth}/config.json")]
    return sorted(str(found.relative_to(folder)) for found in folders if _has_weights(found))


def _has_weights(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _WEIGHTS)


def _cached(name: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError, OSError):
        return None
    complete = _has_weights(folder) and any((folder / name).is_file() for name in _TOKENIZERS)
    return folder if complete else None


def _from_hub(name: str) -> tuple[Path | None, str]:
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(name, allow_patterns=_PATTERNS))
        if not _has_weights(folder):
            folder = Path(snapshot_download(name, allow_patterns=[*_PATTERNS, "pytorch_model*.bin"]))
    except Exception as error:  # noqa: BLE001 - the hub client raises many kinds; each becomes one clear reason
        return None, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no details'}"
    return folder, ""


def _local(name: str, models: Path | None) -> Path | None:
    candidates = [Path(name).expanduser()]
    if models is not None:
        candidates.insert(0, models / name)
    return next((c for c in candidates if (c / "config.json").is_file()), None)


def resolve_encoder(name: str, models: Path | None) -> EncoderSource:
    """Find an encoder's files.

    Args:
        name: `scratch`, a folder, a name below the models folder, or a hub name.
        models: the local models folder, if there is one.

    Raises:
        MissingInputError: it is nowhere; the message lists every place that was looked at.
    """
    if name == SCRATCH:
        return EncoderSource(SCRATCH, None, SCRATCH_DIGEST)
    folder = _local(name, models)
    if folder is not None and not _has_weights(folder):
        raise MissingInputError(
            f"encoder folder {folder}: no weights ({' or '.join(_WEIGHTS)})\n  -> copy the whole model folder"
        )
    looked = [
        f"folder {name}",
        f"models folder {models}" if models else "no models folder is set",
        "Hugging Face cache",
    ]
    reason = ""
    if folder is None and not Path(name).is_absolute() and name.count("/") <= 1:
        folder = _cached(name)
        if folder is None:
            folder, reason = _from_hub(name)
            looked.append(f"the hub ({reason})" if reason else "the hub")
    if folder is None:
        near = suggestion(name, [*local_models(models), SCRATCH])
        raise MissingInputError(
            f"encoder {name!r} cannot be found. Looked at: {'; '.join(looked)}{near}\n"
            f"  -> give a folder (--encoder DIR), a models folder (--models DIR or {MODELS_VARIABLE}), or `scratch`"
        )
    return EncoderSource(name if not Path(name).is_dir() else Path(name).resolve().name, folder, digest(folder))


def cached_models() -> list[str]:
    """Names of the models in the Hugging Face cache."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        return sorted(repo.repo_id for repo in scan_cache_dir().repos if repo.repo_type == "model")
    except CacheNotFound:
        return []
