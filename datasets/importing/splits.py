"""Assignment of files to splits, by file name or as the user specifies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from mnerbench.datasets.corpus import SPLIT_NAMES, SPLITS
from mnerbench.datasets.errors import ConfigError, MissingInputError, suggestion

# Several files of one split, as Hugging Face writes them: train-00000-of-00002.parquet.
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})$")
_WORD = re.compile(r"[a-z]+")
_REMEDY = "say which is which: train=FILE dev=FILE test=FILE"
# Other files that a folder of splits may contain.
_NOT_A_SPLIT = re.compile(
    r"(captions|text|tags|ocr|boxes|missing_images|card|readme|licen[cs]e|dataset_info)", re.IGNORECASE
)


def split_files(arguments: Sequence[str]) -> dict[str, list[Path]]:
    """The files of each split, in the order train, valid, test.

    Args:
        arguments: `FILE` (whose name says the split), `SPLIT=FILE`, or a folder of such files.

    Raises:
        MissingInputError: a file does not exist.
        ConfigError: a file name says no split or several, or several files of a split are not shards of one file.
    """
    files: dict[str, list[Path]] = {}
    for argument in arguments:
        for split, path in _files_of(argument):
            files.setdefault(split, []).append(path)
    if not files:
        raise ConfigError(f"no split in {', '.join(arguments)}\n  -> {_REMEDY}")
    for split, paths in files.items():
        _check_shards(split, paths)
    return {split: sorted(files[split]) for split in SPLITS if split in files}


def _files_of(argument: str) -> list[tuple[str, Path]]:
    name, equals, rest = argument.partition("=")
    path = Path(argument).expanduser()
    if equals and not path.exists():
        if name.lower() not in SPLIT_NAMES:
            raise ConfigError(f"{argument!r}: {name!r} is not a split{suggestion(name, SPLIT_NAMES)}\n  -> {_REMEDY}")
        return [(SPLIT_NAMES[name.lower()], _existing(Path(rest).expanduser()))]
    if path.is_dir():
        inside = sorted(file for file in path.iterdir() if file.is_file() and not _NOT_A_SPLIT.match(file.name))
        return [(splits[0], file) for file in inside if len(splits := splits_in(file.name)) == 1]
    splits = splits_in(_existing(path).name)
    if len(splits) != 1:
        reason = f"its name says {' and '.join(splits)}" if splits else "its name says no split"
        raise ConfigError(f"{path}: {reason}\n  -> {_REMEDY}")
    return [(splits[0], path)]


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise MissingInputError(f"{path}: no such file\n  -> check the path and its spelling")
    return path


def splits_in(name: str) -> list[str]:
    """The splits that a file's name mentions: `['valid']` for `mine.dev.conll`."""
    words = _WORD.findall(name.lower())
    return [split for split in SPLITS if any(SPLIT_NAMES.get(word) == split for word in words)]


def _check_shards(split: str, paths: Sequence[Path]) -> None:
    """Raise if several files of a split are not all shards of one file, according to their names."""
    if len(paths) == 1:
        return
    shards = [_SHARD.search(path.name.partition(".")[0]) for path in paths]
    numbers = sorted((int(shard[1]), int(shard[2])) for shard in shards if shard is not None)
    if numbers != [(number, len(paths)) for number in range(len(paths))]:
        names = ", ".join(path.name for path in paths)
        raise ConfigError(f"{split}: {len(paths)} files ({names}) that are not shards of one file\n  -> {_REMEDY}")
