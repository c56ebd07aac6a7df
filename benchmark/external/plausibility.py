"""Refuses what would stand on a leaderboard and mean nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mnerbench.benchmark.external.alignment import Alignment
from mnerbench.benchmark.external.misfits import PARTIAL, Misfit
from mnerbench.benchmark.results.scoring import Counts, score
from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.errors import ConfigError, DataError, with_remedies
from mnerbench.datasets.tagging import OUTSIDE

# No system comes near our gold on real tweets, whose two annotators do not either; another variant's gold does.
NEAR_GOLD = 0.98
_NEAR_ENOUGH = 100  # gold entities from which on that holds
_SWAPPED = 0.95  # agreement with our gold from which on a column can be the gold one


def gold_of(corpus: Corpus) -> tuple[Example, ...]:
    """The test split of a dataset, which predictions are scored on.

    Raises:
        DataError: there is none, or it holds no entity, so that every score would be 0.
    """
    test = corpus.splits.get("test", ())
    if not test:
        there = ", ".join(corpus.splits) or "none"
        raise DataError(
            f"dataset {corpus.name!r} has no test split; it has {there}\n"
            "  -> predictions are scored on test: name a dataset that has one, or add the file to its card"
        )
    if not any(label != OUTSIDE for example in test for label in example.labels):
        raise DataError(
            f"dataset {corpus.name!r}: none of its {len(test):,} test tweets has a gold entity, so nothing can be "
            "scored\n  -> get the gold labels of its test split; some data sets keep them back"
        )
    return test


def check_plausible(
    files: Sequence[tuple[Path, Alignment]], examples: Sequence[Example], *, allow_gold: bool = False
) -> None:
    """Refuse files that cannot be predictions of this split.

    Args:
        files: each with its predictions on our words.
        examples: the test split.
        allow_gold: let through what is, or nearly is, our gold.

    Raises:
        ConfigError: most test tweets are not in a file, or two files predict the same.
        DataError: a file holds our gold, or gold and predictions the other way round, or most of its entities are in no
            tweet.
    """
    seen: dict[tuple[tuple[str, ...], ...], Path] = {}
    for path, aligned in files:
        _check_tweets(path, aligned, len(examples))
        _check_entities(path, aligned)
        if not allow_gold:
            _check_gold(path, aligned, examples)
        if aligned.labels in seen:
            raise ConfigError(
                f"{path}: predicts the same as {seen[aligned.labels]}; two files are to be two runs\n  -> give it once"
            )
        seen[aligned.labels] = path


def agreement(aligned: Alignment, examples: Sequence[Example]) -> Counts:
    """Counts of the predictions on our gold, in the conlleval reading."""
    return score((example.labels, labels) for example, labels in zip(examples, aligned.labels, strict=True)).overall


def is_gold(aligned: Alignment, examples: Sequence[Example]) -> bool:
    """Whether the predicted entities are those of our gold, in all tweets that the file has whole."""
    partial = {finding.tweet for finding in aligned.findings if finding.misfit in PARTIAL} | aligned.partial
    pairs = zip(examples, aligned.labels, strict=True)
    whole = [(example.labels, row) for number, (example, row) in enumerate(pairs, 1) if number not in partial]
    counts = score(whole).overall
    return counts.gold > 0 and counts.f1 == 1


def _check_tweets(path: Path, aligned: Alignment, tweets: int) -> None:
    there = tweets - aligned.counts[Misfit.MISSING]
    if 2 * there < tweets:
        raise ConfigError(
            f"{path}: only {there:,} of {tweets:,} test tweets are in it; nothing was kept\n"
            "  -> is it of another dataset or split (--dataset), or written in another way (--file-format)?"
        )


def _check_entities(path: Path, aligned: Alignment) -> None:
    unmatched = aligned.counts[Misfit.UNMATCHED]
    matched = sum(label.startswith("B-") for labels in aligned.labels for label in labels)
    if unmatched > matched:
        first = next(finding for finding in aligned.findings if finding.misfit is Misfit.UNMATCHED)
        reason = f"{unmatched:,} of {unmatched + matched:,} entities are in no tweet; the first is {first.text}"
        ways = [
            "is it of another dataset or split (--dataset), or in another order? write the tweets' words or ids too"
        ]
        raise DataError(with_remedies(f"{path}: {reason}", ways))


def _check_gold(path: Path, aligned: Alignment, examples: Sequence[Example]) -> None:
    counts, theirs = agreement(aligned, examples), _gold_of_file(aligned, examples)
    if is_gold(aligned, examples):
        reason = f"every predicted entity is that of our gold: is {path.name} a file of gold labels?"
        raise _refused(path, reason)
    if theirs is not None and counts.f1 >= _SWAPPED and theirs.f1 < counts.f1 - 0.005:
        reason = (
            f"what was read as predictions agrees with our gold (F1 {100 * counts.f1:.2f}), what was read as the "
            f"file's gold less (F1 {100 * theirs.f1:.2f}): they stand the other way round"
        )
        raise _refused(path, reason)
    if counts.f1 >= NEAR_GOLD and counts.gold >= _NEAR_ENOUGH:
        reason = f"F1 {100 * counts.f1:.2f}, which no system reaches: is {path.name} the gold of another variant?"
        raise _refused(path, reason)


def _refused(path: Path, reason: str) -> DataError:
    ways = ["--predicted KEY or COLUMN names the predictions", "--allow-gold keeps it as it is"]
    return DataError(with_remedies(f"{path}: {reason}", ways))


def _gold_of_file(aligned: Alignment, examples: Sequence[Example]) -> Counts | None:
    """Counts of the file's own gold on ours, where it has any."""
    if not any(aligned.gold):
        return None
    rows = [
        [gold.get(index, OUTSIDE) for index in range(len(example.words))]
        for gold, example in zip(aligned.gold, examples, strict=True)
    ]
    return score((example.labels, row) for example, row in zip(examples, rows, strict=True)).overall
