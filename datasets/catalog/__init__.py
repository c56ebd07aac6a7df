"""The catalog: finds cards by name, and reads corpora from a data folder.

A card ships with the package (`datasets/cards/<name>.toml`) or lies beside the user's data (`<data>/<name>/card.toml`).
A name in both locations is an error, since results record only the name.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from mnerbench.datasets.card import DatasetCard, FileCard, SplitSizes, read_card
from mnerbench.datasets.corpus import SPLITS, Corpus
from mnerbench.datasets.errors import ConfigError, MissingInputError, near, suggestion, with_remedies
from mnerbench.datasets.gold_scheme import GoldScheme
from mnerbench.datasets.needs import Need
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.readers import open_split
from mnerbench.datasets.remedies import misplaced
from mnerbench.datasets.textfile import image_key, read_lines
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.names import MOST_CHARACTERS, path_fault, require_possible

__all__ = [
    "CACHE_VARIABLE",
    "DATA_VARIABLE",
    "DatasetCard",
    "FileCard",
    "SplitSizes",
    "cache_dir",
    "card_names",
    "data_dir",
    "dataset_folder",
    "fingerprint_note",
    "is_dataset_name",
    "load_card",
    "load_corpus",
    "missing_images",
]

DATA_VARIABLE = "MNERBENCH_DATA"
CACHE_VARIABLE = "MNERBENCH_CACHE"
_CARDS = Path(__file__).parents[1] / "cards"
_USER_CARD = "card.toml"
_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,99}")


def data_dir(flag: Path | None = None) -> Path:
    """The data folder: the flag, else `MNERBENCH_DATA`, else the platform's user data folder."""
    if flag is not None:
        return flag
    variable = os.environ.get(DATA_VARIABLE)
    if variable:
        return Path(require_possible(variable, DATA_VARIABLE)).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("mnerbench")) / "data"


def cache_dir(flag: Path | None = None) -> Path:
    """The cache folder: the flag, else `MNERBENCH_CACHE`, else the platform's user cache folder."""
    if flag is not None:
        return flag
    variable = os.environ.get(CACHE_VARIABLE)
    if variable:
        return Path(require_possible(variable, CACHE_VARIABLE)).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("mnerbench"))


def dataset_folder(card: DatasetCard, data_dir: Path, cache: Path) -> Path:
    """The folder of a dataset's files; those of a probe are generated if needed."""
    if card.probe is None:
        return data_dir / card.name
    from mnerbench.datasets.probes.folder import probe_folder

    return probe_folder(card.name, cache, generate(card.probe))


def is_dataset_name(name: str) -> bool:
    """Whether a dataset can have this name, which is also that of its folder."""
    return _NAME.fullmatch(name) is not None


def card_names(data_dir: Path | None = None) -> list[str]:
    """Names of all cards: those of the package, then those in the data folder."""
    shipped = sorted(path.stem for path in _CARDS.glob("*.toml"))
    local = sorted(path.parent.name for path in data_dir.glob(f"*/{_USER_CARD}")) if data_dir is not None else []
    return shipped + [name for name in local if name not in shipped]


def load_card(name: str, data_dir: Path | None = None) -> DatasetCard:
    """The card of a dataset variant.

    Args:
        name: `twitter15`, or the name of a folder in `data_dir` that holds a `card.toml`.
        data_dir: where to look for the user's cards; None looks only in the package.

    Raises:
        MissingInputError: the package has no such card, and the data folder does not exist.
        ConfigError: the name is unknown (with the nearest names), has two cards, or its card is invalid.
    """
    if name and (len(name) > MOST_CHARACTERS or path_fault(name) is not None):
        reason = f"no dataset can be called {one_line(repr(name), 80)}"
        raise ConfigError(f"{reason}\n  -> a name is up to {MOST_CHARACTERS} of a-z 0-9 . _ + -")
    shipped = _CARDS / f"{name}.toml"
    local = data_dir / name / _USER_CARD if data_dir is not None else None
    paths = [path for path in (shipped, local) if path is not None and is_dataset_name(name) and path.is_file()]
    if not paths:
        if data_dir is not None and not data_dir.is_dir() and not near(name, card_names()):
            reason = f"the data folder {data_dir} does not exist"
            way = f"point --data DIR or {DATA_VARIABLE} to your data"
            raise MissingInputError(Need(f"no dataset {name!r}: {reason}", (way,), f"data folder {data_dir}"))
        remedy = f"for your own data write {local or Path('DATA') / name / _USER_CARD}; CONTRIBUTING.md says how"
        ways = [*misplaced(name, [_USER_CARD], data_dir), remedy]
        raise ConfigError(with_remedies(f"no dataset {name!r}{suggestion(name, card_names(data_dir))}", ways))
    if len(paths) > 1:
        raise ConfigError(f"dataset {name!r} has two cards: {shipped} and {local}\n  -> rename the folder and its card")
    card = read_card(paths[0])
    if card.name != name:
        raise ConfigError(f"{paths[0]}: the card's name is {card.name!r}\n  -> make it {name!r}, the folder's name")
    return card


def load_corpus(name: str, data_dir: Path) -> Corpus:
    """Read a dataset variant from `<data_dir>/<name>/`, or generate it when its card describes a probe.

    Raises:
        ConfigError: see :func:`load_card`.
        MissingInputError: the folder or a split is missing (with the path and every remedy).
        DataError: a file violates its format.
    """
    card = load_card(name, data_dir)
    if card.probe is not None:
        return generate(card.probe).corpus(card.name)
    folder = data_dir / name
    absent = [file.path for file in card.files.values() if not (folder / file.path).is_file()]
    if absent:
        raise MissingInputError(_need_of(card, folder, absent))
    readings = {
        split: open_split(folder / file.path, card.reading, types=card.types, label_map=card.label_map)
        for split, file in sorted(card.files.items(), key=lambda item: SPLITS.index(item[0]))
    }
    return Corpus(
        card.name,
        {split: reading.examples for split, reading in readings.items()},
        card.types,
        missing_images(card, data_dir),
        policies={split: reading.policies for split, reading in readings.items() if reading.policies},
        schemes={
            split: reading.scheme.value for split, reading in readings.items() if reading.scheme is not GoldScheme.BIO
        },
    )


def missing_images(card: DatasetCard, data_dir: Path) -> frozenset[str]:
    """Ids of lost images: from the card's file if it exists, else from the card itself."""
    path = data_dir / card.name / card.missing_images.path if card.missing_images is not None else None
    if path is not None and path.is_file():
        return frozenset(image_key(line.strip()) for _, line in read_lines(path) if line.strip())
    return frozenset(card.missing_image_ids)


def fingerprint_note(card: DatasetCard, corpus: Corpus) -> str | None:
    """The warning to print with results when the content is not that of the card; None when it is."""
    if not card.fingerprints:
        return f"{card.name}: its card has no fingerprints, so this content is not verified"
    changed = [
        split for split, fingerprint in corpus.fingerprints.items() if card.fingerprints.get(split) != fingerprint
    ]
    if not changed:
        return None
    details = ", ".join(f"{split} {corpus.fingerprints[split][:12]}" for split in changed)
    return f"{card.name}: not the content of its card in {details}; numbers do not compare with others under this name"


def _need_of(card: DatasetCard, folder: Path, absent: list[str]) -> Need:
    what = f"no folder {folder}" if not folder.is_dir() else f"{folder} holds no {', '.join(absent)}"
    ways = misplaced(card.name, [file.path for file in card.files.values()], folder.parent)
    if any(file.url for file in card.files.values()):
        ways.append(f"benchmark data get {card.name}")
    ways.append(f"point --data DIR or {DATA_VARIABLE} to the folder that holds {card.name}/")
    ways += [f"copy or link files you have to {folder}", card.how_to_get]
    return Need(f"dataset {card.name!r} is not here: {what}", tuple(ways), f"dataset {card.name}")
