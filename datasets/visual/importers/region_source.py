"""Contents of a source of regions: a folder of `.npz` files, or tables; and its class names."""

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

# Large tables are published in parts: `trainval.tsv`, `trainval.tsv.0`.
_TABLE = re.compile(r".*\.tsv(\.\d+)?", re.IGNORECASE)
_FORM = "put one .npz per image there (12.npz), or tables in the format of bottom-up attention (.tsv)"
_PICKLES = "if you trust their origin, save them again with np.savez(...), one array per name"


def list_source(source: Path, memory: SourceMemory) -> Listing:
    """List every picture of a source.

    Args:
        source: a table, or a folder (searched recursively, including linked folders; `.npz` files take precedence over
            tables).
        memory: cached listings of unchanged tables.

    Raises:
        MissingInputError: there is no such file or folder.
        DataError: the source has no readable file, or tables with different columns.
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
            reason = f"has {pickles} .npy files, which are pickles here and never loaded, since that can run code"
            raise DataError.at(source, None, reason, _PICKLES)
        raise DataError.at(source, None, "has no .npz and no .tsv file", _FORM)
    notes = [f"{source}: {len(tables)} tables are ignored, since there are .npz files"] if tables else []
    notes += [f"{source}: {pickles} .npy files are ignored; {_PICKLES}"] if pickles else []
    return Listing((), items, tuple(notes))


def _tables(folder: Path, tables: list[Path], memory: SourceMemory) -> Listing:
    items: dict[str, Item] = {}
    notes: list[str] = []
    layout: tuple[str, ...] = ()
    for path in tables:
        name, stat = path.relative_to(folder).as_posix(), path.stat()
        state = stat.st_size, stat.st_mtime_ns
        listing = memory.listing(path, name, state)
        if listing is None:
            listing = list_tsv(path, name, state)
            memory.save_listing(name, state, listing)
        if layout and listing.layout != layout:
            reason = f"its columns differ from those of {tables[0]}"
            raise DataError.at(path, None, reason, "import tables of one release at a time")
        layout = listing.layout
        items = {**listing.items, **items}
        notes += listing.notes
    return Listing(layout, items, tuple(notes))


def class_names(source: Path, labels: int) -> tuple[str, ...] | None:
    """Class names ordered by class index, from `classes.txt`; None if there is no such file.

    The file lies in the source's folder (for a table: next to it, or in `regions/` there) and has one name per line, as
    `objects_vocab.txt`; of comma-separated synonyms, the first is used.

    Args:
        source: as in `list_source`.
        labels: minimum number of classes required by the source's labels.

    Raises:
        DataError: a name is blank, or there are too few names for the labels.
    """
    folder = source if source.is_dir() else source.parent
    candidates = (folder / "classes.txt", folder / "regions" / "classes.txt")
    path = next((candidate for candidate in candidates if candidate.is_file()), None)
    if path is None:
        return None
    lines = read_lines(path)
    while lines and not lines[-1][1].strip():
        lines.pop()
    if not lines:
        raise DataError.at(path, None, "has no names", "write one name per line, or remove the file")
    names = []
    for number, line in lines:
        name = line.partition(",")[0].strip()
        if not name:
            raise DataError.at(path, number, "no name", "write one name per line, ordered by class index")
        names.append(name)
    if len(names) < labels:
        reason = f"{len(names)} names, but labels go up to {labels - 1}"
        raise DataError.at(path, None, reason, "use the detector's own list, including its background class")
    return tuple(names)
