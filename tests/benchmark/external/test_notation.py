"""Labels in every notation, determined over the whole file, or refused with the labels concerned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.benchmark.external.labels import Kind, kind_of, label_like, label_number, prefix_first, prefix_last
from mnerbench.benchmark.external.notation import listed, read_notation
from mnerbench.benchmark.external.predicted import LabelScheme, ReadingOptions
from mnerbench.benchmark.external.type_names import TypeNames
from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.errors import ConfigError, DataError
from mnerbench.datasets.tagging import Scheme, conll_spans, recode

TYPES = ("PER", "LOC", "ORG", "MISC")
NAMES = TypeNames(TYPES, {"OTHER": "MISC"})


def read(*sentences, names=NAMES, **options):
    rows = [sentence.split() for sentence in sentences]
    notation = read_notation("file", rows, names, ReadingOptions(**options))
    return [" ".join(notation.read(row)) for row in rows], notation


def spans(sentence):
    return [tuple(span) for span in conll_spans(sentence.split())]


@pytest.mark.parametrize(
    ("sentence", "decision"),
    [
        ("B-PER I-PER O B-LOC", None),
        ("B-PER E-PER O S-LOC", "labels were BIOES, read as BIO"),
        ("B-PER L-PER O U-LOC", "labels were BILOU, read as BIO"),
        ("B-PER E-PER O S-LOC B-ORG M-ORG E-ORG", "labels were BMES, read as BIO"),
        ("b-per i-per o b-loc", "labels are written like b-loc"),
        ("B_PER I_PER O B_LOC", "labels are written like B_LOC"),
        ("B:PER I:PER O B:LOC", "labels are written like B:LOC"),
        ("PER-B PER-I O LOC-B", "prefixes come after types, as in LOC-B"),
        ("per_b per_i o loc_b", "prefixes come after types, as in loc_b"),
        ("B-PERSON I-PERSON O B-location", "types: PERSON as PER, location as LOC"),
    ],
)
def test_unambiguous_labels_are_converted(sentence, decision):
    [text], notation = read(sentence)
    assert spans(text)[:2] == [(0, 2, "PER"), (3, 4, "LOC")]
    assert decision is None or any(decision in text for text in notation.decisions)
    assert notation.recode == (decision is not None and "read as BIO" in decision)


@given(st.lists(st.sampled_from(("O", *(f"{p}-{t}" for p in "BI" for t in TYPES))), max_size=12))
@pytest.mark.parametrize("letters", [{}, {"E": "L", "S": "U"}, {"I": "M"}])
def test_any_labels_survive_any_notation(letters, labels):
    theirs = [letters.get(label[0], label[0]) + label[1:] for label in recode(labels, Scheme.BIOES)]
    notation = read_notation("file", [theirs], NAMES, ReadingOptions())
    assert conll_spans(recode(notation.read(theirs), Scheme.BIO)) == conll_spans(labels)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("PER PER O LOC", r"types without B- and I-.*PER \(2\), LOC \(1\)"),
        ("PERSON O", r"types without B- and I-.*PERSON \(1\)"),
        ("1 2 0 3", r"labels are numbers.*0 \(1\)"),
        ("LABEL_1 LABEL_0", "labels are numbers"),
        ("B-PER I-PER L-PER B-LOC E-LOC", "prefixes B, E, I, L, of more than one notation"),
        ("B-PER M-PER I-PER E-PER", "prefixes B, E, I, M, of more than one notation"),
        ("U-PER S-LOC O", "prefixes S, U, of more than one notation"),
        ("B-PER O PER-B O", "before some types and after others"),
        ("NNP VBZ IN O", r"labels of no notation: IN \(1\), NNP \(1\), VBZ \(1\)"),
        ("B I O O", r"labels of no notation: B \(1\), I \(1\)"),
        ("B-PER B-GPE I-GPE O", r"types that the dataset does not have: GPE \(2\); its types are PER, LOC, ORG, MISC"),
    ],
)
def test_ambiguous_labels_are_refused(sentence, reason):
    with pytest.raises(DataError, match=reason) as error:
        read(sentence)
    assert str(error.value).startswith("file: ")
    assert "\n  -> " in str(error.value)


def test_a_trace_of_unknown_labels_is_accepted_and_more_is_not():
    usual = "B-PER I-PER O " * 200
    [text], notation = read(usual + "B-GPE NOUN")
    assert text.split()[-2:] == ["B-GPE", "NOUN"]
    assert notation.decisions == ()
    with pytest.raises(DataError, match="GPE"):
        read(usual + "B-GPE " * 10)
    with pytest.raises(DataError, match="NOUN"):
        read(usual + "NOUN " * 10)


def test_special_tokens_are_unchanged():
    [text], _ = read("B-PER X [CLS] [SEP] PAD <pad> </s> [UNK] -100 O")
    assert text == "B-PER X [CLS] [SEP] PAD <pad> </s> [UNK] -100 O"


def test_flags_resolve_ambiguous_labels():
    [text], notation = read("PER PER O LOC PERSON", scheme=LabelScheme.IO)
    assert [tuple(span) for span in conll_spans(recode(text.split(), Scheme.BIO))] == [
        (0, 2, "PER"),
        (3, 4, "LOC"),
        (4, 5, "PER"),
    ]
    assert notation.recode
    rows = [["1", "2", "0", "3", "-100"]]
    numbers = read_notation("file", rows, NAMES, ReadingOptions(names=("O", "B-PER", "I-PER", "B-LOC")))
    text = " ".join(numbers.read(rows[0]))
    assert text == "B-PER I-PER O B-LOC -100"
    [text], notation = read("I-PER O I-LOC B-LOC", scheme=LabelScheme.IOB1)
    assert recode(text.split(), Scheme.BIO) == ["B-PER", "O", "B-LOC", "B-LOC"]
    assert notation.recode
    with pytest.raises(DataError, match="prefixes L, which --label-scheme bioes does not have"):
        read("B-PER L-PER", scheme=LabelScheme.BIOES)


def test_a_number_without_a_name_is_refused():
    with pytest.raises(DataError, match="label 7, but names for 0 to 1 only"):
        read_notation("file", [["0", "7"]], NAMES, ReadingOptions(names=("O", "B-PER")))


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("PER", "PER"),
        ("per", "PER"),
        ("Person", "PER"),
        ("LOCATION", "LOC"),
        ("organisation", "ORG"),
        ("OTHER", "MISC"),
        ("other", "MISC"),
        ("Miscellaneous", "MISC"),
        ("GPE", None),
        ("product", None),
        ("", None),
    ],
)
def test_names_of_types(name, ours):
    assert NAMES.resolve(name) == ours


def test_other_and_misc_are_synonyms():
    assert TypeNames(("PER", "OTHER"), {}).resolve("MISC") == "OTHER"
    assert TypeNames(("PER", "MISC"), {}).resolve("OTHER") == "MISC"
    # With types of both names, each is itself.
    both = TypeNames(("MISC", "OTHER"), {})
    assert (both.resolve("MISC"), both.resolve("OTHER"), both.resolve("miscellaneous")) == ("MISC", "OTHER", None)


@pytest.mark.parametrize("dataset", ["twitter15", "twitter17", "snap", "twitter15-original"])
def test_both_names_of_the_fourth_type_are_read_on_both_corpora(dataset):
    card = load_card(dataset)
    assert card.label_map == {"OTHER": "MISC"}
    names = TypeNames(card.types, card.label_map)
    assert names.resolve("OTHER") == names.resolve("MISC") == "MISC"


def test_types_that_differ_only_in_case_are_resolved_by_case():
    names = TypeNames(("Per", "PER"), {})
    assert (names.resolve("Per"), names.resolve("PER"), names.resolve("per")) == ("Per", "PER", None)


def test_the_users_type_mapping_takes_precedence():
    names = TypeNames(TYPES, {"OTHER": "MISC"}, {"OTHER": "ORG", "GPE": "LOC", "DATE": "O"})
    assert [names.resolve(name) for name in ("OTHER", "GPE", "DATE")] == ["ORG", "LOC", "O"]
    [text], _ = read("B-GPE B-DATE I-DATE", names=names)
    assert text == "B-LOC O O"
    with pytest.raises(ConfigError, match="'LOCATOIN' is not a type of the dataset"):
        TypeNames(TYPES, {}, {"GPE": "LOCATOIN"})


def test_a_label_of_another_notation_can_be_mapped_to_o():
    [text], _ = read("B-PER E-PER L-PER", names=TypeNames(TYPES, {}, {"L-PER": "O"}))
    assert text == "B-PER E-PER O"


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("O", Kind.OUTSIDE),
        ("o", Kind.OUTSIDE),
        ("B-PER", Kind.PREFIXED),
        ("PER-B", Kind.PREFIXED),
        ("I-geo-loc", Kind.PREFIXED),
        ("7", Kind.NUMBER),
        ("LABEL_7", Kind.NUMBER),
        ("X", Kind.SPECIAL),
        ("<s>", Kind.SPECIAL),
        ("PER", Kind.BARE),
        ("B-", Kind.BARE),
        ("V-PER", Kind.BARE),
    ],
)
def test_kinds_of_label_strings(label, kind):
    assert kind_of(label) is kind


def test_words_are_not_labels():
    assert not any(map(label_like, ("i:30", "e.g.", "http://t.co/x", "s/he/they.", "don't", "", "-", "S.")))
    assert label_like("PER", {"PER"})
    assert not label_like("PER")


def test_labels_in_parts():
    assert prefix_first("B-geo-loc") == ("B", "geo-loc")
    assert prefix_last("geo-loc-B") == ("B", "geo-loc")
    assert prefix_first("PER-B") is None
    assert prefix_last("B-PER") is None
    assert label_number("12") == label_number("label_12") == 12
    assert label_number("1.2") is None


def test_a_list_of_labels_is_short():
    assert listed({"a": 1, "b": 1000}) == "b (1,000), a (1)"
    assert listed({f"t{n}": 1 for n in range(14)}).endswith("and 2 more")
    assert "'\\x00' (1)" in listed({"\0": 1})
