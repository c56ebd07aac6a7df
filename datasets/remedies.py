"""Remedies for missing data: a data folder one level too deep or too high, and the commands that get pictures."""

from __future__ import annotations

from collections.abc import Sequence
from glob import escape
from pathlib import Path

from mnerbench.datasets.card import DatasetCard

_DRIVE_EXTRA = "pip install 'mnerbench[drive]'"


def misplaced(name: str, files: Sequence[str], data_dir: Path | None) -> list[str]:
    """Remedies if the files of a dataset are not in `data_dir/name`, but one level above or below.

    Args:
        name: the dataset.
        files: all of its files, relative to its folder.
        data_dir: the data folder as given.

    Returns:
        Remedies; empty if the files are not there either.
    """
    if data_dir is None or not data_dir.is_dir() or not name or Path(name).name != name:
        return []
    above = data_dir.resolve().parent
    if _holds(above / name, files):
        return [f"--data {above}   # {data_dir} is one level too deep"]
    if len(files) > 1 and _holds(data_dir, files):
        return [f"mkdir {data_dir / name}, and put {', '.join(files)} of {data_dir} there if they are of {name}"]
    below = sorted(folder for folder in data_dir.glob(f"*/{escape(name)}") if _holds(folder, files))
    return [f"--data {folder.parent}   # {name} is one level below {data_dir}" for folder in below[:3]]


def _holds(folder: Path, files: Sequence[str]) -> bool:
    return all((folder / file).is_file() for file in files)


def fetching_command(dataset: str) -> str:
    """The command that fetches a dataset's pictures."""
    return f"benchmark data get {dataset} --images"


def has_image_sources(card: DatasetCard) -> bool:
    """Whether the pictures can be downloaded, or drawn (for a probe)."""
    return bool(card.archives or card.drive) or card.images_of is not None or card.probe is not None


def images_remedy(card: DatasetCard) -> str:
    """The command that gets a dataset's pictures; without a known source, from a folder of the user."""
    if card.probe is not None:
        return f"benchmark data prepare {card.name}"
    command = fetching_command(card.name)
    if card.archives or card.images_of is not None:
        return command
    if card.drive:
        return f"{_DRIVE_EXTRA} && {command}"
    return f"{command} --from FOLDER"
