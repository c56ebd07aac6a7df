"""Visual inputs made elsewhere, in the formats people publish. Captions: lines of text, one or several per image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.jsonlines import json_object
from mnerbench.datasets.textfile import image_key, read_lines

_LINE_FORMS = "write `ID.jpg :caption`, or JSON lines with image_id and caption (or a list of captions)"


@dataclass(frozen=True)
class Captions:
    """Captions of a corpus' images from one source, and what is not there.

    Attributes:
        texts: image id to its captions in file order; an image without any has no entry.
        source: the name the captions go by (`blip2`).
        fingerprint: sha256 over `texts`, sorted by image id. Captions of images no tweet names do not count.
        dropped: tweets whose captions were left out, because the image is lost and they describe a placeholder.
        missing: tweets (image not lost) whose image the file does not name, or that name no image.
        empty: tweets whose image the file names with an empty caption.
    """

    texts: Mapping[str, tuple[str, ...]]
    source: str
    fingerprint: str
    dropped: int
    missing: int
    empty: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", MappingProxyType(dict(self.texts)))

    def __reduce__(self) -> tuple[object, ...]:
        # A mapping proxy cannot be pickled, and worker processes are handed captions.
        return Captions, (dict(self.texts), self.source, self.fingerprint, self.dropped, self.missing, self.empty)


def read_captions(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a caption file.

    Two forms, told apart by the first line: `ID.jpg :caption` (the extension may be absent; several lines for one image
    are several captions), and JSON lines with `image_id` and `caption` (a string) or `captions` (a list of strings).

    Returns:
        Image id to captions in file order. An empty caption is kept as the fact that the file names the image: `()`.

    Raises:
        DataError: a line is in neither form (names the line).
        MissingInputError: there is no such file.
    """
    lines = [(number, line) for number, line in read_lines(path) if line.strip()]
    row_of = _json_caption if lines[0][1].lstrip().startswith("{") else _plain_caption
    found: dict[str, tuple[str, ...]] = {}
    for number, line in lines:
        image, captions = row_of(path, number, line)
        found[image] = found.get(image, ()) + tuple(text.strip() for text in captions if text.strip())
    return found


def load_captions(corpus: Corpus, card: DatasetCard, data_dir: Path, source: str) -> Captions:
    """Captions for a corpus from `<data_dir>/<dataset>/captions.<source>.txt` (or the path its card names).

    Raises:
        MissingInputError: there is no such file; says every way to get it.
        DataError: a line cannot be read, or no caption is of an image of this corpus.
    """
    known = card.captions.get(source)
    path = data_dir / card.name / (known.path if known is not None else f"captions.{source}.txt")
    if not path.is_file():
        raise MissingInputError(_absence(card, path, source))
    return match_captions(read_captions(path), corpus, source, path)


def match_captions(found: Mapping[str, tuple[str, ...]], corpus: Corpus, source: str, path: Path) -> Captions:
    """Keep the captions of a corpus' images; count what is dropped, missing or empty."""
    texts: dict[str, tuple[str, ...]] = {}
    dropped = missing = empty = 0
    for example in (example for examples in corpus.splits.values() for example in examples):
        image = example.image_id
        lost = image in corpus.missing_images
        if image is None or image not in found:
            missing += not lost
        elif lost:
            dropped += 1
        elif not found[image]:
            empty += 1
        else:
            texts[image] = found[image]
    if not texts:
        reason = f"none of its {len(found)} image ids is in {corpus.name}"
        raise DataError.at(path, None, reason, "check that the captions are of this dataset, with its ids")
    content = json.dumps(sorted(texts.items()), separators=(",", ":"))
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Captions(texts, source, digest, dropped, missing, empty)


def _plain_caption(path: Path, number: int, line: str) -> tuple[str, list[str]]:
    image, colon, caption = line.partition(" :")
    if not colon or not image.strip():
        raise DataError.at(path, number, f"{line!r} is not a caption line", _LINE_FORMS)
    return image_key(image.strip()), [caption]


def _json_caption(path: Path, number: int, line: str) -> tuple[str, list[str]]:
    row = json_object(path, number, line, _LINE_FORMS)
    if not isinstance(row.get("image_id"), str | int) or not row["image_id"]:
        raise DataError.at(path, number, "not an object with an image_id", _LINE_FORMS)
    captions = row.get("captions", [row.get("caption")])
    if not isinstance(captions, list) or not all(isinstance(text, str) for text in captions):
        raise DataError.at(path, number, "no caption (a string) and no captions (a list of strings)", _LINE_FORMS)
    return image_key(str(row["image_id"])), captions


def _absence(card: DatasetCard, path: Path, source: str) -> str:
    known = card.captions.get(source)
    ways = [f"put a caption file there: {_LINE_FORMS}", "point --data DIR or MNERBENCH_DATA to the folder that has it"]
    if known is not None and known.url is not None:
        ways.insert(0, f"benchmark data get {card.name}")
    if known is None:
        names = ", ".join(sorted(card.captions)) or "none"
        ways.append(f"or use captions the card of {card.name} knows: {names}")
    remedies = "\n".join(f"  -> {way}" for way in ways)
    return f"captions {source!r} of {card.name!r} are not here: no file {path}\n{remedies}"
