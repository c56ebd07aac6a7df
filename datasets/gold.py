"""Gold labels of a corpus file: checked, recoded to BIO and mapped to the type names of the corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mnerbench.datasets.errors import DataError, suggestion
from mnerbench.datasets.gold_scheme import GoldScheme, Recoded, split_label, to_bio
from mnerbench.datasets.raw import RawTweet
from mnerbench.datasets.tagging import OUTSIDE, is_label

_PREFIXES = {GoldScheme.BIOES: "BIES", GoldScheme.BILOU: "BILU"}


class GoldLabels:
    """The valid labels of a file and their names in the corpus.

    Args:
        path: the file, for error messages.
        types: entity types of the corpus.
        label_map: type names in the file mapped to names in `types`, such as `OTHER` to `MISC`.
        scheme: labelling scheme of the file.
    """

    def __init__(self, path: Path, types: Sequence[str], label_map: Mapping[str, str], scheme: GoldScheme) -> None:
        self._names = {name: name for name in types} | dict(label_map)
        self._path, self._scheme = path, scheme
        # Cache of labels that were checked: a file has few labels, each of them thousands of times.
        self._valid = {OUTSIDE}

    def read(self, tweet: RawTweet) -> Recoded:
        """The labels of a tweet in BIO, with the type names of the corpus.

        Raises:
            DataError: a label has another type or scheme, or is not a label at all.
        """
        for position, label in enumerate(tweet.labels):
            if label in self._valid:
                continue
            pair = split_label(label, self._scheme)
            if pair is None or pair[1] not in self._names:
                raise self._unknown(tweet.line_of(position), label)
            self._valid.add(label)
        # Recode before renaming: two adjacent entities may have types that are mapped to the same one.
        recoded = to_bio(tweet.labels, self._scheme)
        named = [label if label == OUTSIDE else f"{label[:2]}{self._names[label[2:]]}" for label in recoded.labels]
        return Recoded(named, recoded.malformed)

    def _unknown(self, line: int, label: str) -> DataError:
        prefixes = _PREFIXES.get(self._scheme, "BI")
        valid = [OUTSIDE, *(f"{prefix}-{name}" for name in self._names for prefix in prefixes)]
        if split_label(label, self._scheme) is not None:
            remedy = "name the type in the card's types, or map it in the card's label_map"
        elif is_label(label) or label[1:2] == "-":
            remedy = (
                f"the file is read as {self._scheme.value}; if it is another scheme, set it in the card: scheme = ..."
            )
        elif label in self._names:
            remedy = 'write B- or I- before the type, or scheme = "io" into the card'
        else:
            remedy = "gold labels are O, B-TYPE and I-TYPE; a name such as X or [CLS] belongs to predictions only"
        return DataError.at(self._path, line, f"unknown label {label!r}{suggestion(label, valid)}", remedy)
