"""The pictures of a corpus on disk: which file is which tweet's, what identifies its content, and what is not there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.folders import files_below
from mnerbench.datasets.image_remedies import fetching_command
from mnerbench.datasets.needs import Need
from mnerbench.datasets.textfile import image_key
from mnerbench.datasets.untrusted.files import read_bytes, sha256_of
from mnerbench.datasets.visual.decoding import BadPictureError, PassingFaultError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.datasets.visual.picture_needs import pictures_need

IMAGE_FOLDER = "images"
EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp"})

# UMT's released code crops this square, and shows its replacement for whatever it cannot crop.
_UMT_CROP = 224
UMT_REPLACEMENT = "17_06_4705"

_BLANK_SIDE, _BLANK_GREY = 224, 128


class LostPictures(StrEnum):
    """What stands for a picture that is lost, absent or unreadable.

    `mask`: nothing, and methods are told so. `umt`: the picture `17_06_4705` (the words "Image Not Found"), also for
    pictures smaller than 224 pixels, as in UMT's code.
    """

    MASK = "mask"
    UMT = "umt"


@dataclass(frozen=True)
class Picture:
    """One picture file and the sha256 of its bytes, by which everything made from it is kept."""

    path: Path
    digest: str


@dataclass(frozen=True)
class Pictures:
    """The pictures of a corpus.

    Attributes:
        files: by image id; a lost picture has none, or the replacement.
        absent: tweets without a picture: none named, no file, or known to be lost.
        replaced: tweets that show the replacement.
    """

    files: Mapping[str, Picture]
    absent: int
    replaced: int = 0

    @property
    def fingerprint(self) -> str:
        """sha256 over image ids and the content of their pictures."""
        rows = "".join(f"{image} {picture.digest}\n" for image, picture in sorted(self.files.items()))
        return hashlib.sha256(rows.encode()).hexdigest()


def corpus_pictures(
    corpus: Corpus, folder: Path, policy: LostPictures = LostPictures.MASK, ways: Sequence[str] | None = None
) -> Pictures:
    """Find and identify the pictures of a corpus; the policy `umt` also decodes each of them.

    Args:
        corpus: whose tweets name them.
        folder: of the dataset; they lie anywhere below its `images/`.
        policy: what stands for a lost one.
        ways: how to get pictures, for the error; None for `data get`.

    Raises:
        MissingInputError: no tweet names a picture, there is no picture at all, or not the one that the policy needs.
        DataError: two files with different content have one picture's name, or one cannot be read to decide whether
            the replacement stands for it.
    """
    require_named(corpus)
    named = [example.image_id for examples in corpus.splits.values() for example in examples]
    wanted = {image for image in named if image is not None}
    found = find_pictures(folder / IMAGE_FOLDER, wanted - corpus.missing_images)
    if not found:
        ways = ways if ways is not None else (fetching_command(corpus.name),)
        raise MissingInputError(pictures_need(corpus.name, folder / IMAGE_FOLDER, wanted, ways))
    files = {image: Picture(path, sha256_of(path)) for image, path in found.items()}
    if policy is LostPictures.MASK:
        return Pictures(files, sum(image not in files for image in named))
    spare = _replacement(folder)
    usable = _croppable(files)
    shown = {image: usable.get(image, spare) for image in wanted}
    return Pictures(shown, sum(image is None for image in named), sum(i is not None and i not in usable for i in named))


def require_named(corpus: Corpus) -> None:
    """See that there are pictures to have any input of.

    Raises:
        MissingInputError: no tweet names a picture.
    """
    if corpus.splits and not corpus.names_pictures:
        ways = (
            "write the id of each tweet's picture into the split files: an IMGID: line, or image_id in JSON lines",
            "or run the methods that read no pictures",
        )
        reason = f"no tweet of {corpus.name!r} names a picture"
        raise MissingInputError(Need(reason, ways, f"image ids in {corpus.name}"))


def find_pictures(folder: Path, image_ids: Iterable[str]) -> dict[str, Path]:
    """The files of some pictures, wherever below `folder` they lie (also in linked folders), by image id.

    Ids without a file are left out.

    Raises:
        DataError: two files with different content have one picture's name.
    """
    wanted = set(image_ids)
    found: dict[str, Path] = {}
    for path in files_below(folder):
        key = image_key(path.name)
        if key not in wanted or path.suffix.lower() not in EXTENSIONS:
            continue
        if key in found and read_bytes(found[key]) != read_bytes(path):
            reason = f"{found[key]} is another picture of the same name"
            raise DataError.at(path, None, reason, "keep the one that belongs to the tweet")
        found.setdefault(key, path)
    return found


def _croppable(files: Mapping[str, Picture]) -> dict[str, Picture]:
    """The pictures that UMT's code could crop, by image id.

    Each is decoded as for extraction, so that exactly what would be bad there is not among them; a header alone cannot
    tell. Costs about as much as looking at them without a network.
    """
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as threads:
        large = threads.map(_is_large, files.values())
        return {image: picture for (image, picture), own in zip(files.items(), large, strict=True) if own}


def _is_large(picture: Picture) -> bool:
    try:
        return min(read_picture(picture.path, picture.digest).size) >= _UMT_CROP
    except PassingFaultError as error:
        # Not a reason to show the replacement: next time the picture may be there.
        raise DataError.at(picture.path, None, str(error), "run again, or take the file away") from error
    except BadPictureError:
        return False


def _replacement(folder: Path) -> Picture:
    for place in (folder, folder.parent / "twitter17"):
        found = find_pictures(place / IMAGE_FOLDER, [UMT_REPLACEMENT])
        if found:
            path = found[UMT_REPLACEMENT]
            return Picture(path, sha256_of(path))
    what = f"the picture that UMT's code shows for lost ones, {UMT_REPLACEMENT}.jpg"
    ways = (fetching_command("twitter17"), "or lost_pictures = mask, which shows none")
    raise MissingInputError(Need(f"{what}, is not in {folder / IMAGE_FOLDER}", ways, f"{UMT_REPLACEMENT}.jpg"))


def blank_picture() -> bytes:
    """The grey picture of the view `it-blank`: a BMP put together by hand, so that its bytes never change."""
    pixels = bytes([_BLANK_GREY]) * (_BLANK_SIDE * _BLANK_SIDE * 3)
    header = b"BM" + (54 + len(pixels)).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    size = b"".join(value.to_bytes(4, "little") for value in (40, _BLANK_SIDE, _BLANK_SIDE))
    return header + size + (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24) + pixels
