"""Labelling schemes: recoding to BIO keeps the entities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.gold_scheme import GoldScheme, detect_scheme, looks_like_iob1, parse_scheme, to_bio
from mnerbench.datasets.readers import MALFORMED, Reading, open_split
from mnerbench.datasets.tagging import Span, conll_spans, strict_spans


@st.composite
def sentences(draw):
    """Entities side by side or apart, and the number of words."""
    spans, here = [], 0
    for _ in range(draw(st.integers(0, 4))):
        start = here + draw(st.integers(0, 2))
        here = start + draw(st.integers(1, 3))
        spans.append(Span(start, here, draw(st.sampled_from(["PER", "LOC"]))))
    return spans, here + draw(st.integers(0, 2))


def written(spans, length, scheme):
    """Labels by the definition of each scheme, word by word."""
    labels = ["O"] * length
    for number, (start, end, kind) in enumerate(spans):
        before = spans[number - 1] if number else Span(-9, -9, "")
        for position in range(start, end):
            first, last = position == start, position == end - 1
            touching = before.end == start and before.type == kind
            prefix = {
                GoldScheme.BIO: "B" if first else "I",
                GoldScheme.IOB1: "B" if first and touching else "I",
                GoldScheme.BIOES: "S" if first and last else "B" if first else "E" if last else "I",
                GoldScheme.BILOU: "U" if first and last else "B" if first else "L" if last else "I",
            }[scheme]
            labels[position] = f"{prefix}-{kind}"
    return labels


@pytest.mark.parametrize("scheme", [scheme for scheme in GoldScheme if scheme is not GoldScheme.IO])
@given(sentences())
def test_entities_are_the_same_in_bio(scheme, sentence):
    spans, length = sentence
    recoded = to_bio(written(spans, length, scheme), scheme)
    assert recoded.malformed == 0
    assert strict_spans(recoded.labels) == conll_spans(recoded.labels) == spans
    assert recoded.labels == written(spans, length, GoldScheme.BIO)


@given(st.lists(sentences(), min_size=1, max_size=4), st.sampled_from([GoldScheme.BIOES, GoldScheme.BILOU]))
def test_a_scheme_is_detected_from_its_prefixes(examples, scheme):
    labels = [written(spans, length, scheme) for spans, length in examples]
    assert detect_scheme(labels) is (scheme if any(spans for spans, _ in examples) else GoldScheme.BIO)
    assert detect_scheme(written(*example, GoldScheme.BIO) for example in examples) is GoldScheme.BIO


@given(st.lists(sentences(), min_size=1, max_size=4))
def test_iob1_is_suspected_only_where_it_can_be(examples):
    assert looks_like_iob1(written(*example, GoldScheme.IOB1) for example in examples) is any(
        spans for spans, _ in examples
    )
    assert not looks_like_iob1(written(*example, GoldScheme.BIO) for example in examples)


def test_stray_labels_of_bio_stay_as_they_are():
    labels = ["I-PER", "O", "B-LOC", "I-PER"]
    assert to_bio(labels, GoldScheme.BIO).labels == labels


def test_types_without_prefix_are_one_entity_as_long_as_they_go_on():
    assert to_bio(["PER", "PER", "I-LOC", "O", "PER"], GoldScheme.IO).labels == [
        *("B-PER", "I-PER", "B-LOC", "O", "B-PER")
    ]


@pytest.mark.parametrize(
    ("labels", "malformed"),
    [
        (["B-PER", "O"], 1),
        (["B-PER"], 1),
        (["E-PER"], 1),
        (["S-PER", "I-PER", "E-PER"], 1),
        (["B-PER", "E-LOC"], 1),
        (["B-PER", "I-PER", "E-PER", "S-PER"], 0),
        (["B-PER", "M-PER", "E-PER"], 0),
    ],
)
def test_what_a_scheme_does_not_allow_is_counted(labels, malformed):
    assert to_bio(labels, GoldScheme.BIOES).malformed == malformed


@pytest.mark.parametrize(("name", "scheme"), [("IOBES", "bioes"), ("IOB2", "bio"), ("iob", "iob1"), ("BIOUL", "bilou")])
def test_schemes_have_other_names(name, scheme):
    assert parse_scheme(name).value == scheme


def test_a_file_in_bioes_is_recoded_and_its_faults_are_counted(tmp_path):
    path = tmp_path / "split.txt"
    path.write_text("IMGID:1\nAda\tB-PER\nLee\tE-PER\nin\tO\nRome\tS-OTHER\n\nIMGID:2\nx\tB-PER\ny\tO\n")
    split = open_split(path, Reading(), types=("PER", "MISC"), label_map={"OTHER": "MISC"})
    assert [tweet.labels for tweet in split.examples] == [("B-PER", "I-PER", "O", "B-MISC"), ("B-PER", "O")]
    assert (split.scheme, dict(split.policies)) == (GoldScheme.BIOES, {MALFORMED: 1})


def test_two_types_that_are_mapped_to_one_stay_two_entities(tmp_path):
    path = tmp_path / "split.txt"
    path.write_text("a I-OTHER\nb I-MISC\n")
    split = open_split(path, Reading(scheme=GoldScheme.IOB1), types=("MISC",), label_map={"OTHER": "MISC"})
    assert split.examples[0].labels == ("B-MISC", "B-MISC")


def test_a_label_of_another_scheme_than_declared_is_refused_with_the_line(tmp_path):
    path = tmp_path / "split.txt"
    path.write_text("a B-PER\nb E-PER\n")
    with pytest.raises(DataError, match=r"split.txt:2: unknown label 'E-PER'.*\n.*scheme = \.\.\."):
        open_split(path, Reading(scheme=GoldScheme.BIO), types=("PER",))
