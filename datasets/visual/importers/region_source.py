"""What a source of regions consists of: a folder of `.npz` files, or tables; and the names of its classes."""

from __future__ import annotations

import re
from pathlib import Path

from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.folders import files_below
from mnerbench.datasets.needs import Need
from mnerbench.datasets.textfile import read_lines
from mnerbench.datasets.visual.importers.region_memory import Item, Listing, SourceMemory
from mnerbench.datasets.visual.importers.region_npz import list_npz
from mnerbench.datasets.visual.importers.region_tsv import list_tsv

# Large tables are published in pieces: `trainval.tsv`, `trainval.tsv.0`.
_TABLE = re.compile(r".*\.tsv(\.\d+)?", re.IGNORECASE)
_FORM = "put one .npz per image there (12.npz), or tables in the format of bottom-up attention (.tsv)"
_PICKLES = "save them again with np.savez(...), one array per name, where you trust their origin"


def list_source(source: Path, memory: SourceMemory) -> Listing:
    """Every picture of a source.

    Args:
        source: a folder (looked through to the bottom, linked folders too; `.npz` files go before tables), or a table.
        memory: knows tables that did not change.

    Raises:
        MissingInputError: there is no such file or folder.
        DataError: it holds nothing that can be read, or tables with different columns.
    """
    if source.is_file():
        return _tables(source.parent, [source], memory)
    if not source.is_dir():
        ways = (f"put region features there: {source}", f"in this form: {_FORM}")
        raise MissingInputError(Need(f"no regions: there is no {source}", ways, f"region features in {source}"))
    files = files_below(source)
    items = list_npz(source, files)
    tables = [path for path in files if _TABLE.fullmatch(path.name)]
    if not items and tables:
        return _tables(source, tables, memory)
    pickles = sum(path.suffix == ".npy" for path in files)
    if not items:
        if pickles:
            reason = f"holds {pickles} .npy files, which for regions are pickles and never loaded: that can run code"
            raise DataError.at(source, None, reason, _PICKLES)
        raise DataError.at(source, None, "holds no .npz and no .tsv file", _FORM)
    notes = [f"{source}: {len(tables)} tables are not read, since there are .npz files"] if tables else []
    notes += [f"{source}: {pickles} .npy files are not read; {_PICKLES}"] if pickles else []
    return Listing((), items, tuple(notes))


def _tables(folder: Path, tables: list[Path], memory: SourceMemory) -> Listing:
    items: dict[str, Item] = {}
    notes: list[str] = []
    layout: tuple[str, ...] = ()
    for path in tables:
        name, found = path.relative_to(folder).as_posix(), path.stat()
        state = found.st_size, found.st_mtime_ns
        listing = memory.listing(path, name, state)
        if listing is None:
            listing = list_tsv(path, name, state)
            memory.keep_listing(name, state, listing)
        if layout and listing.layout != layout:
            reason = f"its columns are not those of {tables[0]}"
            raise DataError.at(path, None, reason, "import tables of one release at a time")
        layout = listing.layout
        items = {**listing.items, **items}
        notes += listing.notes
    return Listing(layout, items, tuple(notes))


def class_names(source: Path, labels: int) -> tuple[str, ...] | None:
    """Names of classes in the order of their numbers, from `classes.txt`; None without such a file.

    It lies in the source's folder (of a table: beside it, or in `regions/` there), one name per line, as in
    `objects_vocab.txt`; of synonyms separated by commas the first counts.

    Args:
        source: as in `list_source`.
        labels: how many classes the source's labels need at least.

    Raises:
        DataError: a name is blank, or there are fewer than the labels need.
    """
    folder = source if source.is_dir() else source.parent
    places = (folder / "classes.txt", folder / "regions" / "classes.txt")
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return None
    lines = read_lines(path)
    while lines and not lines[-1][1].strip():
        lines.pop()
    if not lines:
        raise DataError.at(path, None, "holds no name", "write one name per line, or take the file away")
    names = []
    for number, line in lines:
        name = line.partition(",")[0].strip()
        if not name:
            raise DataError.at(path, number, "no name", "write one name per line; the line's place is the number")
        names.append(name)
    if len(names) < labels:
        reason = f"{len(names)} names, but labels go up to {labels - 1}"
        raise DataError.at(path, None, reason, "take the list that the detector was trained with, background included")
    return tuple(names)
