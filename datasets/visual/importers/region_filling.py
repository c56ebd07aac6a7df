"""Import regions into a feature store: read missing pictures, report bad ones, remember the keys of all."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import DataError, MnerbenchError
from mnerbench.datasets.untrusted.files import reason_alone
from mnerbench.datasets.visual.decoding import BadPictureError, TransientPictureError
from mnerbench.datasets.visual.importers.region_memory import Item, SourceMemory
from mnerbench.datasets.visual.importers.region_npz import read_npz
from mnerbench.datasets.visual.importers.region_rows import BYTE_LIMIT, region_row
from mnerbench.datasets.visual.importers.region_tsv import read_line
from mnerbench.datasets.visual.store.store import FeatureStore, Row

# Progress callback: the number of pictures just imported.
Advance = Callable[[int], None]

_FORM = (
    "each picture needs features (x, features), boxes in pixels as x1 y1 x2 y2 (bbox, boxes), image_w and image_h; "
    "num_bbox, objects_id and objects_conf are optional"
)
_SAMPLE = 9
_BATCH = 32
_BATCH_BYTES = 32 << 20


@dataclass(frozen=True)
class RegionReader:
    """Parses the regions of one picture.

    Attributes:
        layout: column names of a table; () for `.npz`.
        dtype: data type of the stored features.
    """

    layout: tuple[str, ...]
    dtype: str

    def row(self, data: bytes) -> Row:
        """Parse and validate the regions of a picture.

        Raises:
            BadPictureError: the regions are invalid.
        """
        return region_row(read_line(data, self.layout) if self.layout else read_npz(data), self.dtype)


@dataclass(frozen=True)
class Filled:
    """Summary of an import.

    Attributes:
        keys: store key by image id, for good and bad rows.
        unread: reason by image id, for pictures whose file could not be read or parsed for transient reasons.
        imported: number of pictures read.
    """

    keys: Mapping[str, str]
    unread: Mapping[str, str]
    imported: int


def common_width(items: Mapping[str, Item], reader: RegionReader, source: Path) -> int:
    """The most common feature width among the first good pictures, so that a single deviating file is the bad one.

    Raises:
        DataError: no picture is good.
    """
    widths: Counter[int] = Counter()
    bad: dict[str, str] = {}
    for image, item in items.items():
        try:
            widths[reader.row(read_item(item)).arrays["features"].shape[1]] += 1
        except BadPictureError as error:
            bad[image] = str(error)
        if widths.total() == _SAMPLE:
            break
    if not widths:
        raise no_usable_regions(source, bad)
    return widths.most_common(1)[0][0]


def no_usable_regions(source: Path, bad: Mapping[str, str]) -> DataError:
    """The error for a source without any usable picture."""
    image, reason = next(iter(bad.items()))
    message = f"none of the regions of {len(bad)} images can be used; those of {image!r}: {reason}"
    return DataError.at(source, None, message, _FORM)


def read_item(item: Item) -> bytes:
    """Read the bytes of a picture's regions.

    Raises:
        BadPictureError: they exceed the limit.
        TransientPictureError: they cannot be read.
    """
    if item.length > BYTE_LIMIT:
        raise BadPictureError(f"{item.length:,} bytes, over the limit of {BYTE_LIMIT:,}")
    try:
        return item.read()
    except MnerbenchError as error:
        raise TransientPictureError(f"cannot be read: {reason_alone(error)}") from error


def fill_store(
    store: FeatureStore,
    items: Mapping[str, Item],
    reader: RegionReader,
    memory: SourceMemory,
    about: Mapping[str, Any],
    *,
    advance: Advance,
) -> Filled:
    """Write the rows that a store lacks; resumes after the process was killed.

    Args:
        store: the store; waits while another process writes to it.
        items: items by image id.
        reader: parser of the items.
        memory: cache of the source.
        about: description of the store.
        advance: progress callback, called after rows are on disk.
    """
    keys = _stored_keys(store, items, memory)
    unread: dict[str, str] = {}
    if len(keys) == len(items):
        advance(len(keys))
        return Filled(keys, unread, 0)
    with store.writing(about) as writer:
        # Another process may have imported some of them while this one waited for the lock.
        memory.load()
        keys = _stored_keys(store, items, memory)
        advance(len(keys))
        new = {image: item for image, item in items.items() if image not in keys}
        for batch in _read_batches(new, reader, store):
            by_key = {result.key: result for result in batch if result.key is not None and result.key not in store}
            writer.write({k: result.row if result.row is not None else result.reason for k, result in by_key.items()})
            batch_keys = {result.image: result.key for result in batch if result.key is not None}
            memory.save_keys({new[image]: key for image, key in batch_keys.items()})
            keys |= batch_keys
            unread |= {result.image: result.reason for result in batch if result.key is None}
            advance(len(batch))
    return Filled(keys, unread, len(new))


def _stored_keys(store: FeatureStore, items: Mapping[str, Item], memory: SourceMemory) -> dict[str, str]:
    keys = ((image, memory.key(item)) for image, item in items.items())
    return {image: key for image, key in keys if key is not None and key in store}


@dataclass(frozen=True)
class _ReadResult:
    """The result of reading one picture: a row, or a reason; `key` is None if its bytes could not be read or parsed."""

    image: str
    key: str | None = None
    row: Row | None = None
    reason: str = ""

    @property
    def size(self) -> int:
        return sum(array.nbytes for array in self.row.arrays.values()) if self.row is not None else 0


def _read_batches(items: Mapping[str, Item], reader: RegionReader, store: FeatureStore) -> Iterator[list[_ReadResult]]:
    """Read results in batches of bounded memory."""
    batch: list[_ReadResult] = []
    size = 0
    for image, item in items.items():
        batch.append(_read_picture(image, item, reader, store))
        size += batch[-1].size
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read_picture(image: str, item: Item, reader: RegionReader, store: FeatureStore) -> _ReadResult:
    key = None
    try:
        data = read_item(item)
        key = hashlib.sha256(data).hexdigest()
        if key in store:
            return _ReadResult(image, key)
        row = reader.row(data)
        width, common = row.arrays["features"].shape[1], store.fields[-1].shape[-1]
        if width != common:
            raise BadPictureError(f"features have {width} numbers per region, those of most images {common}")
    except TransientPictureError as error:
        return _ReadResult(image, reason=str(error))
    except BadPictureError as error:
        return _ReadResult(image, key, reason=str(error))
    return _ReadResult(image, key, row)
