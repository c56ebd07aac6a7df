"""Run an extractor over pictures: decode in threads, work in batches, write what is done, name what is bad.

What follows from a picture's bytes is kept under their digest, a fault too. What went wrong only this time (a disk, a
lack of memory, a time limit) is told and not kept, so that the next run looks again.
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
from mnerbench.datasets.visual.decoding import BadPictureError, PassingFaultError, decode_picture
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.store.store import FeatureStore, Row
from mnerbench.datasets.visual.store.writer import StoreWriter

if TYPE_CHECKING:
    from PIL.Image import Image

# Tells progress: pictures done now.
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Extracted:
    """What one extraction did.

    Attributes:
        made: pictures whose rows were made now, bad ones included.
        known: pictures that were in the store already.
        bad: reason by picture key, of all that were asked for.
        failed: reason by picture key, of those that could not be looked at this time; nothing is kept of them.
    """

    made: int
    known: int
    bad: Mapping[str, str]
    failed: Mapping[str, str]


def extract_pictures(
    sources: Mapping[str, Callable[[], Any]],
    folder: Path,
    load: Callable[[], Extractor],
    about: Mapping[str, Any],
    advance: Advance = lambda _: None,
) -> Extracted:
    """Make the rows that a store lacks. What is written is never made again, also after a kill.

    Args:
        sources: by key (the digest of the picture's content), what gives the extractor a decoded picture.
        folder: of this extractor's store; another process that writes to it is waited for.
        load: loads the extractor, only when something is missing.
        about: what the extractor is, for people.
        advance: progress.

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
            wanted = len(missing)
            # Another process may have made some while we waited.
            missing = {key: source for key, source in missing.items() if key not in store}
            advance(wanted - len(missing))
            failed = _extract(missing, writer, extractor, advance)
    bad = {key: reason for key in sources if key in store and (reason := store.fault(key)) is not None}
    return Extracted(len(missing) - len(failed), len(sources) - len(missing), bad, failed)


def _extract(
    sources: Mapping[str, Callable[[], Any]], writer: StoreWriter, extractor: Extractor, advance: Advance
) -> dict[str, str]:
    """Reasons by key, of pictures that could not be looked at this time."""
    failed: dict[str, str] = {}
    for batch in _prepared(sources, extractor):
        rows: dict[str, Row | str] = {}
        for key, found in _looked_at(batch, extractor).items():
            if isinstance(found, PassingFaultError):
                failed[key] = str(found)
            else:
                rows[key] = str(found) if isinstance(found, BadPictureError) else found
        writer.write(rows)
        advance(len(batch))
    return failed


def _looked_at(batch: Sequence[tuple[str, Any]], extractor: Extractor) -> dict[str, Row | BadPictureError]:
    good = {key: value for key, value in batch if not isinstance(value, BadPictureError)}
    found = {key: value for key, value in batch if key not in good}
    if not good:
        return found
    try:
        return found | dict(zip(good, extractor.extract(list(good.values())), strict=True))
    except MemoryError:
        return found | dict.fromkeys(good, PassingFaultError("not enough memory for its batch"))


def _prepared(
    sources: Mapping[str, Callable[[], Any]], extractor: Extractor
) -> Iterator[Sequence[tuple[str, Any | BadPictureError]]]:
    """Batches of prepared pictures; at most three batches are in memory, however many pictures there are."""

    def prepare(source: Callable[[], Any]) -> Any:
        try:
            return extractor.prepare(source())
        except BadPictureError as error:
            return error
        except MemoryError:
            return PassingFaultError("not enough memory to prepare it")

    items = iter(sources.items())
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as threads:
        waiting: list[tuple[str, Future[Any]]] = []

        def fill() -> None:
            room = 3 * extractor.batch_size - len(waiting)
            waiting.extend((key, threads.submit(prepare, source)) for key, source in islice(items, room))

        fill()
        while waiting:
            batch, waiting[:] = waiting[: extractor.batch_size], waiting[extractor.batch_size :]
            ready = [(key, future.result()) for key, future in batch]
            fill()
            yield ready


def read_picture(path: Path, digest: str | None = None) -> Image:
    """The pixels of a file.

    Args:
        path: the file.
        digest: sha256 of the bytes that are meant, in hex; what is made of others must not be kept under it.

    Raises:
        BadPictureError: with the reason.
        PassingFaultError: the file vanished, cannot be read, or was changed since its digest was taken.
    """
    try:
        data = read_bytes(path)
    except MnerbenchError as error:
        raise PassingFaultError(f"cannot be read: {reason_alone(error)}") from error
    if digest is not None and hashlib.sha256(data).hexdigest() != digest:
        raise PassingFaultError("was changed after its content was identified")
    return decode_picture(data)
