"""Files in the layout of each release are read by its card; damaged ones are refused with file, line and reason."""

import hashlib
import json

import pytest

from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.character_spans import Offsets
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.json_array import parse_array

MNER_MI = {
    "id": 5302,
    "text": ["i", "love", "jaebeom", "of", "Got"],
    "images": ["5302_0.jpg", "5302_1.jpg"],
    "label": ["O", "O", "B-PER", "O", "B-MIS"],
    "url": "https://twitter.com/i/web/status/1",
}
TWITTER17 = {
    "id": "twitter2017-O_26",
    "text": ["Taylor", "Swift", "Award"],
    "images": ["twitter2017-O_26.jpg"],
    "label": ["B-PER", "B-MISC", "I-MISC"],
    "url": "",
}
PICTURE = "https://upload.wikimedia.org/wikipedia/commons/0/06/Lions%20Play-2007.jpg"
WIKIDIVERSE = [
    "The Lions versus the Packers (2007).",
    PICTURE,
    "sports",
    [
        ["Lions", "Organization", 4, 9, "https://en.wikipedia.org/wiki/Detroit_Lions"],
        ["Packers", "Organization", 21, 28, "https://en.wikipedia.org/wiki/Green_Bay_Packers"],
    ],
]
TWEETNER7 = {
    "tokens": ["run", "with", "{{USERNAME}}", "@", "Central", "Park"],
    "tags": [14, 14, 14, 14, 4, 11],
    "id": "1183344337016381440",
    "date": "2019-10-13",
}
LINES = {
    "twitter-gmner": "IMGID:O_160\nKevin\tB-PER\nCostner\tI-PER\nin\tO\nRobin\tB-OTHER\nHood\tI-OTHER\n\n"
    "IMGID:639080\nUva\tB-LOC\n",
    "mner-mi": "".join(f"{json.dumps(row)}\n" for row in (MNER_MI, {**MNER_MI, "id": 5303, "images": ["5303_0.jpg"]})),
    "mner-mi-plus": f"{json.dumps(MNER_MI)}\n{json.dumps(TWITTER17)}\n",
    "wikidiverse": json.dumps([WIKIDIVERSE, ["No entity here", "", "politics", []]], indent=4),
    "tweetner7": f"{json.dumps(TWEETNER7)}\n",
}


def write(data, name, *, train=None):
    """The dataset with made files; `train` replaces the content of its train."""
    card = load_card(name)
    (data / name).mkdir(parents=True)
    for split, file in card.files.items():
        text = train if split == "train" and train is not None else LINES[name]
        (data / name / file.path).write_text(text, encoding="utf-8")
    return data / name / card.files["train"].path


def read(data, name):
    write(data, name)
    return [(tweet.words, tweet.labels, tweet.image_id) for tweet in load_corpus(name, data)["train"]]


def test_twitter_gmner(tmp_path):
    assert read(tmp_path, "twitter-gmner") == [
        (("Kevin", "Costner", "in", "Robin", "Hood"), ("B-PER", "I-PER", "O", "B-MISC", "I-MISC"), "O_160"),
        (("Uva",), ("B-LOC",), "639080"),
    ]


def test_mner_mi(tmp_path):
    labels = ("O", "O", "B-PER", "O", "B-MISC")
    words = tuple(MNER_MI["text"])
    assert read(tmp_path, "mner-mi") == [(words, labels, ("5302_0", "5302_1")), (words, labels, "5303_0")]


def test_mner_mi_plus(tmp_path):
    assert read(tmp_path, "mner-mi-plus")[1] == (
        ("Taylor", "Swift", "Award"),
        ("B-PER", "B-MISC", "I-MISC"),
        "twitter2017-O_26",
    )


def test_wikidiverse(tmp_path):
    lions = ("B-Organization",)
    assert read(tmp_path, "wikidiverse") == [
        (
            ("The", "Lions", "versus", "the", "Packers", "(2007)."),
            ("O", *lions, "O", "O", *lions, "O"),
            hashlib.md5(b"Lions%20Play-2007.jpg").hexdigest(),
        ),
        (("No", "entity", "here"), ("O", "O", "O"), None),
    ]


def test_tweetner7(tmp_path):
    labels = ("O", "O", "O", "O", "B-location", "I-location")
    assert read(tmp_path, "tweetner7") == [(tuple(TWEETNER7["tokens"]), labels, None)]
    assert not load_corpus("tweetner7", tmp_path).names_pictures


def test_mentions_of_wikidiverse_are_those_at_their_offsets(tmp_path):
    row = ['Bart: "HDTV is it"', PICTURE, "tv", [["HDTB", "Other", 7, 11, "x"], ["Bart", "Person", 0, 4, "x"]]]
    path = tmp_path / "train.json"
    path.write_text(json.dumps([row]))
    split = parse_array(path, None, Offsets.CHARACTERS)
    tagged = dict(zip(split.tweets[0].words, split.tweets[0].labels, strict=True))
    assert (tagged["HDTV"], tagged["Bart"]) == ("B-Other", "B-Person")
    assert split.policies["entities_unlike_their_text_read_by_offsets"] == 1


def rows(*changed):
    return json.dumps([WIKIDIVERSE, *changed])


DAMAGED = [
    ("twitter-gmner", "IMGID:1\nKevin\tB-PER\nCostner I-PER\n", 3, "0 tabs"),
    ("twitter-gmner", "IMGID:1\nKevin\tB-GPE\n", 2, "GPE"),
    ("mner-mi", LINES["mner-mi"] + json.dumps({**MNER_MI, "id": 1, "images": ["a.jpg", None]}), 3, "holds None"),
    ("mner-mi", LINES["mner-mi"] + json.dumps({**MNER_MI, "id": 1, "label": ["O"]}), 3, "5 text but 1 labels"),
    ("mner-mi", LINES["mner-mi"] + json.dumps(MNER_MI), 3, "already used in line 1"),
    ("mner-mi-plus", f"{LINES['mner-mi-plus']}{TWITTER17}\n", 3, "a Python dictionary, not JSON"),
    ("wikidiverse", LINES["wikidiverse"][:-20], None, "not JSON"),
    ("wikidiverse", rows(WIKIDIVERSE[:3]), 2, "not an item of WikiDiverse"),
    ("wikidiverse", rows([*WIKIDIVERSE[:3], [["Lions", "Organization", 4]]]), 2, "not a mention"),
    ("wikidiverse", rows([*WIKIDIVERSE[:3], [["Lions", "Organization", 4, 99, "x"]]]), 2, "outside the text"),
    ("wikidiverse", rows([*WIKIDIVERSE[:3], [["Lions", "Organization", "4", 9, "x"]]]), 2, "lacks a start"),
    ("wikidiverse", rows([*WIKIDIVERSE[:3], [["Lions", "Team", 4, 9, "x"]]]), 2, "Team"),
    ("wikidiverse", rows([None, *WIKIDIVERSE[1:]]), 2, "not a text with words"),
    ("wikidiverse", rows([WIKIDIVERSE[0], 7, *WIKIDIVERSE[2:]]), 2, "not an item of WikiDiverse"),
    ("wikidiverse", rows("text"), 2, "a JSON str, not an object"),
    ("tweetner7", LINES["tweetner7"] + json.dumps({**TWEETNER7, "id": "2", "tags": [15, 14, 14, 14, 4, 11]}), 2, "15"),
    ("tweetner7", LINES["tweetner7"] + json.dumps({**TWEETNER7, "id": "2", "tags": [14]}), 2, "6 tokens but 1 labels"),
]


@pytest.mark.parametrize(("name", "text", "line", "reason"), DAMAGED)
def test_damaged_files_are_refused_with_file_line_and_reason(tmp_path, name, text, line, reason):
    path = write(tmp_path, name, train=text)
    with pytest.raises(DataError) as caught:
        load_corpus(name, tmp_path)
    assert str(caught.value).startswith(f"{path}:{line}: " if line is not None else f"{path}: ")
    assert reason in str(caught.value)
    assert "  -> " in str(caught.value)
