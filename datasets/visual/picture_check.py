"""Which pictures of a corpus are there, missing, unusable or known to be lost: each is decoded, as extractors do."""

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
from mnerbench.datasets.visual.decoding import BYTE_LIMIT, FORMATS, PIXEL_LIMIT, BadPictureError, PassingFaultError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures

_MEMORY = ".images-checked.json"
# What was decoded under other limits or by other rules has to be decoded again.
_RULES = f"1 {','.join(FORMATS)} {PIXEL_LIMIT} {BYTE_LIMIT}"

Advance = Callable[[int, int | None], None]
"""Told the pictures checked so far, and how many there are."""


@dataclass(frozen=True)
class PictureCheck:
    """The pictures that the tweets of a corpus name.

    Attributes:
        usable: ids of pictures that are there and can be decoded.
        unusable: id to the reason why what is there cannot be used.
        missing: ids without a file, sorted; not those known to be lost.
        lost: ids of pictures known to be lost, sorted. Files with their names are placeholders and are not looked at.
    """

    usable: frozenset[str]
    unusable: Mapping[str, str]
    missing: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def named(self) -> int:
        """Pictures that tweets name."""
        return len(self.usable) + len(self.unusable) + len(self.missing) + len(self.lost)


def named_images(corpus: Corpus) -> frozenset[str]:
    """The image ids that tweets of a corpus name."""
    tweets = (example for examples in corpus.splits.values() for example in examples)
    return frozenset(example.image_id for example in tweets if example.image_id is not None)


def check_pictures(
    corpus: Corpus, folder: Path, *, remember: bool = False, advance: Advance | None = None
) -> PictureCheck:
    """Find and decode the pictures of a corpus.

    A file that an earlier check saw is not decoded again while its size and its time of change stay the same.

    Args:
        corpus: whose tweets name them.
        folder: of the dataset; they lie anywhere below its `images/`.
        remember: whether to write down what was decoded, beside the images.
        advance: progress.

    Raises:
        DataError: two files with different content have one picture's name.
    """
    named = named_images(corpus)
    lost = named & corpus.missing_images
    files = find_pictures(folder / IMAGE_FOLDER, named - lost)
    reasons = _decoded(files, folder / _MEMORY, remember=remember, advance=advance)
    unusable = {image: reason for image, reason in sorted(reasons.items()) if reason}
    missing = tuple(sorted(named - lost - files.keys()))
    return PictureCheck(frozenset(files) - unusable.keys(), unusable, missing, tuple(sorted(lost)))


def _decoded(files: Mapping[str, Path], memory: Path, *, remember: bool, advance: Advance | None) -> dict[str, str]:
    """By image id why its file cannot be used; an empty reason where it can."""
    earlier = _remembered(memory)
    marks = {image: _mark(path) for image, path in files.items()}
    reasons = {image: earlier[marks[image]] for image in files if marks[image] in earlier}
    todo = [image for image in files if image not in reasons]
    passing: set[str] = set()
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as threads:
        faults = threads.map(_fault, (files[image] for image in todo))
        for done, (image, fault) in enumerate(zip(todo, faults, strict=True), start=1):
            reasons[image] = str(fault or "")
            if isinstance(fault, PassingFaultError):
                passing.add(image)
            if advance is not None:
                advance(done, len(todo))
    if remember and todo:
        _remember(memory, {marks[image]: reason for image, reason in reasons.items() if image not in passing})
    return reasons


def _fault(path: Path) -> BadPictureError | None:
    try:
        read_picture(path)
    except BadPictureError as error:
        return error
    return None


def _mark(path: Path) -> str:
    """A file by its name, size and time of change."""
    state = path.stat()
    return f"{path.name} {state.st_size} {state.st_mtime_ns}"


def _remembered(path: Path) -> dict[str, str]:
    try:
        table = read_json(path, "delete it") if path.is_file() else {}
        reasons = table["reasons"] if table["rules"] == _RULES else {}
        return {mark: reason for mark, reason in reasons.items() if isinstance(reason, str)}
    except (MnerbenchError, TypeError, KeyError, AttributeError):
        return {}  # it only saves time


def _remember(path: Path, reasons: Mapping[str, str]) -> None:
    with suppress(DiskError):  # it only saves time
        write_atomically(path, json.dumps({"rules": _RULES, "reasons": reasons}))
