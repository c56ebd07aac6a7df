"""Classify the pictures of a corpus as usable, unusable, missing or known to be lost, by decoding each."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import DiskError, MnerbenchError
from mnerbench.datasets.untrusted.json_text import read_json
from mnerbench.datasets.visual.decoding import BYTE_LIMIT, FORMATS, PIXEL_LIMIT, BadPictureError, TransientPictureError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures

_CACHE = ".images-checked.json"
# Results computed under other limits are invalid.
_RULES = f"1 {','.join(FORMATS)} {PIXEL_LIMIT} {BYTE_LIMIT}"

Advance = Callable[[int, int | None], None]
"""Progress callback: pictures checked so far, and the total."""


@dataclass(frozen=True)
class PictureCheck:
    """State of the pictures referenced by the tweets of a corpus.

    Attributes:
        usable: ids of pictures that can be decoded.
        unusable: reason by id, for files that cannot be decoded.
        missing: ids without a file, sorted; without those known to be lost.
        lost: ids of pictures known to be lost, sorted. Files of these names are placeholders and are not read.
    """

    usable: frozenset[str]
    unusable: Mapping[str, str]
    missing: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def named(self) -> int:
        """Number of pictures referenced by tweets."""
        return len(self.usable) + len(self.unusable) + len(self.missing) + len(self.lost)


def check_pictures(
    corpus: Corpus, folder: Path, *, remember: bool = False, advance: Advance | None = None
) -> PictureCheck:
    """Find and decode the pictures of a corpus.

    A file is not decoded again while its size and modification time are unchanged since a remembered check.

    Args:
        corpus: the corpus.
        folder: the dataset's folder; pictures lie anywhere under its `images/`.
        remember: whether to cache the results next to the images.
        advance: progress callback.

    Raises:
        DataError: two files with different content have the same image id.
    """
    named = corpus.image_ids
    lost = named & corpus.missing_images
    files = find_pictures(folder / IMAGE_FOLDER, named - lost)
    reasons = _defects(files, folder / _CACHE, remember=remember, advance=advance)
    unusable = {image: reason for image, reason in sorted(reasons.items()) if reason}
    missing = tuple(sorted(named - lost - files.keys()))
    return PictureCheck(frozenset(files) - unusable.keys(), unusable, missing, tuple(sorted(lost)))


def _defects(files: Mapping[str, Path], cache: Path, *, remember: bool, advance: Advance | None) -> dict[str, str]:
    """Reason by image id why its file is unusable; empty for a usable file."""
    cached = _load_cache(cache)
    states = {image: _file_state(path) for image, path in files.items()}
    reasons = {image: cached[states[image]] for image in files if states[image] in cached}
    pending = [image for image in files if image not in reasons]
    transient: set[str] = set()
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as threads:
        errors = threads.map(_decoding_error, (files[image] for image in pending))
        for done, (image, error) in enumerate(zip(pending, errors, strict=True), start=1):
            reasons[image] = str(error or "")
            if isinstance(error, TransientPictureError):
                transient.add(image)
            if advance is not None:
                advance(done, len(pending))
    if remember and pending:
        _save_cache(cache, {states[image]: reason for image, reason in reasons.items() if image not in transient})
    return reasons


def _decoding_error(path: Path) -> BadPictureError | None:
    try:
        read_picture(path)
    except BadPictureError as error:
        return error
    return None


def _file_state(path: Path) -> str:
    """Name, size and modification time of a file."""
    stat = path.stat()
    return f"{path.name} {stat.st_size} {stat.st_mtime_ns}"


def _load_cache(path: Path) -> dict[str, str]:
    try:
        table = read_json(path, "delete it") if path.is_file() else {}
        reasons = table["reasons"] if table["rules"] == _RULES else {}
        return {state: reason for state, reason in reasons.items() if isinstance(reason, str)}
    except (MnerbenchError, TypeError, KeyError, AttributeError):
        return {}  # the cache only saves time


def _save_cache(path: Path, reasons: Mapping[str, str]) -> None:
    with suppress(DiskError):  # the cache only saves time
        write_atomically(path, json.dumps({"rules": _RULES, "reasons": reasons}))
