"""Missing resources: one entry each, with the rows that need it and the remedy, in 80 columns."""

from __future__ import annotations

from mnerbench.benchmark.planning.missing import WIDTH, lacking_lines, row_titles
from mnerbench.datasets.needs import Need

PICTURES = Need(
    "pictures of 'twitter15' are not here: none of its 8,257 image ids has a file below /data/twitter15/images",
    ("benchmark data get twitter15 --images", "put or link pictures into /data/twitter15/images (1.jpg)"),
    "pictures of twitter15",
)
PROGRAM = Need("the program tesseract cannot be used (not installed)", ("apt-get install tesseract-ocr",), "tesseract")
TAGS = PICTURES.or_by(["put a file there: /data/twitter15/tags.jsonl"])


def test_rows_with_the_same_remedy_are_grouped_and_partial_remedies_name_their_rows():
    lacking = {
        "ita-oca on twitter15": (PROGRAM, PICTURES),
        "umt on twitter15": (PICTURES,),
        "ita-la on twitter15": (TAGS,),
    }
    assert lacking_lines(lacking) == [
        "not run: ita-oca, umt, ita-la on twitter15: pictures of 'twitter15' are not",
        "    here: none of its 8,257 image ids has a file below /data/twitter15/images",
        "  -> benchmark data get twitter15 --images",
        "     or put or link pictures into /data/twitter15/images (1.jpg)",
        "     or for ita-la on twitter15: put a file there: /data/twitter15/tags.jsonl",
        "not run: ita-oca on twitter15: the program tesseract cannot be used (not",
        "    installed)",
        "  -> apt-get install tesseract-ocr",
    ]


def test_a_row_that_needs_a_resource_twice_keeps_the_remedies_of_both_needs():
    texts = PICTURES.or_by(["put a file there: /data/ocr.jsonl"])
    lines = lacking_lines({"ita-all on twitter15": (TAGS, texts)})
    assert lines[-2:] == [
        "     or put a file there: /data/twitter15/tags.jsonl",
        "     or put a file there: /data/ocr.jsonl",
    ]


def test_lines_have_80_columns_and_commands_and_paths_are_whole():
    path = "/" + "/".join(["folder"] * 20)
    command = f"benchmark data get mine --data {path} --images --and --so --on"
    need = Need(f"nothing below {path}", (command, f"or put pictures into {path}"), "pictures")
    lines = lacking_lines({f"method-{number} on mine": (need,) for number in range(30)})
    assert f"  -> {command}" in lines
    assert all(len(line) <= WIDTH or path in line for line in lines)
    assert sum(path in line for line in lines) == 3


def test_rows_are_named_by_methods_then_datasets():
    rows = ["umt on a", "maf on a", "umt on b", "maf on b", "umt on c (500 tweets)"]
    assert row_titles(rows) == "umt, maf on a and b; umt on c (500 tweets)"


def test_an_impossible_combination_has_no_remedy():
    need = Need("b has 300 training tweets")
    assert lacking_lines({"bert on b (500 tweets)": (need,)}, "not searched") == [
        "not searched: bert on b (500 tweets): b has 300 training tweets"
    ]


def test_reasons_of_several_lines_stay_lines():
    need = Need("2 pictures failed\n  train-3: broken\n  train-5: gone", ("run again",))
    lines = lacking_lines({"umt on d": (need,)})
    assert lines == [
        "not run: umt on d: 2 pictures failed",
        "    train-3: broken",
        "    train-5: gone",
        "  -> run again",
    ]
