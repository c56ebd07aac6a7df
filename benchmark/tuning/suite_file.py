"""Writes the best settings of searches as a suite file for `run`."""

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

_COPIED = ("lost_pictures", "hidden_pictures", "inputs", "variants")  # fields of the searched suite that are copied


def tuned_suite(
    suite: Suite,
    dataset: str,
    best: Sequence[tuple[MethodSearch, TrialResult]],
    unsearched: Sequence[str],
    old: Mapping[str, Any],
) -> dict[str, Any]:
    """The content of a suite file with one part per method, which holds the method's best settings.

    Args:
        suite: that was searched.
        dataset: of the file.
        best: searches with their best trial.
        unsearched: methods of the suite that have nothing to search.
        old: previous content of the file; methods that are not searched now keep their parts.
    """
    parts: list[dict[str, Any]] = [{"methods": list(unsearched)}] if unsearched else []
    for method_search, trial in best:
        method, part = method_search.method, method_search.with_values(trial.values)
        explicit = part.model_dump(mode="json", exclude_defaults=True)
        copied: dict[str, Any] = {key: explicit[key] for key in _COPIED if key in explicit}
        parts.append(
            {
                "methods": [method],
                "encoder": part.encoder,
                "word_vectors": part.word_vectors,
                "protocol": Protocol.TUNED.value,
                **copied,
                "training": {**part.training, **part.pinned},
                "settings": {method: dict(part.settings.get(method, {}))},
            }
        )
    replaced = {method for part in parts for method in part["methods"]}
    earlier = [part for part in old.get(PARTS, ()) if not replaced & set(part["methods"])]
    title = f"{suite.name}, each method with its best trial on dev"
    content: dict[str, Any] = {"title": title, "datasets": [dataset], "seeds": list(suite.seeds)}
    content |= {"baseline": suite.baseline} if suite.baseline is not None else {}
    return {**content, PARTS: [*parts[: bool(unsearched)], *earlier, *parts[bool(unsearched) :]]}


def tuned_path(folder: Path, dataset: str) -> Path:
    """Path of the suite file with the best settings on a dataset.

    Raises:
        StoreError: the path is a link out of the folder.
    """
    return require_inside(folder, folder / f"tuned-{dataset}.toml", StoreError)


def read_tuned_suite(path: Path) -> dict[str, Any]:
    """The content of the suite file that an earlier command wrote; empty if there is none.

    Raises:
        ConfigError: the file is damaged.
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
