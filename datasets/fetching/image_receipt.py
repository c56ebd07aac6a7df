"""Receipts of the sources of a dataset's pictures, so that no source is read twice for pictures that it lacks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.fetching.archives import Unpacked
from mnerbench.datasets.untrusted.files import read_bytes, sha256_of

RECEIPT = "images.source.json"


@dataclass(frozen=True)
class Receipt:
    """The result of reading one source; see `Unpacked` for the last three attributes.

    Attributes:
        source: its name.
        address: url, Drive id or path.
        size: bytes of the archive; None for a folder.
        sha256: checksum of the archive, in hex; None for a folder.
        pictures: number of picture files in it.
        whole: whether it is complete: contains as many pictures as its publisher lists.
        absent: ids of pictures that tweets name and it lacks.
        decided: ids with several files, resolved by folder.
        undecided: ids with several files, left out.
        folder: the preferred folder of the archive.
    """

    source: str
    address: str
    size: int | None
    sha256: str | None
    pictures: int
    whole: bool
    absent: tuple[str, ...]
    decided: tuple[str, ...]
    undecided: tuple[str, ...]
    folder: str


_RECEIPTS = TypeAdapter(list[Receipt])


def receipt_of(source: str, address: str, archive: Path, unpacked: Unpacked, *, whole: bool) -> Receipt:
    """Make the receipt of an unpacked archive; see `Receipt`.

    Raises:
        OSError: the archive cannot be read.
    """
    is_file = archive.is_file()
    return Receipt(
        source=source,
        address=address,
        size=archive.stat().st_size if is_file else None,
        sha256=sha256_of(archive) if is_file else None,
        pictures=unpacked.pictures,
        whole=whole,
        absent=unpacked.absent,
        decided=unpacked.decided,
        undecided=unpacked.undecided,
        folder=unpacked.folder,
    )


def read_receipts(folder: Path) -> list[Receipt]:
    """The receipts in a dataset's folder; none if their file is absent or unreadable."""
    try:
        return _RECEIPTS.validate_json(read_bytes(folder / RECEIPT))
    except (MnerbenchError, ValidationError):
        return []


def add_receipt(folder: Path, receipt: Receipt) -> None:
    """Add a receipt, replacing an earlier one of the same source.

    Raises:
        OSError: the folder cannot be written.
    """
    others = [other for other in read_receipts(folder) if other.source != receipt.source]
    part = folder / f"{RECEIPT}.part"
    part.write_bytes(_RECEIPTS.dump_json([*others, receipt], indent=1))
    part.replace(folder / RECEIPT)


def lacking(receipts: Collection[Receipt], missing: Collection[str], *, whole: bool = False) -> set[str]:
    """Names of sources that were read and lack all the missing pictures.

    Args:
        receipts: the receipts of the sources that were read.
        missing: ids of the missing pictures.
        whole: consider only sources that are known to be complete.
    """
    considered = (receipt for receipt in receipts if receipt.whole or not whole)
    return {receipt.source for receipt in considered if set(receipt.absent).issuperset(missing)}
