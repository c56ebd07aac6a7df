"""Readers: they keep every word, and refuse invalid files with the line."""

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnerbench.datasets.corpus import Example, fingerprint
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.readers import Format, read_split, sniff_format

FORMATS = (Format.UMT, Format.CONLL, Format.JSONL, Format.JSON)
read_umt, read_conll, read_jsonl, read_json = (partial(read_split, format=form) for form in FORMATS)

TYPES = ("PER", "LOC", "ORG", "MISC")
LABELS = ["O", *(f"{prefix}-{kind}" for kind in TYPES for prefix in "BI")]

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n\t"), min_size=1, max_size=8)
TAGGED = st.lists(st.tuples(WORDS, st.sampled_from(LABELS)), min_size=1, max_size=6)
TWEETS = st.lists(TAGGED, min_size=1, max_size=5)


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "split.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def umt_text(tweets) -> str:
    return "".join(
        f"IMGID:{index}\n" + "".join(f"{word}\t{label}\n" for word, label in tweet) + "\n"
        for index, tweet in enumerate(tweets)
    )


@given(TWEETS, st.sampled_from(["", "\n", "\n\n"]), st.booleans())
@settings(max_examples=150)
def test_umt_reads_back_any_words_whatever_the_end_of_the_file(tmp_path_factory, tweets, end, windows):
    text = umt_text(tweets).rstrip("\n") + end
    path = write(tmp_path_factory.mktemp("umt"), text.replace("\n", "\r\n") if windows else text)
    examples = read_umt(path, types=TYPES)
    assert [list(zip(e.words, e.labels, strict=True)) for e in examples] == tweets
    assert [(e.id, e.image_id) for e in examples] == [(str(index), str(index)) for index in range(len(tweets))]


@given(TWEETS)
def test_conll_with_tabs_reads_back_any_words(tmp_path_factory, tweets):
    # A word may hold a space, since the line has a tab; only the document marker is a line of its own kind.
    tweets = [[(f"w{word}", label) for word, label in tweet] for tweet in tweets]
    text = "\n\n".join("\n".join(f"{word}\tnoun\t{label}" for word, label in tweet) for tweet in tweets)
    examples = read_conll(write(tmp_path_factory.mktemp("conll"), text), types=TYPES)
    assert [list(zip(e.words, e.labels, strict=True)) for e in examples] == tweets
    assert {e.image_id for e in examples} == {None}


def test_no_break_space_and_unicode_line_ends_are_words(tmp_path):
    words = ("\u00a0", "a\u2028b", "c\u0085d", "\x0b", " ")
    text = "IMGID:1\n" + "".join(f"{word}\tO\n" for word in words)
    assert read_umt(write(tmp_path, text), types=TYPES)[0].words == words


def test_words_that_look_like_structure_are_words(tmp_path):
    text = "IMGID:1\nIMGID:2\tO\n-DOCSTART-\tO\n"
    (example,) = read_umt(write(tmp_path, text), types=TYPES)
    assert example.words == ("IMGID:2", "-DOCSTART-")


def test_umt_header_opens_a_tweet_without_a_blank_line_before_it(tmp_path):
    examples = read_umt(write(tmp_path, "IMGID:a.jpg\nx\tO\nIMGID:b\ny\tO"), types=TYPES)
    assert [(e.image_id, e.words) for e in examples] == [("a", ("x",)), ("b", ("y",))]


def test_byte_order_mark_is_not_part_of_the_first_line(tmp_path):
    assert read_umt(write(tmp_path, "\ufeffIMGID:1\nx\tO\n"), types=TYPES)[0].image_id == "1"


def test_label_map_renames_types_of_every_prefix(tmp_path):
    path = write(tmp_path, "IMGID:1\nx\tB-OTHER\ny\tI-OTHER\nz\tB-MISC\n")
    assert read_umt(path, types=TYPES, label_map={"OTHER": "MISC"})[0].labels == ("B-MISC", "I-MISC", "B-MISC")


def test_conll_reads_first_and_last_column_and_skips_document_marks(tmp_path):
    text = "-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nsays  VBZ O\n\n\nx\u00a0y O\n"
    examples = read_conll(write(tmp_path, text), types=TYPES)
    assert [(e.words, e.labels) for e in examples] == [(("EU", "says"), ("B-ORG", "O")), (("x\u00a0y",), ("O",))]


def test_jsonl_strips_picture_extensions_and_keeps_ids(tmp_path):
    text = (
        '{"id": "7", "image_id": "O_7.jpg", "tokens": ["a", "b"], "label": ["B-PER", "I-PER"], "source": "x"}\n\n'
        '{"id": 8, "tokens": ["\\u00a0"], "label": ["O"]}\n'
        '{"id": "9", "image_id": "17_06.5", "tokens": ["c"], "label": ["O"]}\n'
    )
    examples = read_jsonl(write(tmp_path, text), types=TYPES)
    assert examples == (
        Example("7", ("a", "b"), ("B-PER", "I-PER"), "O_7"),
        Example("8", ("\u00a0",), ("O",), None),
        Example("9", ("c",), ("O",), "17_06.5"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n\nIMGID:1\nx\tO\n", Format.UMT),
        ('{"id": 1, "tokens": ["x"], "label": ["O"]}\n', Format.JSONL),
        ('[{"tokens": ["x"], "label": ["O"]}]', Format.JSON),
        ('[\n  {"tokens": ["x"], "label": ["O"]}\n]\n', Format.JSON),
        ('[["x", "", "topic", []]]', Format.JSON),
        ("{\tO\n", Format.CONLL),
        ("[ O\n", Format.CONLL),
        ("[[ O\n", Format.CONLL),
        ("[{ O\n", Format.CONLL),
        ("IMGID:1\tO\n", Format.CONLL),
        ("x O\n", Format.CONLL),
    ],
)
def test_formats_are_told_apart_by_the_first_line(tmp_path, text, expected):
    path = write(tmp_path, text)
    assert sniff_format(path) is expected
    assert len(read_split(path, types=TYPES)) == 1


def test_one_content_has_one_fingerprint_in_every_format(tmp_path):
    umt = read_umt(write(tmp_path, "IMGID:5\nAda\tB-PER\n"), types=TYPES)
    json = read_jsonl(
        write(tmp_path, '{"id": "z", "image_id": "5.png", "tokens": ["Ada"], "label": ["B-PER"]}'), types=TYPES
    )
    assert fingerprint(umt) == fingerprint(json)


BAD_UMT = [
    ("IMGID:1\nx O\n", 2, "0 tabs"),
    ("IMGID:1\nx\tNN\tO\n", 2, "2 tabs"),
    ("IMGID:1\n\tO\n", 2, "empty"),
    ("IMGID:1\n \n", 2, "0 tabs"),
    ("x\tO\n", 1, "follows no IMGID:"),
    ("IMGID:1\nx\tO\n\ny\tO\n", 4, "follows no IMGID:"),
    ("IMGID:1\nx\tO\n\nIMGID:2\n\nIMGID:3\ny\tO\n", 4, "no words"),
    ("IMGID:\nx\tO\n", 1, "without an id"),
    ("IMGID:1\nx\tB-PRE\n", 2, "did you mean 'B-PER'"),
    ("IMGID:1\nx\tX\n", 2, "predictions only"),
    ("IMGID:1\nx\t[CLS]\n", 2, "predictions only"),
    ("IMGID:1\nx\tS-PER\ny\tL-PER\n", 3, "scheme = ..."),
    ("IMGID:1\nx\tPER\n", 2, 'scheme = "io"'),
    ("IMGID:1\nx\tB-OTHER\n", 2, "label_map"),
    ("IMGID:1\nx\tO \n", 2, "'O '"),
    (b"IMGID:1\nx\tO\nab\xff\tO\n", 3, "byte 3"),
    (b"IMGID:1\nx\xe2\x82\tO\n", 2, "byte 2"),
]


@pytest.mark.parametrize(("text", "line", "reason"), BAD_UMT)
def test_umt_refuses_with_file_line_and_reason(tmp_path, text, line, reason):
    path = write(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_umt(path, types=TYPES)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert reason in str(caught.value)
    assert "\n  -> " in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("x\n", 1, "no label"),
        ("a\tO\n\tO\n", 2, "no word"),
        (" O\n", 1, "no word"),
        ("a B-ORGG\n", 1, "did you mean"),
    ],
)
def test_conll_refuses_with_file_line_and_reason(tmp_path, text, line, reason):
    path = write(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_conll(path, types=TYPES)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert reason in str(caught.value)


GOOD_ROW = '{"id": "1", "tokens": ["x"], "label": ["O"]}\n'
BAD_JSONL = [
    ("{", "not JSON"),
    ("[1]", "a JSON list"),
    ("[" * 100_000, "nested too deep"),
    ('{"id": "2", "tokens": ["x"]}', "no 'label'"),
    ('{"id": "2", "tokens": ["x", "y"], "label": ["O"]}', "2 tokens but 1 labels"),
    ('{"id": "2", "tokens": [], "label": []}', "at least one string"),
    ('{"id": "2", "tokens": "xy", "label": ["O", "O"]}', "at least one string"),
    ('{"id": "2", "tokens": ["x", 3], "label": ["O", "O"]}', "at least one string"),
    ('{"id": "2", "tokens": ["x", ""], "label": ["O", "O"]}', "tokens[1]"),
    ('{"id": "2", "tokens": ["x\\n"], "label": ["O"]}', "tokens[0]"),
    ('{"id": "2", "tokens": ["\\ud83d"], "label": ["O"]}', "half a character (a lone surrogate)"),
    ('{"id": "2", "tokens": ["x"], "label": ["B-P"]}', "unknown label"),
    ('{"id": "1", "tokens": ["y"], "label": ["O"]}', "already used in line 1"),
    ('{"id": 1, "tokens": ["y"], "label": ["O"]}', "already used in line 1"),
    ('{"id": null, "tokens": ["y"], "label": ["O"]}', "id is None"),
    ('{"id": "2", "image_id": {"a": 1}, "tokens": ["y"], "label": ["O"]}', "image_id is or holds {'a': 1}"),
    ('{"id": "2", "images": ["a.jpg", null], "tokens": ["y"], "label": ["O"]}', "images is or holds None"),
    ('{"id": "2", "images": ["a.jpg", ["b.jpg"]], "tokens": ["y"], "label": ["O"]}', "images is or holds ['b.jpg']"),
    ('{"id": "2", "images": true, "tokens": ["y"], "label": ["O"]}', "images is or holds True"),
    ("{'id': '2', 'tokens': ['y'], 'label': ['O']}", "a Python dictionary, not JSON"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_JSONL)
def test_jsonl_refuses_with_file_line_and_reason(tmp_path, line, reason):
    path = write(tmp_path, GOOD_ROW + line + "\n")
    with pytest.raises(DataError) as caught:
        read_jsonl(path, types=TYPES)
    assert str(caught.value).startswith(f"{path}:2: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize("read", [read_umt, read_conll, read_jsonl, read_split])
@pytest.mark.parametrize("content", [b"", b"\n\n", b" \r\n", b"\xef\xbb\xbf"])
def test_empty_files_are_refused(tmp_path, read, content):
    with pytest.raises(DataError, match="empty"):
        read(write(tmp_path, content), types=TYPES)


def test_a_file_without_tweets_is_refused(tmp_path):
    with pytest.raises(DataError, match="no tweets"):
        read_conll(write(tmp_path, "-DOCSTART- O\n"), types=TYPES)


@pytest.mark.parametrize(("where", "reason"), [("absent.txt", "no such file"), (".", "a folder, not a file")])
def test_absent_files_are_missing_input(tmp_path, where, reason):
    with pytest.raises(MissingInputError, match=reason):
        read_split(tmp_path / where, types=TYPES)


def test_examples_refuse_unequal_lengths():
    with pytest.raises(ValueError, match="2 words but 1 labels"):
        Example("1", ("a", "b"), ("O",))
