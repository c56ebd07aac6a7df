"""Puts somebody's predictions onto our gold words, tweet by tweet, and says everything that does not fit.

No gold entity drops out: a tweet or word without a prediction counts as predicted `O`, and is named.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mnerbench.benchmark.external.reading import Tagged
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import OUTSIDE, Scheme, conll_spans, is_label, recode

# Of the words of a tweet, so many have to be the same before two tweets of equal length count as one that was edited.
_ALIKE = 0.5


class Misfit(StrEnum):
    """What does not fit.

    `missing`: a tweet of ours without predictions, scored as if nothing was predicted. `extra`: a tweet of the file
    that is none of ours, left out. `moved`: found, but not in its place. `edited`: other words, as many of them.
    `shortened`: words at the end without predictions, scored as `O`. `gold`: gold labels other than ours; ours count.
    `type`: a predicted type that the dataset does not have. `label`: something predicted that is no label, read as `O`.
    """

    MISSING = "missing"
    EXTRA = "extra"
    MOVED = "moved"
    EDITED = "edited"
    SHORTENED = "shortened"
    GOLD = "gold"
    TYPE = "type"
    LABEL = "label"


@dataclass(frozen=True)
class Finding:
    """One misfit.

    Attributes:
        misfit: its kind.
        tweet: number of the tweet in our split, from 1; None for what is none of ours.
        line: of the file; None for what is not in it.
        text: what was found.
    """

    misfit: Misfit
    tweet: int | None
    line: int | None
    text: str


@dataclass(frozen=True)
class Alignment:
    """Predictions on our words.

    Attributes:
        labels: BIO, one per word of every tweet of the split.
        findings: everything that did not fit, in the order of our tweets, then of the file.
        recoded: whether predictions came in BIOES.
    """

    labels: tuple[tuple[str, ...], ...]
    findings: tuple[Finding, ...]
    recoded: bool

    @property
    def counts(self) -> Counter[Misfit]:
        """Findings by kind."""
        return Counter(finding.misfit for finding in self.findings)


def align(
    file: Sequence[Tagged], ours: Sequence[Example], types: Sequence[str], label_map: Mapping[str, str]
) -> Alignment:
    """Find each tweet of ours in a prediction file.

    Same words come first, at the place nearest to the expected one; then the same id or picture; then what follows the
    same neighbour. What is found without the same words has to be alike: as many words, half of them the same but for
    case, or the beginning of the tweet.

    Args:
        file: the predictions, in the file's order.
        ours: the split.
        types: entity types of the dataset.
        label_map: other names of types, such as `OTHER` for `MISC`.
    """
    partners = _partners(file, ours)
    findings = [*_order(partners, file)]
    labels: list[tuple[str, ...]] = []
    recoded = any(label[:2] in ("E-", "S-") for tweet in file for label in tweet.predicted)
    for place, example in enumerate(ours):
        tweet = file[partners[place]] if place in partners else None
        if tweet is None:
            lost = _number(len(conll_spans(example.labels)), "gold entity", "gold entities")
            text = f"no predictions, so {lost} missed: {_short(example.words)}"
            findings.append(Finding(Misfit.MISSING, place + 1, None, text))
            labels.append((OUTSIDE,) * len(example.words))
            continue
        findings += _differences(place + 1, tweet, example, label_map)
        mapped = _mapped(tweet.predicted, label_map)
        findings += _foreign(place + 1, tweet.line, mapped, types)
        whole = (*mapped, *(OUTSIDE,) * (len(example.words) - len(mapped)))
        labels.append(tuple(recode(whole, Scheme.BIO)) if recoded else whole)
    used = set(partners.values())
    findings += [
        Finding(Misfit.EXTRA, None, tweet.line, f"none of our tweets: {_short(tweet.words)}")
        for place, tweet in enumerate(file)
        if place not in used
    ]
    return Alignment(tuple(labels), tuple(findings), recoded)


def _partners(file: Sequence[Tagged], ours: Sequence[Example]) -> dict[int, int]:
    """Place in the file of each tweet of ours that is there."""
    found: dict[int, int] = {}
    free = dict.fromkeys(range(len(file)))

    def take(place: int, candidates: Sequence[int]) -> None:
        # Where the one before stands decides among tweets of the same words.
        expected = found.get(place - 1, place - 1) + 1
        best = min((c for c in candidates if c in free), key=lambda c: abs(c - expected), default=None)
        if best is not None and place not in found:
            found[place] = best
            del free[best]

    by_words = _index((tweet.words, n) for n, tweet in enumerate(file) if tweet.words)
    for place, example in enumerate(ours):
        take(place, by_words[example.words])
    for name in ("id", "image"):
        named = _index((getattr(tweet, name), n) for n, tweet in enumerate(file) if getattr(tweet, name) is not None)
        for place, example in enumerate(ours):
            own = example.id if name == "id" else example.image_id
            take(place, [n for n in named[own] if _alike(file[n], example)])
    for place, example in enumerate(ours):
        before = found.get(place - 1, -1 if place == 0 else None)
        if before is not None and before + 1 in free and _alike(file[before + 1], example):
            take(place, [before + 1])
    return found


def _index(pairs: Iterator[tuple[object, int]]) -> defaultdict[object, list[int]]:
    index: defaultdict[object, list[int]] = defaultdict(list)
    for key, place in pairs:
        index[key].append(place)
    return index


def _alike(tweet: Tagged, example: Example) -> bool:
    if not tweet.words:
        return len(tweet.predicted) == len(example.words)
    same = sum(a.casefold() == b.casefold() for a, b in zip(tweet.words, example.words, strict=False))
    if len(tweet.words) == len(example.words):
        return same >= _ALIKE * len(example.words)
    return len(tweet.words) < len(example.words) and same == len(tweet.words)


def _order(partners: Mapping[int, int], file: Sequence[Tagged]) -> Iterator[Finding]:
    last = -1
    for place in sorted(partners):
        if partners[place] < last:
            text = f"stands before the tweet of line {file[last].line}, which ours follows"
            yield Finding(Misfit.MOVED, place + 1, file[partners[place]].line, text)
        last = max(last, partners[place])


def _differences(number: int, tweet: Tagged, example: Example, label_map: Mapping[str, str]) -> Iterator[Finding]:
    edited = [(a, b) for a, b in zip(tweet.words, example.words, strict=False) if a != b]
    if edited:
        words = ", ".join(f"{b!r} is {a!r}" for a, b in edited[:3]) + (" ..." if len(edited) > 3 else "")
        yield Finding(Misfit.EDITED, number, tweet.line, f"{_number(len(edited), 'word')} changed: {words}")
    if lost := len(example.words) - len(tweet.predicted):
        entities = sum(span.end > len(tweet.predicted) for span in conll_spans(example.labels))
        reach = _number(entities, "gold entity ends", "gold entities end")
        text = f"no prediction for the last {lost} of {len(example.words)} words, where {reach}"
        yield Finding(Misfit.SHORTENED, number, tweet.line, text)
    theirs = _mapped(tweet.gold, label_map) if tweet.gold is not None else ()
    changed = [(a, b) for a, b in zip(theirs, example.labels, strict=False) if a != b]
    if changed:
        labels = ", ".join(f"{b} is {a}" for a, b in changed[:3]) + (" ..." if len(changed) > 3 else "")
        yield Finding(Misfit.GOLD, number, tweet.line, f"{_number(len(changed), 'gold label')} changed: {labels}")


def _foreign(number: int, line: int, predicted: Sequence[str], types: Sequence[str]) -> Iterator[Finding]:
    strange = sorted({label for label in predicted if not is_label(label)})
    if strange:
        yield Finding(Misfit.LABEL, number, line, f"no labels, read as O: {', '.join(map(repr, strange))}")
    unknown = sorted({label[2:] for label in predicted if is_label(label) and label != OUTSIDE} - set(types))
    if unknown:
        yield Finding(Misfit.TYPE, number, line, f"not a type of the dataset: {', '.join(map(repr, unknown))}")


def _mapped(labels: Sequence[str], label_map: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{label[:2]}{label_map.get(label[2:], label[2:])}" if is_label(label) and label != OUTSIDE else label
        for label in labels
    )


def _number(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _short(words: Sequence[str], most: int = 60) -> str:
    text = " ".join(words)
    return repr(text if len(text) <= most else text[: most - 3] + "...")
