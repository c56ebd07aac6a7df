"""Kinds of mistakes: hand-made cases, and what has to add up."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.benchmark.results.error_types import ErrorType, find_mistakes
from mnerbench.datasets.tagging import Span, conll_spans

LABEL = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])


@pytest.mark.parametrize(
    ("gold", "predicted", "kinds"),
    [
        ("B-PER I-PER O", "B-PER I-PER O", []),
        ("B-PER I-PER O", "B-LOC I-LOC O", ["type"]),
        ("B-PER I-PER O", "O B-PER O", ["boundary"]),
        ("B-PER I-PER O", "O B-LOC O", ["type and boundary"]),
        ("B-PER I-PER O", "O O O", ["missed"]),
        ("O O O", "O B-LOC I-LOC", ["spurious"]),
        # One prediction over two entities answers one of them only.
        ("B-PER B-PER O", "B-PER I-PER O", ["boundary", "missed"]),
        # Two predictions in one entity: one of them is of nothing.
        ("B-PER I-PER O", "B-PER B-PER O", ["boundary", "spurious"]),
        # Same words come before same type.
        ("B-PER B-LOC O", "B-LOC I-LOC O", ["missed", "boundary"]),
    ],
)
def test_by_hand(gold, predicted, kinds):
    assert [finding.mistake.value for finding in find_mistakes(gold.split(), predicted.split())] == kinds


def test_the_best_partner_is_taken():
    found = find_mistakes(["B-PER", "I-PER", "O"], ["B-LOC", "I-LOC", "B-PER"])
    assert [(f.mistake, f.gold, f.predicted) for f in found] == [
        (ErrorType.TYPE, Span(0, 2, "PER"), Span(0, 2, "LOC")),
        (ErrorType.SPURIOUS, None, Span(2, 3, "PER")),
    ]


@given(st.lists(st.tuples(LABEL, LABEL), min_size=1, max_size=12))
def test_every_entity_is_counted_once(pairs):
    gold, predicted = zip(*pairs, strict=True)
    found = find_mistakes(gold, predicted)
    right = set(conll_spans(gold)) & set(conll_spans(predicted))
    assert Counter([*right, *(f.gold for f in found if f.gold)]) == Counter(conll_spans(gold))
    assert Counter([*right, *(f.predicted for f in found if f.predicted)]) == Counter(conll_spans(predicted))
    for finding in found:
        assert (finding.gold is None) == (finding.mistake is ErrorType.SPURIOUS)
        assert (finding.predicted is None) == (finding.mistake is ErrorType.MISSED)
