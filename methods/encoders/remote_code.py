"""Python files that come with a text encoder, and whether its settings ask for them to be run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mnerbench.datasets.errors import MissingInputError, MnerbenchError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.untrusted.json_text import read_json

FLAG = "--trust-remote-code"
_SETTINGS = ("config.json", "tokenizer_config.json")
_ELSEWHERE = "--"  # between another repository and a class of it


def code_classes(folder: Path) -> tuple[str, ...]:
    """The classes outside of transformers that an encoder's settings name (`auto_map`): `modeling_x.XModel`."""
    found: list[str] = []
    for name in _SETTINGS:
        try:
            settings = read_json(folder / name, "")
        except MnerbenchError:
            continue
        table = settings.get("auto_map") if isinstance(settings, dict) else None
        for value in table.values() if isinstance(table, dict) else ():
            # Tokenizers name a slow and a fast class, either of which may be null.
            found += [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
    return tuple(dict.fromkeys(found))


def code_files(folder: Path) -> list[Path]:
    """The Python files of an encoder's folder, in order; any of them may be imported by those that are named."""
    return sorted(folder.glob("*.py"))


def code_names(folder: Path) -> str:
    """Their names, for people."""
    return one_line(", ".join(path.name for path in code_files(folder)), 200)


def has_code(folder: Path) -> bool:
    """Whether all code that the settings name lies in the folder; also where they name none."""
    return all((folder / f"{name.partition('.')[0]}.py").is_file() for name in code_classes(folder))


def runs_code(folder: Path, *, trusted: bool) -> bool:
    """Whether an encoder is computed by code of its own.

    Args:
        folder: of the encoder.
        trusted: whether the user allows it.

    Raises:
        MissingInputError: it is allowed, and some of the code is not in the folder: nobody could say what was run.
    """
    if not trusted or not (classes := code_classes(folder)):
        return False
    if not has_code(folder):
        away = next(name for name in classes if not (folder / f"{name.partition('.')[0]}.py").is_file())
        place = "in another repository" if _ELSEWHERE in away else "not here"
        raise MissingInputError(
            f"encoder folder {named(folder)}: the code of {one_line(away, 100)} is {place}\n"
            "  -> copy its Python files into the folder, and name them in config.json without a repository"
        )
    return True


def refusal(classes: Sequence[str]) -> str:
    """Why an encoder that needs code of its own is not loaded, with the remedy."""
    return (
        f"it needs Python code that came with it ({one_line(', '.join(classes), 200)}), which is not run unasked\n"
        f"  -> read that code, then {FLAG}: it runs with all your rights"
    )


def warning(name: str, folder: Path) -> str:
    """What is said before an encoder's own code is run.

    Args:
        name: of the encoder.
        folder: of its files.
    """
    return f"{FLAG}: {code_names(folder)} in {named(folder)} run with all your rights, for the encoder {name}"


def nothing_to_trust() -> str:
    """What is said where the flag is given and no encoder needs it."""
    return f"{FLAG}: no encoder here comes with Python files that its config.json names; it changes nothing"
