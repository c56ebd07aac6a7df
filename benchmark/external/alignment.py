"""Puts somebody's predictions onto our gold words, tweet by tweet, and says everything that does not fit.

No gold entity drops out: a tweet or word without a prediction counts as predicted `O`, and is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mnerbench.benchmark.external.entities import Offsets, bounds_of
from mnerbench.benchmark.external.interpretation import Interpretation, interpret
from mnerbench.benchmark.external.misfits import PARTIAL, Finding, Findings, Misfit, number_of, short_text
from mnerbench.benchmark.external.partners import find_partners
from mnerbench.benchmark.external.placement import Placed, put_onto_words
from mnerbench.benchmark.external.predicted import PredictedTweet, ReadingOptions, Reference
from mnerbench.benchmark.external.reading import read_predictions
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.tagging import OUTSIDE, conll_spans, is_label, strict_spans

# From this share on, entities that begin with I- are a notation and not slips.
_IOB1 = 0.1


@dataclass(frozen=True)
class Alignment:
    """Predictions on our words.

    Attributes:
        labels: BIO, one per word of every tweet of the split.
        findings: what does not fit, in the order of our tweets, then of the file; at most `MOST_LISTED` of a kind.
        unlisted: how many more there are, by kind.
        partial: numbers from 1 of the tweets of ours without predictions for all their words.
        decisions: how the file is laid out, a sentence each.
        conversions: what was made of its labels, a sentence each.
        gold: the file's own gold labels by word, per tweet; empty where it has none.
    """

    labels: tuple[tuple[str, ...], ...]
    findings: tuple[Finding, ...]
    decisions: tuple[str, ...] = ()
    conversions: tuple[str, ...] = ()
    gold: tuple[Mapping[int, str], ...] = ()
    unlisted: Mapping[Misfit, int] = field(default_factory=dict)
    partial: frozenset[int] = frozenset()

    @property
    def counts(self) -> Counter[Misfit]:
        """How many there are of each kind, listed or not."""
        return Counter(finding.misfit for finding in self.findings) + Counter(self.unlisted)


def align_file(path: Path, reference: Reference, options: ReadingOptions) -> Alignment:
    """Read a prediction file and put it onto our words.

    Args:
        path: the file.
        reference: the split, its types and their other names.
        options: what the user says about the file.

    Raises:
        DataError: the file cannot be read for certain.
        ConfigError: an option contradicts the dataset.
        MissingInputError: there is no such file.
    """
    return align(interpret(read_predictions(path, reference, options), reference, options), reference)


def align(file: Interpretation, reference: Reference) -> Alignment:
    """Put predictions onto our words.

    Args:
        file: predictions whose labels are read.
        reference: the split and its types.

    Raises:
        DataError: it is open which tweets the predictions are of, or what their offsets count.
    """
    ours = reference.examples
    partners = find_partners(file, ours)
    offsets = _offsets(file, ours, partners)
    findings, partial = Findings(), set[int]()
    findings.add(_order(partners, file.tweets))
    labels: list[tuple[str, ...]] = []
    gold: list[Mapping[int, str]] = []
    for number, example in enumerate(ours):
        placed = _placed(number, example, file, partners.get(number), offsets)
        new = [*placed.findings, *_types(number + 1, placed.line, placed.labels, reference.types)]
        findings.add(new)
        if any(finding.misfit in PARTIAL for finding in new):
            partial.add(number + 1)
        labels.append(placed.labels)
        gold.append(placed.gold)
    _add_extra(findings, file, set(partners.values()))
    conversions = [
        *file.conversions,
        *([f"offsets count {offsets.value}"] if offsets is not None else []),
        *_strict(labels),
    ]
    return Alignment(
        tuple(labels),
        tuple(findings.listed),
        file.decisions,
        tuple(conversions),
        tuple(gold),
        findings.unlisted,
        frozenset(partial),
    )


def _placed(
    number: int, example: Example, file: Interpretation, partner: int | None, offsets: Offsets | None
) -> Placed:
    """The predictions of a tweet of ours; nothing is predicted where the file does not have it."""
    if partner is not None:
        return put_onto_words(number + 1, file.tweets[partner], example, file, offsets)
    lost = number_of(len(conll_spans(example.labels)), "gold entity", "gold entities")
    text = f"no predictions, so {lost} missed: {short_text(example.words)}"
    return Placed((OUTSIDE,) * len(example.words), {}, (Finding(Misfit.MISSING, number + 1, None, text),), 0)


def _add_extra(findings: Findings, file: Interpretation, used: set[int]) -> None:
    """Name tweets of the file that are none of ours; those beyond the ones that are listed are not even unpacked."""
    extra = (number for number in range(len(file.tweets)) if number not in used)
    for number in extra:
        tweet = file.tweets[number]
        findings.add([Finding(Misfit.EXTRA, None, tweet.line, f"none of our tweets: {short_text(tweet.words)}")])
        if not findings.has_room(Misfit.EXTRA):
            break
    findings.count(Misfit.EXTRA, sum(1 for _ in extra))


def _order(partners: Mapping[int, int], tweets: Sequence[PredictedTweet]) -> Iterator[Finding]:
    last = -1
    for number in sorted(partners):
        if partners[number] < last:
            text = f"stands before the tweet of line {tweets[last].line}, which ours follows"
            yield Finding(Misfit.MOVED, number + 1, tweets[partners[number]].line, text)
        last = max(last, partners[number])


def _types(number: int, line: int, labels: Sequence[str], types: Sequence[str]) -> Iterator[Finding]:
    unknown = sorted({label[2:] for label in labels if is_label(label) and label != OUTSIDE} - set(types))
    if unknown:
        yield Finding(Misfit.TYPE, number, line, f"not a type of the dataset: {', '.join(map(repr, unknown))}")


def _strict(labels: Sequence[Sequence[str]]) -> Iterator[str]:
    """Say so when strict reading does not see a good part of the entities."""
    every = sum(len(conll_spans(row)) for row in labels)
    seen = sum(len(strict_spans(row)) for row in labels)
    if every and every - seen >= _IOB1 * every:
        begun = any(
            label[:2] == "B-" and (index == 0 or row[index - 1][2:] != label[2:])
            for row in labels
            for index, label in enumerate(row)
        )
        name = "I- begins entities" if begun else "labels are IOB1 (B- only parts neighbours of one type)"
        yield (
            f"{name}: strict-iob2 reads {every - seen:,} of {every:,} predicted entities as nothing; "
            "--label-scheme iob1 writes them as BIO"
        )


def _offsets(file: Interpretation, ours: Sequence[Example], partners: Mapping[int, int]) -> Offsets | None:
    """What offsets of entities without text count: the one reading under which all of them are those of whole words.

    Raises:
        DataError: there is no such reading, or several.
    """
    bare = [
        (entity, ours[number].words, file.tweets[partner])
        for number, partner in partners.items()
        for entity in file.tweets[partner].entities or ()
        if entity.text is None and not file.tokens
    ]
    if not bare:
        return None
    fitting = [
        kind
        for kind in Offsets
        if all(bounds_of(entity, words, tweet.text, kind) is not None for entity, words, tweet in bare)
    ]
    if len(fitting) != 1:
        which = " or ".join(kind.value for kind in fitting) if fitting else "neither characters nor words of the tweets"
        reason = (
            f"entities have offsets and no text, and they could count {which}" if fitting else f"offsets are {which}"
        )
        raise DataError.at(
            file.name, bare[0][2].line, reason, 'write the text of each entity too: {"text": ..., "type": ...}'
        )
    return fitting[0]
