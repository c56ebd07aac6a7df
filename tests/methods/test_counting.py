"""The counting baselines on explicit examples."""

from __future__ import annotations

import pytest

from mnerbench.datasets.corpus import Example
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.counting.model import Lookup, Majority
from mnerbench.methods.kept_method import keep_counting, restore_counting
from mnerbench.methods.registry import method_class, methods


def examples(*rows):
    return [Example(str(n), tuple(words.split()), tuple(labels.split())) for n, (words, labels) in enumerate(rows)]


TRAIN = examples(
    ("Ada in Lund", "B-PER O B-LOC"),
    ("New Lund Fair", "B-MISC I-MISC I-MISC"),
    ("Ada Lund", "B-PER I-PER"),
    ("Velt", "B-LOC"),
    ("Velt", "B-ORG"),
)


def test_lookup_takes_the_longest_match_and_skips_entities_of_two_types():
    method = Lookup(MethodConfig())
    method.fit(TRAIN)
    assert method.tag(["New", "Lund", "Fair", "in", "Lund", "near", "Velt"]) == [
        "B-MISC",
        "I-MISC",
        "I-MISC",
        "O",
        "B-LOC",
        "O",
        "O",
    ]
    assert method.tag(["Ada", "Lund", "Ada"]) == ["B-PER", "I-PER", "B-PER"]


def test_majority_gives_each_word_its_most_frequent_label_and_breaks_ties_by_name():
    method = Majority(MethodConfig())
    method.fit(TRAIN)
    assert method.tag(["Ada", "Velt", "unseen"]) == ["B-PER", "B-LOC", "B-LOC"]


@pytest.mark.parametrize("name", ["majority", "lookup", "t-ner"])
@pytest.mark.parametrize("train", [TRAIN, []], ids=["trained", "untrained"])
def test_a_kept_method_tags_as_before(name, train, tmp_path):
    entry = methods()[name]
    config = entry.configure({})
    method = method_class(entry.family)(config)
    method.fit(train)
    assert keep_counting(method, tmp_path)
    kept = restore_counting(entry.family, config, tmp_path)
    for words in ([], ["New", "Lund", "Fair", "in", "Velt"], ["unheard", "Ada"]):
        assert kept.tag(words) == method.tag(words)
