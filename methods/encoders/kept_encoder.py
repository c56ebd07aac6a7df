"""Encoders in a folder without their trained weights, for kept taggers: what is needed to build them again.

A text encoder has its `config.json` and the tokenizer's files, `scratch` its tokenizer, an LSTM over word vectors its
words and the vectors that training does not change; further word vectors of a method are a table. Only JSON,
safetensors and the files of tokenizers are read, and no code of the folder runs.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mnerbench.datasets.atomic_files import write_atomically, write_bytes_atomically
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.pretrained_loading import loading, require_plausible_size
from mnerbench.datasets.untrusted.files import named, read_bytes
from mnerbench.datasets.untrusted.json_text import read_json
from mnerbench.methods.base.configs import WordTaggerConfig
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.characters import build_spelling
from mnerbench.methods.encoders.encoder_digest import settings_files
from mnerbench.methods.encoders.kept_tensors import read_tensors, write_tensors
from mnerbench.methods.encoders.remote_code import code_classes
from mnerbench.methods.encoders.scratch import scratch_encoder_over
from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer
from mnerbench.methods.encoders.text_encoder import TextEncoder, described_model, load_tokenizer, window_limit
from mnerbench.methods.encoders.word_encoder import WordEncoder, WordTokenizer
from mnerbench.methods.encoders.word_table import WordTable

DAMAGED = "keep the tagger again (`benchmark run --rerun all`), or copy its folder again"
_CONFIG, _TOKENIZER, _TOKENIZER_SETTINGS = "config.json", "tokenizer.json", "tokenizer_config.json"
_WORDS, _FIXED, _TABLE, _TABLE_VECTORS = "words.json", "fixed.safetensors", "table.json", "table.safetensors"
# Settings by which networks read further files, or ask the hub for them.
_FURTHER_FILES = ("backbone", "backbone_config", "use_timm_backbone", "quantization_config", "adapter")


def keep_encoder(encoder: Encoder, source: Path | None, folder: Path) -> None:
    """Write everything but the weights of an encoder.

    Args:
        encoder: of a method, in any state of training.
        source: the folder that a text encoder was loaded from; None for `scratch`, ignored for word vectors.
        folder: the target.

    Raises:
        DiskError: the folder cannot be written.
        MnerbenchError: a file of `source` cannot be read.
    """
    if isinstance(encoder, WordEncoder):
        words = {"trained": encoder.tokenizer.trained, "fixed": encoder.tokenizer.fixed}
        write_atomically(folder / _WORDS, json.dumps(words, ensure_ascii=False))
        write_tensors({"fixed": encoder.fixed}, folder / _FIXED)
    elif isinstance(encoder, TextEncoder) and source is None:
        write_atomically(folder / _TOKENIZER, encoder.tokenizer.fast_file())
    elif source is not None:
        for path in settings_files(source):
            write_bytes_atomically(folder / path.name, _content(path))
    if encoder.word_table is not None:
        about = {"words": encoder.word_table.words, "width": encoder.word_table.width}
        write_atomically(folder / _TABLE, json.dumps(about, ensure_ascii=False))
        write_tensors({"vectors": encoder.word_table.vectors}, folder / _TABLE_VECTORS)


def _content(path: Path) -> bytes:
    """A file as it is kept: settings of tokenizers without the paths of files, which would be read from elsewhere."""
    content = read_bytes(path)
    if path.name != _TOKENIZER_SETTINGS:
        return content
    settings = read_json(path, "copy the encoder's folder again", finite=False)
    paths = _paths(settings)
    if not paths:
        return content
    return json.dumps({key: value for key, value in settings.items() if key not in paths}, ensure_ascii=False).encode()


def _paths(settings: Any) -> list[str]:
    return [key for key in settings if key.endswith(("_file", "_files"))] if isinstance(settings, dict) else []


def restore_encoder(folder: Path, config: MethodConfig, weights: Path) -> Encoder:
    """Build a kept encoder, with weights that are still to be loaded.

    Args:
        folder: the folder of `keep_encoder`.
        config: settings of its method.
        weights: the file of the method's weights, whose size bounds that of the network.

    Raises:
        StoreError: a file is missing or damaged, or asks for code or further files.
    """
    what = f"encoder of the tagger, {named(folder)}"
    with loading(f"{what}: cannot be built", DAMAGED, StoreError):
        if (folder / _WORDS).is_file():
            encoder: Encoder = _word_encoder(folder, config)
        elif (folder / _CONFIG).is_file():
            encoder = _text_encoder(folder, weights)
        else:
            from tokenizers import Tokenizer

            encoder = scratch_encoder_over(Tokenizer.from_str(read_bytes(folder / _TOKENIZER).decode()))
        if (folder / _TABLE).is_file():
            encoder.word_table = _word_table(folder)
    return encoder


def _text_encoder(folder: Path, weights: Path) -> TextEncoder:
    from transformers import AutoConfig, AutoModel

    _refuse_further_files(folder)
    tokenizer = load_tokenizer(folder)
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    messages = (f"encoder of the tagger, {named(folder)}", DAMAGED)
    require_plausible_size(config, [weights], partial(described_model, config), messages, StoreError)
    model = AutoModel.from_config(config, trust_remote_code=False, dtype=torch.float32)  # type: ignore[no-untyped-call]
    if getattr(model, "pooler", None) is not None:
        model.pooler = None
    return TextEncoder(model, SubwordTokenizer(tokenizer, window_limit(config, tokenizer)))


def _refuse_further_files(folder: Path) -> None:
    """Raise if settings name Python code, or files outside the folder."""
    if classes := code_classes(folder):
        reason = f"{named(folder)}: it names Python code ({', '.join(classes)[:200]}), which a tagger does not run"
        raise StoreError(f"{reason}\n  -> keep taggers of encoders without code of their own")
    settings = read_json(folder / _CONFIG, DAMAGED, error=StoreError, finite=False)
    further = [key for key in _FURTHER_FILES if isinstance(settings, dict) and settings.get(key)]
    if (folder / _TOKENIZER_SETTINGS).is_file():
        further += _paths(read_json(folder / _TOKENIZER_SETTINGS, DAMAGED, error=StoreError, finite=False))
    if further:
        reason = f"{named(folder)}: its settings name further files ({', '.join(further)})"
        raise StoreError(f"{reason}\n  -> remove these settings if you know their origin, or {DAMAGED}")


def _word_encoder(folder: Path, config: MethodConfig) -> WordEncoder:
    if not isinstance(config, WordTaggerConfig):
        raise StoreError(f"{named(folder)}: words of an LSTM, but the method reads a text encoder\n  -> {DAMAGED}")
    words = read_json(folder / _WORDS, DAMAGED, error=StoreError)
    trained, fixed = _strings(words, "trained"), _strings(words, "fixed")
    vectors = _matrix(folder / _FIXED, "fixed", len(fixed))
    spelling = build_spelling(config.spelling, config.character_width, config.spelled_width, config.dropout)
    start, rare = torch.zeros(len(trained), vectors.shape[1]), torch.zeros(len(trained), dtype=torch.bool)
    sizes = {"hidden": config.hidden, "dropout": config.dropout}
    return WordEncoder(WordTokenizer(trained, fixed), start, vectors, rare, spelling, **sizes)  # type: ignore[arg-type]


def _word_table(folder: Path) -> WordTable:
    about = read_json(folder / _TABLE, DAMAGED, error=StoreError)
    words = _strings(about, "words")
    vectors = _matrix(folder / _TABLE_VECTORS, "vectors", 1 + len(words))
    if list(words) != sorted(set(words)):
        raise StoreError(f"{named(folder / _TABLE)}: its words are not sorted\n  -> {DAMAGED}")
    return WordTable(dict(zip(words, vectors.numpy()[1:], strict=True)), vectors.shape[1])


def _strings(value: Any, key: str) -> list[str]:
    if not isinstance(value[key], list) or not all(isinstance(item, str) for item in value[key]):
        raise TypeError(f"{key} is no list of words")
    return list(value[key])


def _matrix(path: Path, name: str, rows: int) -> Tensor:
    [vectors] = [tensor for key, tensor in read_tensors(path).items() if key == name] or [torch.zeros(0)]
    if vectors.dim() != 2 or len(vectors) != rows or vectors.dtype != torch.float32:
        raise StoreError(f"{named(path)}: not float32 vectors of {rows:,} words\n  -> {DAMAGED}")
    return vectors
