"""Column files: word and label are detected in any layout, and nothing is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.importing.tables import COMMENTS, HEADERS, RAGGED, Columns, parse_table

WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\t\r #", categories=["L", "P", "So"]), min_size=1, max_size=5
)
LABELS = st.sampled_from(["O", "B-PER", "I-PER", "B-geo-loc", "S-LOC", "L-X"])
TWEETS = st.lists(st.lists(st.tuples(WORDS, LABELS), min_size=1, max_size=5), min_size=1, max_size=4)
LAYOUTS = {
    "two": "{word}{by}{label}",
    "conll2003": "{word}{by}NNP{by}B-NP{by}{label}",
    "index": "{number}{by}{word}{by}{label}",
    "in the middle": "{word}{by}{label}{by}_",
    "multiconer": "{word}{by}_{by}_{by}{label}",
    "label first of two": "{number}{by}{label}{by}{word}",
}


def written(tweets, layout, by):
    rows = (
        [
            LAYOUTS[layout].format(number=number, word=word, label=label, by=by)
            for number, (word, label) in enumerate(tweet, 1)
        ]
        for tweet in tweets
    )
    return "\n\n".join("\n".join(row) for row in rows) + "\n"


@pytest.mark.parametrize("layout", LAYOUTS)
@given(TWEETS, st.sampled_from(["\t", " ", "    "]))
def test_word_and_label_are_found_in_any_layout(tmp_path_factory, layout, tweets, by):
    path = tmp_path_factory.mktemp("table") / "train.txt"
    path.write_text(written(tweets, layout, by), encoding="utf-8")
    split = parse_table(path)
    # A word may look like a label; if every word does, the columns cannot be distinguished.
    if not all(re.fullmatch("[Oo]|[BIESMLUbiesmlu][-_].+", word) for tweet in tweets for word, _ in tweet):
        assert [list(zip(tweet.words, tweet.labels, strict=True)) for tweet in split.tweets] == tweets
    assert not split.policies


def read(tmp_path, text, **options):
    path = tmp_path / "train.txt"
    path.write_text(text, encoding="utf-8")
    return parse_table(path, **options)


def test_pictures_comments_headers_and_document_marks(tmp_path):
    text = "# id 7 domain=en\nword tag\nIMGID:5.jpg\nAda B-PER\n# O\n\n-DOCSTART- O\n\n# id 8\nin O\n"
    split = read(tmp_path, text)
    assert [(tweet.image_id, tweet.words) for tweet in split.tweets] == [("5", ["Ada", "#"]), (None, ["in"])]
    assert split.policies == {COMMENTS: 2, HEADERS: 1}


def test_words_that_white_space_would_swallow_stay(tmp_path):
    split = read(tmp_path, "\u00a0\tO\n\u200b\tO\n a \tB-PER\n")
    assert split.tweets[0].words == ["\u00a0", "\u200b", "a"]


def test_columns_can_be_named(tmp_path):
    split = read(tmp_path, "1 Ada B-PER x\n2 in O x y\n", columns=Columns(1, 2))
    assert split.tweets[0].words == ["Ada", "in"]
    assert split.policies == {RAGGED: 1}


def test_types_alone_are_read_where_it_is_said(tmp_path):
    assert read(tmp_path, "Ada PERSON\nin O\n", bare_types=True).tweets[0].labels == ["PERSON", "O"]


@pytest.mark.parametrize(
    ("text", "location", "reason"),
    [
        ("Ada B-PER\nNew York B-LOC\nx O\n", ":2: ", "'New York B-LOC' has 3 columns, most lines have 2"),
        ("Ada\nin\n", ":1: ", "a word without a label"),
        ("Ada PERSON\nin none\n", ":2: ", "no column holds labels"),
        ("Ada\tB-PER\n\tO\n", ":2: ", "nothing in column 1"),
        ("IMGID:5\n\nAda B-PER\n", ":1: ", "IMGID:5 is followed by no words"),
        ("IMGID:\nAda B-PER\n", ":1: ", "without an id"),
        ("-DOCSTART- O\n", ": ", "no tweets"),
    ],
)
def test_invalid_files_are_refused_with_the_line(tmp_path, text, location, reason):
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert f"train.txt{location}" in str(caught.value)
    assert reason in str(caught.value)
