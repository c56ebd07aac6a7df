"""Writes the card of a user's dataset and prints what the files hold, for `benchmark init`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mnerbench.benchmark.cli.data.get import pictures_line
from mnerbench.benchmark.cli.data.import_files import corpus_warnings, counts_table, parse_map, parse_tag_names
from mnerbench.benchmark.display.console import console
from mnerbench.datasets.catalog import card_names, is_dataset_name
from mnerbench.datasets.character_spans import Offsets
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.gold_scheme import parse_scheme
from mnerbench.datasets.importing.card_draft import QUESTIONS, CardOptions, inspect_files, write_card
from mnerbench.datasets.importing.writing import CARD
from mnerbench.datasets.new_file import require_new
from mnerbench.datasets.readers import Format
from mnerbench.datasets.untrusted.display import quoted
from mnerbench.datasets.visual.picture_check import check_pictures
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER


def write_user_card(name: str, files: Sequence[str], data: Path, flags: Mapping[str, Any], *, asks: bool) -> Corpus:
    """Write `DATA/NAME/card.toml` from the files in that folder.

    Args:
        name: of the dataset.
        files: `FILE` or `SPLIT=FILE`; none for all files of the folder whose names say a split.
        data: the data folder.
        flags: those of `init card`.
        asks: whether to ask what the files cannot tell.

    Returns:
        The corpus, as it is read with the card.

    Raises:
        ConfigError: the name is invalid or taken, the folder has a card, or a flag is malformed.
        DataError: a file violates its format.
        MissingInputError: a file or the folder is missing.
        DiskError: the card cannot be written.
    """
    if not is_dataset_name(name):
        raise ConfigError(f"no dataset can be called {quoted(name)}\n  -> up to 100 of a-z 0-9 . _ + -")
    if name in card_names():
        raise ConfigError(f"{name}: a dataset of the package has this name\n  -> rename the folder {data / name}")
    folder = data / name
    require_new(folder / CARD, "edit it, or move it away")
    options = _options(flags)
    draft = inspect_files(name, files, folder, options)
    if asks:
        from mnerbench.benchmark.cli.init_questions import ask_for_card

        answers = ask_for_card(dict(options.answers))
        draft = draft.answered(answers)
    path, out = write_card(draft, folder), console()
    out.print(counts_table(draft.report))
    notes = [*draft.corpus.policy_lines, *corpus_warnings(draft.corpus, draft.report), *_pictures(draft.corpus, folder)]
    for note in notes:
        out.print(note, style="yellow", markup=False, soft_wrap=True)
    unanswered = [key for key in QUESTIONS if key not in draft.content]
    questions = f"; questions that only you can answer: {', '.join(unanswered)}" if unanswered else ""
    out.print(f"card of {name}: {path}{questions}", markup=False, soft_wrap=True)
    return draft.corpus


def _options(flags: Mapping[str, Any]) -> CardOptions:
    """The flags of `init card`, parsed."""
    try:
        scheme = parse_scheme(flags["scheme"]) if flags.get("scheme") is not None else None
    except ValueError as error:
        raise ConfigError(f"--scheme: {error}\n  -> leave it out to detect it") from error
    return CardOptions(
        form=Format(flags["form"]) if flags.get("form") is not None else None,
        scheme=scheme,
        tag_names=parse_tag_names(flags.get("tag_names")),
        offsets=Offsets(flags.get("offsets") or Offsets.CHARACTERS),
        label_map=parse_map(flags.get("label_map", ())),
        answers={key: flags[key] for key in QUESTIONS if flags.get(key)},
    )


def _pictures(corpus: Corpus, folder: Path) -> list[str]:
    """How many of the named pictures are in the picture folder."""
    if not corpus.names_pictures:
        return []
    if not (folder / IMAGE_FOLDER).is_dir():
        return [f"its tweets name pictures, but there is no folder {folder / IMAGE_FOLDER}"]
    return [pictures_line(check_pictures(corpus, folder))]
