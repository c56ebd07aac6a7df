"""The picture files of a corpus: matched to tweets, identified by content digest, lost ones masked or replaced."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.folders import files_below
from mnerbench.datasets.needs import Need
from mnerbench.datasets.remedies import fetching_command
from mnerbench.datasets.textfile import image_key
from mnerbench.datasets.untrusted.files import read_bytes, sha256_of
from mnerbench.datasets.visual.decoding import BadPictureError, TransientPictureError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.datasets.visual.picture_needs import pictures_need

IMAGE_FOLDER = "images"
EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp"})

# UMT's released code takes a crop of this side, and uses its replacement for every picture it cannot crop.
_UMT_CROP = 224
UMT_REPLACEMENT = "17_06_4705"

_BLANK_SIDE, _BLANK_GREY = 224, 128


@dataclass(frozen=True)
class Picture:
    """A picture file and the sha256 of its bytes, under which everything derived from it is stored."""

    path: Path
    digest: str


@dataclass(frozen=True)
class Pictures:
    """The pictures of a corpus.

    Attributes:
        files: file by image id; for lost pictures none, or the replacement.
        absent: number of tweets without a picture: no image id, no file, or known to be lost.
        replaced: number of tweets that use the replacement, for their picture or one of several.
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
        corpus: the corpus.
        folder: the dataset's folder; pictures lie anywhere under its `images/`.
        policy: treatment of lost pictures.
        ways: how to get pictures, for the error message; None for `data get`.

    Raises:
        MissingInputError: no tweet has an image id, there is no picture file, or the policy's replacement is missing.
        DataError: two files with different content have the same image id, or a file cannot be read to decide whether
            it is replaced.
    """
    require_image_ids(corpus)
    image_ids = corpus.image_ids
    paths = find_pictures(folder / IMAGE_FOLDER, image_ids - corpus.missing_images)
    if not paths:
        ways = ways if ways is not None else (fetching_command(corpus.name),)
        raise MissingInputError(pictures_need(corpus.name, folder / IMAGE_FOLDER, image_ids, ways))
    files = {image: Picture(path, sha256_of(path)) for image, path in paths.items()}
    if policy is LostPictures.MASK:
        return Pictures(files, corpus.tweets_without(files))
    replacement = _replacement(folder)
    usable = _croppable(files)
    with_replacement = {image: usable.get(image, replacement) for image in image_ids}
    tweets = [tweet for examples in corpus.splits.values() for tweet in examples]
    replaced = sum(any(image not in usable for image in tweet.image_ids) for tweet in tweets)
    return Pictures(with_replacement, corpus.tweets_without(image_ids), replaced)


def require_image_ids(corpus: Corpus) -> None:
    """Raise if the corpus has tweets but no image ids.

    Raises:
        MissingInputError: no tweet has an image id.
    """
    if corpus.splits and not corpus.names_pictures:
        ways = (
            "write the id of each tweet's picture into the split files: an IMGID: line, or image_id in JSON lines",
            "or run the methods that read no pictures",
        )
        reason = f"no tweet of {corpus.name!r} names a picture"
        raise MissingInputError(Need(reason, ways, f"image ids in {corpus.name}"))


def find_pictures(folder: Path, image_ids: Iterable[str]) -> dict[str, Path]:
    """Picture files by image id, searched recursively in `folder` and in linked folders.

    Ids without a file are left out.

    Raises:
        DataError: two files with different content have the same image id.
    """
    requested = set(image_ids)
    paths: dict[str, Path] = {}
    for path in files_below(folder):
        key = image_key(path.name)
        if key not in requested or path.suffix.lower() not in EXTENSIONS:
            continue
        if key in paths and read_bytes(paths[key]) != read_bytes(path):
            reason = f"{paths[key]} is another picture of the same name"
            raise DataError.at(path, None, reason, "keep the one that belongs to the tweet")
        paths.setdefault(key, path)
    return paths


def _croppable(files: Mapping[str, Picture]) -> dict[str, Picture]:
    """The pictures that UMT's code could crop, by image id.

    Each is fully decoded, as in extraction, so that exactly the bad ones are left out; headers would not suffice. Costs
    about as much as extraction without the network.
    """
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as threads:
        large = threads.map(_is_large, files.values())
        return {image: picture for (image, picture), is_large in zip(files.items(), large, strict=True) if is_large}


def _is_large(picture: Picture) -> bool:
    try:
        return min(read_picture(picture.path, picture.digest).size) >= _UMT_CROP
    except TransientPictureError as error:
        # A transient error does not justify the replacement.
        raise DataError.at(picture.path, None, str(error), "run again, or remove the file") from error
    except BadPictureError:
        return False


def _replacement(folder: Path) -> Picture:
    for dataset_folder in (folder, folder.parent / "twitter17"):
        path = find_pictures(dataset_folder / IMAGE_FOLDER, [UMT_REPLACEMENT]).get(UMT_REPLACEMENT)
        if path is not None:
            return Picture(path, sha256_of(path))
    reason = f"UMT's replacement of lost pictures, {UMT_REPLACEMENT}.jpg, is not in {folder / IMAGE_FOLDER}"
    ways = (fetching_command("twitter17"), "or set lost_pictures = mask, which needs no replacement")
    raise MissingInputError(Need(reason, ways, f"{UMT_REPLACEMENT}.jpg"))


def blank_picture() -> bytes:
    """The grey picture of the view `it-blank`: a BMP assembled byte by byte, so that its digest never changes."""
    pixels = bytes([_BLANK_GREY]) * (_BLANK_SIDE * _BLANK_SIDE * 3)
    header = b"BM" + (54 + len(pixels)).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    size = b"".join(value.to_bytes(4, "little") for value in (40, _BLANK_SIDE, _BLANK_SIDE))
    return header + size + (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24) + pixels
