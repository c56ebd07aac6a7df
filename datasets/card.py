"""Dataset cards: the typed metadata of one *variant* of a dataset, read from TOML.

`benchmark data check` verifies a card's claims (sizes, checksums, fingerprints) against the files. Unknown values are
left out, and the card's text says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, TypeVar

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
from mnerbench.datasets.http_requests import is_secure
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
    if duplicates := sorted({name for name in types if types.count(name) > 1}):
        raise ValueError(f"{', '.join(duplicates)} is listed twice; name every entity type once")
    return types


def _secure(url: str) -> str:
    if not is_secure(url):
        raise ValueError(f"{url!r} must begin with https:// (or http:// on this machine, for tests)")
    return url


_REMEDY = 'correct it; CONTRIBUTING.md, "Add a dataset", lists the keys of a card'
# How to fill in the mandatory keys.
_MANDATORY = {
    "name": 'write name = "...", the name of the card\'s folder',
    "types": 'name the entity types, types = ["PER", "LOC"]; `benchmark data import` collects them from files',
}
Prose = Annotated[str, AfterValidator(_one_line)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
SecureUrl = Annotated[str, AfterValidator(_secure)]
InsidePath = Annotated[str, AfterValidator(_inside)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class FileCard(_Strict):
    """One file of a dataset.

    Attributes:
        path: path relative to `<data>/<dataset>/`.
        url: download address, pinned to a commit; None when only the authors or a drive distribute the file.
        sha256: checksum of its bytes; None when we have never had the file.
    """

    path: InsidePath
    url: str | None = None
    sha256: Sha256 | None = None


class _ImageItem(_Strict):
    """A published archive of a dataset's pictures.

    Attributes:
        name: its name in `--source` and messages.
        holds: its content, in words.
        path: file name to save it under, relative to `<data>/<dataset>/`.
        sha256: checksum of its bytes; None when we have never had the file, or when its server repacks it on every
            request.
        size: approximate size in bytes; a download of more than twice as many is refused.
        pictures: number of picture files according to the publisher; an archive with fewer is incomplete.
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
        url: its https address.
    """

    url: SecureUrl


class DriveItem(_ImageItem):
    """A file on Google Drive, which has no pinned address and may disappear.

    Attributes:
        id: the file's id in a share link.
    """

    name: Name = "drive"
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]


class SplitSizes(_Strict):
    """Counts of a split, from its file. None means not counted.

    Attributes:
        characters: of all words, without the spaces between them.
        entities: entities in the conlleval reading.
        b_tags: `B-` labels, which are the entities of the strict IOB2 reading.
    """

    tweets: int | None = None
    words: int | None = None
    characters: int | None = None
    entities: int | None = None
    b_tags: int | None = None
    b_tags_by_type: dict[str, int] = Field(default_factory=dict)
    entities_by_type: dict[str, int] = Field(default_factory=dict)


class CorpusOverlap(_Strict):
    """Tweets of another dataset in a split of this one, where the splits differ.

    Attributes:
        split: the split of this dataset.
        dataset: the other dataset.
        of: the split of the other dataset.
        tweets: their number; None if it was not counted.
    """

    split: Literal["train", "valid", "test"]
    dataset: Name
    of: Literal["train", "valid", "test"]
    tweets: Annotated[int, Field(gt=0)] | None = None


class DatasetCard(_Strict):
    """One dataset variant. `name`, `types` and `files` (or `probe`) are mandatory.

    Splits are `train`, `valid` and `test`; their other usual names, such as `dev`, are accepted.

    Attributes:
        name: the name in commands and tables.
        title: a short description; the name by default.
        summary: which files these are, and who used them.
        licence: what is known about the terms.
        citation: the paper that introduced the annotation.
        references: the papers to cite, each a key of `datasets/references.bib` or a BibTeX entry
            (`mnerbench.datasets.bibliography`).
        languages: codes of the languages of its texts (ISO 639, such as `en`); empty if unknown.
        format: format of the split files; None detects it for each file.
        scheme: labelling scheme of the files; None detects it from the labels. Labels are recoded to BIO.
        tag_names: names of integer labels, in the order of their numbers (the key `labels` is an alias).
        offsets: unit of the character offsets of entities.
        files: split to file; a file may be given as its path alone.
        types: entity types in the order tables print them.
        label_map: type names in the files to names in `types`.
        sizes: split to counts.
        fingerprints: split to the sha256 of its content (`mnerbench.datasets.corpus.fingerprint`).
        captions: source name to caption file.
        missing_images: a file of ids of lost images, one per line; if it exists, it replaces `missing_image_ids`.
        missing_image_ids: the same list as part of the card.
        images: where the pictures come from, and what to do when the link is dead.
        images_of: the dataset whose pictures this one shares, because it annotates the same tweets.
        subset_of: the dataset of whose tweets these are a part, so that results on both are no independent evidence.
        overlaps: tweets of other datasets in other splits of this one: a transfer between them is refused.
        archives: archives of the pictures at web addresses, in the order in which they are tried.
        drive: archives of the pictures on Google Drive, tried after `archives`.
        defects: known errors of the data, one sentence each.
        published_sizes: the sizes that papers print, where they differ.
        how_to_get: all ways to obtain the files, in words.
        probe: settings of a generated corpus, which has no files.
    """

    name: Name
    title: Prose
    summary: Prose = ""
    licence: Prose = "not stated"
    citation: Prose = "none"
    references: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
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
    subset_of: Name | None = None
    overlaps: tuple[CorpusOverlap, ...] = ()
    archives: tuple[ImageArchive, ...] = ()
    drive: tuple[DriveItem, ...] = ()
    defects: tuple[Prose, ...] = ()
    published_sizes: Prose = ""
    how_to_get: Prose = "Put its files where the card names them."
    probe: ProbeSettings | None = None

    @property
    def reading(self) -> Reading:
        """How to read the split files."""
        return Reading(self.format, self.scheme, self.tag_names, self.offsets)

    @model_validator(mode="after")
    def _files_or_probe(self) -> DatasetCard:
        if bool(self.files) == (self.probe is not None):
            raise ValueError("a card needs either a table [files] or a table [probe]")
        return self

    @model_validator(mode="after")
    def _distinct_image_sources(self) -> DatasetCard:
        names = [item.name for item in (*self.archives, *self.drive)]
        if duplicates := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two sources of images are named {', '.join(duplicates)}; give each its own `name`")
        return self

    @field_validator("label_map")
    @classmethod
    def _to_known_types(cls, label_map: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        types = info.data.get("types")  # absent when `types` itself is invalid, which is then the error to report
        for name, target in label_map.items():
            if types is not None and target not in types:
                raise ValueError(f"{name!r} is mapped to {target!r}, which is not in types{suggestion(target, types)}")
        return label_map


def read_card(path: Path) -> DatasetCard:
    """Read and check one card.

    Raises:
        MissingInputError: there is no such file.
        DataError: it cannot be read, or is not TOML.
        ConfigError: a key is unknown (with a suggestion), missing, or has an invalid value.
    """
    table = read_toml(path, error=DataError, remedy="compare it with a card that ships with the package")
    try:
        table = _normalized(table)
    except ValueError as error:
        raise ConfigError(f"{path}: not a valid card\n  {error}\n  -> {_REMEDY}") from error
    try:
        # Strict validation accepts lists as tuples and strings as enums only from JSON.
        return DatasetCard.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        complaints = "\n".join(_complaints(error))
        raise ConfigError(f"{path}: not a valid card\n{complaints}\n  -> {_REMEDY}") from error


def _normalized(table: dict[str, Any]) -> dict[str, Any]:
    """Fill in the default title and normalise the names of keys, splits and schemes.

    Raises:
        ValueError: a key is given under two names, or a name is unknown; the message begins with the key.
    """
    card = {**({"title": table["name"]} if isinstance(table.get("name"), str) else {}), **table}
    if "labels" in card:
        if "tag_names" in card:
            raise ValueError("labels: an alias of tag_names; keep one of them")
        card["tag_names"] = card.pop("labels")
    for key in ("files", "sizes", "fingerprints"):
        if isinstance(card.get(key), dict):
            card[key] = _with_key(key, by_split_name, card[key])
    if isinstance(card.get("files"), dict):
        card["files"] = {
            split: {"path": file} if isinstance(file, str) else file for split, file in card["files"].items()
        }
    if isinstance(card.get("scheme"), str):
        card["scheme"] = _with_key("scheme", parse_scheme, card["scheme"]).value
    return card


def _with_key(key: str, convert: Callable[[Any], ChangedT], value: Any) -> ChangedT:
    try:
        return convert(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def _complaints(error: ValidationError) -> list[str]:
    lines = []
    for item in error.errors(include_url=False):
        key = ".".join(map(str, item["loc"]))
        if item["type"] == "extra_forbidden":
            lines.append(f"  {key}: unknown key{suggestion(str(item['loc'][-1]), _known_keys(len(item['loc'])))}")
        elif item["type"] == "missing" and key in _MANDATORY:
            lines.append(f"  {key}: missing; {_MANDATORY[key]}")
        else:
            lines.append(f"  {key}: {item['msg']}")
    return lines


def _known_keys(depth: int) -> set[str]:
    if depth == 1:
        return set(DatasetCard.model_fields)
    inner = (FileCard, SplitSizes, CorpusOverlap, ImageArchive, DriveItem, ProbeSettings)
    return {key for model in inner for key in model.model_fields}
