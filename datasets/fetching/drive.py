"""Downloads from Google Drive with gdown, an optional library, because Drive has no direct addresses."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from glob import escape
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import DiskError, MissingInputError
from mnerbench.datasets.fetching.disk_space import require_space
from mnerbench.datasets.fetching.http_download import Progress
from mnerbench.datasets.http_requests import TransferError, short_reason
from mnerbench.datasets.network_waiting import socket_timeout, warn_if_slow
from mnerbench.datasets.write_errors import ANOTHER_FOLDER, cannot_write

_TIMEOUT_S = (10, 60)
_RETRIES = 2


def fetch_drive_file(drive_id: str, path: Path, limit: int, progress: Progress | None = None) -> None:
    """Download a file. An interrupted call leaves a partial file in the same folder, which the next call resumes.

    Args:
        drive_id: the file's id in a share link.
        path: the target, which must not exist yet.
        limit: maximal size in bytes.
        progress: receives the bytes so far and in total, if the installed gdown supports it.

    Raises:
        MissingInputError: gdown is not installed.
        TransferError: Drive refuses (its quota is used up, the link is dead), or the file is too large.
        DiskError: the file cannot be written.
    """
    try:
        import gdown
    except ModuleNotFoundError as error:
        raise MissingInputError("Google Drive needs the library gdown\n  -> pip install 'mnerbench[drive]'") from error
    refused = getattr(gdown.exceptions, "DownloadError", gdown.exceptions.FileURLRetrievalError)
    options = _supported(gdown.download, _options(path, limit, progress))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with warn_if_slow("https://drive.google.com", path.name), socket_timeout():
            output = gdown.download(id=drive_id, output=str(path), quiet=True, resume=True, **options)
    except OSError as error:
        raise _converted(error, path) from error
    except refused as error:
        raise TransferError(_reason(error)) from error
    if not output or not path.exists():
        raise TransferError("Drive sent nothing")
    if path.stat().st_size > limit:
        path.unlink()
        raise _too_large(limit)


def partial_files(path: Path) -> list[Path]:
    """Partial files of interrupted gdown downloads: the file's name, eight random letters, `.part`."""
    return sorted(path.parent.glob(f"{escape(path.name)}{'?' * 8}.part"))


def _options(path: Path, limit: int, progress: Progress | None) -> dict[str, Any]:
    """Options of newer gdown versions; `use_cookies=False` keeps it from writing outside the data folder."""

    def watch(done: int, total: int | None) -> None:
        if max(done, total or 0) > limit:
            for part in partial_files(path):
                part.unlink(missing_ok=True)
            raise _too_large(limit)
        if total is not None:
            require_space(path.parent, total - done)
        if progress is not None:
            progress(done, total)

    return {"progress": watch, "timeout": _TIMEOUT_S, "retries": _RETRIES, "use_cookies": False}


def _too_large(limit: int) -> TransferError:
    return TransferError(f"it is larger than the limit of {limit:,} bytes")


def _supported(function: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters
    return {name: value for name, value in options.items() if name in parameters}


def _converted(error: OSError, path: Path) -> TransferError | DiskError:
    """A network error or a disk error: the exceptions of requests are subclasses of `OSError` too."""
    from requests.exceptions import RequestException

    if isinstance(error, RequestException):
        return TransferError(short_reason(error))
    return cannot_write(path, error, ANOTHER_FOLDER)


def _reason(error: Exception) -> str:
    """The reason of a gdown error in one line, without its advice; a short one for network errors."""
    from requests.exceptions import RequestException

    if isinstance(error.__cause__, RequestException):
        return short_reason(error.__cause__)
    words = " ".join(str(error).split())
    return words.removeprefix("Failed to retrieve file url: ").partition(" You may still be able to access")[0]
