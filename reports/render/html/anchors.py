"""Anchors of a page, made from titles, so that a link still leads to its table when other tables come or go."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence


def slug(text: str) -> str:
    """Lower-case letters and digits of ASCII, in groups with one hyphen between: `made15-bert-base-protocol-equal`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or "unnamed"


def anchors(prefix: str, titles: Sequence[str]) -> list[str]:
    """An anchor per title; equal ones are numbered from the second on."""
    names: dict[str, None] = {}
    for title in titles:
        name = stem = f"{prefix}-{slug(title)}"
        number = 1
        while name in names:
            number += 1
            name = f"{stem}-{number}"
        names[name] = None
    return list(names)


def section_anchors(prefix: str, keys: Sequence[str], titles: Sequence[str]) -> list[str]:
    """An anchor per section: its key, or its title if several sections have the key."""
    names = [key if keys.count(key) == 1 else title for key, title in zip(keys, titles, strict=True)]
    return anchors(prefix, names)
