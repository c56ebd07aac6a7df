"""`global` and `grid` vectors that somebody made: where they lie, and the source that they are."""

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
    """Vectors of a file or folder, checked and brought into a memory-mapped store when they are first opened.

    Args:
        kind: `global` or `grid`.
        name: as the user gave it.
        path: where they lie.
        setting: of the dataset.

    Raises:
        DataError: the file cannot be used as it is (names the picture).
    """

    def __init__(self, kind: InputKind, name: str, path: Path, setting: Setting) -> None:
        corpus = setting.corpus
        named = [example.image_id for examples in corpus.splits.values() for example in examples]
        wanted = {image for image in named if image is not None} - corpus.missing_images
        self.kind, self.name = kind, name
        self._found: VectorImport = import_vectors(kind, path, setting.cache / "features", wanted, setting.card.name)
        self.fingerprint = self._found.fingerprint
        self._absent = sum(image not in self._found.keys for image in named)

    @property
    def summary(self) -> str:
        """How much is there, in words."""
        shape = self._found.shape
        size = f"{shape.cells} x {shape.width}" if self.kind is InputKind.GRID else str(shape.width)
        vectors = f"vectors of {size} {self._found.dtype} numbers"
        return f"{len(self._found.keys):,} pictures with {vectors}, {self._absent:,} tweets without"

    def load(self) -> Loaded:
        """The vectors; there are none of a grey picture."""
        vectors = self._found
        return Features(
            self.kind, vectors.store, vectors.keys, self.name, self.fingerprint, vectors.shape, missing=self._absent
        )


def open_own_vectors(kind: InputKind, name: str, setting: Setting) -> OwnVectors:
    """The vectors that a name means: a path, or what is called so in the dataset's folder.

    `grid=clip` is `grid.clip.npz` (or `.safetensors`, `.npy`, or a folder of `.npy`) there, `grid=file` is `grid.npz`.
    A path is looked for in the dataset's folder, so that each dataset of a suite can have its own, then as it stands.

    Raises:
        MissingInputError: there is none; says what can stand there.
        ConfigError: the name is near that of an extractor, or several files have it.
        DataError: the file cannot be used as it is.
    """
    named = [path for path in _named_places(kind, name, setting.folder) if path.exists()]
    if len(named) > 1:
        names = " and ".join(path.name for path in named)
        remedy = f"{kind.value}={named[0].name}"
        raise ConfigError(f"{kind.value}={name}: {setting.folder} holds {names}\n  -> name one of them, {remedy}")
    as_path = () if name == FILE else (setting.folder / name, Path(name).expanduser())
    path = next((path for path in (*named, *as_path) if path.exists()), None)
    if path is None:
        raise _unknown(kind, name, setting)
    return OwnVectors(kind, name, path, setting)


def _named_places(kind: InputKind, name: str, folder: Path) -> list[Path]:
    """Where the vectors of a source lie that is no path."""
    stem = kind.value if name == FILE else f"{kind.value}.{name}"
    return [folder / f"{stem}{suffix}" for suffix in (*SUFFIXES, "")] if _is_plain(name) else []


def _is_plain(name: str) -> bool:
    return not any(sign in name for sign in "/\\~") and Path(name).suffix.lower() not in SUFFIXES


def _unknown(kind: InputKind, name: str, setting: Setting) -> ConfigError | MissingInputError:
    first = f"{kind.value} of {setting.card.name!r}: no extractor is called {name!r}"
    named = _named_places(kind, name, setting.folder)
    looked = f"{setting.folder} has no {named[0].name}" if named else "there is no such file"
    ways = [
        f"vectors that you have: {kind.value}=FILE.npz, FILE.safetensors or a folder of .npy, named by image id",
        "an extractor: resnet152, vision@model=NAME, ...; all of them: benchmark list extractors",
    ]
    guess = near(name.partition("@")[0], extractor_names())
    if guess and named:
        means = " or ".join(map(repr, guess))
        return ConfigError(with_remedies(f"{first}, and {looked}; did you mean {means}?", ways))
    return MissingInputError(with_remedies(f"{first}, and {looked}", ways))
