"""Exports the kept tagger of a run as a folder that transformers loads, with a model card made from its record."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from mnerbench.benchmark.exporting.auto_classes import config_of
from mnerbench.benchmark.exporting.exported import Exported, Kind
from mnerbench.benchmark.exporting.kept_record import kept_run
from mnerbench.benchmark.exporting.standard import standard_difference, standard_parts, write_standard
from mnerbench.benchmark.exporting.tagger_folder import is_exported, write_tagger_folder
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.taggers import find_tagger, folder_size
from mnerbench.benchmark.tagging.tagger import Tagger
from mnerbench.benchmark.training.kept_tagger import LoadedTagger, load_kept
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.write_errors import cannot_write
from mnerbench.methods.base.family import CountingMethod
from mnerbench.reports.render.model_card import Loading, model_card

CARD = "README.md"
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def export(run: str | Path, folder: Path | None, paths: RunPaths, kind: Kind = Kind.AUTO) -> Exported:
    """Write a kept tagger for transformers. Nothing is uploaded.

    Args:
        run: as for `find_tagger`.
        folder: the target, absent or empty; None for `exported/<method>-<dataset>`.
        paths: folders of this machine.
        kind: which class of transformers is to load it.

    Raises:
        StoreError: there is no such tagger, it or its record is damaged, or the folder cannot be written.
        MissingInputError: the run has no kept tagger.
        ConfigError: the folder is not empty, the method cannot be exported, or not as this kind.
    """
    paths = replace(paths, device="cpu")
    source = find_tagger(run, paths.out)
    if is_exported(source.parent):
        raise ConfigError(f"{named(source.parent)}: an export, without the record of its run\n  -> name the run itself")
    loaded = load_kept(source)
    spec = loaded.file.spec
    if isinstance(loaded.method, CountingMethod):
        way = f"copy {named(source)}, which `benchmark predict` and `mnerbench.load_tagger` read"
        raise ConfigError(f"{spec.method} is no network, which transformers could load\n  -> {way}")
    facts = kept_run(source, spec, paths)
    target = folder if folder is not None else Path("exported") / default_name(spec)
    with _new_folder(target) as partial:
        reason = _write(loaded, source, partial, paths, kind)
        standard = reason is None
        why = () if standard or kind is Kind.MNERBENCH else (f"not AutoModelForTokenClassification: {reason}",)
        notes = (*why, *(() if standard else _paths_in(loaded)))
        limit = loaded.method.encoder.tokenizer.limit
        if standard and spec.training is not None:
            limit = min(limit, spec.training.max_pieces)
        write_atomically(partial / CARD, model_card(facts, Loading(standard, limit)))
        size = folder_size(partial)
    return Exported(target, (Kind.STANDARD if standard else Kind.MNERBENCH).value, size, notes)


def _write(loaded: LoadedTagger, source: Path, folder: Path, paths: RunPaths, kind: Kind) -> str | None:
    """Write the model; return None if it has the standard class, else why not.

    Raises:
        ConfigError: it is to have the standard class, and has none.
    """
    reason: str | None = "the class of this package was asked for"
    if kind is not Kind.MNERBENCH:
        parts = standard_parts(loaded)
        if isinstance(parts, str):
            reason = parts
        elif (reason := write_standard(parts, folder)) is None:
            reason = standard_difference(parts, Tagger(loaded, LocalResources(paths)), folder)
        if reason is None:
            return None
        if kind is Kind.STANDARD:
            title = f"{loaded.file.spec.method} is no AutoModelForTokenClassification: {reason}"
            raise ConfigError(f"{title}\n  -> --kind mnerbench, which carries the tagger as it is")
    _empty(folder)
    write_tagger_folder(loaded, source, folder, config_of(loaded))
    return reason


def default_name(spec: RunSpec) -> str:
    """The name of an export: method, dataset, size of a training subset; of the characters that the hub allows."""
    size = [] if spec.dataset.train_tweets is None else [str(spec.dataset.train_tweets)]
    name = _NOT_IN_A_NAME.sub("-", "-".join([spec.method, spec.dataset.name, *size])).strip("-.")
    return name[:96] or spec.identity


def _paths_in(loaded: LoadedTagger) -> tuple[str, ...]:
    """What `tagger.json` tells about this machine."""
    content = loaded.file.model_dump(mode="json")
    files = sorted({text for text in _texts(content) if re.search(r"(^|[=\s])(/|~|[A-Za-z]:\\)\S", text)})
    if not files:
        return ()
    return (f"tagger/tagger.json names files of this machine: {', '.join(files)}",)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target that takes its name when the context ends without an error, and vanishes otherwise.

    Raises:
        ConfigError: the target is there and not empty, or no folder.
        DiskError: it cannot be written.
    """
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise ConfigError(f"{named(target)} is there and not an empty folder\n  -> name another, or move it away")
    absolute = target.absolute()
    partial = absolute.with_name(f".{absolute.name}.{os.getpid()}.part")
    try:
        with _writing(target):
            partial.mkdir(parents=True)
        yield partial
        with _writing(target):
            if target.is_dir():
                target.rmdir()
            partial.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise cannot_write(target, error) from error


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
