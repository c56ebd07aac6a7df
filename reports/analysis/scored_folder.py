"""Locating the folder of a scored dataset."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.corpus import fingerprint
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.readers import Reading, open_split


def scored_folder(name: str, data: Path, cache: Path, test: str) -> Path | None:
    """The folder of a dataset if its test split is the scored one. Probes are not generated, files not downloaded.

    Args:
        name: of the dataset.
        data: the data folder.
        cache: the folder of generated probes.
        test: fingerprint of the test split.

    Returns:
        None without a card, folder or file, and for a file with other content: pictures of a probe with other settings
        have the same names and would be shown with the wrong tweets.
    """
    try:
        card = load_card(name, data)
        folder = _folder(card, data, cache)
        path = folder / (card.files["test"].path if card.probe is None else "test.jsonl")
        reading = Reading() if card.probe else card.reading
        examples = open_split(path, reading, types=card.types, label_map=card.label_map).examples
    except (MnerbenchError, OSError, KeyError):
        return None
    return folder if fingerprint(examples) == test else None


def _folder(card: DatasetCard, data: Path, cache: Path) -> Path:
    if card.probe is None:
        return data / card.name
    from mnerbench.datasets.probes.folder import folder_of_probe

    return folder_of_probe(card.name, cache, card.probe)
