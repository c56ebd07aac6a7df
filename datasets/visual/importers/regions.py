"""Regions of pictures that were made elsewhere, such as bottom-up attention features, brought into a store of ours."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.visual.extractors.base import description_key
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.datasets.visual.importers.matching import refuse_strangers
from mnerbench.datasets.visual.importers.region_filling import (
    Advance,
    RegionReader,
    common_width,
    fill_store,
    hopeless,
)
from mnerbench.datasets.visual.importers.region_memory import Item, SourceMemory
from mnerbench.datasets.visual.importers.region_rows import region_fields
from mnerbench.datasets.visual.importers.region_source import class_names, list_source
from mnerbench.datasets.visual.store.store import FeatureStore

# Raise it when the same bytes would give other rows.
_VERSION = 2


@dataclass(frozen=True)
class RegionImport:
    """Regions of the pictures that were asked for, and where there are none.

    Attributes:
        store: holds them; fields as in `region_fields`, facts as in `region_row`.
        keys: image id to the picture's key in the store; only pictures that have regions.
        bad: reason by image id, for pictures whose regions cannot be used.
        absent: pictures that the source does not have, sorted.
        made: pictures read now, bad ones included.
        shape: width of the features, the most regions that a picture has, and the names of classes: from `classes.txt`,
            else the numbers as text; none where no picture has labels.
        unlabelled: how many pictures have regions without labels; their labels are -1.
        fingerprint: sha256 over what the store is, the names of classes in a file, and key by image id.
        notes: what a user should know of the source, a line each.
    """

    store: FeatureStore
    keys: Mapping[str, str]
    bad: Mapping[str, str]
    absent: tuple[str, ...]
    made: int
    shape: FeatureShape
    unlabelled: int
    fingerprint: str
    notes: tuple[str, ...]


def import_regions(
    source: Path,
    folder: Path,
    wanted: Collection[str],
    advance: Advance = lambda _: None,
    *,
    dtype: str = "float16",
) -> RegionImport:
    """Bring the regions of some pictures into a store. What is stored is not read again while its file is unchanged.

    Args:
        source: a folder of `.npz` files, one per picture; a folder of tables; or a table. See `list_source`.
        folder: where stores are. The regions get a folder in it, beside a file that remembers the source.
        wanted: image ids.
        advance: progress, in pictures; what it tells is on disk.
        dtype: of the features on disk.

    Raises:
        MissingInputError: there is no source.
        DataError: it is not of these formats, has none of the pictures, or none with regions that can be used.
        StoreError: the store cannot be read.
    """
    # Not `Path.resolve`, which raises for links in a circle; such a source is then not there.
    origin = description_key({"source": os.path.realpath(source), "dtype": dtype})
    memory = SourceMemory(folder / f"regions-{origin}.jsonl")
    listing = list_source(source, memory)
    asked = frozenset(wanted)
    refuse_strangers(source, listing.items.keys(), asked, "this corpus", "regions")
    items = {image: item for image, item in listing.items.items() if image in asked}
    reader = RegionReader(listing.layout, dtype)
    width = _width(items, reader, memory, source)
    about = {"imported": "regions", "version": _VERSION, "layout": listing.layout, "width": width, "dtype": dtype}
    store = FeatureStore(folder / f"regions-{description_key(about)}", region_fields(width, dtype))
    filled = fill_store(store, items, reader, memory, about, advance=advance)
    faults = {image: store.fault(key) for image, key in filled.keys.items()}
    bad = {**filled.unread, **{image: fault for image, fault in faults.items() if fault is not None}}
    keys = {image: key for image, key in sorted(filled.keys.items()) if image not in bad}
    if not keys:
        raise hopeless(source, bad)
    last_labels = [store.facts(key)["last_label"] for key in keys.values()]
    names = class_names(source, max(last_labels) + 1)
    return RegionImport(
        store=store,
        keys=keys,
        bad=bad,
        absent=tuple(sorted(asked - items.keys())),
        made=filled.made,
        shape=_shape(store, keys, max(last_labels) + 1, names),
        unlabelled=last_labels.count(-1),
        fingerprint=_fingerprint(about, names, keys),
        notes=listing.notes + _unread(source, store, keys),
    )


def _width(items: Mapping[str, Item], reader: RegionReader, memory: SourceMemory, source: Path) -> int:
    if memory.width is None or all(memory.key(item) is None for item in items.values()):
        memory.keep_width(common_width(items, reader, source))
    assert memory.width is not None
    return memory.width


def _shape(store: FeatureStore, keys: Mapping[str, str], labels: int, names: tuple[str, ...] | None) -> FeatureShape:
    numbers = tuple(map(str, range(labels)))
    most = max(store.sizes(key)[0] for key in keys.values())
    return FeatureShape(store.fields[-1].shape[-1], most, names if names is not None and labels else numbers)


def _fingerprint(about: Mapping[str, Any], names: tuple[str, ...] | None, keys: Mapping[str, str]) -> str:
    content = json.dumps([about, names, sorted(keys.items())], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _unread(source: Path, store: FeatureStore, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Says where labels are that cannot be had."""
    facts = [store.facts(key) for key in keys.values()]
    count = sum(own["last_label"] < 0 and "info" in own.get("pickled", ()) for own in facts)
    if not count:
        return ()
    return (
        f"{source}: {count} files have no labels but a pickled `info`, which is never loaded, since that can run code\n"
        "  -> where you trust their origin, save them again with np.savez(path, x=..., bbox=..., num_bbox=..., "
        "image_w=..., image_h=..., objects_id=info['objects_id'], objects_conf=info['objects_conf'])",
    )
