"""Run an extractor over pictures: decode in threads, work in batches, write what is done, name what is bad."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.visual.decoding import BadPictureError, decode_picture
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.store import FeatureStore, Row
from mnerbench.datasets.visual.store_writing import StoreWriter

if TYPE_CHECKING:
    from PIL.Image import Image

# Tells progress: pictures done now.
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Extracted:
    """What one extraction did.

    Attributes:
        made: pictures worked on now, bad ones included.
        known: pictures that were in the store already.
        bad: reason by picture key, of all that were asked for.
    """

    made: int
    known: int
    bad: Mapping[str, str]


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
        StoreError: features that cannot be stored, or a store that cannot be read.
    """
    store = FeatureStore(folder)
    missing = {key: source for key, source in sources.items() if key not in store}
    if missing:
        extractor = load()
        store = FeatureStore(folder, extractor.fields)
        with store.writing(about) as writer:
            wanted = len(missing)
            # Another process may have made some while we waited.
            missing = {key: source for key, source in missing.items() if key not in store}
            advance(wanted - len(missing))
            _extract(missing, writer, extractor, advance)
    bad = {key: reason for key in sources if (reason := store.fault(key)) is not None}
    return Extracted(len(missing), len(sources) - len(missing), bad)


def _extract(
    sources: Mapping[str, Callable[[], Any]], writer: StoreWriter, extractor: Extractor, advance: Advance
) -> None:
    for batch in _prepared(sources, extractor):
        good = [(key, value) for key, value in batch if not isinstance(value, BadPictureError)]
        rows: dict[str, Row | str] = {key: str(value) for key, value in batch if isinstance(value, BadPictureError)}
        if good:
            found = extractor.extract([value for _, value in good])
            rows |= {key: row for (key, _), row in zip(good, found, strict=True)}
        writer.write(rows)
        advance(len(batch))


def _prepared(
    sources: Mapping[str, Callable[[], Any]], extractor: Extractor
) -> Iterator[Sequence[tuple[str, Any | BadPictureError]]]:
    """Batches of prepared pictures; at most three batches are in memory, however many pictures there are."""

    def prepare(source: Callable[[], Any]) -> Any:
        try:
            return extractor.prepare(source())
        except BadPictureError as error:
            return error

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


def read_picture(path: Path) -> Image:
    """The pixels of a file; one that vanished or cannot be read is a bad picture.

    Raises:
        BadPictureError: with the reason.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadPictureError(f"cannot be read: {error.strerror or error}") from error
    return decode_picture(data)
