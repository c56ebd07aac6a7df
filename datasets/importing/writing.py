"""Write a corpus as a dataset folder: JSON lines per split, and a card with checksums, sizes and fingerprints."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mnerbench.datasets.catalog import card_names
from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.gold_scheme import GoldScheme
from mnerbench.datasets.health import HealthReport
from mnerbench.datasets.importing.conversion import Imported
from mnerbench.datasets.untrusted.files import sha256_of
from mnerbench.datasets.write_errors import ANOTHER_FOLDER, cannot_write

CARD = "card.toml"


def check_target(name: str, folder: Path, *, force: bool) -> None:
    """Check that a corpus may be written to a folder.

    Raises:
        ConfigError: a dataset of the package has this name, or the folder holds a corpus and `force` is not set.
    """
    if name in card_names():
        raise ConfigError(f"--name {name}: a dataset of the package has this name\n  -> choose another one")
    existing = [path.name for path in (folder / CARD, *sorted(folder.glob("*.jsonl"))) if _is_ours(path)]
    if existing and not force:
        raise ConfigError(
            f"{folder} holds {', '.join(existing)} already\n  -> choose another --name, or overwrite with --force"
        )


def _is_ours(path: Path) -> bool:
    return path.is_file() and path.name in {CARD, "train.jsonl", "valid.jsonl", "test.jsonl"}


def write_corpus(imported: Imported, report: HealthReport, folder: Path) -> list[Path]:
    """Write splits and card; other files of the folder (pictures, captions) are kept. The card is written last.

    Args:
        imported: the corpus and how it was read.
        report: its counts, for the card.
        folder: `<data>/<name>`, created if needed.

    Raises:
        DiskError: the folder cannot be written.
    """
    corpus = imported.corpus
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".importing-") as temporary:
            split_paths = [
                _write_split(Path(temporary) / f"{split}.jsonl", tweets) for split, tweets in corpus.splits.items()
            ]
            card = Path(temporary) / CARD
            card.write_text(card_text(imported, report, split_paths), encoding="utf-8", newline="\n")
            return [path.replace(folder / path.name) for path in (*split_paths, card)]
    except OSError as error:
        raise cannot_write(folder, error, ANOTHER_FOLDER) from error


def _write_split(path: Path, examples: Sequence[Example]) -> Path:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for tweet in examples:
            image = {"image_id": tweet.image_id} if tweet.image_id is not None else {}
            row = {"id": tweet.id, **image, "tokens": tweet.words, "label": tweet.labels}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def card_text(imported: Imported, report: HealthReport, files: Sequence[Path]) -> str:
    """The card, as TOML."""
    import tomli_w

    corpus = imported.corpus
    origin = "; ".join(
        f"{split} from {', '.join(names)} ({imported.forms[split].value})" for split, names in imported.sources.items()
    )
    recoded = f", labels recoded from {imported.scheme.value}" if imported.scheme is not GoldScheme.BIO else ""
    card: dict[str, Any] = {
        "name": corpus.name,
        "summary": f"Imported: {origin}{recoded}.",
        "format": "jsonl",
        "scheme": GoldScheme.BIO.value,
        "types": list(corpus.types),
        "defects": [f"When it was imported: {line}." for line in corpus.policy_lines],
        **claims(corpus, report, {path.stem: path for path in files}, files[0].parent),
    }
    return tomli_w.dumps({key: value for key, value in card.items() if value})


def claims(corpus: Corpus, report: HealthReport, files: Mapping[str, Path], folder: Path) -> dict[str, Any]:
    """The keys of a card that `data check` verifies: files with checksums, fingerprints and sizes.

    Args:
        corpus: the corpus.
        report: its counts.
        files: file of each split, in `folder`.
        folder: of the dataset.
    """
    return {
        "files": {
            split: {"path": path.relative_to(folder).as_posix(), "sha256": sha256_of(path)}
            for split, path in files.items()
        },
        "fingerprints": dict(corpus.fingerprints),
        "sizes": {split: _sizes(corpus, report, split) for split in corpus.splits},
    }


def _sizes(corpus: Corpus, report: HealthReport, split: str) -> dict[str, Any]:
    health = report.splits[split]
    return {
        "tweets": health.tweets,
        "words": health.words,
        "characters": health.characters,
        "entities": sum(health.entities.values()),
        "b_tags": sum(health.b_tags.values()),
        "b_tags_by_type": {kind: health.b_tags[kind] for kind in corpus.types},
        "entities_by_type": {kind: health.entities[kind] for kind in corpus.types},
    }
