"""Where the files are, and what several writers need."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np

SEEDS = Path(__file__).parents[1] / "seeds"
PREPARED = SEEDS / "prepared"
TESTS = Path(__file__).parents[2]
TINY = TESTS / "fixtures" / "tiny"
IMAGES = ("T_1001", "T_1002", "T_1005", "T_1011")
TWEETS = [
    (["Ilse", "Brandt", "visits", "Port", "Ostrey", "#sea"], ["B-PER", "I-PER", "O", "B-LOC", "I-LOC", "O"]),
    (["rain", "again", "\u00a0", "é"], ["O", "O", "O", "O"]),
    (["Nordwind", "FC", "1", ":", "0"], ["B-ORG", "I-ORG", "O", "O", "O"]),
]


def save(target: str, name: str, content: bytes | str) -> None:
    path = SEEDS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def lines(rows: list[object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def array_file(values: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()
