"""From files of regions to rows of a store: read what is not there yet, name what is bad, remember what was read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import DataError, MnerbenchError
from mnerbench.datasets.untrusted.files import reason_alone
from mnerbench.datasets.visual.decoding import BadPictureError, PassingFaultError
from mnerbench.datasets.visual.importers.region_memory import Item, SourceMemory
from mnerbench.datasets.visual.importers.region_npz import read_npz
from mnerbench.datasets.visual.importers.region_rows import BYTE_LIMIT, region_row
from mnerbench.datasets.visual.importers.region_tsv import read_line
from mnerbench.datasets.visual.store.store import FeatureStore, Row

# Tells progress: pictures done now.
Advance = Callable[[int], None]

_FORM = (
    "each picture needs features (x, features), boxes in pixels as x1 y1 x2 y2 (bbox, boxes), image_w and image_h; "
    "it may have num_bbox, objects_id and objects_conf"
)
_SAMPLE = 9
_BATCH = 32
_BATCH_BYTES = 32 << 20


@dataclass(frozen=True)
class RegionReader:
    """Reads the regions of one picture.

    Attributes:
        layout: columns of a table's line; empty for `.npz`.
        dtype: of the features.
    """

    layout: tuple[str, ...]
    dtype: str

    def row(self, data: bytes) -> Row:
        """The regions that some bytes hold.

        Raises:
            BadPictureError: they cannot be used.
        """
        return region_row(read_line(data, self.layout) if self.layout else read_npz(data), self.dtype)


@dataclass(frozen=True)
class Filled:
    """What filling a store did.

    Attributes:
        keys: image id to key in the store, of good and bad rows.
        unread: reason by image id, where there were no bytes to make a key of, or not enough memory for what they hold.
        made: pictures read.
    """

    keys: Mapping[str, str]
    unread: Mapping[str, str]
    made: int


def common_width(items: Mapping[str, Item], reader: RegionReader, source: Path) -> int:
    """How many numbers a region has in most of the first good pictures: one odd file must not make all others odd.

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
        raise hopeless(source, bad)
    return widths.most_common(1)[0][0]


def hopeless(source: Path, bad: Mapping[str, str]) -> DataError:
    """The error for a source without a single picture that can be used."""
    image, reason = next(iter(bad.items()))
    what = f"none of the regions of {len(bad)} images can be used; those of {image!r}: {reason}"
    return DataError.at(source, None, what, _FORM)


def read_item(item: Item) -> bytes:
    """The bytes of a picture's regions.

    Raises:
        BadPictureError: they are over the limit.
        PassingFaultError: they cannot be read.
    """
    if item.length > BYTE_LIMIT:
        raise BadPictureError(f"{item.length:,} bytes, over the limit of {BYTE_LIMIT:,}")
    try:
        return item.read()
    except MnerbenchError as error:
        raise PassingFaultError(f"cannot be read: {reason_alone(error)}") from error


def fill_store(
    store: FeatureStore,
    items: Mapping[str, Item],
    reader: RegionReader,
    memory: SourceMemory,
    about: Mapping[str, Any],
    *,
    advance: Advance,
) -> Filled:
    """Write the rows that a store lacks; after a kill it goes on where it was.

    Args:
        store: another process that writes to it is waited for.
        items: by image id.
        reader: for their bytes.
        memory: of their source.
        about: what the store is.
        advance: told of pictures after they are on disk.
    """
    keys = _known(store, items, memory)
    unread: dict[str, str] = {}
    if len(keys) == len(items):
        advance(len(keys))
        return Filled(keys, unread, 0)
    with store.writing(about) as writer:
        # Another process may have read some while we waited.
        memory.load()
        keys = _known(store, items, memory)
        advance(len(keys))
        new = {image: item for image, item in items.items() if image not in keys}
        for batch in _read(new, reader, store):
            keyed = {one.key: one for one in batch if one.key is not None and one.key not in store}
            writer.write({key: one.row if one.row is not None else one.reason for key, one in keyed.items()})
            read = {one.image: one.key for one in batch if one.key is not None}
            memory.keep_keys({new[image]: key for image, key in read.items()})
            keys |= read
            unread |= {one.image: one.reason for one in batch if one.key is None}
            advance(len(batch))
    return Filled(keys, unread, len(new))


def _known(store: FeatureStore, items: Mapping[str, Item], memory: SourceMemory) -> dict[str, str]:
    keys = ((image, memory.key(item)) for image, item in items.items())
    return {image: key for image, key in keys if key is not None and key in store}


@dataclass(frozen=True)
class _Read:
    """One picture's bytes turned into a row, or not: without a key there were no bytes."""

    image: str
    key: str | None = None
    row: Row | None = None
    reason: str = ""

    @property
    def size(self) -> int:
        return sum(array.nbytes for array in self.row.arrays.values()) if self.row is not None else 0


def _read(items: Mapping[str, Item], reader: RegionReader, store: FeatureStore) -> Iterator[list[_Read]]:
    """Batches of a size that memory can hold, whatever the files are."""
    batch: list[_Read] = []
    size = 0
    for image, item in items.items():
        batch.append(_read_one(image, item, reader, store))
        size += batch[-1].size
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read_one(image: str, item: Item, reader: RegionReader, store: FeatureStore) -> _Read:
    key = None
    try:
        data = read_item(item)
        key = hashlib.sha256(data).hexdigest()
        if key in store:
            return _Read(image, key)
        row = reader.row(data)
        there, width = row.arrays["features"].shape[1], store.fields[-1].shape[-1]
        if there != width:
            raise BadPictureError(f"features have {there} numbers per region, those of most images {width}")
    except PassingFaultError as error:
        return _Read(image, reason=str(error))
    except BadPictureError as error:
        return _Read(image, key, reason=str(error))
    return _Read(image, key, row)
