"""Gold labels as a corpus file writes them, checked and mapped to the corpus' type names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mnerbench.datasets.errors import DataError, suggestion
from mnerbench.datasets.tagging import OUTSIDE, is_label, label_set


class GoldLabels:
    """The labels that one file may hold, each with the corpus' name for it.

    Args:
        path: the file, for error messages.
        types: entity types of the corpus.
        label_map: type names in the file mapped to names in `types`, such as `OTHER` to `MISC`.
    """

    def __init__(self, path: Path, types: Sequence[str], label_map: Mapping[str, str]) -> None:
        names = {name: name for name in types} | dict(label_map)
        self._path = path
        self._corpus_label = {OUTSIDE: OUTSIDE} | {
            label: f"{label[:2]}{names[label[2:]]}" for label in label_set(tuple(names)) if label != OUTSIDE
        }

    def read(self, line: int, label: str) -> str:
        """The corpus' name of a label in the file.

        Raises:
            DataError: it is none of the file's labels: another type, BIOES, or no label at all.
        """
        known = self._corpus_label.get(label)
        if known is not None:
            return known
        if label[:2] in {"E-", "S-"}:
            remedy = "write the gold in BIO (B- opens an entity, I- continues it): mnerbench.datasets.tagging.recode"
        elif is_label(label):
            remedy = "name the type in the card's types, or map it in the card's label_map"
        else:
            remedy = "gold labels are O, B-TYPE and I-TYPE; a name such as X or [CLS] belongs to predictions only"
        reason = f"unknown label {label!r}{suggestion(label, self._corpus_label)}"
        raise DataError.at(self._path, line, reason, remedy)
