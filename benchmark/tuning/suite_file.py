"""The best of searches as a suite that `run` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.planning.suite_part import PARTS, Protocol
from mnerbench.benchmark.results.search_results import TrialResult
from mnerbench.benchmark.tuning.tuner import MethodSearch
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import ConfigError, StoreError
from mnerbench.datasets.untrusted.files import named, require_inside
from mnerbench.datasets.untrusted.toml_text import read_toml

_KEPT = ("lost_pictures", "hidden_pictures", "inputs", "variants")  # of how a method is run, where it was said


def tuned_suite(
    suite: Suite,
    dataset: str,
    best: Sequence[tuple[MethodSearch, TrialResult]],
    counting: Sequence[str],
    old: Mapping[str, Any],
) -> dict[str, Any]:
    """The content of a suite file in which every method has its best settings, as a part of its own.

    Args:
        suite: that was searched.
        dataset: of the file.
        best: searches with their best trial.
        counting: methods of the suite that are not trained.
        old: content of the file as it was; methods that were searched before keep their parts.
    """
    parts: list[dict[str, Any]] = [{"methods": list(counting)}] if counting else []
    for contest, trial in best:
        part = contest.with_values(trial.values)
        said = part.model_dump(mode="json", exclude_defaults=True)
        kept: dict[str, Any] = {key: said[key] for key in _KEPT if key in said}
        settings = {contest.method: dict(part.settings.get(contest.method, {}))}
        parts.append(
            {
                "methods": [contest.method],
                "encoder": part.encoder,
                "word_vectors": part.word_vectors,
                "protocol": Protocol.TUNED.value,
                **kept,
                "training": {**part.training, **part.pinned},
                "settings": settings,
            }
        )
    named = {method for part in parts for method in part["methods"]}
    before = [part for part in old.get(PARTS, ()) if not named & set(part["methods"])]
    title = f"{suite.name}, each method with its best trial on dev"
    found: dict[str, Any] = {"title": title, "datasets": [dataset], "seeds": list(suite.seeds)}
    found |= {"baseline": suite.baseline} if suite.baseline is not None else {}
    return {**found, PARTS: [*parts[: bool(counting)], *before, *parts[bool(counting) :]]}


def tuned_path(folder: Path, dataset: str) -> Path:
    """Where the best settings on a dataset are kept.

    Raises:
        StoreError: it is a link out of the folder.
    """
    return require_inside(folder, folder / f"tuned-{dataset}.toml", StoreError)


def read_tuned_suite(path: Path) -> dict[str, Any]:
    """The file that an earlier command wrote; empty where there is none.

    Raises:
        ConfigError: it is damaged.
    """
    if not path.exists():
        return {}
    remedy = "delete it, or move it away: tune writes it again, with the methods that it searches"
    content = read_toml(path, remedy=remedy)
    parts = content.get(PARTS, [])
    if not isinstance(parts, list) or not all(map(_is_part, parts)):
        raise ConfigError(f"{named(path)}: {PARTS} is not a list of suites, each with methods\n  -> {remedy}")
    return content


def _is_part(part: object) -> bool:
    methods = part.get("methods") if isinstance(part, dict) else None
    return isinstance(methods, list) and all(isinstance(name, str) for name in methods)


def write_tuned_suite(path: Path, content: Mapping[str, Any]) -> None:
    """Write a suite file.

    Raises:
        DiskError: the disk is full.
    """
    write_atomically(path, tomli_w.dumps(content))
