"""A card for files as they are: what they show is counted, and what only their owner knows is a question."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mnerbench.datasets.card import DatasetCard, read_card
from mnerbench.datasets.character_spans import Offsets
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import ConfigError, MissingInputError, with_remedies
from mnerbench.datasets.gold_scheme import GoldScheme
from mnerbench.datasets.health import HealthReport, health_report
from mnerbench.datasets.importing.conversion import (
    FileForm,
    check_map,
    detect_corpus_scheme,
    detect_form,
    in_order,
    no_types_error,
    types_of,
)
from mnerbench.datasets.importing.splits import split_files
from mnerbench.datasets.importing.writing import CARD, claims
from mnerbench.datasets.new_file import require_new, write_new_file
from mnerbench.datasets.readers import Format, Reading, check_split, parse_split, sniff_format
from mnerbench.datasets.toml_lines import default_lines, set_line, table_lines

# What no file can tell, as it is asked; each is a key of a card.
QUESTIONS: Mapping[str, str] = {
    "title": "a short description for tables and pages?",
    "summary": "which files are these, who made them, and who used them?",
    "licence": "under which terms may they be used and passed on?",
    "citation": "which paper introduced the annotation?",
    "how_to_get": "how does somebody else get them?",
    "images": "where are the pictures from, and how does somebody else get them?",
}
_IMPORT = "benchmark data import FILE... --name {}   converts files that are elsewhere"
_CLAIMS = ("files", "fingerprints", "sizes")


@dataclass(frozen=True)
class CardOptions:
    """What the user says about the files; None where it is detected.

    Attributes:
        form: format of the files.
        scheme: labelling scheme.
        tag_names: names of integer labels.
        offsets: unit of character offsets.
        label_map: type names in the files to names in the corpus.
        answers: to `QUESTIONS`, by key.
    """

    form: Format | None = None
    scheme: GoldScheme | None = None
    tag_names: tuple[str, ...] | None = None
    offsets: Offsets = Offsets.CHARACTERS
    label_map: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CardDraft:
    """A corpus as its files show it.

    Attributes:
        corpus: as it is read with the card.
        report: its counts.
        files: file of each split.
        content: keys of the card, without the claims that `data check` verifies.
    """

    corpus: Corpus
    report: HealthReport
    files: Mapping[str, Path]
    content: Mapping[str, Any]

    def answered(self, answers: Mapping[str, str]) -> CardDraft:
        """The draft with answers to `QUESTIONS`, by key."""
        return replace(self, content={**self.content, **answers})


def inspect_files(name: str, arguments: Sequence[str], folder: Path, options: CardOptions) -> CardDraft:
    """Read the files of a dataset folder.

    Args:
        name: of the dataset and its folder.
        arguments: `FILE`, `SPLIT=FILE` or folders of such files, as for an import; the folder itself if empty.
        folder: `<data>/<name>`.
        options: what the user says about the files.

    Raises:
        ConfigError: the split of a file is unknown, or a card cannot name it.
        DataError: a file violates its format.
        MissingInputError: a file or the folder is missing.
    """
    files = _single_files(name, arguments or [str(folder)], folder)
    forms = {split: options.form or _form_of(path, name) for split, path in files.items()}
    # One key holds for all files; several formats are detected again whenever the files are read.
    form = next(iter(forms.values())) if len(set(forms.values())) == 1 else None
    reading = Reading(None, options.scheme, options.tag_names, options.offsets)
    raw = {
        split: parse_split(path, Reading(forms[split], options.scheme, options.tag_names, options.offsets))
        for split, path in files.items()
    }
    tweets = [tweet for split in raw.values() for tweet in split.tweets]
    scheme = options.scheme or detect_corpus_scheme([tweet.labels for tweet in tweets])
    types = types_of((tweet.labels for tweet in tweets), scheme)
    if not types:
        raise no_types_error(next(iter(files.values())), tweets)
    check_map(options.label_map, types)
    corpus_types = in_order({options.label_map.get(kind, kind) for kind in types})
    readings = {
        split: check_split(files[split], content, scheme, corpus_types, options.label_map)
        for split, content in raw.items()
    }
    corpus = Corpus(
        name,
        {split: done.examples for split, done in readings.items()},
        corpus_types,
        policies={split: done.policies for split, done in readings.items() if done.policies},
    )
    content: dict[str, Any] = {"name": name, **options.answers}
    content |= {"format": form.value} if form is not None else {}
    content |= {"scheme": scheme.value, "types": list(corpus_types)}
    content |= {"tag_names": list(reading.tag_names)} if reading.tag_names is not None else {}
    content |= {"offsets": options.offsets.value} if options.offsets is not Offsets.CHARACTERS else {}
    content |= {"label_map": dict(options.label_map)} if options.label_map else {}
    return CardDraft(corpus, health_report(corpus), files, content)


def _single_files(name: str, arguments: Sequence[str], folder: Path) -> dict[str, Path]:
    """One file per split, inside the folder; a card cannot name others."""
    if not folder.is_dir():
        ways = [
            f"put the files into {folder}",
            f"benchmark data import FILE... --name {name}   converts files elsewhere",
        ]
        raise MissingInputError(with_remedies(f"{folder}: no such folder", ways))
    single = {}
    for split, paths in split_files([_located(argument, folder) for argument in arguments]).items():
        if len(paths) > 1:
            reason = f"{split}: {len(paths)} files ({', '.join(path.name for path in paths)}); a card names one"
            raise ConfigError(f"{reason}\n  -> benchmark data import FILE... --name OTHER   joins them")
        # By name, not by target: the files of a dataset folder may be links.
        path, root = (Path(os.path.normpath(place.absolute())) for place in (paths[0], folder))
        if not path.is_relative_to(root):
            ways = ["move it there", _IMPORT.format(name)]
            raise ConfigError(with_remedies(f"{paths[0]}: not inside {folder}, where a card looks for it", ways))
        single[split] = folder / path.relative_to(root)
    return single


def _located(argument: str, folder: Path) -> str:
    """An argument whose file is given by its path from here, or from the dataset's folder."""
    split, equals, name = argument.rpartition("=")
    if Path(argument).exists() or Path(name).exists() or not (folder / name).is_file():
        return argument
    return f"{split}{equals}{folder / name}"


def _form_of(path: Path, name: str) -> Format:
    """The format of a file, as a card names it.

    Raises:
        ConfigError: a card cannot name this format, or cannot be drafted for it.
    """
    if detect_form(path) is FileForm.PARQUET:
        reason = f"{path}: a Parquet file, which has to be converted"
        raise ConfigError(f"{reason}\n  -> benchmark data import FILE... --name {name}-imported")
    form = sniff_format(path)
    if form is Format.RELATIONS:
        reason = f"{path}: text-image relations, without entities, from which no types can be collected"
        raise ConfigError(f"{reason}\n  -> write the card by hand; that of `twitter-relations` is an example")
    return form


def write_card(draft: CardDraft, folder: Path) -> Path:
    """Write the card of a draft, after reading it as every command does.

    Raises:
        ConfigError: the folder has a card, or an answer is invalid.
        DiskError: the folder cannot be written.
    """
    path, remedy = folder / CARD, "edit it, or move it away"
    require_new(path, remedy)
    text = "".join(f"{line}\n" for line in card_lines(draft, folder))
    with tempfile.TemporaryDirectory() as temporary:
        trial = Path(temporary) / CARD
        trial.write_text(text, encoding="utf-8", newline="\n")
        read_card(trial)
    write_new_file(path, text, remedy)
    return path


def card_lines(draft: CardDraft, folder: Path) -> Iterator[str]:
    """The lines of a card; unanswered questions and keys with their defaults are comments."""
    content, fields = draft.content, DatasetCard.model_fields
    yield "# A dataset card, written by `benchmark init card`. Types, checksums and counts are those of the files."
    yield "# A line with a question is an answer that only you can give: fill it in and remove the first #."
    yield '# CONTRIBUTING.md, "Add a dataset", explains the keys; `benchmark data check NAME` verifies the card.'
    yield from set_line("name", content["name"])
    for key, question in QUESTIONS.items():
        if key in content:
            yield from set_line(key, content[key])
        else:
            yield f'# {key} = ""  # question: {question}'
    for key in fields:
        if key in content and key != "name" and key not in QUESTIONS:
            yield from set_line(key, content[key])
    yield ""
    yield "# Other keys, with their defaults:"
    other = [key for key in fields if key not in content and key not in (*QUESTIONS, *_CLAIMS, "probe")]
    yield from default_lines(DatasetCard, other)
    for key, value in claims(draft.corpus, draft.report, draft.files, folder).items():
        yield ""
        yield from table_lines(key, value)
