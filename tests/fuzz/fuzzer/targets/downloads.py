"""What was fetched and what is kept of it: archives of pictures, receipts, parts of downloads."""

from __future__ import annotations

from pathlib import Path

import requests

from fuzzer.special import put
from fuzzer.targets.target import Target
from mnerbench.datasets.fetching.archives import unpack_pictures
from mnerbench.datasets.fetching.image_receipt import add_receipt, lacking, read_receipts
from mnerbench.datasets.fetching.partial_file import PartialFile, Version

_IMAGES = frozenset({"T_1001", "T_1002", "T_1005"})
_URL = "http://127.0.0.1/a.zip"


def _archive(data: bytes, work: Path) -> None:
    """Unpacked twice, as an interrupted command is: only wanted pictures are there, none half."""
    path = put(work / "archive", data)
    for _ in range(2):
        unpack_pictures(path, work / "images", _IMAGES)
        assert {file.stem for file in (work / "images").iterdir()} <= _IMAGES


def _receipt(data: bytes, work: Path) -> None:
    from mnerbench.datasets.fetching.image_receipt import RECEIPT

    put(work / RECEIPT, data)
    receipts = read_receipts(work)
    lacking(receipts, _IMAGES)
    for receipt in receipts[:1]:
        add_receipt(work, receipt)


def _partial_download(data: bytes, work: Path) -> None:
    """The record of which file the bytes of a part are of: compared, and sent to a server as a condition."""
    put(work / "a.part.version", data)
    put(work / "a.part", b"some bytes")
    partial = PartialFile(work / "a.part")
    saved = partial.version()
    if saved is None:
        return
    saved.contradicts(Version(_URL, '"1"', None, 10))
    if saved.url == _URL and saved.comparable and saved.condition is not None:
        requests.Request("GET", _URL, headers={"If-Range": saved.condition}).prepare()  # as it would be sent
    partial.begin(saved)


TARGETS = [
    Target("archive", _archive, weight=20),
    Target("image-receipt", _receipt, weight=3),
    Target("partial-download", _partial_download, weight=3),
]
