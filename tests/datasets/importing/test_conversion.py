"""Conversion: the same corpus in every supported format is read as the same corpus."""

import json

import pytest

from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.character_spans import CUT_WORDS, OVERLAPPING
from mnerbench.datasets.corpus import SPLITS
from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.gold_scheme import GoldScheme
from mnerbench.datasets.health import health_report
from mnerbench.datasets.importing.conversion import RESPELLED, FileForm, ImportOptions, convert, detect_form
from mnerbench.datasets.importing.writing import check_target, write_corpus
from mnerbench.datasets.readers import MALFORMED
from mnerbench.datasets.tagging import Scheme, conll_spans, recode
from mnerbench.datasets.verify import Severity, verify

NAMES = ["O", *(f"{prefix}-{kind}" for kind in ("PER", "LOC", "ORG", "MISC") for prefix in "BI")]


@pytest.fixture
def tiny(fixtures):
    """The test corpus with labels that every scheme can express."""
    corpus = load_corpus("tiny", fixtures)
    return {
        split: [(tweet.image_id, tweet.words, tuple(recode(tweet.labels, Scheme.BIO))) for tweet in corpus[split]]
        for split in SPLITS
    }


def rows(tweets, label):
    return [{"image_id": image, "tokens": list(words), **label(words, labels)} for image, words, labels in tweets]


def of_characters(words, labels):
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word) + 1
    spans = [[starts[s.start], starts[s.end - 1] + len(words[s.end - 1]), s.type] for s in conll_spans(labels)]
    return {"text": " ".join(words), "entities": spans}


def write_parquet(path, tweets):
    import datasets

    dataset = datasets.Dataset.from_list(
        rows(tweets, lambda _, labels: {"ner_tags": [NAMES.index(label) for label in labels]})
    )
    dataset.cast_column("ner_tags", datasets.Sequence(datasets.ClassLabel(names=NAMES))).to_parquet(path)


def lines(values):
    return "".join(json.dumps(value) + "\n" for value in values)


def table(tweets, change=list, by="\t"):
    blocks = (
        f"IMGID:{image}\n" + "".join(f"{word}{by}{label}\n" for word, label in zip(words, change(labels), strict=True))
        for image, words, labels in tweets
    )
    return "\n".join(blocks)


def letters(**changed):
    return lambda labels: [changed.get(label[0], label[0]) + label[1:] for label in recode(labels, Scheme.BIOES)]


WRITERS = {
    "umt.txt": table,
    "bioes.txt": lambda t: table(t, letters()),
    "bilou.conll": lambda t: table(t, letters(E="L", S="U")),
    "spelled.txt": lambda t: table(t, lambda labels: [label.replace("B-", "b_") for label in labels]),
    "words.jsonl": lambda t: lines(rows(t, lambda _, labels: {"labels": labels})),
    "array.json": lambda t: json.dumps({"data": rows(t, lambda _, labels: {"ner_tags": labels})}, indent=1),
    "numbers.jsonl": lambda t: lines(rows(t, lambda _, labels: {"ner_tags": [NAMES.index(label) for label in labels]})),
}


@pytest.mark.parametrize("form", [*WRITERS, "hub.parquet"])
def test_every_form_gives_the_same_corpus(tmp_path, tiny, form):
    files = {split: [tmp_path / f"{split}.{form}"] for split in SPLITS}
    for split, tweets in tiny.items():
        if form == "hub.parquet":
            write_parquet(files[split][0], tweets)
        else:
            files[split][0].write_text(WRITERS[form](tweets), encoding="utf-8")
    (tmp_path / "dataset_info.json").write_text(
        json.dumps(
            {"features": {"pos": {"names": ["x"]}, "ner_tags": {"feature": {"names": NAMES, "_type": "ClassLabel"}}}}
        )
    )
    imported = convert("mine", files, ImportOptions())
    assert imported.corpus.types == ("PER", "LOC", "ORG", "MISC")
    assert {split: [(t.image_id, t.words, t.labels) for t in imported.corpus[split]] for split in SPLITS} == tiny
    assert imported.scheme.value == (form[:5] if form[:5] in ("bioes", "bilou") else "bio")
    policies = {name for counts in imported.corpus.policies.values() for name in counts}
    assert policies == ({RESPELLED} if form == "spelled.txt" else set())


def test_texts_with_offsets_give_the_entities_that_they_name(tmp_path, tiny):
    tweets = [tweet for tweet in tiny["train"] if not any(word.isspace() for word in tweet[1])]
    path = tmp_path / "train.jsonl"
    path.write_text(lines({"image_id": image, **of_characters(words, labels)} for image, words, labels in tweets))
    imported = convert("mine", {"train": [path]}, ImportOptions())
    assert [tweet.words for tweet in imported.corpus["train"]] == [words for _, words, _ in tweets]
    assert [conll_spans(tweet.labels) for tweet in imported.corpus["train"]] == [
        conll_spans(labels) for *_, labels in tweets
    ]
    assert not imported.corpus.policies


def test_iob1_of_a_whole_corpus_is_recognised(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("Ada I-PER\nin O\nRome I-LOC\nParis B-LOC\n")
    imported = convert("mine", {"train": [path]}, ImportOptions())
    assert imported.scheme is GoldScheme.IOB1
    assert imported.corpus["train"][0].labels == ("B-PER", "O", "B-LOC", "B-LOC")


def test_what_is_lost_or_changed_is_counted_by_split(tmp_path):
    (tmp_path / "a").write_text(lines([{"text": "@Ada Lee", "entities": [[1, 8, "PER"], [1, 4, "PER"]]}]))
    (tmp_path / "b").write_text("Ada B-PER\nin O\nx S-PER\n")
    files = {"train": [tmp_path / "a"], "test": [tmp_path / "b"]}
    corpus = convert("mine", files, ImportOptions(scheme=GoldScheme.BIOES)).corpus
    assert corpus.policies == {"train": {CUT_WORDS: 1, OVERLAPPING: 1, MALFORMED: 1}, "test": {MALFORMED: 1}}
    assert f"{MALFORMED}: train 1, test 1" in corpus.policy_lines


def test_shards_become_one_split_with_running_ids(tmp_path):
    for number in (0, 1):
        (tmp_path / f"{number}.jsonl").write_text(lines([{"id": "a", "tokens": [str(number)], "label": ["B-PER"]}]))
    imported = convert("mine", {"train": [tmp_path / "0.jsonl", tmp_path / "1.jsonl"]}, ImportOptions())
    assert [(tweet.id, tweet.words) for tweet in imported.corpus["train"]] == [("0", ("0",)), ("1", ("1",))]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"IMGID:1\nx\tO\n", FileForm.UMT),
        (b"x O\n\nIMGID:1\nx O\n", FileForm.UMT),
        (b"x O\n", FileForm.CONLL),
        (b"[\tO\n", FileForm.CONLL),
        (b'\n{"tokens": []}\n', FileForm.JSONL),
        (b'{\n"data": []}\n', FileForm.JSON),
        (b" [{}]", FileForm.JSON),
        (b"PAR1...", FileForm.PARQUET),
    ],
)
def test_forms_are_told_apart_by_content(tmp_path, content, form):
    path = tmp_path / "train"
    path.write_bytes(content)
    assert detect_form(path) is form


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04...", "a zip archive"),
        (b"\x1f\x8b....", "compressed by gzip"),
        (b"ARROW1\0\0", "to_json"),
        (b"<xml>", "XML or HTML"),
        (b"x O\n", "every label is O"),
        (b"PAR1....", "not a readable Parquet file"),
        (b'[{"tokens": ["x"], "ner_tags": [3]}]', "their names are unknown"),
        (b'[{"tokens": ["x"], "ner_tags": ["PERSON"]}]', "there are 'PERSON'\n  -> --scheme io"),
        (b'[{"tokens": ["x"], "ner_tags": ["O"], "labels": ["B-X"]}]', "'labels' and 'ner_tags' hold different labels"),
        (b'[{"words": "x"}]', "no 'tokens' in the object"),
        (b"[1]", "a JSON int, not an object"),
        (b'{"a": 1\n}', "a JSON dict, not an array"),
    ],
)
def test_unsupported_files_are_refused_with_a_remedy(tmp_path, content, says):
    path = tmp_path / "train"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        convert("mine", {"train": [path]}, ImportOptions())
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_a_parquet_file_with_half_a_character_in_a_name_is_refused(tmp_path):
    import pyarrow.parquet

    path = tmp_path / "train.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"words": [["a"]], "labels": [["O"]]}), path)
    path.write_bytes(path.read_bytes().replace(b"labels", b"lab\x80ls"))
    with pytest.raises(DataError, match=r"not a readable Parquet file.*\n  -> fetch it again"):
        convert("mine", {"train": [path]}, ImportOptions())


def test_parquet_without_its_library_says_what_to_do(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "train").write_bytes(b"PAR1....")
    with pytest.raises(MissingInputError, match="pip install pyarrow, or write JSON lines"):
        convert("mine", {"train": [tmp_path / "train"]}, ImportOptions())


def test_a_renamed_type_that_is_nowhere_is_refused(tmp_path):
    (tmp_path / "train").write_text("x B-OTHER\n")
    imported = convert("mine", {"train": [tmp_path / "train"]}, ImportOptions(label_map={"OTHER": "MISC"}))
    assert (imported.corpus.types, imported.corpus["train"][0].labels) == (("MISC",), ("B-MISC",))
    with pytest.raises(ConfigError, match=r"no label of type 'OTHRE'; did you mean 'OTHER'"):
        convert("mine", {"train": [tmp_path / "train"]}, ImportOptions(label_map={"OTHRE": "MISC"}))


def test_what_is_written_is_what_its_card_says(tmp_path):
    (tmp_path / "train").write_text("IMGID:7\nx\u2028y\tB-PER\n\u00a0\tO\n\nz\tS-LOC\n")
    (tmp_path / "test").write_text("z\tS-LOC\n")
    imported = convert("mine", {"train": [tmp_path / "train"], "test": [tmp_path / "test"]}, ImportOptions())
    (tmp_path / "data" / "mine" / "images").mkdir(parents=True)
    write_corpus(imported, health_report(imported.corpus), tmp_path / "data" / "mine")
    card, corpus = load_card("mine", tmp_path / "data"), load_corpus("mine", tmp_path / "data")
    assert corpus.splits == imported.corpus.splits
    assert [(tweet.image_id, tweet.words) for tweet in corpus["train"]] == [
        ("7", ("x\u2028y", "\u00a0")),
        (None, ("z",)),
    ]
    results = verify(card, corpus, health_report(corpus), tmp_path / "data")
    assert [finding for finding in results if finding.severity is Severity.WRONG] == []
    assert any(MALFORMED in finding.text and finding.severity is Severity.KNOWN for finding in results)
    assert sorted(path.name for path in (tmp_path / "data" / "mine").iterdir()) == [
        *("card.toml", "images", "test.jsonl", "train.jsonl")
    ]


def test_nothing_is_overwritten_unasked(tmp_path):
    check_target("mine", tmp_path / "mine", force=False)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "captions.jsonl").write_text("")
    check_target("mine", tmp_path / "mine", force=False)
    (tmp_path / "mine" / "card.toml").write_text("")
    with pytest.raises(ConfigError, match=r"holds card\.toml already\n  -> choose another --name, or overwrite"):
        check_target("mine", tmp_path / "mine", force=False)
    check_target("mine", tmp_path / "mine", force=True)
    with pytest.raises(ConfigError, match="a dataset of the package has this name"):
        check_target("twitter15", tmp_path / "twitter15", force=True)
