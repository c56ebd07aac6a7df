"""Error types: hand-made cases, and the invariants of the pairing."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.benchmark.results.error_types import ErrorType, find_errors
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
        # One prediction over two entities is paired with only one of them.
        ("B-PER B-PER O", "B-PER I-PER O", ["boundary", "missed"]),
        # Two predictions in one entity: one of them is spurious.
        ("B-PER I-PER O", "B-PER B-PER O", ["boundary", "spurious"]),
        # Same words take precedence over same type.
        ("B-PER B-LOC O", "B-LOC I-LOC O", ["missed", "boundary"]),
    ],
)
def test_by_hand(gold, predicted, kinds):
    assert [error.error_type.value for error in find_errors(gold.split(), predicted.split())] == kinds


def test_the_best_partner_is_taken():
    errors = find_errors(["B-PER", "I-PER", "O"], ["B-LOC", "I-LOC", "B-PER"])
    assert [(error.error_type, error.gold, error.predicted) for error in errors] == [
        (ErrorType.TYPE, Span(0, 2, "PER"), Span(0, 2, "LOC")),
        (ErrorType.SPURIOUS, None, Span(2, 3, "PER")),
    ]


@given(st.lists(st.tuples(LABEL, LABEL), min_size=1, max_size=12))
def test_every_entity_is_counted_once(pairs):
    gold, predicted = zip(*pairs, strict=True)
    errors = find_errors(gold, predicted)
    correct = set(conll_spans(gold)) & set(conll_spans(predicted))
    assert Counter([*correct, *(error.gold for error in errors if error.gold)]) == Counter(conll_spans(gold))
    in_errors = [error.predicted for error in errors if error.predicted]
    assert Counter([*correct, *in_errors]) == Counter(conll_spans(predicted))
    for error in errors:
        assert (error.gold is None) == (error.error_type is ErrorType.SPURIOUS)
        assert (error.predicted is None) == (error.error_type is ErrorType.MISSED)
