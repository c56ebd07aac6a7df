"""Where a text encoder comes from: `scratch`, or a pretrained model's folder with a digest of its content."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mnerbench.datasets.pretrained import MODELS_VARIABLE, find_model, has_weights
from mnerbench.methods.layers.choices import SCRATCH_DIGEST
from mnerbench.methods.layers.encoder_digest import digest
from mnerbench.methods.layers.piece_tokenizer import Pieces

SCRATCH = "scratch"
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "bpe.codes")


@dataclass(frozen=True)
class EncoderSource:
    """A resolved encoder.

    Attributes:
        name: what the user typed, or the last part of a path.
        folder: where its files are; None for `scratch`.
        digest: sha256 over config, tokenizer files and weights: equal files, equal digest, wherever they lie.
        known: pieces of words that its tokenizer was asked for; runs of one process share them.
    """

    name: str
    folder: Path | None
    digest: str
    known: dict[str, Pieces] = field(default_factory=dict, compare=False, repr=False)


def _complete(folder: Path) -> bool:
    return has_weights(folder) and any((folder / name).is_file() for name in _TOKENIZERS)


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
    remedy = f"give a folder (--encoder DIR), a models folder (--models DIR or {MODELS_VARIABLE}), or `{SCRATCH}`"
    folder = find_model(name, models, "encoder", remedy, complete=_complete, also=[SCRATCH])
    return EncoderSource(name if not Path(name).is_dir() else Path(name).resolve().name, folder, digest(folder))
