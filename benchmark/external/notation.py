"""How a file writes its labels, decided over the whole file, and each label in the words of the dataset.

What is certain is recoded: prefixes of BIOES, BILOU and BMES, upper and lower case, separators, the type before the
prefix, other names of the same types. What is not (numbers without names, types without prefixes, prefixes of two
notations, types that the dataset does not have) is refused with what was seen and what to do.
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

# Up to so many in a hundred strange labels or types are slips of a generating system, counted and named; more are a
# file that was not understood.
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
        labels: each label of the file to `O`, to a prefix B, I, E or S with a type, or to itself where it is none.
        recode: whether what was read has to be written as BIO.
        decisions: what was decided, a sentence each.
    """

    labels: Mapping[str, str]
    recode: bool
    decisions: tuple[str, ...]

    def read(self, labels: Sequence[str]) -> tuple[str, ...]:
        """The labels of a tweet in the dataset's words."""
        return tuple(self.labels[label] for label in labels)


def read_notation(
    name: Path | str, sequences: Sequence[Sequence[str]], types: TypeNames, options: ReadingOptions
) -> Notation:
    """Decide how labels are written.

    Args:
        name: of the file, for errors.
        sequences: all label sequences of the file.
        types: names of types.
        options: what the user says.

    Raises:
        DataError: it cannot be said for certain; names the labels seen.
    """
    return notation_of(name, Counter(label for labels in sequences for label in labels), types, options)


def notation_of(name: Path | str, counts: Counter[str], types: TypeNames, options: ReadingOptions) -> Notation:
    """The same as `read_notation`, by how often each label is there."""
    return _Reader(name, counts, types, options).notation()


class _Reader:
    def __init__(self, name: Path | str, counts: Counter[str], types: TypeNames, options: ReadingOptions) -> None:
        self._name, self._counts, self._types, self._options = name, counts, types, options
        self._decisions: list[str] = []

    def notation(self) -> Notation:
        names = self._named()
        counts: Counter[str] = Counter()
        for label, count in self._counts.items():
            counts[names[label]] += count
        dropped = {label for label in counts if self._types.resolve(label) == OUTSIDE}
        kinds = {label: Kind.OUTSIDE if label in dropped else kind_of(label) for label in counts}
        if self._options.scheme is LabelScheme.IO:
            parts = {label: Parts("I", label) for label, kind in kinds.items() if kind in {Kind.BARE, Kind.PREFIXED}}
            self._decisions.append("labels are types without prefixes; neighbours of one type are one entity")
            order: Callable[[str], Parts | None] = prefix_first
        else:
            prefixed = [label for label, kind in kinds.items() if kind is Kind.PREFIXED]
            order = self._order(_some(counts, prefixed))
            parts = {label: split for label in prefixed if (split := order(label)) is not None}
        self._check_strange(counts, {label for label, kind in kinds.items() if kind is Kind.BARE} - set(parts))
        letters = {split.prefix for split in parts.values()}
        scheme = self._options.scheme or self._scheme(letters)
        self._check_letters(scheme, letters)
        self._tell_style(parts, order)
        read = {label: self._read(label, parts.get(label), kinds[label]) for label in counts}
        self._check_types(counts, parts)
        recode = scheme is not LabelScheme.BIO
        return Notation({label: read[names[label]] for label in self._counts}, recode, tuple(self._decisions))

    def _named(self) -> dict[str, str]:
        """Each label of the file by its name, where the file writes numbers."""
        numbers = {label: number for label in self._counts if (number := label_number(label)) is not None}
        numbers = {label: number for label, number in numbers.items() if not self._types.is_mapped(label)}
        total = sum(self._counts.values())
        if sum(self._counts[label] for label in numbers) <= TRACE * total:
            return {label: label for label in self._counts}
        if not self._options.names:
            ways = [
                "--label-names O,B-PER,I-PER,... names them in the order of the numbers, from 0",
                "better write the names themselves (config.id2label of a transformers model)",
            ]
            seen = listed(_some(self._counts, numbers))
            raise self._error(f"labels are numbers, and nothing says what they mean: {seen}", ways)
        beyond = sorted({number for number in numbers.values() if number >= len(self._options.names)})
        if beyond:
            last = len(self._options.names) - 1
            reason = f"label {beyond[-1]}, but names for 0 to {last} only"
            raise self._error(reason, ["give a name for each number, in order"])
        self._decisions.append("labels are numbers, read as " + ", ".join(self._options.names))
        return {label: self._options.names[numbers[label]] if label in numbers else label for label in self._counts}

    def _order(self, counts: Mapping[str, int]) -> Callable[[str], Parts | None]:
        """Whether prefixes stand first or last, by how many labels can be read either way."""
        weights = {
            order: sum(count for label, count in counts.items() if order(label) is not None)
            for order in (prefix_first, prefix_last)
        }
        order = max(weights, key=lambda candidate: weights[candidate])  # the first of equals: B-S is a B-
        rest = sum(counts.values()) - weights[order]
        if rest > TRACE * sum(counts.values()):
            reason = f"prefixes stand before some types and behind others: {listed(counts)}"
            raise self._error(reason, ["write B-TYPE throughout"])
        return order

    def _check_strange(self, counts: Counter[str], strange: set[str]) -> None:
        total = sum(count for label, count in counts.items() if label != OUTSIDE)
        if sum(counts[label] for label in strange) <= TRACE * total:
            return
        seen = listed(_some(counts, strange))
        if any(self._types.resolve(label) for label in strange):
            ways = [
                "write B- where an entity begins and I- where it goes on",
                "--label-scheme io reads neighbours of one type as one entity",
            ]
            raise self._error(f"types without B- and I-, so that nothing says where an entity begins: {seen}", ways)
        ways = [
            "see whether the predictions stand in this column or key; --predicted names another",
            "--map LABEL=O reads a label as O",
        ]
        raise self._error(f"labels of no notation: {seen}", ways)

    def _scheme(self, letters: set[str]) -> LabelScheme:
        roles = Counter(ROLES[letter] for letter in letters)
        if any(count > 1 for count in roles.values()):
            reason = f"prefixes {', '.join(sorted(letters))}, of more than one notation"
            raise self._error(reason, ["write one notation", "--map LABEL=O reads a label as O, if a few are slips"])
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
                raise self._error(reason, ["leave the flag out, or name the scheme that has them"])
        if scheme not in {LabelScheme.BIO, LabelScheme.IO}:
            self._decisions.append(f"labels were {scheme.value.upper()}, read as BIO")

    def _tell_style(self, parts: Mapping[str, Parts], order: Callable[[str], Parts | None]) -> None:
        if self._options.scheme is LabelScheme.IO or not parts:
            return
        example = min(parts, key=lambda label: (label[:1] != "B", label))
        if order is prefix_last:
            self._decisions.append(f"prefixes stand behind types, as in {example}")
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
        """Refuse types of another dataset; what is left is a trace, which alignment names."""
        seen: Counter[str] = Counter()
        for label, split in parts.items():
            seen[split.type] += counts[label]
        tell_types(self._name, seen, self._types, self._options, self._decisions)

    def _error(self, reason: str, ways: Sequence[str]) -> DataError:
        return DataError(with_remedies(f"{self._name}: {reason}", ways))


def tell_types(
    name: Path | str, seen: Counter[str], types: TypeNames, options: ReadingOptions, decisions: list[str]
) -> None:
    """Say which types were read under other names, and refuse a file with types of another dataset.

    Args:
        name: of the file.
        seen: entities, or words in entities, by type in the file's words.
        types: names of types.
        options: what the user says.
        decisions: gets a sentence.

    Raises:
        DataError: more than a trace of them has a type that the dataset does not have.
    """
    unknown = {kind: count for kind, count in seen.items() if types.resolve(kind) is None}
    if sum(unknown.values()) > TRACE * sum(seen.values()) and not options.allow_types:
        ways = [
            f"--map {next(iter(unknown))}=TYPE reads it as a type of the dataset, and with O for TYPE as none",
            "--allow-types keeps them; each counts as wrong",
        ]
        reason = f"types that the dataset does not have: {listed(unknown)}; its types are {', '.join(types.types)}"
        raise DataError(with_remedies(f"{name}: {reason}", ways))
    renamed = [f"{kind} as {ours}" for kind in sorted(seen) if (ours := types.resolve(kind)) not in {kind, None}]
    if renamed:
        decisions.append("types: " + ", ".join(renamed))


def listed(counts: Mapping[str, int], most: int = 12) -> str:
    """`B-PER (12), I-PER (3)`, the most frequent first."""
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    text = ", ".join(f"{_shown(label)} ({count:,})" for label, count in rows[:most])
    return text + (f" and {len(rows) - most:,} more" if len(rows) > most else "")


def _shown(label: str) -> str:
    return shortened(label if label.isprintable() else repr(label), _LONGEST)


def _some(counts: Mapping[str, int], labels: Iterable[str]) -> dict[str, int]:
    return {label: counts[label] for label in labels}
