"""A new suite from a user's answers: checked like a suite that runs, and written as a commented file."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mnerbench.benchmark.planning.resolve import check_names, check_training, resolve
from mnerbench.benchmark.planning.suite import Suite, load_suite, parse_suite
from mnerbench.benchmark.planning.suite_part import OF, PARTS, Part, Protocol
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.errors import ConfigError, MissingInputError, suggestion, with_remedies
from mnerbench.datasets.new_file import write_new_file
from mnerbench.datasets.toml_lines import default_line, default_lines, set_line, table_lines
from mnerbench.datasets.untrusted.display import quoted
from mnerbench.methods.registry import methods

NO_BASELINE = "none"
_TEXT_BASELINE = "bert-crf"
_LONGEST_TITLE = 100
# The keys that a reader looks for first; the others follow in the order of the model.
_FIRST = ("name", "title", "datasets", "methods", "baseline", "seeds", "looks", "encoder", "protocol")
# Keys whose content is a table, in the order of a file.
_TABLES = ("inputs", "training", "pinned", "shared_settings", "settings", "variants", "search")


@dataclass(frozen=True)
class SuiteDraft:
    """The answers that make up a suite; None or empty for the default.

    Attributes:
        name: of the suite.
        methods: names of methods.
        datasets: names of datasets.
        title: printed above tables; None for one made of methods and datasets.
        baseline: method that the others are compared with; None for `default_baseline`, `none` for none.
        training: settings of training, by key.
        further: other keys of a suite, as in a file.
    """

    name: str
    methods: Sequence[str]
    datasets: Sequence[str]
    title: str | None = None
    baseline: str | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    further: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        """The keys of the suite file."""
        baseline = self.baseline or default_baseline(self.methods)
        is_none = baseline == NO_BASELINE and NO_BASELINE not in self.methods
        content: dict[str, Any] = {
            "name": self.name,
            "title": self.title or _title(self.methods, self.datasets),
            "datasets": list(self.datasets),
            "methods": list(self.methods),
            **({} if is_none or baseline is None else {"baseline": baseline}),
            **self.further,
        }
        if self.training:
            # `training` is what all methods share; under another protocol only pinned settings override theirs.
            equal = content.get("protocol", Protocol.EQUAL) == Protocol.EQUAL
            content["training" if equal else "pinned"] = dict(self.training)
        return content


def suite_name(path: Path) -> str:
    """A name for the suite in a file: that of the file, with hyphens in place of what no suite's name may have."""
    name = re.sub(r"[^a-z0-9+._-]+", "-", path.stem.lower()).lstrip("+._-")[:100]
    return name or "suite"


def default_baseline(names: Sequence[str]) -> str | None:
    """The baseline that is meant if the user names none: BERT-CRF, else the first of several methods."""
    if len(names) < 2:
        return None
    return _TEXT_BASELINE if _TEXT_BASELINE in names else names[0]


def checked(draft: SuiteDraft, path: Path, data: Path, *, without_card: Sequence[str] = ()) -> Suite:
    """The suite of a draft.

    Args:
        draft: the answers.
        path: of the file to be written, for messages.
        data: the data folder, for cards of the user's own datasets.
        without_card: datasets whose cards are yet to be written.

    Raises:
        ConfigError: a name is unknown, or a value is invalid.
    """
    content = draft.content
    suite = parse_suite(content, path)
    check_names(suite, methods())
    check_training(suite)
    for name in suite.methods:
        resolve(name, suite, methods())
    for name in [name for name in suite.datasets if name not in without_card]:
        with suppress(MissingInputError):  # `plan` names everything that is missing
            load_card(name, data)
    baseline = content.get("baseline")
    if baseline is not None and baseline not in suite.methods:
        reason = f"the baseline {quoted(baseline)} is not among the methods{suggestion(baseline, suite.methods)}"
        raise ConfigError(
            with_remedies(reason, [f"--methods {baseline},...", "--baseline METHOD, or --baseline none for none"])
        )
    return suite


def write_suite(draft: SuiteDraft, path: Path, data: Path) -> Suite:
    """Write the file of a draft, and load it as `run --suite FILE` does.

    Raises:
        ConfigError: a name is unknown, a value is invalid, or the file exists.
        DiskError: the file cannot be written.
    """
    intended = checked(draft, path, data)
    text = "".join(f"{line}\n" for line in suite_lines(draft.content))
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "suite.toml"
        trial.write_text(text, encoding="utf-8", newline="\n")
        loaded = load_suite(str(trial))
    if loaded != intended:
        raise AssertionError(f"the suite file says {loaded!r}, not {intended!r}")
    write_new_file(path, text, "choose another name with --to FILE")
    return loaded


def suite_lines(content: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a suite file.

    Args:
        content: its keys.
    """
    fields = Suite.model_fields
    yield "# A suite, written by `benchmark init`. Keys that are not set are comments, with their defaults."
    yield "# docs/suites.md explains all keys; `benchmark plan --suite FILE` shows what would run."
    scalars = [key for key in dict.fromkeys((*_FIRST, *fields)) if key not in (*_TABLES, PARTS)]
    for key in scalars:
        if key in content:
            yield from set_line(key, content[key], fields[key].description or "")
    yield ""
    yield from default_lines(Suite, [key for key in scalars if key not in content])
    yield f"# {OF}: not set  # a suite whose keys this one inherits, for example reproduce/maf"
    yield f"# [[{PARTS}]] in place of the keys above: {fields[PARTS].description}"
    for key in _TABLES:
        yield ""
        yield from _table_lines(key, content.get(key, {}))


def _table_lines(key: str, values: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a table; of the training settings also those that are not set."""
    description = Part.model_fields[key].description
    comment = f"  # {description}" if description else ""
    header, *lines = table_lines(key, values) if values else [f"# [{key}]"]
    # A table of tables has no header of its own.
    yield from [f"{header}{comment}"] if header.endswith(f"[{key}]") else [f"# {key}:{comment}", header]
    yield from lines
    if key == "training":
        for name, setting in TrainingSettings.model_fields.items():
            if name not in values:
                yield from default_line(name, setting)


def _title(names: Sequence[str], datasets: Sequence[str]) -> str:
    title = f"{', '.join(names)} on {', '.join(datasets)}"
    return title if len(title) <= _LONGEST_TITLE else f"{len(names)} methods on {len(datasets)} datasets"
