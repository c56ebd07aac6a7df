"""Prediction files in every format, intact and damaged."""

import pytest

from mnerbench.benchmark.external.detection import detect_format
from mnerbench.benchmark.external.predicted import PredictionFormat, Reference
from mnerbench.benchmark.external.reading import read_predictions
from mnerbench.datasets.errors import DataError, MissingInputError

COLUMNS = "IMGID:12\nRob\tB-PER\tB-PER\n\u00a0\tO\tO\n\n\nin\tO\tO\nParis\tB-LOC\tO"
BLOCKS = "12.jpg\nRob \u00a0\nB-PER X\nB-PER O\n\n13.jpg\nin Paris\nO O\nO B-LOC\n"
JSONL = """{"id": 1, "image_id": "12.jpg", "tokens": ["Rob"], "pred": ["B-PER"], "label": ["O"]}

{"words": ["a"], "pred": ["O"]}"""


def read(tmp_path, text):
    path = tmp_path / "file.txt"
    path.write_text(text, encoding="utf-8")
    return read_predictions(path).tweets


def test_columns(tmp_path):
    first, second = read(tmp_path, COLUMNS)
    assert (first.words, first.predicted, first.gold) == (("Rob", "\u00a0"), ("B-PER", "O"), ("B-PER", "O"))
    assert (first.image, first.line) == ("12", 1)
    assert (second.words, second.predicted, second.gold) == (("in", "Paris"), ("O", "O"), ("O", "B-LOC"))
    assert (second.image, second.line) == (None, 6)


def test_two_columns_have_no_gold(tmp_path):
    [tweet] = read(tmp_path, "Rob B-PER\nsings O\n")
    assert (tweet.words, tweet.predicted, tweet.gold) == (("Rob", "sings"), ("B-PER", "O"), None)


def test_blocks(tmp_path):
    first, second = read(tmp_path, BLOCKS)
    assert (first.image, first.words, first.predicted, first.gold) == (
        "12",
        ("Rob", "\u00a0"),
        ("B-PER", "X"),
        ("B-PER", "O"),
    )
    assert (second.image, second.predicted, second.line) == ("13", ("O", "O"), 6)


def test_json_lines(tmp_path):
    first, second = read(tmp_path, JSONL)
    assert (first.id, first.image, first.words, first.predicted, first.gold) == (
        "1",
        "12",
        ("Rob",),
        ("B-PER",),
        ("O",),
    )
    assert (second.id, second.predicted, second.gold) == (None, ("O",), None)


def test_labels_alone_are_the_predictions(tmp_path):
    [tweet] = read(tmp_path, '{"words": ["a"], "labels": ["O"]}')
    assert (tweet.words, tweet.predicted, tweet.gold) == (("a",), ("O",), None)


def test_our_own_prediction_files_read(tmp_path):
    [tweet] = read(tmp_path, '{"id":"7","predicted":["O"],"gold":["B-PER"],"counts":[0,0,1]}')
    assert (tweet.id, tweet.words, tweet.predicted, tweet.gold) == ("7", (), ("O",), ("B-PER",))


@pytest.mark.parametrize(
    ("text", "name"),
    [(COLUMNS, "columns"), (BLOCKS, "blocks"), (JSONL, "jsonl"), ("a O O\nb O O\nc O O\nd O O", "columns")],
)
def test_the_format_is_detected(text, name):
    assert detect_format(list(enumerate(text.split("\n"), 1)), Reference()) is PredictionFormat(name)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("Rob\tB-PER\nsings", 2, "not a word with its labels"),
        ("Rob\tO\tO\nsings\tO", 1, "lines of 2 and of 3 columns"),
        ("\tO\n", 1, "not a word"),
        ('{"tokens": ["a", "b"], "pred": ["O"]}', 1, "2 words but 1 predicted"),
        ('{"tokens": ["a"], "pred": ["O"], "gold": []}', 1, "1 words but 0 gold"),
        ('{"tokens": ["a"]}', 1, "no predicted labels"),
        ('{"pred": ["O"]}', 1, "neither words nor an id"),
        ('{"tokens": "a", "pred": ["O"]}', 1, "not a list of strings"),
        ('{"tokens": ["a"], "pred": ["O"]}\n{', 2, "not JSON"),
        (BLOCKS + "\n14.jpg\nx\nO\n", 11, "a block of 3 lines"),
        ("14.jpg\nx y\nO\nO\n", 1, "2 words, 1 predicted and 1 gold"),
        (BLOCKS + "\n14.jpg\nx\nO O\nO O\n", 11, "1 words, 2 predicted and 2 gold"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path, text, line, reason):
    with pytest.raises(DataError, match=reason) as error:
        read(tmp_path, text)
    assert f"file.txt:{line}:" in str(error.value)
    assert "->" in str(error.value)


def test_nothing_to_read(tmp_path):
    with pytest.raises(DataError, match="empty"):
        read(tmp_path, "\n\n")
    with pytest.raises(MissingInputError, match="no such file"):
        read_predictions(tmp_path / "none.txt")
