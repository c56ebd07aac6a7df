"""Refuses prediction files whose scores would be meaningless."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mnerbench.benchmark.external.alignment import Alignment
from mnerbench.benchmark.external.misfits import PARTIAL, Misfit
from mnerbench.benchmark.results.scoring import Counts, score
from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.errors import ConfigError, DataError, with_remedies
from mnerbench.datasets.tagging import OUTSIDE

# Neither a system nor a second annotator reaches this F1 on real tweets, but the gold of another dataset variant does.
NEAR_GOLD = 0.98
_NEAR_ENOUGH = 100  # minimal number of gold entities for the check above
_SWAPPED = 0.95  # minimal F1 against our gold for a column to be the gold column


def gold_of(corpus: Corpus) -> tuple[Example, ...]:
    """The test split of a dataset, on which predictions are scored.

    Raises:
        DataError: there is no test split, or it has no entity, so that every score would be 0.
    """
    test = corpus.splits.get("test", ())
    if not test:
        splits = ", ".join(corpus.splits) or "none"
        raise DataError(
            f"dataset {corpus.name!r} has no test split; its splits: {splits}\n"
            "  -> predictions are scored on the test split: choose a dataset that has one, or add the file to its card"
        )
    if not any(label != OUTSIDE for example in test for label in example.labels):
        raise DataError(
            f"dataset {corpus.name!r}: none of its {len(test):,} test tweets has a gold entity, so nothing can be "
            "scored\n  -> get the gold labels of its test split; some datasets withhold them"
        )
    return test


def check_plausible(
    files: Sequence[tuple[Path, Alignment]], examples: Sequence[Example], *, allow_gold: bool = False
) -> None:
    """Refuse files that cannot be predictions on this split.

    Args:
        files: each file with its aligned predictions.
        examples: the test split.
        allow_gold: accept predictions equal, or nearly equal, to our gold.

    Raises:
        ConfigError: a file lacks most test tweets, or two files have the same predictions.
        DataError: a file holds our gold, or gold and predictions are swapped, or most entities occur in no tweet.
    """
    paths: dict[tuple[tuple[str, ...], ...], Path] = {}
    for path, aligned in files:
        _check_tweets(path, aligned, len(examples))
        _check_entities(path, aligned)
        if not allow_gold:
            _check_gold(path, aligned, examples)
        if aligned.labels in paths:
            raise ConfigError(
                f"{path}: same predictions as {paths[aligned.labels]}; each file has to be a different run"
                "\n  -> pass it once"
            )
        paths[aligned.labels] = path


def agreement(aligned: Alignment, examples: Sequence[Example]) -> Counts:
    """Entity counts of the predictions against our gold, as conlleval decodes them."""
    return score((example.labels, labels) for example, labels in zip(examples, aligned.labels, strict=True)).overall


def is_gold(aligned: Alignment, examples: Sequence[Example]) -> bool:
    """Whether the predicted entities equal our gold in all tweets that have a prediction for every word."""
    partial = {finding.tweet for finding in aligned.findings if finding.misfit in PARTIAL} | aligned.partial
    pairs = zip(examples, aligned.labels, strict=True)
    complete = [(example.labels, row) for number, (example, row) in enumerate(pairs, 1) if number not in partial]
    counts = score(complete).overall
    return counts.gold > 0 and counts.f1 == 1


def _check_tweets(path: Path, aligned: Alignment, tweets: int) -> None:
    present = tweets - aligned.counts[Misfit.MISSING]
    if 2 * present < tweets:
        raise ConfigError(
            f"{path}: contains only {present:,} of {tweets:,} test tweets; nothing was saved\n"
            "  -> is it for another dataset or split (--dataset), or in another format (--file-format)?"
        )


def _check_entities(path: Path, aligned: Alignment) -> None:
    unmatched = aligned.counts[Misfit.UNMATCHED]
    matched = sum(label.startswith("B-") for labels in aligned.labels for label in labels)
    if unmatched > matched:
        first = next(finding for finding in aligned.findings if finding.misfit is Misfit.UNMATCHED)
        reason = f"{unmatched:,} of {unmatched + matched:,} entities occur in no tweet; the first: {first.text}"
        ways = [
            "is it for another dataset or split (--dataset), or in another order? write the tweets' words or ids too"
        ]
        raise DataError(with_remedies(f"{path}: {reason}", ways))


def _check_gold(path: Path, aligned: Alignment, examples: Sequence[Example]) -> None:
    counts, theirs = agreement(aligned, examples), _gold_of_file(aligned, examples)
    if is_gold(aligned, examples):
        reason = f"the predictions equal our gold: is {path.name} a file of gold labels?"
        raise _refused(path, reason)
    if theirs is not None and counts.f1 >= _SWAPPED and theirs.f1 < counts.f1 - 0.005:
        reason = (
            f"what was read as predictions agrees better with our gold (F1 {100 * counts.f1:.2f}) than what was read "
            f"as the file's gold (F1 {100 * theirs.f1:.2f}): they are swapped"
        )
        raise _refused(path, reason)
    if counts.f1 >= NEAR_GOLD and counts.gold >= _NEAR_ENOUGH:
        reason = f"F1 {100 * counts.f1:.2f}, which no system reaches: is {path.name} the gold of another variant?"
        raise _refused(path, reason)


def _refused(path: Path, reason: str) -> DataError:
    ways = ["--predicted KEY or COLUMN names the predictions", "--allow-gold accepts it unchanged"]
    return DataError(with_remedies(f"{path}: {reason}", ways))


def _gold_of_file(aligned: Alignment, examples: Sequence[Example]) -> Counts | None:
    """Entity counts of the file's gold against ours; None if it has none."""
    if not any(aligned.gold):
        return None
    rows = [
        [gold.get(index, OUTSIDE) for index in range(len(example.words))]
        for gold, example in zip(aligned.gold, examples, strict=True)
    ]
    return score((example.labels, row) for example, row in zip(examples, rows, strict=True)).overall
