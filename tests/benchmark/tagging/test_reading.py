"""Files of tweets to tag."""

import pytest

from mnerbench.benchmark.tagging.reading import NewTweet, read_tweets
from mnerbench.datasets.errors import DataError, MissingInputError


def read(tmp_path, text):
    path = tmp_path / "tweets"
    path.write_text(text, encoding="utf-8")
    return read_tweets(path)


TWO = [("Ada", "met"), ("Bo",)]


@pytest.mark.parametrize(
    "text",
    [
        "Ada\nmet\n\nBo\n",
        "Ada\tB-PER\nmet\tO\n\nBo\tB-PER\n",
        "Ada NNP B-PER\nmet VB O\n\nBo NNP B-PER\n",
        "-DOCSTART- O\n\nAda B-PER\nmet O\n\nBo B-PER",
        '{"words": ["Ada", "met"]}\n{"words": ["Bo"]}\n',
        '{"tokens": ["Ada", "met"], "labels": ["B-PER", "O"]}\n{"tokens": ["Bo"], "labels": ["B-PER"]}\n',
        '[{"tokens": ["Ada", "met"], "labels": ["B-PER", "O"]},\n {"tokens": ["Bo"], "labels": ["B-PER"]}]\n',
    ],
)
def test_words_with_and_without_labels(tmp_path, text):
    assert [tweet.content for tweet in read(tmp_path, text)] == TWO


def test_labels_ids_and_pictures(tmp_path):
    assert read(tmp_path, "IMGID:7\nAda\tB-PER\n\nIMGID:8.jpg\nBo\tB-PER\n") == [
        NewTweet(("Ada",), "7", None, ("B-PER",)),
        NewTweet(("Bo",), "8", None, ("B-PER",)),
    ]
    rows = '{"id": 3, "text": "Ada met", "image": "a/b.png"}\n{"id": 4, "text": "Bo", "image_id": ["x", "y"]}\n'
    assert read(tmp_path, rows) == [NewTweet("Ada met", "b", "3"), NewTweet("Bo", ("x", "y"), "4")]


def test_raw_text(tmp_path):
    assert read(tmp_path, "Ada met Bo\n\nI am O\r\n") == [NewTweet("Ada met Bo"), NewTweet("I am O")]
    assert read(tmp_path, "Ada\n") == [NewTweet("Ada")]


def test_errors_name_line_and_remedy(tmp_path):
    with pytest.raises(DataError, match=r"tweets:2: neither a list of words nor a text\n  ->"):
        read(tmp_path, '{"text": "a"}\n{"words": ["a", 1]}\n')
    with pytest.raises(DataError, match=r"tweets:2: no word before"):
        read(tmp_path, "a\tO\n\tO\n")
    with pytest.raises(DataError, match="empty"):
        read(tmp_path, "")
    with pytest.raises(MissingInputError):
        read_tweets(tmp_path / "none")
