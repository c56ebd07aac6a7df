"""Run an extractor over pictures: decode in threads, extract in batches, append the results to a feature store.

Results and defects that depend only on a picture's bytes are stored under their digest. Transient failures (disk
errors, lack of memory, time limits) are reported but not stored, so that the next run retries them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.untrusted.files import read_bytes, reason_alone
from mnerbench.datasets.visual.decoding import BadPictureError, TransientPictureError, decode_picture
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.store.store import FeatureStore, Row
from mnerbench.datasets.visual.store.writer import StoreWriter

if TYPE_CHECKING:
    from PIL.Image import Image

# Progress callback: the number of pictures just processed.
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Extracted:
    """Summary of one extraction.

    Attributes:
        processed: pictures whose rows were written by this call, bad ones included.
        already_stored: pictures that the store already had.
        bad: reason by picture key, for all requested pictures.
        failed: reason by picture key, for transient failures; nothing is stored for these pictures.
    """

    processed: int
    already_stored: int
    bad: Mapping[str, str]
    failed: Mapping[str, str]


def extract_pictures(
    sources: Mapping[str, Callable[[], Any]],
    folder: Path,
    load: Callable[[], Extractor],
    about: Mapping[str, Any],
    advance: Advance = lambda _: None,
) -> Extracted:
    """Extract the rows that a store lacks. Rows on disk are never computed again, even after the process was killed.

    Args:
        sources: a loader of the decoded picture by key (the digest of the file's content).
        folder: the extractor's store; waits while another process writes to it.
        load: loads the extractor; called only if rows are missing.
        about: human-readable description of the extractor.
        advance: progress callback.

    Raises:
        StoreError: the store cannot be read.
    """
    store = FeatureStore(folder)
    missing = {key: source for key, source in sources.items() if key not in store}
    failed: dict[str, str] = {}
    if missing:
        extractor = load()
        store = FeatureStore(folder, extractor.fields)
        with store.writing(about) as writer:
            requested = len(missing)
            # Another process may have written some of them while this one waited for the lock.
            missing = {key: source for key, source in missing.items() if key not in store}
            advance(requested - len(missing))
            failed = _extract(missing, writer, extractor, advance)
    bad = {key: reason for key in sources if key in store and (reason := store.fault(key)) is not None}
    return Extracted(len(missing) - len(failed), len(sources) - len(missing), bad, failed)


def _extract(
    sources: Mapping[str, Callable[[], Any]], writer: StoreWriter, extractor: Extractor, advance: Advance
) -> dict[str, str]:
    """Extract and store rows; return the reasons of transient failures by key."""
    failed: dict[str, str] = {}
    for batch in _prepare_batches(sources, extractor):
        rows: dict[str, Row | str] = {}
        for key, result in _extract_batch(batch, extractor).items():
            if isinstance(result, TransientPictureError):
                failed[key] = str(result)
            else:
                rows[key] = str(result) if isinstance(result, BadPictureError) else result
        writer.write(rows)
        advance(len(batch))
    return failed


def _extract_batch(batch: Sequence[tuple[str, Any]], extractor: Extractor) -> dict[str, Row | BadPictureError]:
    good = {key: value for key, value in batch if not isinstance(value, BadPictureError)}
    results = {key: value for key, value in batch if key not in good}
    if not good:
        return results
    try:
        return results | dict(zip(good, extractor.extract(list(good.values())), strict=True))
    except MemoryError:
        return results | dict.fromkeys(good, TransientPictureError("not enough memory for its batch"))


def _prepare_batches(
    sources: Mapping[str, Callable[[], Any]], extractor: Extractor
) -> Iterator[Sequence[tuple[str, Any | BadPictureError]]]:
    """Batches of prepared pictures; at most three are in memory at a time."""

    def prepare(source: Callable[[], Any]) -> Any:
        try:
            return extractor.prepare(source())
        except BadPictureError as error:
            return error
        except MemoryError:
            return TransientPictureError("not enough memory to prepare it")

    items = iter(sources.items())
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as threads:
        waiting: list[tuple[str, Future[Any]]] = []

        def fill() -> None:
            free = 3 * extractor.batch_size - len(waiting)
            waiting.extend((key, threads.submit(prepare, source)) for key, source in islice(items, free))

        fill()
        while waiting:
            batch, waiting[:] = waiting[: extractor.batch_size], waiting[extractor.batch_size :]
            ready = [(key, future.result()) for key, future in batch]
            fill()
            yield ready


def read_picture(path: Path, digest: str | None = None) -> Image:
    """Read and decode a picture file.

    Args:
        path: the file.
        digest: expected sha256 of the content, in hex, so that results of a changed file are not stored under it.

    Raises:
        BadPictureError: the picture cannot be decoded; the message is the reason.
        TransientPictureError: the file vanished, cannot be read, or changed after its digest was computed.
    """
    try:
        data = read_bytes(path)
    except MnerbenchError as error:
        raise TransientPictureError(f"cannot be read: {reason_alone(error)}") from error
    if digest is not None and hashlib.sha256(data).hexdigest() != digest:
        raise TransientPictureError("changed after its digest was computed")
    return decode_picture(data)
