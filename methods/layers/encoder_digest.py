"""What identifies a text encoder: the content of its files."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.pretrained import files_digest

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


def digest(folder: Path) -> str:
    """sha256 over config, tokenizer and one set of weights; other files do not change what the encoder does."""
    safe = sorted(folder.glob("model*.safetensors"))
    weights = safe or sorted(folder.glob("pytorch_model*.bin"))
    texts = [
        p
        for pattern in ("*.json", "*.txt", "*.model", "bpe.codes")
        for p in folder.glob(pattern)
        if not p.name.endswith(".index.json")
    ]
    return files_digest(sorted(p for p in texts if p.name.startswith(_NAMES)) + weights)
