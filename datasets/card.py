"""The typed form of a dataset card: everything known about one *variant* of a dataset, read from TOML.

Cards are data. What they claim (sizes, checksums, fingerprints) is checked against the files by `benchmark data check`;
what is not known is left out, and the card's text says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from mnerbench.datasets.character_spans import Offsets
from mnerbench.datasets.corpus import by_split_name
from mnerbench.datasets.errors import ConfigError, DataError, suggestion
from mnerbench.datasets.gold_scheme import GoldScheme, parse_scheme
from mnerbench.datasets.http_redirects import is_secure
from mnerbench.datasets.probe_settings import ProbeSettings
from mnerbench.datasets.readers import Format, Reading
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.names import path_fault
from mnerbench.datasets.untrusted.toml_text import read_toml

ChangedT = TypeVar("ChangedT")
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._+-]{0,99}$")]


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith(("/", "~")) or ".." in parts or "\\" in path or ":" in path:
        raise ValueError(f"{path!r} must be a relative path that stays inside the dataset's folder")
    if (fault := path_fault(path)) is not None:
        raise ValueError(f"{one_line(repr(path), 80)} {fault}")
    return path


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _distinct(types: tuple[str, ...]) -> tuple[str, ...]:
    if not types or not all(types):
        raise ValueError('name at least one entity type, such as ["PER", "LOC"], and none with an empty name')
    if twice := sorted({name for name in types if types.count(name) > 1}):
        raise ValueError(f"{', '.join(twice)} stands there twice; name every entity type once")
    return types


def _secure(url: str) -> str:
    if not is_secure(url):
        raise ValueError(f"{url!r} must begin with https:// (or http:// on this machine, for tests)")
    return url


_REMEDY = 'correct it; CONTRIBUTING.md, "Add a dataset", lists what a card says'
# What a card has to say that nobody else can.
_MISSING = {
    "name": 'write name = "...", the name of the card\'s folder',
    "types": 'name the entity types, types = ["PER", "LOC"]; `benchmark data import` collects them from files',
}
Prose = Annotated[str, AfterValidator(_one_line)]
SecureUrl = Annotated[str, AfterValidator(_secure)]
InsidePath = Annotated[str, AfterValidator(_inside)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class FileCard(_Strict):
    """One file of a dataset.

    Attributes:
        path: where it lies, relative to `<data>/<dataset>/`.
        url: where it can be fetched, pinned to a commit; None when only its authors or a drive hand it out.
        sha256: of its bytes; None when nobody here has seen the bytes.
    """

    path: InsidePath
    url: str | None = None
    sha256: Sha256 | None = None


class _ImageItem(_Strict):
    """An archive with a dataset's pictures, wherever it is published.

    Attributes:
        name: what `--source` and messages call it.
        holds: what is in it, in words.
        path: file name to save it under, relative to `<data>/<dataset>/`.
        sha256: of its bytes; None when nobody here has seen them, or when its server packs it anew on every request.
        size: about how many bytes it has; a download of more than twice as many is refused.
        pictures: how many picture files its publisher lists in it; an archive with fewer is not the whole one.
    """

    name: Name
    holds: Prose
    path: InsidePath
    sha256: Sha256 | None = None
    size: Annotated[int, Field(gt=0)] | None = None
    pictures: Annotated[int, Field(gt=0)] | None = None


class ImageArchive(_ImageItem):
    """An archive of pictures at a web address.

    Attributes:
        url: where it is, over https.
    """

    url: SecureUrl


class DriveItem(_ImageItem):
    """A file on Google Drive, which has no pinned address and may vanish.

    Attributes:
        id: the item's id in a share link.
    """

    name: Name = "drive"
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]


class SplitSizes(_Strict):
    """What a split holds, as counted from the files. None means not counted.

    Attributes:
        entities: in the conlleval reading.
        b_tags: `B-` labels, which are the entities of the strict IOB2 reading.
    """

    tweets: int | None = None
    words: int | None = None
    entities: int | None = None
    b_tags: int | None = None
    b_tags_by_type: dict[str, int] = Field(default_factory=dict)
    entities_by_type: dict[str, int] = Field(default_factory=dict)


class DatasetCard(_Strict):
    """One dataset variant. `name`, `types` and `files` (or `probe`) are needed, the rest is for people and for checks.

    Splits are `train`, `valid` and `test`; `dev` and other usual names of them are taken for these.

    Attributes:
        name: what users type and tables print.
        title: a line for people; the name where there is none.
        summary: which files these are, and who used them.
        licence: what is known about the terms.
        citation: the paper that made the annotation.
        format: of the split files; looked up in each file when None.
        scheme: in which labels are written; seen from the labels when None. They are recoded to BIO.
        tag_names: of integer labels, in the order of their numbers (`labels` is the same key).
        offsets: what character offsets of entities count.
        files: split to file; a file may also be its path alone.
        types: entity types in the order tables print them.
        label_map: type names in the files to names in `types`.
        sizes: split to counts.
        fingerprints: split to the sha256 of its content (`mnerbench.datasets.corpus.fingerprint`).
        captions: source name to caption file.
        missing_images: a file of image ids known to be lost, one per line; when there it replaces `missing_image_ids`.
        missing_image_ids: the same list as part of the card.
        images: where the pictures come from, and what to do when the link is gone.
        images_of: the dataset whose pictures are also this one's, because it annotates the same tweets.
        archives: archives of the pictures at web addresses, in the order in which they are tried.
        drive: archives of the pictures on Google Drive, tried after `archives`.
        defects: known errors of the data, one sentence each.
        published_sizes: what papers print, where it differs.
        how_to_get: every way to the files, in words.
        probe: settings of a generated corpus, which has no files.
    """

    name: Name
    title: Prose
    summary: Prose = ""
    licence: Prose = "not stated"
    citation: Prose = "none"
    format: Format | None = None
    scheme: GoldScheme | None = None
    tag_names: tuple[str, ...] | None = None
    offsets: Offsets = Offsets.CHARACTERS
    files: dict[str, FileCard] = Field(default_factory=dict)
    types: Annotated[tuple[str, ...], AfterValidator(_distinct)]
    label_map: dict[str, str] = Field(default_factory=dict)
    sizes: dict[str, SplitSizes] = Field(default_factory=dict)
    fingerprints: dict[str, Sha256] = Field(default_factory=dict)
    captions: dict[str, FileCard] = Field(default_factory=dict)
    missing_images: FileCard | None = None
    missing_image_ids: tuple[str, ...] = ()
    images: Prose = "Put them into images/ in the dataset's folder, named <image id>.jpg."
    images_of: Name | None = None
    archives: tuple[ImageArchive, ...] = ()
    drive: tuple[DriveItem, ...] = ()
    defects: tuple[Prose, ...] = ()
    published_sizes: Prose = ""
    how_to_get: Prose = "Put its files where the card names them."
    probe: ProbeSettings | None = None

    @property
    def reading(self) -> Reading:
        """How its split files are to be read."""
        return Reading(self.format, self.scheme, self.tag_names, self.offsets)

    @model_validator(mode="after")
    def _files_or_probe(self) -> DatasetCard:
        if bool(self.files) == (self.probe is not None):
            raise ValueError("a card names its files in a table [files], or has a table [probe], one of the two")
        return self

    @model_validator(mode="after")
    def _distinct_image_sources(self) -> DatasetCard:
        names = [item.name for item in (*self.archives, *self.drive)]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two sources of images are named {', '.join(twice)}; give each its own `name`")
        return self

    @field_validator("label_map")
    @classmethod
    def _to_known_types(cls, label_map: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        types = info.data.get("types")  # absent when they are wrong themselves, which is then the error to show
        for name, target in label_map.items():
            if types is not None and target not in types:
                raise ValueError(f"{name!r} is mapped to {target!r}, which is not in types{suggestion(target, types)}")
        return label_map


def read_card(path: Path) -> DatasetCard:
    """Read and check one card.

    Raises:
        MissingInputError: there is no such file.
        DataError: it cannot be read, or is not TOML.
        ConfigError: a key is unknown (with a suggestion), missing, or holds a wrong value.
    """
    table = read_toml(path, error=DataError, remedy="compare it with a card that ships with the package")
    try:
        table = _usual_forms(table)
    except ValueError as error:
        raise ConfigError(f"{path}: not a valid card\n  {error}\n  -> {_REMEDY}") from error
    try:
        # Strict validation takes lists for tuples and strings for enums only from JSON.
        return DatasetCard.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        complaints = "\n".join(_complaints(error))
        raise ConfigError(f"{path}: not a valid card\n{complaints}\n  -> {_REMEDY}") from error


def _usual_forms(table: dict[str, Any]) -> dict[str, Any]:
    """A card with what it may leave out, and with the names of keys, splits and schemes that the harness uses.

    Raises:
        ValueError: a key stands twice under two names, or a name is unknown; begins with the key.
    """
    card = {**({"title": table["name"]} if isinstance(table.get("name"), str) else {}), **table}
    if "labels" in card:
        if "tag_names" in card:
            raise ValueError("labels: the same key as tag_names; keep one of them")
        card["tag_names"] = card.pop("labels")
    for key in ("files", "sizes", "fingerprints"):
        if isinstance(card.get(key), dict):
            card[key] = _keyed(key, by_split_name, card[key])
    if isinstance(card.get("files"), dict):
        card["files"] = {
            split: {"path": file} if isinstance(file, str) else file for split, file in card["files"].items()
        }
    if isinstance(card.get("scheme"), str):
        card["scheme"] = _keyed("scheme", parse_scheme, card["scheme"]).value
    return card


def _keyed(key: str, change: Callable[[Any], ChangedT], value: Any) -> ChangedT:
    try:
        return change(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def _complaints(error: ValidationError) -> list[str]:
    lines = []
    for item in error.errors(include_url=False):
        place = ".".join(map(str, item["loc"]))
        if item["type"] == "extra_forbidden":
            lines.append(f"  {place}: unknown key{suggestion(str(item['loc'][-1]), _known_keys(len(item['loc'])))}")
        elif item["type"] == "missing" and place in _MISSING:
            lines.append(f"  {place}: missing; {_MISSING[place]}")
        else:
            lines.append(f"  {place}: {item['msg']}")
    return lines


def _known_keys(depth: int) -> set[str]:
    if depth == 1:
        return set(DatasetCard.model_fields)
    inner = (FileCard, SplitSizes, ImageArchive, DriveItem, ProbeSettings)
    return {key for model in inner for key in model.model_fields}
