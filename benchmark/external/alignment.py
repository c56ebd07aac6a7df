"""Aligns third-party predictions with our gold words, tweet by tweet, and reports every mismatch.

No gold entity drops out: a tweet or word without a prediction counts as predicted `O` and is reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mnerbench.benchmark.external.entities import Offsets, bounds_of
from mnerbench.benchmark.external.interpretation import Interpretation, interpret
from mnerbench.benchmark.external.misfits import PARTIAL, Finding, Findings, Misfit, count_noun, short_text
from mnerbench.benchmark.external.partners import find_partners
from mnerbench.benchmark.external.placement import Placed, put_onto_words
from mnerbench.benchmark.external.predicted import PredictedTweet, ReadingOptions, Reference
from mnerbench.benchmark.external.reading import read_predictions
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.tagging import OUTSIDE, conll_spans, is_label, strict_spans

# From this share on, entities that begin with I- are a notation rather than occasional errors.
_IOB1 = 0.1


@dataclass(frozen=True)
class Alignment:
    """Predictions aligned with our words.

    Attributes:
        labels: BIO labels, one per word of every tweet of the split.
        findings: mismatches, in the order of our tweets, then of the file; at most `MOST_LISTED` of a kind.
        unlisted: number of further mismatches, by kind.
        partial: numbers, from 1, of our tweets that lack predictions for some of their words.
        decisions: how the file is laid out, a sentence each.
        conversions: how its labels were converted, a sentence each.
        gold: the file's gold labels by word, per tweet; empty where it has none.
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
        """Number of mismatches of each kind, listed or not."""
        return Counter(finding.misfit for finding in self.findings) + Counter(self.unlisted)


def align_file(path: Path, reference: Reference, options: ReadingOptions) -> Alignment:
    """Read a prediction file and align it with our words.

    Args:
        path: the prediction file.
        reference: the split, its types and their aliases.
        options: the user's settings for this file.

    Raises:
        DataError: the file is unreadable or ambiguous.
        ConfigError: an option contradicts the dataset.
        MissingInputError: the file does not exist.
    """
    return align(interpret(read_predictions(path, reference, options), reference, options), reference)


def align(file: Interpretation, reference: Reference) -> Alignment:
    """Align interpreted predictions with our words.

    Args:
        file: predictions with interpreted labels.
        reference: the split and its types.

    Raises:
        DataError: the tweets of the predictions, or the unit of their offsets, are ambiguous.
    """
    ours = reference.examples
    partners = find_partners(file, ours)
    offsets = _offsets(file, ours, partners)
    findings, partial = Findings(), set[int]()
    findings.add(_moved(partners, file.tweets))
    labels: list[tuple[str, ...]] = []
    gold: list[Mapping[int, str]] = []
    for number, example in enumerate(ours):
        placed = _place(number, example, file, partners.get(number), offsets)
        tweet_findings = [*placed.findings, *_unknown_types(number + 1, placed.line, placed.labels, reference.types)]
        findings.add(tweet_findings)
        if any(finding.misfit in PARTIAL for finding in tweet_findings):
            partial.add(number + 1)
        labels.append(placed.labels)
        gold.append(placed.gold)
    _add_extra(findings, file, set(partners.values()))
    conversions = [
        *file.conversions,
        *([f"offsets count {offsets.value}"] if offsets is not None else []),
        *_notation_warnings(labels),
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


def _place(number: int, example: Example, file: Interpretation, partner: int | None, offsets: Offsets | None) -> Placed:
    """Predictions of one of our tweets; all `O` if the file lacks it."""
    if partner is not None:
        return put_onto_words(number + 1, file.tweets[partner], example, file, offsets)
    missed = count_noun(len(conll_spans(example.labels)), "gold entity", "gold entities")
    text = f"no predictions, so {missed} missed: {short_text(example.words)}"
    return Placed((OUTSIDE,) * len(example.words), {}, (Finding(Misfit.MISSING, number + 1, None, text),), 0)


def _add_extra(findings: Findings, file: Interpretation, used: set[int]) -> None:
    """Report tweets of the file that are not in our split; those beyond the listing limit are not even unpacked."""
    extra = (number for number in range(len(file.tweets)) if number not in used)
    for number in extra:
        tweet = file.tweets[number]
        findings.add([Finding(Misfit.EXTRA, None, tweet.line, f"not in the split: {short_text(tweet.words)}")])
        if not findings.has_room(Misfit.EXTRA):
            break
    findings.count(Misfit.EXTRA, sum(1 for _ in extra))


def _moved(partners: Mapping[int, int], tweets: Sequence[PredictedTweet]) -> Iterator[Finding]:
    last = -1
    for number in sorted(partners):
        if partners[number] < last:
            text = f"precedes the tweet of line {tweets[last].line}, which it follows in the split"
            yield Finding(Misfit.MOVED, number + 1, tweets[partners[number]].line, text)
        last = max(last, partners[number])


def _unknown_types(number: int, line: int, labels: Sequence[str], types: Sequence[str]) -> Iterator[Finding]:
    unknown = sorted({label[2:] for label in labels if is_label(label) and label != OUTSIDE} - set(types))
    if unknown:
        yield Finding(Misfit.TYPE, number, line, f"not a type of the dataset: {', '.join(map(repr, unknown))}")


def _notation_warnings(labels: Sequence[Sequence[str]]) -> Iterator[str]:
    """Warn if strict decoding ignores a substantial share of the entities."""
    total = sum(len(conll_spans(row)) for row in labels)
    strict = sum(len(strict_spans(row)) for row in labels)
    if total and total - strict >= _IOB1 * total:
        has_initial_b = any(
            label[:2] == "B-" and (index == 0 or row[index - 1][2:] != label[2:])
            for row in labels
            for index, label in enumerate(row)
        )
        name = "entities begin with I-" if has_initial_b else "labels are IOB1 (B- only between adjacent entities)"
        yield (
            f"{name}: strict-iob2 ignores {total - strict:,} of {total:,} predicted entities; "
            "--label-scheme iob1 converts them to BIO"
        )


def _offsets(file: Interpretation, ours: Sequence[Example], partners: Mapping[int, int]) -> Offsets | None:
    """Unit of the offsets of entities without text: the only one under which all of them delimit whole words.

    Raises:
        DataError: no unit fits, or several do.
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
        units = " or ".join(kind.value for kind in fitting) if fitting else "neither characters nor words of the tweets"
        reason = (
            f"entities have offsets but no text, and these could count {units}" if fitting else f"offsets count {units}"
        )
        raise DataError.at(
            file.name, bare[0][2].line, reason, 'write the text of each entity too: {"text": ..., "type": ...}'
        )
    return fitting[0]
