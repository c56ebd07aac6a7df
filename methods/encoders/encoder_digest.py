"""Digest of an encoder: a hash of its files."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.pretrained import TOKENIZER_NAMES, files_digest, weight_files
from mnerbench.methods.encoders.remote_code import code_files

_NAMES = ("config.json", *TOKENIZER_NAMES)


def digest(folder: Path, *, remote_code: bool = False) -> str:
    """sha256 over config, tokenizer and one set of weights; other files do not change what the encoder computes.

    For a file of word vectors, sha256 over its content, regardless of its name.

    Args:
        folder: folder of the encoder, or file of word vectors.
        remote_code: whether the encoder runs Python files of the folder, which then are part of the digest.
    """
    if folder.is_file():
        return files_digest([folder], with_names=False)
    code = code_files(folder) if remote_code else []
    return files_digest(settings_files(folder) + weight_files(folder) + code)


def settings_files(folder: Path) -> list[Path]:
    """The files of a text encoder's folder without weights and code: config and tokenizer, sorted."""
    texts = [path for pattern in ("*.json", "*.txt", "*.model", "bpe.codes") for path in folder.glob(pattern)]
    return sorted(p for p in texts if p.name.startswith(_NAMES) and not p.name.endswith(".index.json"))
