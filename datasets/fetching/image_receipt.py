"""Where the pictures of a dataset came from, kept beside them: no source is asked twice for what it lacks."""

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
    """What was taken from one source.

    Attributes:
        source: its name.
        address: url, Drive id or path.
        size: bytes of the archive; None of a folder.
        sha256: of the archive as it was here, in hex; None of a folder.
        pictures: picture files in it.
        whole: whether it holds as many pictures as its publisher lists.
        absent: ids that tweets name and it does not hold.
        decided: ids that several of its folders hold with different content; those of `folder` were taken first.
        undecided: those that were left out because no folder goes before the others.
        folder: in the archive.
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
    """The receipt of what was unpacked; see `Receipt`.

    Raises:
        OSError: the archive cannot be read.
    """
    file = archive.is_file()
    return Receipt(
        source=source,
        address=address,
        size=archive.stat().st_size if file else None,
        sha256=sha256_of(archive) if file else None,
        pictures=unpacked.pictures,
        whole=whole,
        absent=unpacked.absent,
        decided=unpacked.decided,
        undecided=unpacked.undecided,
        folder=unpacked.folder,
    )


def read_receipts(folder: Path) -> list[Receipt]:
    """The receipts in a dataset's folder; none where there is no file of them that can be read."""
    try:
        return _RECEIPTS.validate_json(read_bytes(folder / RECEIPT))
    except (MnerbenchError, ValidationError):
        return []


def add_receipt(folder: Path, receipt: Receipt) -> None:
    """Write a receipt beside those of other sources.

    Raises:
        OSError: the folder cannot be written.
    """
    others = [kept for kept in read_receipts(folder) if kept.source != receipt.source]
    part = folder / f"{RECEIPT}.part"
    part.write_bytes(_RECEIPTS.dump_json([*others, receipt], indent=1))
    part.replace(folder / RECEIPT)


def lacking(receipts: Collection[Receipt], missing: Collection[str], *, whole: bool = False) -> set[str]:
    """The names of sources that were read and do not hold any of some pictures.

    Args:
        receipts: of what was read.
        missing: image ids.
        whole: only those that were known to be whole.
    """
    read = (receipt for receipt in receipts if receipt.whole or not whole)
    return {receipt.source for receipt in read if set(receipt.absent).issuperset(missing)}
