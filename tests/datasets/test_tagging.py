"""Spans and labels: the readings against seqeval and UMT's code, writing against reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Entities

from mnerbench.datasets.tagging import (
    Scheme,
    Span,
    conll_spans,
    illegal_transitions,
    is_label,
    label_set,
    recode,
    strict_spans,
    umt_spans,
    write_spans,
)

TYPES = ("PER", "LOC")
BIO = st.lists(st.sampled_from(label_set(TYPES)), max_size=12)
BIOES = st.lists(st.sampled_from(label_set(TYPES, Scheme.BIOES)), max_size=12)


@st.composite
def disjoint_spans(draw):
    cuts = sorted(draw(st.sets(st.integers(0, 14), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return [Span(start, end, draw(st.sampled_from(TYPES))) for start, end in pairs], 14


@given(BIO)
def test_conll_reading_is_seqevals_default(labels):
    assert [(s.type, s.start, s.end - 1) for s in conll_spans(labels)] == get_entities(labels)


@given(BIOES)
def test_conll_reading_of_bioes_is_seqevals_default(labels):
    assert [(s.type, s.start, s.end - 1) for s in conll_spans(labels)] == get_entities(labels)


@given(BIO)
def test_strict_reading_is_seqevals_strict_iob2(labels):
    entities = Entities([labels], IOB2).entities[0]
    assert strict_spans(labels) == [Span(e.start, e.end, e.tag) for e in entities]


@given(disjoint_spans(), st.sampled_from(Scheme))
def test_written_spans_read_back(spans_and_length, scheme):
    spans, length = spans_and_length
    assert conll_spans(write_spans(spans, length, scheme)) == spans


@given(BIO, st.sampled_from(Scheme))
def test_recoding_keeps_the_entities_and_leaves_nothing_illegal(labels, scheme):
    written = recode(labels, scheme)
    assert conll_spans(written) == conll_spans(labels)
    assert set(written) <= set(label_set(TYPES, scheme))
    if scheme is Scheme.BIO:
        assert illegal_transitions(written) == (0, 0)


@given(BIOES, st.sets(st.integers(0, 11)), st.sampled_from(Scheme))
def test_recoding_leaves_non_labels_where_they_are(labels, positions, scheme):
    labels = ["X" if position in positions else label for position, label in enumerate(labels)]
    written = recode(labels, scheme)
    assert [label == "X" for label in written] == [label == "X" for label in labels]
    assert conll_spans(written) == conll_spans(labels)


# conlleval.pl's own conditions for chunks to end and to start between two tags of one type, `E` included.
PERL_ENDS = {("B", "B"), ("B", "O"), ("I", "B"), ("I", "O"), ("E", "E"), ("E", "I"), ("E", "O")}
PERL_STARTS = {("B", "B"), ("I", "B"), ("O", "B"), ("O", "I"), ("E", "E"), ("E", "I"), ("O", "E")}


def perl_chunks(prefixes):
    """The number of chunks of one type that conlleval.pl counts."""
    return sum(
        pair in PERL_STARTS or (pair[0] == "O" != pair[1]) for pair in zip(["O", *prefixes], prefixes, strict=False)
    )


@pytest.mark.parametrize(
    ("prefixes", "ours", "perl"),
    [("EB", 2, 1), ("BEB", 2, 1), ("BE", 1, 1), ("EE", 2, 2), ("BEIE", 2, 2), ("BB", 2, 2), ("IB", 2, 2), ("OE", 1, 1)],
)
def test_e_is_read_as_seqeval_reads_it_which_is_not_conlleval_pl(prefixes, ours, perl):
    labels = [prefix if prefix == "O" else f"{prefix}-B" for prefix in prefixes]
    assert len(conll_spans(labels)) == len(get_entities(labels)) == ours
    assert perl_chunks(list(prefixes)) == perl


def umt_chunks(seq):
    """`get_chunks` of UMT's released code, over names."""
    chunks, kind, start = [], None, None
    for index, name in enumerate(seq):
        if name == "O" and kind is not None:
            chunks.append((start, index, kind))
            kind, start = None, None
        elif name != "O":
            new, prefix = name.split("-")[-1], name.split("-")[0]
            if kind is None:
                kind, start = new, index
            elif new != kind or prefix == "B":
                chunks.append((start, index, kind))
                kind, start = new, index
    return chunks if kind is None else [*chunks, (start, len(seq), kind)]


HYPHENATED = [f"{prefix}-{kind}" for prefix in "BIES" for kind in ("geo-loc", "loc", "sports-team")]


@given(st.lists(st.sampled_from(["O", "X", "[CLS]", "PAD", *HYPHENATED]), max_size=12))
def test_umt_reading_is_its_released_function(labels):
    assert [tuple(span) for span in umt_spans(labels)] == umt_chunks(labels)


def test_hyphenated_types_are_whole_for_two_readings_and_their_last_part_for_umt():
    labels = ["B-geo-loc", "I-geo-loc", "O", "B-geo-loc", "I-loc"]
    whole = [Span(0, 2, "geo-loc"), Span(3, 4, "geo-loc")]
    assert conll_spans(labels) == [*whole, Span(4, 5, "loc")]
    assert strict_spans(labels) == whole
    assert [(kind, start, end + 1) for kind, start, end in get_entities(labels)] == [
        (kind, start, end) for start, end, kind in conll_spans(labels)
    ]
    assert umt_spans(labels) == [Span(0, 2, "loc"), Span(3, 5, "loc")]


@given(BIO)
def test_the_two_readings_differ_only_where_transitions_are_illegal(labels):
    # One I- run after another type is one stray run; each run opens one entity that strict reading does not see.
    stray = sum(illegal_transitions(labels))
    assert len(conll_spans(labels)) == len(strict_spans(labels)) + stray


@pytest.mark.parametrize(
    ("labels", "after_outside", "after_other"),
    [
        ([], 0, 0),
        (["I-PER", "I-PER"], 1, 0),
        (["O", "I-PER", "O", "I-PER"], 2, 0),
        (["B-PER", "I-LOC", "I-LOC", "I-PER"], 0, 2),
        (["X", "I-PER"], 1, 0),
        (["B-PER", "I-PER", "B-LOC", "I-LOC"], 0, 0),
    ],
)
def test_illegal_transitions_are_counted_by_what_stands_before(labels, after_outside, after_other):
    assert illegal_transitions(labels) == (after_outside, after_other)


def test_non_labels_read_as_outside():
    labels = ["B-PER", "X", "I-PER", "[SEP]", "B-"]
    assert conll_spans(labels) == [Span(0, 1, "PER"), Span(2, 3, "PER")]
    assert [is_label(label) for label in ("O", "B-PER", "X", "[CLS]", "B-", "o", "E-PER")] == [True, True] + [
        False
    ] * 4 + [True]


@pytest.mark.parametrize("spans", [[Span(0, 4, "PER")], [Span(1, 1, "PER")], [Span(0, 2, "PER"), Span(1, 3, "LOC")]])
def test_spans_that_do_not_fit_are_refused(spans):
    with pytest.raises(ValueError, match=r"fit|overlaps"):
        write_spans(spans, 3)


def test_label_sets_start_with_outside_and_follow_the_types():
    assert label_set(TYPES) == ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
    assert len(label_set(TYPES, Scheme.BIOES)) == 9
