"""Writes the folder of an exported tagger that keeps its own format: `config.json`, `tagger/`, and a tokenizer."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.results.store import TAGGER
from mnerbench.benchmark.results.tagger_file import TAGGER_FILE, digests, write_tagger_file
from mnerbench.benchmark.training.kept_tagger import LoadedTagger
from mnerbench.datasets.errors import ConfigError, StoreError
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.write_errors import cannot_write
from mnerbench.methods.encoders.kept_tensors import write_tensors
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.kept_method import WEIGHTS
from mnerbench.methods.tagger import NeuralMethod

if TYPE_CHECKING:
    from transformers import PretrainedConfig

_CHANGED = "load it again from a folder that stays, then save it"


def write_tagger_folder(loaded: LoadedTagger, source: Path, folder: Path, config: PretrainedConfig) -> None:
    """Write a network with its present weights.

    Args:
        loaded: the tagger.
        source: the folder that it was loaded from, with its `tagger.json`.
        folder: the target; without a tagger.
        config: of transformers.

    Raises:
        ConfigError: the target holds a tagger.
        StoreError: the source has changed since.
        DiskError: the target cannot be written.
    """
    method, target = loaded.method, folder / TAGGER
    assert isinstance(method, NeuralMethod)
    if target.exists() or target.is_symlink():
        raise ConfigError(f"{named(folder)} holds a tagger\n  -> choose another folder")
    try:
        for name in loaded.file.files:
            if name != WEIGHTS:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, target / name)
    except FileNotFoundError as error:
        raise StoreError(f"{named(source)}: the tagger's folder is gone\n  -> {_CHANGED}") from error
    except OSError as error:
        raise cannot_write(target, error) from error
    write_tensors(method.state_dict(), target / WEIGHTS)
    files = digests(target)
    for name, file in loaded.file.files.items():
        if name != WEIGHTS and files[name] != file:
            raise StoreError(f"{named(source / name)}: changed since the tagger was loaded\n  -> {_CHANGED}")
    write_tagger_file(target, loaded.file.model_copy(update={"files": files}))
    save_pretrained(config, folder)
    if isinstance(method.encoder, TextEncoder):
        write_tokenizer(method.encoder, folder)


def write_tokenizer(encoder: TextEncoder, folder: Path, limit: int | None = None) -> None:
    """Write the tokenizer of an encoder as `AutoTokenizer` reads it.

    Args:
        encoder: of a method.
        folder: the target.
        limit: most subwords of a text, special tokens included; None for that of the encoder.

    Raises:
        DiskError: the folder cannot be written.
    """
    tokenizer = copy.deepcopy(encoder.tokenizer.pretrained)
    tokenizer.model_max_length = encoder.tokenizer.limit if limit is None else min(limit, encoder.tokenizer.limit)
    save_pretrained(tokenizer, folder)


def save_pretrained(part: Any, folder: Path) -> None:
    """Call `save_pretrained` of a part of transformers.

    Raises:
        DiskError: the folder cannot be written.
    """
    try:
        part.save_pretrained(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error


def is_exported(folder: Path) -> bool:
    """Whether a folder was exported with its tagger."""
    return (folder / TAGGER / TAGGER_FILE).is_file() and (folder / "config.json").is_file()
