"""Import of precomputed regions, such as bottom-up attention features, into a feature store."""

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
from mnerbench.datasets.visual.importers.matching import require_overlap
from mnerbench.datasets.visual.importers.region_filling import (
    Advance,
    RegionReader,
    common_width,
    fill_store,
    no_usable_regions,
)
from mnerbench.datasets.visual.importers.region_memory import Item, SourceMemory
from mnerbench.datasets.visual.importers.region_rows import region_fields
from mnerbench.datasets.visual.importers.region_source import class_names, list_source
from mnerbench.datasets.visual.store.store import FeatureStore

# Increment when the rows for the same bytes change.
_VERSION = 2


@dataclass(frozen=True)
class RegionImport:
    """Imported regions of the requested pictures.

    Attributes:
        store: the feature store; fields as in `region_fields`, facts as in `region_row`.
        keys: store key by image id; only pictures that have regions.
        bad: reason by image id, for pictures with unusable regions.
        absent: pictures that the source does not contain, sorted.
        imported: number of pictures read by this call, bad ones included.
        shape: feature width, the maximum number of regions per picture, and class names: from `classes.txt`, else the
            class indices as text; () if no picture has labels.
        unlabelled: number of pictures whose regions have no labels, stored as -1.
        fingerprint: sha256 over the store's description, the class names of a file, and the keys by image id.
        notes: warnings about the source, one per line.
    """

    store: FeatureStore
    keys: Mapping[str, str]
    bad: Mapping[str, str]
    absent: tuple[str, ...]
    imported: int
    shape: FeatureShape
    unlabelled: int
    fingerprint: str
    notes: tuple[str, ...]


def import_regions(
    source: Path,
    folder: Path,
    requested: Collection[str],
    advance: Advance = lambda _: None,
    *,
    dtype: str = "float16",
) -> RegionImport:
    """Import the regions of the requested pictures. Stored regions are not read again while their file is unchanged.

    Args:
        source: a folder of `.npz` files, one per picture; a folder of tables; or a table. See `list_source`.
        folder: parent folder of stores; receives the store and a cache file of the source.
        requested: image ids.
        advance: progress callback: the number of pictures just written to disk.
        dtype: data type of the features on disk.

    Raises:
        MissingInputError: the source does not exist.
        DataError: the source has another format, none of the pictures, or no usable regions.
        StoreError: the store cannot be read.
    """
    # Not `Path.resolve`, which raises for circular links; such a source counts as missing.
    origin = description_key({"source": os.path.realpath(source), "dtype": dtype})
    memory = SourceMemory(folder / f"regions-{origin}.jsonl")
    listing = list_source(source, memory)
    image_ids = frozenset(requested)
    require_overlap(source, listing.items.keys(), image_ids, "this corpus", "regions")
    items = {image: item for image, item in listing.items.items() if image in image_ids}
    reader = RegionReader(listing.layout, dtype)
    width = _width(items, reader, memory, source)
    about = {"imported": "regions", "version": _VERSION, "layout": listing.layout, "width": width, "dtype": dtype}
    store = FeatureStore(folder / f"regions-{description_key(about)}", region_fields(width, dtype))
    filled = fill_store(store, items, reader, memory, about, advance=advance)
    faults = {image: store.fault(key) for image, key in filled.keys.items()}
    bad = {**filled.unread, **{image: fault for image, fault in faults.items() if fault is not None}}
    keys = {image: key for image, key in sorted(filled.keys.items()) if image not in bad}
    if not keys:
        raise no_usable_regions(source, bad)
    last_labels = [store.facts(key)["last_label"] for key in keys.values()]
    names = class_names(source, max(last_labels) + 1)
    return RegionImport(
        store=store,
        keys=keys,
        bad=bad,
        absent=tuple(sorted(image_ids - items.keys())),
        imported=filled.imported,
        shape=_shape(store, keys, max(last_labels) + 1, names),
        unlabelled=last_labels.count(-1),
        fingerprint=_fingerprint(about, names, keys),
        notes=listing.notes + _pickled_label_notes(source, store, keys),
    )


def _width(items: Mapping[str, Item], reader: RegionReader, memory: SourceMemory, source: Path) -> int:
    if memory.width is None or all(memory.key(item) is None for item in items.values()):
        memory.save_width(common_width(items, reader, source))
    assert memory.width is not None
    return memory.width


def _shape(store: FeatureStore, keys: Mapping[str, str], labels: int, names: tuple[str, ...] | None) -> FeatureShape:
    indices = tuple(map(str, range(labels)))
    largest = max(store.sizes(key)[0] for key in keys.values())
    return FeatureShape(store.fields[-1].shape[-1], largest, names if names is not None and labels else indices)


def _fingerprint(about: Mapping[str, Any], names: tuple[str, ...] | None, keys: Mapping[str, str]) -> str:
    content = json.dumps([about, names, sorted(keys.items())], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _pickled_label_notes(source: Path, store: FeatureStore, keys: Mapping[str, str]) -> tuple[str, ...]:
    """A warning about labels in pickled objects, which are not read."""
    all_facts = [store.facts(key) for key in keys.values()]
    count = sum(facts["last_label"] < 0 and "info" in facts.get("pickled", ()) for facts in all_facts)
    if not count:
        return ()
    return (
        f"{source}: {count} files have no labels but a pickled `info`, which is never loaded, since that can run code\n"
        "  -> if you trust their origin, save them again with np.savez(path, x=..., bbox=..., num_bbox=..., "
        "image_w=..., image_h=..., objects_id=info['objects_id'], objects_conf=info['objects_conf'])",
    )
