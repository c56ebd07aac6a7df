"""Python files that come with a text encoder, and whether its config requires them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mnerbench.datasets.errors import MissingInputError, MnerbenchError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.untrusted.json_text import read_json

FLAG = "--trust-remote-code"
_SETTINGS = ("config.json", "tokenizer_config.json")
_ELSEWHERE = "--"  # separates another repository from its class in `auto_map`


def code_classes(folder: Path) -> tuple[str, ...]:
    """Classes outside transformers that an encoder's config files name in `auto_map`, such as `modeling_x.XModel`."""
    classes: list[str] = []
    for name in _SETTINGS:
        try:
            settings = read_json(folder / name, "")
        except MnerbenchError:
            continue
        table = settings.get("auto_map") if isinstance(settings, dict) else None
        for value in table.values() if isinstance(table, dict) else ():
            # Tokenizers name a slow and a fast class; either may be null.
            classes += [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
    return tuple(dict.fromkeys(classes))


def code_files(folder: Path) -> list[Path]:
    """All Python files of an encoder's folder, sorted: those named in `auto_map` may import any other."""
    return sorted(folder.glob("*.py"))


def code_names(folder: Path) -> str:
    """Names of an encoder's Python files, for messages."""
    return one_line(", ".join(path.name for path in code_files(folder)), 200)


def has_code(folder: Path) -> bool:
    """Whether the folder holds all code that its config files name; True if they name none."""
    return all((folder / f"{name.partition('.')[0]}.py").is_file() for name in code_classes(folder))


def runs_code(folder: Path, *, trusted: bool) -> bool:
    """Whether an encoder runs Python files of its folder.

    Args:
        folder: folder of the encoder.
        trusted: whether the user allows it.

    Raises:
        MissingInputError: it is allowed, but some of the code is not in the folder and could not be recorded.
    """
    if not trusted or not (classes := code_classes(folder)):
        return False
    if not has_code(folder):
        missing = next(name for name in classes if not (folder / f"{name.partition('.')[0]}.py").is_file())
        location = "in another repository" if _ELSEWHERE in missing else "not here"
        raise MissingInputError(
            f"encoder folder {named(folder)}: the code of {one_line(missing, 100)} is {location}\n"
            "  -> copy its Python files into the folder, and name them in config.json without a repository"
        )
    return True


def refusal(classes: Sequence[str]) -> str:
    """Error text for an encoder that needs its own Python code, with the remedy."""
    return (
        f"it needs Python code that came with it ({one_line(', '.join(classes), 200)}), which does not run by default\n"
        f"  -> review that code, then add {FLAG}: it runs with all your permissions"
    )


def warning(name: str, folder: Path) -> str:
    """Warning before an encoder's own code runs.

    Args:
        name: name of the encoder.
        folder: folder of the encoder.
    """
    return f"{FLAG}: {code_names(folder)} in {named(folder)} will run with all your permissions, for the encoder {name}"


def unused_flag_warning() -> str:
    """Warning that the flag is set but no encoder needs it."""
    return f"{FLAG} has no effect: no encoder here names Python files in its config.json"
