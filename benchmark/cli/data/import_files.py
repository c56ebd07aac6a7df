"""Imports files as a dataset and prints the outcome, for `benchmark data import`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from mnerbench.benchmark.display.console import console
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.gold_scheme import GoldScheme
from mnerbench.datasets.health import HealthReport, health_report
from mnerbench.datasets.importing.conversion import Imported, ImportOptions, convert
from mnerbench.datasets.importing.splits import split_files
from mnerbench.datasets.importing.tables import Columns
from mnerbench.datasets.importing.writing import check_target, write_corpus
from mnerbench.datasets.textfile import read_lines
from mnerbench.datasets.untrusted.display import cell, quoted

_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,99}")
# Other names of the entity types of Twitter-2015 and Twitter-2017.
_SAME_TYPES = {
    **dict.fromkeys(("PERSON", "PERS", "Person", "person", "per"), "PER"),
    **dict.fromkeys(("LOCATION", "Location", "location", "loc"), "LOC"),
    **dict.fromkeys(("ORGANIZATION", "ORGANISATION", "Organization", "organization", "org"), "ORG"),
    **dict.fromkeys(("OTHER", "MISCELLANEOUS", "Misc", "misc", "Other", "other"), "MISC"),
}


def parse_columns(text: str | None) -> Columns | None:
    """Parse `2,4`: words in the second column and labels in the fourth; `1,-1`: labels in the last.

    Raises:
        ConfigError: not two different column numbers.
    """
    if text is None:
        return None
    try:
        word, label = (int(column) for column in text.split(","))
    except ValueError:
        word = label = 0
    if 0 in (word, label) or word == label:
        raise ConfigError(f"--columns {text}: not two columns, of word and label\n  -> for example --columns 1,-1")
    return Columns(*(column - 1 if column > 0 else column for column in (word, label)))


def parse_tag_names(text: str | None) -> tuple[str, ...] | None:
    """Parse `O,B-PER,...`, or read a file with one name per line.

    Raises:
        DataError: the file is empty, or not UTF-8.
    """
    if text is None:
        return None
    path = Path(text).expanduser()
    names = [line for _, line in read_lines(path)] if path.is_file() else text.split(",")
    return tuple(name.strip() for name in names if name.strip())


def parse_map(flags: Sequence[str]) -> dict[str, str]:
    """Parse `OTHER=MISC` flags to new type names by old ones.

    Raises:
        ConfigError: a flag is malformed.
    """
    pairs = [flag.partition("=") for flag in flags]
    for flag, (old, _, new) in zip(flags, pairs, strict=True):
        if not (old and new):
            raise ConfigError(f"--map {quoted(flag)} is not OLD=NEW\n  -> for example --map OTHER=MISC")
    return {old: new for old, _, new in pairs}


def import_corpus(files: Sequence[str], name: str, data_dir: Path, options: ImportOptions, *, force: bool) -> None:
    """Convert files to a dataset in the data folder; prints its statistics and all changes.

    Raises:
        ConfigError: the name is invalid or taken, or the split of a file is unknown.
        DataError: a file violates its format.
        DiskError: the folder cannot be written.
        MissingInputError: a file is missing.
    """
    if _NAME.fullmatch(name) is None:
        remedy = "use up to 100 of a-z 0-9 . _ + -, the first a letter or digit"
        raise ConfigError(f"--name {quoted(name)}\n  -> {remedy}")
    folder = data_dir / name
    check_target(name, folder, force=force)
    imported = convert(name, split_files(files), options)
    report = health_report(imported.corpus)
    written = write_corpus(imported, report, folder)
    _print(imported, report, written)
    print_next(imported.corpus, data_dir)


def _print(imported: Imported, report: HealthReport, written: Sequence[Path]) -> None:
    out, corpus = console(), imported.corpus
    for split, names in imported.sources.items():
        out.print(f"{split}: {', '.join(names)}, read as {imported.forms[split].value}", markup=False, soft_wrap=True)
    out.print(counts_table(report))
    if imported.scheme is not GoldScheme.BIO:
        recoded = f"labels were converted from {imported.scheme.value} to BIO; entities are unchanged"
        out.print(recoded, markup=False, soft_wrap=True)
    for line in corpus.policy_lines or ["nothing was dropped or changed"]:
        out.print(line, markup=False, soft_wrap=True)
    for text in [*corpus_warnings(corpus, report), *_same_types(corpus)]:
        out.print(text, style="yellow", markup=False, soft_wrap=True)
    for path in written:
        out.print(f"written: {path}", markup=False, soft_wrap=True)


def counts_table(report: HealthReport) -> Table:
    """Tweets, words and entities of each split."""
    table = Table("", *report.splits)
    for column in table.columns[1:]:
        column.justify = "right"
    counts = report.splits.values()
    rows = {
        "tweets": [split.tweets for split in counts],
        "with a picture": [split.tweets - split.without_image_id for split in counts],
        "words": [split.words for split in counts],
        "entities": [sum(split.entities.values()) for split in counts],
        **{f"  {kind}": [split.entities[kind] for split in counts] for kind in report.types},
    }
    for label, numbers in rows.items():
        table.add_row(cell(label), *(f"{number:,}" for number in numbers))
    return table


def corpus_warnings(corpus: Corpus, report: HealthReport) -> list[str]:
    """What a corpus cannot be used for: missing splits, pictures or types."""
    absent = [split for split in ("train", "valid", "test") if split not in corpus.splits]
    warnings = []
    if absent:
        use = "; models trained on other datasets can be scored on it (transfer)" if "test" not in absent else ""
        warnings.append(f"no {' and no '.join(absent)} split: no model can be trained on it{use}")
    if not corpus.names_pictures:
        warnings.append("no tweet names a picture: methods that read pictures cannot run on it")
    if "train" in report.splits:
        in_train = report.splits["train"].entities
        unseen = [kind for kind in corpus.types if not in_train[kind]]
        warnings += [f"train has no entity of type {kind}: no method can learn it" for kind in unseen]
    return warnings


def _same_types(corpus: Corpus) -> list[str]:
    """A hint at the types of Twitter-2015 and Twitter-2017, if the corpus names the same ones otherwise."""
    flags = " ".join(f"--map {kind}={_SAME_TYPES[kind]}" for kind in corpus.types if kind in _SAME_TYPES)
    return [f"to compare with Twitter-2015 and Twitter-2017, use their entity types: {flags} --force"] if flags else []


def print_next(corpus: Corpus, data_dir: Path) -> None:
    """Print the commands that check, show and use a new dataset."""
    where = f"--data {shlex.quote(str(data_dir))}"
    steps = [f"benchmark data check {corpus.name} {where}", f"benchmark data look {corpus.name} {where}"]
    if corpus.names_pictures:
        steps.append(
            f"# put pictures into {data_dir / corpus.name / 'images'}, or use your own vectors: --input grid=FILE.npz"
        )
    if all(split in corpus.splits for split in ("train", "valid", "test")):
        steps += [f"benchmark {verb} --datasets {corpus.name} {where}" for verb in ("plan", "run")]
    out = console()
    out.print("next:")
    for step in steps:
        out.print(f"  {step}", markup=False, highlight=False, soft_wrap=True)
