"""Determines the label notation of a whole file and converts each label to the dataset's notation.

Unambiguous variants are converted: prefixes of BIOES, BILOU and BMES, upper and lower case, separators, the type before
the prefix, other names of the same types. Ambiguous ones (numbers without names, types without prefixes, prefixes of
two notations, types that the dataset does not have) are refused with the labels concerned and a remedy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnerbench.benchmark.external.labels import (
    ROLES,
    Kind,
    Parts,
    kind_of,
    label_number,
    prefix_first,
    prefix_last,
)
from mnerbench.benchmark.external.predicted import LabelScheme, ReadingOptions
from mnerbench.benchmark.external.type_names import TypeNames
from mnerbench.datasets.errors import DataError, with_remedies
from mnerbench.datasets.tagging import OUTSIDE
from mnerbench.datasets.untrusted.display import shortened

# Up to this share, unknown labels or types are errors of a generating system, counted and reported; a larger share
# means that the file was misread.
TRACE = 0.01
_LONGEST = 60  # characters of a label in a message
_PREFIXES = {
    LabelScheme.BIO: "BI",
    LabelScheme.IOB1: "BI",
    LabelScheme.BIOES: "BIES",
    LabelScheme.BILOU: "BILU",
    LabelScheme.BMES: "BMES",
    LabelScheme.IO: "",
}


@dataclass(frozen=True)
class Notation:
    """How to read the labels of a file.

    Attributes:
        labels: maps each label of the file to `O`, to a prefix B, I, E or S with a type, or, if not a label, to itself.
        recode: whether the result has to be converted to BIO.
        decisions: what was decided, a sentence each.
    """

    labels: Mapping[str, str]
    recode: bool
    decisions: tuple[str, ...]

    def read(self, labels: Sequence[str]) -> tuple[str, ...]:
        """The labels of a tweet in the dataset's notation."""
        return tuple(self.labels[label] for label in labels)


def read_notation(
    name: Path | str, sequences: Sequence[Sequence[str]], types: TypeNames, options: ReadingOptions
) -> Notation:
    """Determine the notation of labels.

    Args:
        name: name of the file, for errors.
        sequences: all label sequences of the file.
        types: type names.
        options: the user's settings for this file.

    Raises:
        DataError: the notation is ambiguous; the message lists the labels.
    """
    return notation_of(name, Counter(label for labels in sequences for label in labels), types, options)


def notation_of(name: Path | str, counts: Counter[str], types: TypeNames, options: ReadingOptions) -> Notation:
    """Same as `read_notation`, given the frequency of each label."""
    return _Reader(name, counts, types, options).notation()


class _Reader:
    def __init__(self, name: Path | str, counts: Counter[str], types: TypeNames, options: ReadingOptions) -> None:
        self._name, self._counts, self._types, self._options = name, counts, types, options
        self._decisions: list[str] = []

    def notation(self) -> Notation:
        names = self._label_names()
        counts: Counter[str] = Counter()
        for label, count in self._counts.items():
            counts[names[label]] += count
        dropped = {label for label in counts if self._types.resolve(label) == OUTSIDE}
        kinds = {label: Kind.OUTSIDE if label in dropped else kind_of(label) for label in counts}
        if self._options.scheme is LabelScheme.IO:
            parts = {label: Parts("I", label) for label, kind in kinds.items() if kind in {Kind.BARE, Kind.PREFIXED}}
            self._decisions.append("labels are types without prefixes; adjacent words of one type are one entity")
            order: Callable[[str], Parts | None] = prefix_first
        else:
            prefixed = [label for label, kind in kinds.items() if kind is Kind.PREFIXED]
            order = self._order(_some(counts, prefixed))
            parts = {label: split for label in prefixed if (split := order(label)) is not None}
        self._check_unknown(counts, {label for label, kind in kinds.items() if kind is Kind.BARE} - set(parts))
        letters = {split.prefix for split in parts.values()}
        scheme = self._options.scheme or self._scheme(letters)
        self._check_letters(scheme, letters)
        self._describe_style(parts, order)
        read = {label: self._read(label, parts.get(label), kinds[label]) for label in counts}
        self._check_types(counts, parts)
        recode = scheme is not LabelScheme.BIO
        return Notation({label: read[names[label]] for label in self._counts}, recode, tuple(self._decisions))

    def _label_names(self) -> dict[str, str]:
        """Maps each label of the file to its name, which differs from it if the file writes numbers."""
        numbers = {label: number for label in self._counts if (number := label_number(label)) is not None}
        numbers = {label: number for label, number in numbers.items() if not self._types.is_mapped(label)}
        total = sum(self._counts.values())
        if sum(self._counts[label] for label in numbers) <= TRACE * total:
            return {label: label for label in self._counts}
        if not self._options.names:
            ways = [
                "--label-names O,B-PER,I-PER,... names them in the order of the numbers, from 0",
                "or write the names themselves (config.id2label of a transformers model)",
            ]
            labels = listed(_some(self._counts, numbers))
            raise self._error(f"labels are numbers without names: {labels}", ways)
        unnamed = sorted({number for number in numbers.values() if number >= len(self._options.names)})
        if unnamed:
            last = len(self._options.names) - 1
            reason = f"label {unnamed[-1]}, but names for 0 to {last} only"
            raise self._error(reason, ["give a name for each number, in order"])
        self._decisions.append("labels are numbers, read as " + ", ".join(self._options.names))
        return {label: self._options.names[numbers[label]] if label in numbers else label for label in self._counts}

    def _order(self, counts: Mapping[str, int]) -> Callable[[str], Parts | None]:
        """Decide whether prefixes come first or last, by the number of labels that parse either way."""
        weights = {
            order: sum(count for label, count in counts.items() if order(label) is not None)
            for order in (prefix_first, prefix_last)
        }
        order = max(weights, key=lambda candidate: weights[candidate])  # ties go to the first: B-S is a B-
        rest = sum(counts.values()) - weights[order]
        if rest > TRACE * sum(counts.values()):
            reason = f"prefixes come before some types and after others: {listed(counts)}"
            raise self._error(reason, ["write B-TYPE throughout"])
        return order

    def _check_unknown(self, counts: Counter[str], unknown: set[str]) -> None:
        total = sum(count for label, count in counts.items() if label != OUTSIDE)
        if sum(counts[label] for label in unknown) <= TRACE * total:
            return
        labels = listed(_some(counts, unknown))
        if any(self._types.resolve(label) for label in unknown):
            ways = [
                "write B- where an entity begins and I- where it continues",
                "--label-scheme io reads adjacent words of one type as one entity",
            ]
            raise self._error(f"types without B- and I-, so the beginnings of entities are unknown: {labels}", ways)
        ways = [
            "check that this column or key holds the predictions; --predicted names another",
            "--map LABEL=O reads a label as O",
        ]
        raise self._error(f"labels of no notation: {labels}", ways)

    def _scheme(self, letters: set[str]) -> LabelScheme:
        roles = Counter(ROLES[letter] for letter in letters)
        if any(count > 1 for count in roles.values()):
            reason = f"prefixes {', '.join(sorted(letters))}, of more than one notation"
            raise self._error(reason, ["write one notation", "--map LABEL=O reads a label as O, if a few are errors"])
        schemes = {"M": LabelScheme.BMES, "L": LabelScheme.BILOU, "U": LabelScheme.BILOU}
        scheme = next((schemes[letter] for letter in "MLU" if letter in letters), None)
        if scheme is None:
            scheme = LabelScheme.BIOES if letters - {"B", "I"} else LabelScheme.BIO
        return scheme

    def _check_letters(self, scheme: LabelScheme, letters: set[str]) -> None:
        if self._options.scheme is not None and scheme is not LabelScheme.IO:
            others = letters - set(_PREFIXES[scheme])
            if others:
                reason = f"prefixes {', '.join(sorted(others))}, which --label-scheme {scheme.value} does not have"
                raise self._error(reason, ["omit the flag, or name the scheme that has them"])
        if scheme not in {LabelScheme.BIO, LabelScheme.IO}:
            self._decisions.append(f"labels were {scheme.value.upper()}, read as BIO")

    def _describe_style(self, parts: Mapping[str, Parts], order: Callable[[str], Parts | None]) -> None:
        if self._options.scheme is LabelScheme.IO or not parts:
            return
        example = min(parts, key=lambda label: (label[:1] != "B", label))
        if order is prefix_last:
            self._decisions.append(f"prefixes come after types, as in {example}")
        elif any(label[1] != "-" or label[0].islower() for label in parts):
            self._decisions.append(f"labels are written like {example}")

    def _read(self, label: str, parts: Parts | None, kind: Kind) -> str:
        if kind is Kind.OUTSIDE:
            return OUTSIDE
        if parts is None:
            return label
        name = self._types.resolve(parts.type)
        if name == OUTSIDE:
            return OUTSIDE
        return f"{ROLES[parts.prefix]}-{name or parts.type}"

    def _check_types(self, counts: Counter[str], parts: Mapping[str, Parts]) -> None:
        """Refuse types of another dataset, but for a trace, which the alignment reports."""
        type_counts: Counter[str] = Counter()
        for label, split in parts.items():
            type_counts[split.type] += counts[label]
        check_types(self._name, type_counts, self._types, self._options, self._decisions)

    def _error(self, reason: str, ways: Sequence[str]) -> DataError:
        return DataError(with_remedies(f"{self._name}: {reason}", ways))


def check_types(
    name: Path | str, type_counts: Counter[str], types: TypeNames, options: ReadingOptions, decisions: list[str]
) -> None:
    """Record which types are renamed, and refuse a file with types of another dataset.

    Args:
        name: name of the file, for errors.
        type_counts: number of entities, or of words in entities, by type as written in the file.
        types: type names.
        options: the user's settings for this file.
        decisions: list to which a sentence is appended.

    Raises:
        DataError: more than a trace of them has a type that the dataset does not have.
    """
    unknown = {kind: count for kind, count in type_counts.items() if types.resolve(kind) is None}
    if sum(unknown.values()) > TRACE * sum(type_counts.values()) and not options.allow_types:
        ways = [
            f"--map {next(iter(unknown))}=TYPE reads it as a type of the dataset, or as none if TYPE is O",
            "--allow-types keeps them; each counts as wrong",
        ]
        reason = f"types that the dataset does not have: {listed(unknown)}; its types are {', '.join(types.types)}"
        raise DataError(with_remedies(f"{name}: {reason}", ways))
    renamed = [f"{kind} as {ours}" for kind in sorted(type_counts) if (ours := types.resolve(kind)) not in {kind, None}]
    if renamed:
        decisions.append("types: " + ", ".join(renamed))


def listed(counts: Mapping[str, int], most: int = 12) -> str:
    """`B-PER (12), I-PER (3)`, the most frequent first."""
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    text = ", ".join(f"{_display(label)} ({count:,})" for label, count in rows[:most])
    return text + (f" and {len(rows) - most:,} more" if len(rows) > most else "")


def _display(label: str) -> str:
    return shortened(label if label.isprintable() else repr(label), _LONGEST)


def _some(counts: Mapping[str, int], labels: Iterable[str]) -> dict[str, int]:
    return {label: counts[label] for label in labels}
