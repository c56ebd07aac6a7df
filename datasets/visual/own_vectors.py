"""User-provided `global` and `grid` vectors: find the files and open them as a source."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.errors import ConfigError, MissingInputError, near, with_remedies
from mnerbench.datasets.inputs import FILE, InputKind
from mnerbench.datasets.visual.extractors.catalog import extractor_names
from mnerbench.datasets.visual.features import Features
from mnerbench.datasets.visual.importers.vector_files import SUFFIXES
from mnerbench.datasets.visual.importers.vectors import VectorImport, import_vectors
from mnerbench.datasets.visual.sources.base import Loaded, Setting, Source


class OwnVectors(Source):
    """Vectors of a file or folder, validated and imported into a memory-mapped store on first use.

    Args:
        kind: `global` or `grid`.
        name: source name as the user typed it.
        path: the file or folder.
        setting: the dataset.

    Raises:
        DataError: the file is invalid (names the picture).
    """

    def __init__(self, kind: InputKind, name: str, path: Path, setting: Setting) -> None:
        corpus = setting.corpus
        requested = corpus.image_ids - corpus.missing_images
        self.kind, self.name = kind, name
        cache = setting.cache / "features"
        self._vectors: VectorImport = import_vectors(kind, path, cache, requested, setting.card.name)
        self.fingerprint = self._vectors.fingerprint
        self._absent = corpus.tweets_without(self._vectors.keys)

    @property
    def summary(self) -> str:
        """See the base."""
        shape = self._vectors.shape
        size = f"{shape.cells} x {shape.width}" if self.kind is InputKind.GRID else str(shape.width)
        vectors = f"vectors of {size} {self._vectors.dtype} numbers"
        return f"{len(self._vectors.keys):,} pictures with {vectors}, {self._absent:,} tweets without"

    def load(self) -> Loaded:
        """The vectors, without any for the blank picture."""
        vectors = self._vectors
        return Features(
            self.kind, vectors.store, vectors.keys, self.name, self.fingerprint, vectors.shape, missing=self._absent
        )


def open_own_vectors(kind: InputKind, name: str, setting: Setting) -> OwnVectors:
    """Open the vectors that a source name refers to: a file in the dataset's folder, or a path.

    `grid=clip` is `grid.clip.npz` (or `.safetensors`, `.npy`, or a folder of `.npy`) there, `grid=file` is `grid.npz`.
    A path is resolved in the dataset's folder first, so that each dataset of a suite can have its own file.

    Raises:
        MissingInputError: there is no such file; lists the valid forms.
        ConfigError: the name resembles that of an extractor, or matches several files.
        DataError: the file is invalid.
    """
    matches = [path for path in _candidate_paths(kind, name, setting.folder) if path.exists()]
    if len(matches) > 1:
        names = " and ".join(path.name for path in matches)
        remedy = f"{kind.value}={matches[0].name}"
        raise ConfigError(f"{kind.value}={name}: {setting.folder} holds {names}\n  -> name one of them, {remedy}")
    as_path = () if name == FILE else (setting.folder / name, Path(name).expanduser())
    path = next((path for path in (*matches, *as_path) if path.exists()), None)
    if path is None:
        raise _not_found(kind, name, setting)
    return OwnVectors(kind, name, path, setting)


def _candidate_paths(kind: InputKind, name: str, folder: Path) -> list[Path]:
    """Paths of a source name in the dataset's folder; [] if the name is itself a path."""
    stem = kind.value if name == FILE else f"{kind.value}.{name}"
    return [folder / f"{stem}{suffix}" for suffix in (*SUFFIXES, "")] if not _is_path(name) else []


def _is_path(name: str) -> bool:
    return any(character in name for character in "/\\~") or Path(name).suffix.lower() in SUFFIXES


def _not_found(kind: InputKind, name: str, setting: Setting) -> ConfigError | MissingInputError:
    candidates = _candidate_paths(kind, name, setting.folder)
    file = f"{setting.folder} has no {candidates[0].name}" if candidates else "there is no such file"
    reason = f"{kind.value} of {setting.card.name!r}: no extractor is called {name!r}, and {file}"
    ways = [
        f"use your own vectors: {kind.value}=FILE.npz, FILE.safetensors or a folder of .npy, named by image id",
        "or an extractor: resnet152, vision@model=NAME, ...; all of them: benchmark list extractors",
    ]
    guess = near(name.partition("@")[0], extractor_names())
    if guess and candidates:
        return ConfigError(with_remedies(f"{reason}; did you mean {' or '.join(map(repr, guess))}?", ways))
    return MissingInputError(with_remedies(reason, ways))
