"""The corpus of text-image relations: quotes, picture addresses, relations, and rows that are refused."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.corpus import Example, relation_digest
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.readers import Format, Reading, open_split, sniff_format

TYPES = ("PER", "LOC", "ORG", "MISC")
HEADER = '"tweet_id","user_id","tweet","text_is_represented","image_adds"\n'


def read(folder, rows, header=HEADER):
    path = folder / "pairs.csv"
    path.write_text(header + rows, encoding="utf-8")
    return open_split(path, Reading(), types=TYPES)


def test_pairs_have_words_a_picture_and_a_relation(tmp_path):
    rows = (
        '"11","7","RT @a: my \\"done\\" face, again https://t.co/SzKzj","1","0"\n'
        '"12","7","https://t.co/only","0","1"\n'
        '"13","7","see https://t.co/link now","1","1"\n'
    )
    reading = read(tmp_path, rows)
    assert reading.examples == (
        Example("11", ("RT", "@a:", "my", '"done"', "face,", "again"), ("O",) * 6, "T11", False),
        Example("12", ("https://t.co/only",), ("O",), "T12", True),
        Example("13", ("see", "https://t.co/link", "now"), ("O",) * 3, "T13", True),
    )
    assert reading.policies == {"picture_links_dropped": 1}


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1), min_size=1))
def test_any_words_are_read_back(tmp_path_factory, words):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, doublequote=False, escapechar="\\", lineterminator="\n")
    writer.writerow(["1", "2", " ".join([*words, "end"]), "0", "1"])
    [example] = read(tmp_path_factory.mktemp("pairs"), out.getvalue()).examples
    assert example.words == (*words, "end")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ('"6.9E+17","7","a b","0","1"\n', r"pairs.csv:2: tweet_id is '6.9E\+17'\n  -> .*spreadsheets round it"),
        ('"1","7","a","0","1"\n"2","7","b","0","yes"\n', r"pairs.csv:3: image_adds is 'yes'"),
        ('"1","7","a","0","1"\n"1","7","b","0","0"\n', r"pairs.csv:3: tweet_id 1 was already used in line 2"),
        ('"1","7"," ","0","1"\n', r"pairs.csv:2: the text of tweet 1 is empty"),
        ('"1","7","a"\n', r"pairs.csv:2: no column 'image_adds'"),
        ('"1","7","a","0","1\n', r"not CSV: unexpected end of data"),
    ],
)
def test_other_rows_are_refused_with_their_line(tmp_path, rows, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, rows)


def test_the_format_is_found_by_the_names_of_columns(tmp_path):
    for name, text in (("pairs", HEADER), ("words", "tweet O\n"), ("other", "tweet_id,image_adds\n")):
        (tmp_path / name).write_text(text)
    assert sniff_format(tmp_path / "pairs") is Format.RELATIONS
    assert sniff_format(tmp_path / "words") is sniff_format(tmp_path / "other") is Format.CONLL


def test_the_card_reads_this_format_and_has_a_training_split_alone():
    card = load_card("twitter-relations")
    assert card.reading.format is Format.RELATIONS
    assert list(card.files) == ["train"]


def test_json_lines_may_say_whether_a_picture_is_related(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text('{"tokens": ["a"], "label": ["O"], "related": true}\n{"tokens": ["b"], "label": ["O"]}\n')
    examples = open_split(path, Reading(), types=TYPES).examples
    assert [example.related for example in examples] == [True, None]
    path.write_text('{"tokens": ["a"], "label": ["O"], "related": "yes"}\n')
    with pytest.raises(DataError, match=r"train.jsonl:1: related is 'yes'\n  -> write true, false or null"):
        open_split(path, Reading(), types=TYPES)


def test_relation_labels_have_a_digest_of_their_own():
    def digest(*labels):
        return relation_digest(Example(str(n), ("a",), ("O",), None, label) for n, label in enumerate(labels))

    assert digest(None, None) is digest() is None
    assert len({digest(*labels) for labels in ((True, False), (False, True), (True, None), (True,))}) == 4
