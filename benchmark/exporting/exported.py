"""The result of an export, and its kinds; free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """Which class of transformers loads an export.

    `standard`: `AutoModelForTokenClassification`, without code of ours. `mnerbench`: `AutoModel` after
    `import mnerbench.hf`. `auto`: the first where it computes exactly what the tagger computes, else the second.
    """

    AUTO = "auto"
    STANDARD = "standard"
    MNERBENCH = "mnerbench"


@dataclass(frozen=True)
class Exported:
    """A folder that was written.

    Attributes:
        folder: where.
        kind: which class of transformers loads it: `standard` or `mnerbench`.
        bytes: its size.
        notes: why it is not the other kind, and what else to know before it is shared.
    """

    folder: Path
    kind: str
    bytes: int
    notes: tuple[str, ...]
