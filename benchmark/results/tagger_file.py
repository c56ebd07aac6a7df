"""`tagger.json` of a kept tagger: what it is, and the digests of its other files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from mnerbench.benchmark.results.spec import Frozen, RunSpec
from mnerbench.benchmark.results.stored_files import Count, parse_stored
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import MissingInputError, StoreError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.tagging import Scheme
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named, read_bytes, require_inside, sha256_of

if TYPE_CHECKING:
    from mnerbench.datasets.visual.features import FeatureShape

TAGGER_FILE = "tagger.json"
FORMAT: Literal[1] = 1  # raised whenever older taggers can no longer be read
AGAIN = "copy the folder again from its source, or train again: `benchmark run --rerun all`"
_MOST_BYTES = 1 << 26
_NAME = r"^(encoder/)?[A-Za-z0-9_][A-Za-z0-9._-]{0,99}\.(json|txt|model|codes|safetensors)$"

FileName = Annotated[str, StringConstraints(pattern=_NAME)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class KeptFile(Frozen):
    """Size and digest of a file."""

    bytes: Count
    sha256: Sha256


class KeptShape(Frozen):
    """`FeatureShape` of a visual input."""

    width: Count
    cells: Count
    labels: tuple[str, ...] = ()
    parts: tuple[Count, ...] = ()

    @property
    def shape(self) -> FeatureShape:
        """The shape."""
        from mnerbench.datasets.visual.features import FeatureShape  # imports numpy, which planning does without

        return FeatureShape(self.width, self.cells, self.labels, self.parts)


class TaggerFile(Frozen):
    """Content of `tagger.json`."""

    format: Literal[1] = FORMAT
    spec: RunSpec
    labels: tuple[str, ...] = Field(description="the label set, in the order of the emissions")
    scheme: Scheme
    shapes: Mapping[InputKind, KeptShape] = Field(default_factory=dict, description="of the vectors that it reads")
    extractors: Mapping[InputKind, Mapping[str, Any] | None] = Field(
        default_factory=dict, description="settings and digest of each visual input's extractor; null: unknown"
    )
    files: Mapping[FileName, KeptFile] = Field(description="all other files of the tagger")
    package: str = Field(description="the version that wrote it")

    @property
    def bytes(self) -> int:
        """Size of its files."""
        return sum(file.bytes for file in self.files.values())


def digests(folder: Path) -> dict[str, KeptFile]:
    """Size and digest of each file of a tagger except `tagger.json`."""
    return {
        name: KeptFile(bytes=path.stat().st_size, sha256=sha256_of(path))
        for name, path in _files(folder)
        if name != TAGGER_FILE
    }


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_dir() or path.is_symlink():
            yield path.relative_to(folder).as_posix(), path


def write_tagger_file(folder: Path, tagger: TaggerFile) -> None:
    """Write `tagger.json`; last, since it marks the tagger as complete."""
    write_atomically(folder / TAGGER_FILE, tagger.model_dump_json(indent=1))


def read_tagger_file(folder: Path) -> TaggerFile:
    """Read `tagger.json`, without checking the other files.

    Raises:
        MissingInputError: there is no tagger.
        StoreError: it is damaged, or of another format version.
    """
    path = folder / TAGGER_FILE
    try:
        content = read_bytes(require_inside(folder, path, StoreError), error=StoreError, most=_MOST_BYTES)
    except MissingInputError as error:
        reason = f"{named(folder)}: no kept tagger"
        ways = "`benchmark clean` lists those of a results folder; `benchmark run --keep best` keeps them"
        raise MissingInputError(f"{reason}\n  -> {ways}") from error
    try:
        return parse_stored(TaggerFile, content, f"a tagger of format {FORMAT}")
    except ValueError as error:
        raise StoreError(f"{named(path)}: {one_line(error)}\n  -> {AGAIN}, with this version of mnerbench") from error


def check_files(folder: Path, tagger: TaggerFile) -> None:
    """Check that a tagger has exactly its files, that none is a link, and their sizes and digests.

    Raises:
        StoreError: a file is missing, foreign, a link or damaged.
    """
    present = dict(_files(folder))
    present.pop(TAGGER_FILE, None)
    for name, path in present.items():
        if path.is_symlink():
            raise StoreError(f"{named(path)}: a link, where a tagger has files\n  -> copy the file that it leads to")
        # A library may read any file beside those that are asked for.
        if name not in tagger.files and not path.name.endswith(".part"):
            raise StoreError(f"{named(path)}: not a file of this tagger\n  -> move it away")
    for name, file in tagger.files.items():
        path = require_inside(folder, folder / name, StoreError)
        if name not in present:
            raise StoreError(f"{named(path)}: missing\n  -> {AGAIN}")
        if (size := path.stat().st_size) != file.bytes:
            raise StoreError(f"{named(path)}: {size:,} bytes instead of {file.bytes:,}\n  -> {AGAIN}")
        if sha256_of(path, error=StoreError) != file.sha256:
            raise StoreError(f"{named(path)}: damaged: another sha256 than in {TAGGER_FILE}\n  -> {AGAIN}")
