"""The predictions of one tweet on our words, and everything in it that does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mnerbench.benchmark.external.entities import Offsets, match_entities, token_labels
from mnerbench.benchmark.external.gaps import labelled_words
from mnerbench.benchmark.external.interpretation import Interpretation
from mnerbench.benchmark.external.misfits import Finding, Misfit, number_of
from mnerbench.benchmark.external.predicted import PredictedTweet
from mnerbench.benchmark.external.spelling import Pieces
from mnerbench.benchmark.external.words import word_positions
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import OUTSIDE, Scheme, Span, conll_spans, is_label, recode, write_spans


@dataclass(frozen=True)
class Placed:
    """The labels of a tweet of ours.

    Attributes:
        labels: BIO and non-labels, one per word.
        gold: the file's own gold labels by our words; empty when it has none.
        findings: what does not fit.
        line: of the file, where its predictions begin; 0 where there are none.
    """

    labels: tuple[str, ...]
    gold: Mapping[int, str]
    findings: tuple[Finding, ...]
    line: int


def put_onto_words(
    number: int, tweet: PredictedTweet, example: Example, file: Interpretation, offsets: Offsets | None
) -> Placed:
    """Put the predictions of a tweet onto our words.

    Args:
        number: of our tweet, from 1.
        tweet: of the file.
        example: ours.
        file: which the tweet is of.
        offsets: what the file's offsets count.
    """
    if tweet.entities is not None:
        return _entities(number, tweet, example, file, offsets)
    theirs = tweet.words or example.words
    positions = word_positions(theirs, example.words, file.pieces) or []
    of_labels = _label_positions(tweet, example, positions, file)
    labels: list[str | None] = [None] * len(example.words)
    gold: dict[int, str] = {}
    aside = tweet.gold if tweet.gold is not None else ()
    for index, label in zip(of_labels, tweet.predicted, strict=True):
        if index is not None and labels[index] is None:
            labels[index] = label
    of_gold = of_labels if len(aside) == len(tweet.predicted) else positions
    for index, label in zip(of_gold, aside, strict=False):
        if index is not None:
            gold.setdefault(index, label)
    findings = [
        *_words(number, tweet, example, (positions, of_labels), file.pieces),
        *_gold(number, tweet, example, gold),
    ]
    whole = tuple(label if label is not None else OUTSIDE for label in labels)
    whole = tuple(recode(whole, Scheme.BIO)) if file.recode else whole
    return Placed(whole, gold, (*findings, *_foreign(number, tweet.line, whole)), tweet.line)


def _label_positions(
    tweet: PredictedTweet, example: Example, positions: Sequence[int | None], file: Interpretation
) -> list[int | None]:
    """Our word of each label, where labels may be fewer than words."""
    count = len(tweet.predicted)
    if count >= len(positions) and len(positions) == len(tweet.words or example.words):
        return list(positions)
    complete = [index for index in positions if index is not None]
    if complete != [*range(len(example.words))]:
        return list(positions[:count])
    gold = tweet.gold if tweet.gold is not None and len(tweet.gold) == count else None
    return [*labelled_words(count, example.words, gold, example.labels, drops_invisible=file.drops_invisible)]


def _words(
    number: int,
    tweet: PredictedTweet,
    example: Example,
    of: tuple[Sequence[int | None], Sequence[int | None]],
    pieces: Pieces,
) -> Iterator[Finding]:
    """Words that differ, that are cut, and that have no prediction; `of` says of which word words and labels are."""
    positions, of_labels = of
    pairs = [(a, example.words[index]) for a, index in zip(tweet.words, positions, strict=False) if index is not None]
    indices = [index for index in positions if index is not None]
    if len({*indices}) < len(indices) and pieces is Pieces.PLAIN:
        cut = sum(times > 1 for times in Counter(indices).values())
        text = f"{number_of(cut, 'word')} cut in several; the first part's label counts"
        yield Finding(Misfit.SPLIT, number, tweet.line, text)
    elif pieces is Pieces.PLAIN:
        edited = [(a, b) for a, b in pairs if a != b]
        if edited:
            words = ", ".join(f"{b!r} is {a!r}" for a, b in edited[:3]) + (" ..." if len(edited) > 3 else "")
            yield Finding(Misfit.EDITED, number, tweet.line, f"{number_of(len(edited), 'word')} changed: {words}")
    yield from _unlabelled(number, tweet, example, {index for index in of_labels if index is not None})


def _unlabelled(number: int, tweet: PredictedTweet, example: Example, labelled: set[int]) -> Iterator[Finding]:
    length = len(example.words)
    missing = [index for index in range(length) if index not in labelled]
    last = max(labelled, default=-1)
    spans = conll_spans(example.labels)
    if tail := [index for index in missing if index > last]:
        ending = sum(span.end > tail[0] for span in spans)
        reach = number_of(ending, "gold entity ends", "gold entities end")
        text = f"no prediction for the last {len(tail)} of {length} words, where {reach}"
        yield Finding(Misfit.SHORTENED, number, tweet.line, text)
    if inside := [index for index in missing if index < last]:
        hit = sum(any(span.start <= index < span.end for index in inside) for span in spans)
        words = ", ".join(repr(example.words[index]) for index in inside[:3]) + (" ..." if len(inside) > 3 else "")
        reach = number_of(hit, "gold entity is", "gold entities are")
        text = f"no prediction for {words} among the {length} words, where {reach}"
        yield Finding(Misfit.DROPPED, number, tweet.line, text)


def _gold(number: int, tweet: PredictedTweet, example: Example, gold: Mapping[int, str]) -> Iterator[Finding]:
    changed = [
        (label, example.labels[index]) for index, label in sorted(gold.items()) if label != example.labels[index]
    ]
    if changed:
        labels = ", ".join(f"{b} is {a}" for a, b in changed[:3]) + (" ..." if len(changed) > 3 else "")
        text = f"{number_of(len(changed), 'gold label')} changed: {labels}"
        yield Finding(Misfit.GOLD, number, tweet.line, text)


def _foreign(number: int, line: int, predicted: Sequence[str]) -> Iterator[Finding]:
    strange = sorted({label for label in predicted if not is_label(label)})
    if strange:
        text = f"no labels, read as O: {', '.join(map(repr, strange))}"
        yield Finding(Misfit.LABEL, number, line, text)


def _entities(
    number: int, tweet: PredictedTweet, example: Example, file: Interpretation, offsets: Offsets | None
) -> Placed:
    items = tweet.entities or ()
    if tweet.unreadable is not None:
        finding = Finding(Misfit.UNREADABLE, number, tweet.line, f"no entities could be read: {tweet.unreadable}")
        return Placed((OUTSIDE,) * len(example.words), {}, (finding,), tweet.line)
    if file.tokens:
        labels, unmatched = token_labels(items, example.words, tweet.text, file.pieces)
        labels = recode(labels, Scheme.BIO) if file.recode else labels
    else:
        spans, unmatched = match_entities(items, example.words, tweet.text, offsets)
        labels = write_spans([Span(*span) for span in spans], len(example.words))
    texts = [
        f"{item.text!r} ({item.type})" if item.text else f"{item.start}-{item.end} ({item.type})" for item in unmatched
    ]
    findings = [Finding(Misfit.UNMATCHED, number, tweet.line, f"not in the tweet: {text}") for text in texts]
    return Placed(tuple(labels), {}, tuple(findings), tweet.line)
