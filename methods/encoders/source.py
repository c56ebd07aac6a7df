"""Where an encoder comes from: `scratch`, a pretrained model's folder, or vectors of words; each with a digest."""

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
from mnerbench.methods.base.choices import SCRATCH_DIGEST, WORDS_DIGEST
from mnerbench.methods.encoders.encoder_digest import digest
from mnerbench.methods.encoders.remote_code import has_code, runs_code
from mnerbench.methods.encoders.tokenizer import Pieces

SCRATCH = "scratch"
RANDOM = "random"  # vectors of words that no file gives
_OF_WORDS = "words:"
# What stands before the `=` of NAME=DIR; a hub's names have a slash.
_DISPLAY_NAME = re.compile(r"\w[\w .,+@/()-]{0,79}")
_TOKENIZERS = (
    *("tokenizer.json", "tokenizer.model", "vocab.txt", "vocab.json", "bpe.codes"),
    *("spiece.model", "spm.model", "sentencepiece.bpe.model"),
)


@dataclass(frozen=True)
class EncoderSource:
    """A resolved encoder.

    Attributes:
        name: for tables, and no part of a run's identity: the NAME of NAME=DIR, what the user typed, or the last part
            of a path.
        folder: where its files are, or the one file of vectors of words; None for `scratch` and random vectors.
        digest: sha256 over config, tokenizer files and weights: equal files, equal digest, wherever they lie.
        words: whether it is vectors of words, for methods without a text encoder.
        remote_code: whether Python files of its folder compute it; their content is then part of the digest.
        known: pieces of words that its tokenizer was asked for; runs of one process share them.
    """

    name: str
    folder: Path | None
    digest: str
    words: bool = False
    remote_code: bool = False
    known: dict[str, Pieces] = field(default_factory=dict, compare=False, repr=False)

    def settings(self) -> dict[str, Any]:
        """What its `config.json` says; nothing for `scratch`, vectors of words, or a file that is none."""
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
        name: `scratch`, a folder, a name below the models folder, a hub name, or what `words_named` gives; of each
            also NAME=..., which says what tables call it.
        models: the local models folder, if there is one.
        trust_remote_code: whether Python files that come with it may be run.

    Raises:
        MissingInputError: it is nowhere; the message lists every place that was looked at.
        ConfigError: the NAME of NAME=... is not one, or no file can be called so.
    """
    words = name.startswith(_OF_WORDS)
    require_possible(name.removeprefix(_OF_WORDS), "the word vectors" if words else "the encoder")
    shown, name = split_display_name(name.removeprefix(_OF_WORDS))
    source = _resolve_words(name) if words else _resolve_text(name, models, trusted=trust_remote_code)
    return source if shown is None else replace(source, name=shown)


def split_display_name(given: str) -> tuple[str | None, str]:
    """What tables call an encoder, and where it is: of `NAME=DIR` both, of anything else None and what was given.

    Raises:
        ConfigError: NAME is empty or cannot stand in a table, or nothing follows it.
    """
    shown, equals, rest = given.partition("=")
    if not equals or Path(given).expanduser().exists():  # a path may hold an equals sign
        return None, given
    if _DISPLAY_NAME.fullmatch(shown) is None or not rest:
        reason = "NAME is up to 80 letters, digits, spaces and . , _ + @ / ( ) -, the first a letter or digit"
        raise ConfigError(f"{given!r} is not NAME=DIR\n  -> {reason}; DIR a folder or another name of the encoder")
    return shown, rest


def _resolve_text(name: str, models: Path | None, *, trusted: bool) -> EncoderSource:
    if name == SCRATCH:
        return EncoderSource(SCRATCH, None, SCRATCH_DIGEST)
    remedy = f"give a folder (--encoder DIR), a models folder (--models DIR or {MODELS_VARIABLE}), or `{SCRATCH}`"
    complete = _complete_with_code if trusted else _complete
    folder = find_model(name, models, "encoder", remedy, complete=complete, also=[SCRATCH], code=trusted)
    if not any((folder / file).is_file() for file in _TOKENIZERS):
        reason = f"encoder folder {folder}: no tokenizer ({', '.join(_TOKENIZERS)})"
        way = "copy the tokenizer's files beside the weights; a VisualBERT takes those of bert-base-uncased"
        raise MissingInputError(Need(reason, (way,), f"tokenizer of the encoder {name}"))
    code = runs_code(folder, trusted=trusted)
    shown = name if not Path(name).is_dir() else Path(name).resolve().name
    return EncoderSource(shown, folder, digest(folder, remote_code=code), remote_code=code)


def unfetched(name: str, models: Path | None) -> Need | None:
    """What an encoder lacks on this machine, without asking a network; None when it is here.

    Args:
        name: as `resolve_encoder` takes it.
        models: the local models folder, if there is one.
    """
    if name.startswith(_OF_WORDS):
        try:
            _resolve_words(name.removeprefix(_OF_WORDS))
        except MissingInputError as error:
            return error.needs[0]
        return None
    if name == SCRATCH or is_local(name, models, _complete):
        return None
    way = f"hf download {name}   # `run` does it by itself where there is a network"
    return Need(f"encoder {name!r} is not on this machine", (way, "or --encoder DIR"), f"encoder {name}")


def words_named(given: str) -> str:
    """What vectors of words go by where encoders are named: `random`, or a file as GloVe and word2vec write them."""
    return _OF_WORDS + given


def _resolve_words(given: str) -> EncoderSource:
    if given == RANDOM:
        return EncoderSource("random word vectors", None, WORDS_DIGEST, words=True)
    path = Path(given).expanduser()
    if not path.is_file():
        way = f"--word-vectors FILE: a text file, a word and its numbers per line; or `{RANDOM}`"
        raise MissingInputError(Need(f"--word-vectors {given}: no such file", (way,), f"word vectors {given}"))
    return EncoderSource(path.name, path, digest(path), words=True)
