"""Resolves encoders: `scratch`, a pretrained model's folder, or word vectors; each with a digest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import ConfigError, MissingInputError, MnerbenchError
from mnerbench.datasets.needs import Need
from mnerbench.datasets.pretrained import MODELS_VARIABLE, find_model, has_weights, is_local
from mnerbench.datasets.untrusted.json_text import read_json
from mnerbench.datasets.untrusted.names import require_possible
from mnerbench.methods.base.choices import SCRATCH_DIGEST, WORDS_DIGEST, TextSource
from mnerbench.methods.encoders.encoder_digest import digest
from mnerbench.methods.encoders.remote_code import has_code, runs_code
from mnerbench.methods.encoders.tokenizer import SubwordIds

SCRATCH = "scratch"
RANDOM = "random"  # word vectors without a file
_WORDS_PREFIX, _WORD_FILE_PREFIX = "words:", "word file:"
# The NAME of NAME=DIR; names on the Hugging Face hub have a slash.
_DISPLAY_NAME = re.compile(r"\w[\w .,+@/()-]{0,79}")
_TOKENIZERS = (
    *("tokenizer.json", "tokenizer.model", "vocab.txt", "vocab.json", "bpe.codes"),
    *("spiece.model", "spm.model", "sentencepiece.bpe.model"),
)


@dataclass(frozen=True)
class EncoderSource:
    """A resolved encoder.

    Attributes:
        name: display name, not part of a run's identity: the NAME of NAME=DIR, what the user typed, or the last part of
            a path.
        folder: folder of its files, or the file of word vectors; None for `scratch` and random vectors.
        digest: sha256 over config, tokenizer files and weights, independent of their location.
        words: whether it consists of word vectors, in place of a text encoder or beside one.
        remote_code: whether it runs Python files of its folder, which then are part of the digest.
        subword_cache: subwords by word, shared by the runs of a process.
    """

    name: str
    folder: Path | None
    digest: str
    words: bool = False
    remote_code: bool = False
    subword_cache: dict[str, SubwordIds] = field(default_factory=dict, compare=False, repr=False)

    def settings(self) -> dict[str, Any]:
        """Content of its `config.json`; empty for `scratch`, word vectors, or an unreadable file."""
        if self.folder is None or self.words:
            return {}
        try:
            settings = read_json(self.folder / "config.json", "copy the whole folder again", finite=False)
        except MnerbenchError:
            return {}
        return settings if isinstance(settings, dict) else {}


def _complete(folder: Path) -> bool:
    return has_weights(folder) and any((folder / name).is_file() for name in _TOKENIZERS)


def _complete_with_code(folder: Path) -> bool:
    return _complete(folder) and has_code(folder)


def resolve_encoder(name: str, models: Path | None, *, trust_remote_code: bool = False) -> EncoderSource:
    """Find an encoder's files.

    Args:
        name: `scratch`, a folder, a name below the models folder, a hub name, or a result of `words_named` or
            `word_file_named`; each may be prefixed by NAME=, the display name.
        models: the local models folder, if any.
        trust_remote_code: whether Python files that come with the encoder may run.

    Raises:
        MissingInputError: the encoder was not found; the message lists every location searched.
        ConfigError: the NAME of NAME=... is invalid, or the name is impossible as a file name.
    """
    prefix, name = _split_prefix(name)
    require_possible(name, "the word vectors" if prefix else "the encoder")
    display_name, name = split_display_name(name)
    if prefix:
        source = _resolve_words(name, allows_random=prefix == _WORDS_PREFIX)
    else:
        source = _resolve_text(name, models, trusted=trust_remote_code)
    return source if display_name is None else replace(source, name=display_name)


def _split_prefix(name: str) -> tuple[str, str]:
    """Split the prefix of word vectors from a name; "" for text encoders."""
    prefix = next((prefix for prefix in (_WORDS_PREFIX, _WORD_FILE_PREFIX) if name.startswith(prefix)), "")
    return prefix, name.removeprefix(prefix)


def split_display_name(text: str) -> tuple[str | None, str]:
    """Split `NAME=DIR` into display name and location; without `NAME=` the display name is None.

    Raises:
        ConfigError: NAME is empty or invalid, or DIR is empty.
    """
    display_name, equals, rest = text.partition("=")
    if not equals or Path(text).expanduser().exists():  # a path may hold an equals sign
        return None, text
    if _DISPLAY_NAME.fullmatch(display_name) is None or not rest:
        reason = "NAME is up to 80 letters, digits, spaces and . , _ + @ / ( ) -, the first a letter or digit"
        raise ConfigError(f"{text!r} is not NAME=DIR\n  -> {reason}; DIR is a folder or a name of the encoder")
    return display_name, rest


def _resolve_text(name: str, models: Path | None, *, trusted: bool) -> EncoderSource:
    if name == SCRATCH:
        return EncoderSource(SCRATCH, None, SCRATCH_DIGEST)
    remedy = f"give a folder (--encoder DIR), a models folder (--models DIR or {MODELS_VARIABLE}), or `{SCRATCH}`"
    complete = _complete_with_code if trusted else _complete
    folder = find_model(name, models, "encoder", remedy, complete=complete, also=[SCRATCH], code=trusted)
    if not any((folder / file).is_file() for file in _TOKENIZERS):
        reason = f"encoder folder {folder}: no tokenizer ({', '.join(_TOKENIZERS)})"
        way = "copy the tokenizer's files into that folder; for a VisualBERT, those of bert-base-uncased"
        raise MissingInputError(Need(reason, (way,), f"tokenizer of the encoder {name}"))
    code = runs_code(folder, trusted=trusted)
    display_name = name if not Path(name).is_dir() else Path(name).resolve().name
    return EncoderSource(display_name, folder, digest(folder, remote_code=code), remote_code=code)


def unfetched(name: str, models: Path | None) -> Need | None:
    """What an encoder lacks on this machine, without network access; None if it is complete.

    Args:
        name: a name as for `resolve_encoder`.
        models: the local models folder, if any.
    """
    prefix, rest = _split_prefix(name)
    if prefix:
        try:
            _resolve_words(rest, allows_random=prefix == _WORDS_PREFIX)
        except MissingInputError as error:
            return error.needs[0]
        return None
    if name == SCRATCH or is_local(name, models, _complete):
        return None
    way = f"hf download {name}   # with a network, `run` does this itself"
    return Need(f"encoder {name!r} is not on this machine", (way, "or --encoder DIR"), f"encoder {name}")


def encoder_name(source: TextSource, *, encoder: str, word_vectors: str) -> str:
    """Name, as for `resolve_encoder`, of what a method's words are represented by.

    Args:
        source: the config's `text_source`.
        encoder: name of the text encoder.
        word_vectors: `random`, or a file of word vectors.
    """
    return words_named(word_vectors) if source is TextSource.WORD_VECTORS else encoder


def words_named(name: str) -> str:
    """Encoder name of word vectors: `random`, or a text file in the format of GloVe or word2vec."""
    return _WORDS_PREFIX + name


def word_file_named(name: str) -> str:
    """Encoder name of word vectors that must come from a file, for methods that read them beside a text encoder."""
    return _WORD_FILE_PREFIX + name


def _resolve_words(name: str, *, allows_random: bool) -> EncoderSource:
    if name == RANDOM and allows_random:
        return EncoderSource("random word vectors", None, WORDS_DIGEST, words=True)
    if name == RANDOM:
        way = "--word-vectors FILE: a text file with a word and its numbers per line"
        raise MissingInputError(Need("no file of word vectors", (way,), "word vectors from a file"))
    path = Path(name).expanduser()
    if not path.is_file():
        way = f"--word-vectors FILE: a text file with a word and its numbers per line; or `{RANDOM}`"
        raise MissingInputError(Need(f"--word-vectors {name}: no such file", (way,), f"word vectors {name}"))
    return EncoderSource(path.name, path, digest(path), words=True)
