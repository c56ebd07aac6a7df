"""Refusal of prediction files whose scores would be meaningless."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnerbench.benchmark.external.alignment import Alignment
from mnerbench.benchmark.external.misfits import Finding, Misfit
from mnerbench.benchmark.external.plausibility import check_plausible, is_gold
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import ConfigError, DataError

PATH = Path("theirs.txt")
GOLD = [("B-PER", "O", "B-LOC")] * 100


def examples(labels=GOLD):
    return [Example(str(n), ("a", "b", "c"), row) for n, row in enumerate(labels)]


def aligned(labels, gold=None, findings=()):
    by_word = tuple(dict(enumerate(row)) for row in gold) if gold is not None else ()
    return Alignment(tuple(labels), tuple(findings), gold=by_word)


def spoiled(count, labels=GOLD):
    return [("O", "O", "O") if number < count else row for number, row in enumerate(labels)]


def test_gold_is_refused_unless_allowed():
    with pytest.raises(DataError, match="the predictions equal our gold"):
        check_plausible([(PATH, aligned(GOLD))], examples())
    check_plausible([(PATH, aligned(GOLD))], examples(), allow_gold=True)


def test_gold_without_its_last_tweet_is_gold():
    lost = [*GOLD[:-1], ("O", "O", "O")]
    finding = Finding(Misfit.MISSING, len(GOLD), None, "")
    assert is_gold(aligned(lost, findings=[finding]), examples())
    assert not is_gold(aligned(lost), examples())


def test_the_gold_of_another_variant_is_refused():
    with pytest.raises(
        DataError, match=r"F1 99\.50, which no system reaches: is theirs.txt the gold of another variant"
    ):
        check_plausible([(PATH, aligned(spoiled(1)))], examples())
    check_plausible([(PATH, aligned(spoiled(10)))], examples())


def test_swapped_gold_and_predictions_are_refused():
    with pytest.raises(DataError, match="they are swapped"):
        check_plausible([(PATH, aligned(spoiled(5), gold=spoiled(40)))], examples())
    # Their gold is edited, and their predictions are worse than it.
    check_plausible([(PATH, aligned(spoiled(40), gold=spoiled(5)))], examples())


def test_entities_of_other_tweets_are_refused():
    findings = [Finding(Misfit.UNMATCHED, n + 1, n + 1, "not in the tweet: 'Rob' (PER)") for n in range(30)]
    with pytest.raises(DataError, match=r"30 of 40 entities occur in no tweet; the first: not in the tweet: 'Rob'"):
        check_plausible([(PATH, aligned(spoiled(95), findings=findings))], examples())


def test_other_splits_and_duplicate_files_are_refused():
    findings = [Finding(Misfit.MISSING, n + 1, None, "") for n in range(60)]
    with pytest.raises(ConfigError, match="contains only 40 of 100 test tweets"):
        check_plausible([(PATH, aligned(spoiled(60), findings=findings))], examples())
    with pytest.raises(ConfigError, match="same predictions as"):
        check_plausible([(PATH, aligned(spoiled(50)))] * 2, examples())
