"""What identifies a text encoder: the content of its files."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.pretrained import TOKENIZER_NAMES, files_digest, weight_files
from mnerbench.methods.encoders.remote_code import code_files

_NAMES = ("config.json", *TOKENIZER_NAMES)


def digest(folder: Path, *, remote_code: bool = False) -> str:
    """sha256 over config, tokenizer and one set of weights; other files do not change what the encoder does.

    Of a file (vectors of words) over its content, whatever it is called.

    Args:
        folder: of the encoder, or the file.
        remote_code: whether Python files of the folder compute it, which then count too.
    """
    if folder.is_file():
        return files_digest([folder], with_names=False)
    texts = [
        p
        for pattern in ("*.json", "*.txt", "*.model", "bpe.codes")
        for p in folder.glob(pattern)
        if not p.name.endswith(".index.json")
    ]
    code = code_files(folder) if remote_code else []
    return files_digest(sorted(p for p in texts if p.name.startswith(_NAMES)) + weight_files(folder) + code)
