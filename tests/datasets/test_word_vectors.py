"""Files of word vectors: both text formats, the choice among cases, and errors with their line."""

import pytest

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.word_vectors import read_word_vectors

WORDS = frozenset({"ada", "bo", "lund"})


def written(folder, text):
    path = folder / "vectors.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("head", ["", "4 2\n"], ids=["glove", "word2vec"])
def test_both_formats_are_read_and_only_what_is_wanted(tmp_path, head):
    vectors = read_word_vectors(written(tmp_path, head + "the 1 2\nada 0.5 -1\nlund 3 4e-1 \nzoo 0 0\n"), WORDS)
    assert {word: vector.tolist() for word, vector in vectors.items()} == {
        "ada": [0.5, -1.0],
        "lund": [3.0, pytest.approx(0.4)],
    }


def test_the_word_as_it_is_asked_for_wins_over_other_cases(tmp_path):
    for lines in ("ADA 1 1\nada 2 2\nAda 3 3\n", "ada 2 2\nADA 1 1\n"):
        assert read_word_vectors(written(tmp_path, lines), WORDS)["ada"].tolist() == [2.0, 2.0]
    assert read_word_vectors(written(tmp_path, "Bo 1 1\nBO 2 2\n"), WORDS)["bo"].tolist() == [1.0, 1.0]


def test_words_with_blanks_are_passed_over(tmp_path):
    assert read_word_vectors(written(tmp_path, "the 1 2\nada lund 5 6\nbo 1 1\n"), WORDS).keys() == {"bo"}


@pytest.mark.parametrize("text", ["", "ada\t1\t2\n", "ada,1,2\n", "the 1 2\n", "the 1\nada 1 2\n"])
def test_a_file_with_none_of_the_words_is_none(tmp_path, text):
    with pytest.raises(DataError, match="none of the 3 requested words"):
        read_word_vectors(written(tmp_path, text), WORDS)


def test_a_changed_file_is_read_again(tmp_path):
    path = written(tmp_path, "ada 1 1\n")
    assert read_word_vectors(path, WORDS)["ada"].tolist() == [1.0, 1.0]
    path.write_text("ada 2 2 2\n", encoding="utf-8")
    assert read_word_vectors(path, WORDS)["ada"].tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("the 1 2\nada 1\n", "vectors.txt:2: 1 numbers, the first line has 2"),
        ("ada one two\n", "vectors.txt:1: not numbers"),
        ("the 1 2\nbo 1 2\nlund nan 1\n", "vectors.txt:3: a number that is not finite"),
        ("ada\n", "vectors.txt:1: 0 numbers"),
    ],
)
def test_a_broken_line_is_named(tmp_path, text, says):
    with pytest.raises(DataError, match="->") as error:
        read_word_vectors(written(tmp_path, text), WORDS)
    assert says in str(error.value)
