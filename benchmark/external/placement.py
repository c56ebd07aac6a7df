"""Places the predictions of a tweet on our words and reports mismatches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mnerbench.benchmark.external.entities import Offsets, match_entities, token_labels
from mnerbench.benchmark.external.gaps import labelled_words
from mnerbench.benchmark.external.interpretation import Interpretation
from mnerbench.benchmark.external.misfits import Finding, Misfit, count_noun
from mnerbench.benchmark.external.predicted import PredictedTweet
from mnerbench.benchmark.external.spelling import SubwordStyle
from mnerbench.benchmark.external.words import word_positions
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import OUTSIDE, Scheme, Span, conll_spans, is_label, recode, write_spans


@dataclass(frozen=True)
class Placed:
    """Predictions placed on one of our tweets.

    Attributes:
        labels: BIO labels and non-labels, one per word.
        gold: the file's gold labels by index of our word; empty if it has none.
        findings: mismatches.
        line: first line of the predictions in the file; 0 if there are none.
    """

    labels: tuple[str, ...]
    gold: Mapping[int, str]
    findings: tuple[Finding, ...]
    line: int


def put_onto_words(
    number: int, tweet: PredictedTweet, example: Example, file: Interpretation, offsets: Offsets | None
) -> Placed:
    """Place the predictions of a tweet on our words.

    Args:
        number: number of our tweet, from 1.
        tweet: the tweet of the file.
        example: our tweet.
        file: the file that contains `tweet`.
        offsets: unit of the file's offsets.
    """
    if tweet.entities is not None:
        return _place_entities(number, tweet, example, file, offsets)
    theirs = tweet.words or example.words
    positions = word_positions(theirs, example.words, file.subwords) or []
    label_positions = _label_positions(tweet, example, positions, file)
    labels: list[str | None] = [None] * len(example.words)
    gold: dict[int, str] = {}
    file_gold = tweet.gold if tweet.gold is not None else ()
    for index, label in zip(label_positions, tweet.predicted, strict=True):
        if index is not None and labels[index] is None:
            labels[index] = label
    gold_positions = label_positions if len(file_gold) == len(tweet.predicted) else positions
    for index, label in zip(gold_positions, file_gold, strict=False):
        if index is not None:
            gold.setdefault(index, label)
    findings = [
        *_word_findings(number, tweet, example, (positions, label_positions), file.subwords),
        *_gold_findings(number, tweet, example, gold),
    ]
    filled = tuple(label if label is not None else OUTSIDE for label in labels)
    filled = tuple(recode(filled, Scheme.BIO)) if file.recode else filled
    return Placed(filled, gold, (*findings, *_non_labels(number, tweet.line, filled)), tweet.line)


def _label_positions(
    tweet: PredictedTweet, example: Example, positions: Sequence[int | None], file: Interpretation
) -> list[int | None]:
    """Index of our word for each label, which may be fewer than the words."""
    count = len(tweet.predicted)
    if count >= len(positions) and len(positions) == len(tweet.words or example.words):
        return list(positions)
    complete = [index for index in positions if index is not None]
    if complete != [*range(len(example.words))]:
        return list(positions[:count])
    gold = tweet.gold if tweet.gold is not None and len(tweet.gold) == count else None
    return [*labelled_words(count, example.words, gold, example.labels, drops_invisible=file.drops_invisible)]


def _word_findings(
    number: int,
    tweet: PredictedTweet,
    example: Example,
    indices: tuple[Sequence[int | None], Sequence[int | None]],
    subwords: SubwordStyle,
) -> Iterator[Finding]:
    """Report changed, split and unlabelled words; `indices` are our words of the file's words and labels."""
    positions, label_positions = indices
    pairs = [(a, example.words[index]) for a, index in zip(tweet.words, positions, strict=False) if index is not None]
    matched = [index for index in positions if index is not None]
    if len({*matched}) < len(matched) and subwords is SubwordStyle.PLAIN:
        split = sum(times > 1 for times in Counter(matched).values())
        text = f"{count_noun(split, 'word')} split; the label of the first part counts"
        yield Finding(Misfit.SPLIT, number, tweet.line, text)
    elif subwords is SubwordStyle.PLAIN:
        edited = [(a, b) for a, b in pairs if a != b]
        if edited:
            words = ", ".join(f"{b!r} is {a!r}" for a, b in edited[:3]) + (" ..." if len(edited) > 3 else "")
            yield Finding(Misfit.EDITED, number, tweet.line, f"{count_noun(len(edited), 'word')} changed: {words}")
    yield from _unlabelled(number, tweet, example, {index for index in label_positions if index is not None})


def _unlabelled(number: int, tweet: PredictedTweet, example: Example, labelled: set[int]) -> Iterator[Finding]:
    length = len(example.words)
    missing = [index for index in range(length) if index not in labelled]
    last = max(labelled, default=-1)
    spans = conll_spans(example.labels)
    if tail := [index for index in missing if index > last]:
        ending = sum(span.end > tail[0] for span in spans)
        missed = count_noun(ending, "gold entity ends", "gold entities end")
        text = f"no prediction for the last {len(tail)} of {length} words, where {missed}"
        yield Finding(Misfit.SHORTENED, number, tweet.line, text)
    if inside := [index for index in missing if index < last]:
        hit = sum(any(span.start <= index < span.end for index in inside) for span in spans)
        words = ", ".join(repr(example.words[index]) for index in inside[:3]) + (" ..." if len(inside) > 3 else "")
        missed = count_noun(hit, "gold entity is", "gold entities are")
        text = f"no prediction for {words} among the {length} words, where {missed}"
        yield Finding(Misfit.DROPPED, number, tweet.line, text)


def _gold_findings(number: int, tweet: PredictedTweet, example: Example, gold: Mapping[int, str]) -> Iterator[Finding]:
    changed = [
        (label, example.labels[index]) for index, label in sorted(gold.items()) if label != example.labels[index]
    ]
    if changed:
        labels = ", ".join(f"{b} is {a}" for a, b in changed[:3]) + (" ..." if len(changed) > 3 else "")
        text = f"{count_noun(len(changed), 'gold label')} changed: {labels}"
        yield Finding(Misfit.GOLD, number, tweet.line, text)


def _non_labels(number: int, line: int, predicted: Sequence[str]) -> Iterator[Finding]:
    unknown = sorted({label for label in predicted if not is_label(label)})
    if unknown:
        text = f"not labels, read as O: {', '.join(map(repr, unknown))}"
        yield Finding(Misfit.LABEL, number, line, text)


def _place_entities(
    number: int, tweet: PredictedTweet, example: Example, file: Interpretation, offsets: Offsets | None
) -> Placed:
    items = tweet.entities or ()
    if tweet.unreadable is not None:
        finding = Finding(Misfit.UNREADABLE, number, tweet.line, f"no entities could be read: {tweet.unreadable}")
        return Placed((OUTSIDE,) * len(example.words), {}, (finding,), tweet.line)
    if file.tokens:
        labels, unmatched = token_labels(items, example.words, tweet.text)
        labels = recode(labels, Scheme.BIO) if file.recode else labels
    else:
        spans, unmatched = match_entities(items, example.words, tweet.text, offsets)
        labels = write_spans([Span(*span) for span in spans], len(example.words))
    texts = [
        f"{item.text!r} ({item.type})" if item.text else f"{item.start}-{item.end} ({item.type})" for item in unmatched
    ]
    findings = [Finding(Misfit.UNMATCHED, number, tweet.line, f"not in the tweet: {text}") for text in texts]
    return Placed(tuple(labels), {}, tuple(findings), tweet.line)
