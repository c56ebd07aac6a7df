"""The answers that were bought: one file each, by the digest of the request, shared by all runs of this machine.

An answer is on disk before anything else happens to it, so that no kill loses one that has arrived.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.chat.answer import Answer
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, read_bytes, require_inside
from mnerbench.datasets.write_errors import cannot_write

FOLDER = "answers"  # in the cache
_LOCKS = 3  # hex digits of a request's digest that choose its lock file

_LOGGER = logging.getLogger(__name__)


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    request: dict[str, object]
    answer: Answer


class AnswerStore:
    """The stored answers of a cache folder.

    Args:
        cache: the cache folder.
    """

    def __init__(self, cache: Path) -> None:
        self.folder = cache / FOLDER

    def get(self, key: str) -> Answer | None:
        """The answer to a request; None if it was not bought, or if its file is damaged, which is logged.

        Raises:
            StoreError: the file cannot be read, or is a link out of the folder.
        """
        path = self._path(key)
        if not path.is_file():
            return None
        content = read_bytes(path, error=StoreError)
        try:
            stored = _Stored.model_validate_json(content)
        except ValidationError:
            stored = None
        if stored is None or stored.key != key:
            _LOGGER.warning("%s: a damaged answer; it is asked for again", named(path))
            return None
        return stored.answer

    def put(self, request: ChatRequest, answer: Answer) -> None:
        """Store an answer.

        Raises:
            DiskError: the file cannot be written.
        """
        stored = {"key": request.key, "request": request.shown, "answer": answer.model_dump(mode="json")}
        write_atomically(self._path(request.key), json.dumps(stored, ensure_ascii=False, indent=1) + "\n")

    @contextmanager
    def buying(self, key: str) -> Iterator[None]:
        """Hold the right to ask a question, so that another thread or process waits for this one's answer.

        Raises:
            DiskError: the lock file cannot be created.
        """
        path = require_inside(self.folder, self.folder / "locks" / f"{key[:_LOCKS]}.lock", StoreError)
        lock = FileLock(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            raise cannot_write(path, error, "choose another --cache") from error
        try:
            yield
        finally:
            lock.release()

    def _path(self, key: str) -> Path:
        return require_inside(self.folder, self.folder / key[:2] / f"{key}.json", StoreError)
