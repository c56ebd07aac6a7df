"""What identifies a text encoder: the content of its files."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

_NAMES = (
    "config.json",
    "tokenizer",
    "vocab",
    "merges",
    "special_tokens",
    "added_tokens",
    "sentencepiece",
    "spiece",
    "bpe",
)


def _content_files(folder: Path) -> list[Path]:
    """Config, tokenizer and one set of weights, in a fixed order; other files do not change what the encoder does."""
    safe = sorted(folder.glob("model*.safetensors"))
    weights = safe or sorted(folder.glob("pytorch_model*.bin"))
    texts = [
        p
        for pattern in ("*.json", "*.txt", "*.model", "bpe.codes")
        for p in folder.glob(pattern)
        if not p.name.endswith(".index.json")
    ]
    return sorted(p for p in texts if p.name.startswith(_NAMES)) + weights


def digest(folder: Path) -> str:
    """sha256 over names and contents of the files that make the encoder; remembered per file state.

    Large weights are read once per machine: the digest is kept in the user's cache under path, size and time of change.
    """
    files = _content_files(folder)
    state = [[str(p.resolve()), p.stat().st_size, p.stat().st_mtime_ns] for p in files]
    key = hashlib.sha256(json.dumps(state).encode()).hexdigest()
    from platformdirs import user_cache_path

    remembered = user_cache_path("mnerbench") / "digests" / key
    try:
        return remembered.read_text(encoding="ascii")
    except OSError:
        total = hashlib.sha256()
        for path in files:
            with path.open("rb") as stream:
                total.update(f"{path.name}:{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    try:
        remembered.parent.mkdir(parents=True, exist_ok=True)
        partial = remembered.with_suffix(f".{os.getpid()}")
        partial.write_text(total.hexdigest(), encoding="ascii")
        partial.replace(remembered)
    except OSError:
        pass  # a cache that cannot be written only costs time
    return total.hexdigest()
