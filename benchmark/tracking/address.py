"""Where MLflow's store is, and what has to hold before anything is written to it.

The store beside the records (`mlflow.db`, `mlartifacts/`) comes with a results folder that somebody else may have made:
nothing in it may make us write elsewhere. A server or database that a user names is trusted.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mnerbench.benchmark.results.lock_files import locked
from mnerbench.datasets.catalog import cache_dir
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named, open_binary, require_inside

VARIABLE = "MLFLOW_TRACKING_URI"
OTHER_STORE = f"{VARIABLE}=sqlite:///PATH/mlflow.db, or unset it: each results folder then has its own mlflow.db"
ANEW = "move it away: `benchmark sync` fills a new one from the records"
_DATABASE, _ARTIFACTS = "mlflow.db", "mlartifacts"
_PATIENCE = 300.0  # seconds; a process that logs a record needs a few
_SQLITE = re.compile(r"sqlite(?:\+\w+)?:///(?P<path>[^?]+)")
_MAGIC = b"SQLite format 3\x00"
_SERVED = {"http", "https", "databricks", "databricks-uc", "uc"}


@dataclass(frozen=True)
class MlflowAddress:
    """A tracking store.

    Attributes:
        uri: as MLflow takes it.
        out: the results folder that is logged.
        own: it is the SQLite file of that folder.
    """

    uri: str
    out: Path
    own: bool

    @property
    def shown(self) -> str:
        """The address without a user's name and password."""
        return one_line(re.sub(r"(?<=://)[^/@]*@", "", self.uri))

    @property
    def database(self) -> Path | None:
        """The SQLite file; None for any other store."""
        match = _SQLITE.fullmatch(self.uri.partition("?")[0])
        if match is None or match["path"].startswith(("file:", ":memory:")):
            return None
        return Path(match["path"]).resolve()

    @property
    def artifacts(self) -> Path | None:
        """Where a new store keeps files: beside a SQLite database; None where the server decides."""
        return None if self.database is None else self.database.parent / _ARTIFACTS

    @property
    def is_file_store(self) -> bool:
        """Whether it is a folder of files, MLflow's oldest store."""
        return urlsplit(self.uri).scheme in {"", "file"}

    @contextmanager
    def held(self) -> Iterator[None]:
        """While something is looked for and made where it is missing, so that two processes do not both make it.

        One lock per store, whatever results folder logs to it: also the tables of a new database are made once.

        Raises:
            StoreError: it cannot be locked.
            TimeoutError: another process held it for five minutes.
        """
        with locked(self._lock, _PATIENCE):
            yield

    @property
    def _lock(self) -> Path:
        if (database := self.database) is not None:
            return database.with_name(f".{database.name}.lock")
        if urlsplit(self.uri).scheme in _SERVED:  # a server makes its tables itself
            return self.out / ".mlflow.lock"
        folder = cache_dir() / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"mlflow-{hashlib.sha256(self.uri.encode()).hexdigest()[:16]}.lock"

    def check(self) -> None:
        """See that the store is one that may be written.

        Raises:
            StoreError: it is not; says what to do.
        """
        database = self.database
        if self.is_file_store:  # it would need one file and one folder of the same name for `f1` and `f1/PER`
            reason = "MLflow no longer logs to a folder of files, which could not hold these metrics either"
            raise StoreError(f"{self.shown}: {reason}\n  -> {OTHER_STORE}")
        if self.own:
            self._check_own()
        elif database is None:
            return
        if database is None:
            raise StoreError(f"{named(self.out)}: MLflow takes no folder with a ? in its name\n  -> rename it")
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
            begin = _first_bytes(database, len(_MAGIC))
        except OSError as error:
            raise StoreError(f"{named(database)}: {error.strerror or error}\n  -> see {VARIABLE}") from error
        if begin and begin != _MAGIC:
            raise StoreError(f"{named(database)}: not a SQLite database\n  -> {ANEW}")

    def _check_own(self) -> None:
        links = [*(f"{_DATABASE}{end}" for end in ("", "-journal", "-wal", "-shm")), _ARTIFACTS, f".{_DATABASE}.lock"]
        for name in links:
            path = self.out / name
            if path.is_symlink():
                raise StoreError(f"{named(path)}: a link\n  -> delete it; {VARIABLE} says where else MLflow is to log")
            require_inside(self.out, path, StoreError)

    def check_artifacts(self, location: str) -> Path | None:
        """Where files of a location may be written; None where that is the server's business.

        Args:
            location: of an experiment or a run, as the store says.

        Raises:
            StoreError: the folder's own store keeps files elsewhere.
        """
        root = self.artifacts
        if not self.own or root is None:
            return None
        parts = urlsplit(location)
        inside = parts.scheme in {"", "file"} and not parts.netloc and not parts.query and not parts.fragment
        path = Path(unquote(parts.path))
        if inside and path.is_absolute() and ".." not in path.parts and path.is_relative_to(root):
            return require_inside(root, path, StoreError)
        raise StoreError(
            f"{named(self.out / _DATABASE)}: it keeps files at {one_line(location, 200)}, which is not in "
            f"{named(root)}: the folder was moved, or somebody else made the database\n  -> {ANEW}"
        )


def address_of(out: Path) -> MlflowAddress:
    """`MLFLOW_TRACKING_URI` when it is set, else a SQLite file in the results folder."""
    uri = os.environ.get(VARIABLE)
    return MlflowAddress(uri or f"sqlite:///{(out.resolve() / _DATABASE)}", out, own=not uri)


def _first_bytes(path: Path, number: int) -> bytes:
    if not path.exists():
        return b""
    if not path.is_file():
        raise StoreError(f"{named(path)}: not a regular file\n  -> {ANEW}")
    with open_binary(path, error=StoreError, most=None) as stream:
        return stream.read(number)
