"""The address of MLflow's store, and safety checks before anything is written to it.

The store in a results folder (`mlflow.db`, `mlartifacts/`) may come from somebody else, so nothing in it may redirect
writes. A server or database that the user names is trusted.
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
REFILL = "move it away: `benchmark sync` fills a new one from the records"
_DATABASE, _ARTIFACTS = "mlflow.db", "mlartifacts"
_LOCK_TIMEOUT = 300.0  # seconds; logging a record takes a few
_SQLITE = re.compile(r"sqlite(?:\+\w+)?:///(?P<path>[^?]+)")
_MAGIC = b"SQLite format 3\x00"
_SERVED = {"http", "https", "databricks", "databricks-uc", "uc"}


@dataclass(frozen=True)
class MlflowAddress:
    """A tracking store.

    Attributes:
        uri: tracking URI.
        out: the results folder that is logged.
        in_folder: whether the store is the SQLite file of that folder.
    """

    uri: str
    out: Path
    in_folder: bool

    @property
    def display_uri(self) -> str:
        """The address without user name and password."""
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
        """The artifact folder of a new store, next to a SQLite database; None if the server decides."""
        return None if self.database is None else self.database.parent / _ARTIFACTS

    @property
    def is_file_store(self) -> bool:
        """Whether it is a file store, MLflow's oldest kind."""
        return urlsplit(self.uri).scheme in {"", "file"}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the store while entries are looked up and created, so that two processes do not create them twice.

        There is one lock per store for all results folders; it also guards the creation of a database's tables.

        Raises:
            StoreError: The lock file cannot be created.
            TimeoutError: Another process held the lock for five minutes.
        """
        with locked(self._lock_path, _LOCK_TIMEOUT):
            yield

    @property
    def _lock_path(self) -> Path:
        if (database := self.database) is not None:
            return database.with_name(f".{database.name}.lock")
        if urlsplit(self.uri).scheme in _SERVED:  # a server creates its tables itself
            return self.out / ".mlflow.lock"
        folder = cache_dir() / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"mlflow-{hashlib.sha256(self.uri.encode()).hexdigest()[:16]}.lock"

    def check(self) -> None:
        """Check that the store may be written.

        Raises:
            StoreError: It may not; the message has a remedy.
        """
        database = self.database
        if self.is_file_store:  # metrics `f1` and `f1/PER` would need a file and a folder of the same name
            reason = "MLflow no longer supports file stores, which cannot hold these metrics"
            raise StoreError(f"{self.display_uri}: {reason}\n  -> {OTHER_STORE}")
        if self.in_folder:
            self._check_folder_store()
        elif database is None:
            return
        if database is None:
            raise StoreError(f"{named(self.out)}: MLflow does not support folder names with a ?\n  -> rename it")
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
            header = _first_bytes(database, len(_MAGIC))
        except OSError as error:
            raise StoreError(f"{named(database)}: {error.strerror or error}\n  -> see {VARIABLE}") from error
        if header and header != _MAGIC:
            raise StoreError(f"{named(database)}: not a SQLite database\n  -> {REFILL}")

    def _check_folder_store(self) -> None:
        names = [*(f"{_DATABASE}{end}" for end in ("", "-journal", "-wal", "-shm")), _ARTIFACTS, f".{_DATABASE}.lock"]
        for name in names:
            path = self.out / name
            if path.is_symlink():
                raise StoreError(f"{named(path)}: a link\n  -> delete it; set {VARIABLE} to log elsewhere")
            require_inside(self.out, path, StoreError)

    def check_artifacts(self, location: str) -> Path | None:
        """The folder for the files of a location; None if the server stores them.

        Args:
            location: artifact location of an experiment or run, from the store.

        Raises:
            StoreError: The results folder's own store keeps files elsewhere.
        """
        root = self.artifacts
        if not self.in_folder or root is None:
            return None
        parts = urlsplit(location)
        inside = parts.scheme in {"", "file"} and not parts.netloc and not parts.query and not parts.fragment
        path = Path(unquote(parts.path))
        if inside and path.is_absolute() and ".." not in path.parts and path.is_relative_to(root):
            return require_inside(root, path, StoreError)
        raise StoreError(
            f"{named(self.out / _DATABASE)}: it keeps files at {one_line(location, 200)}, which is not in "
            f"{named(root)}: the folder was moved, or the database comes from elsewhere\n  -> {REFILL}"
        )


def address_of(out: Path) -> MlflowAddress:
    """The address in `MLFLOW_TRACKING_URI` if set, else the SQLite file of the results folder."""
    uri = os.environ.get(VARIABLE)
    return MlflowAddress(uri or f"sqlite:///{(out.resolve() / _DATABASE)}", out, in_folder=not uri)


def _first_bytes(path: Path, number: int) -> bytes:
    if not path.exists():
        return b""
    if not path.is_file():
        raise StoreError(f"{named(path)}: not a regular file\n  -> {REFILL}")
    with open_binary(path, error=StoreError, most=None) as stream:
        return stream.read(number)
