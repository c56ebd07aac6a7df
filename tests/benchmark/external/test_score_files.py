"""`benchmark score` on a file for each common way to write predictions, correct or not.

All files in `files/` hold the same synthetic predictions, so every readable one has the same score; they are written by
`tests/shared/prediction_files.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from prediction_files import NAMES, noisy, one_per_case, visible
from seqeval.metrics import f1_score
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.tagging import OUTSIDE

FILES = Path(__file__).parent / "files"
SEED = 3

READ = {
    "trailing-blanks.txt": "predictions from column 3",
    "leading-blank.txt": "predictions from column 3",
    "space-aligned.txt": "predictions from column 3",
    "header.txt": "the first line is a header",
    "pipes.txt": "columns between `|`",
    "markdown.md": "columns between `|`",
    "index.txt": "predictions from column 4",
    "table.csv": "columns between commas",
    "bilou.txt": "labels were BILOU, read as BIO",
    "bmes.txt": "labels were BMES, read as BIO",
    "lower-case.txt": "labels are written like b-loc",
    "underscore.txt": "labels are written like B_LOC",
    "type-first.txt": "prefixes come after types, as in LOC-B",
    "long-names.txt": "LOCATION as LOC, ORGANIZATION as ORG, OTHER as MISC, PERSON as PER",
    "label-lines.txt": "a line of labels per tweet, without words",
    "label-column.txt": "a label per line, without words",
    "gold-and-predictions.jsonl": "predictions from 'predictions', the file's gold from 'labels'",
    "array.json": "jsonl (JSON)",
    "pretty.json": "jsonl (JSON)",
    "wordpieces.txt": "word pieces (##); a word gets the label of its first subword",
    "columns.txt.gz": "columns (a line per word)",
    "columns.zip": "columns.zip: predictions.txt",
    "entities.jsonl": "36 entities, matched to words",
    "texts-by-type.jsonl": "36 entities, matched to words",
    "answers.jsonl": "predictions from 'output'",
    "blocks-dropped-word.txt": "dropped: 1",
    "iob1.txt": "strict-iob2 ignores 36 of 36 predicted entities",
}
REFUSED = {
    "numbers.txt": ("labels are numbers without names: 0 (146), 1 (13)", "--label-names"),
    "bare-types.txt": ("types without B- and I-", "PER (23), LOC (14), MISC (14), ORG (6)", "--label-scheme io"),
    "other-types.txt": (
        "types that the dataset does not have: GPE (14); its types are PER, LOC, ORG, MISC",
        "--map GPE=",
    ),
    "two-label-keys.jsonl": ("'labels', 'tags': which are the predictions, which gold?", "--predicted KEY"),
    "swapped.jsonl": ("the predictions equal our gold", "--predicted"),
    "our-gold.txt": ("the predictions equal our gold", "--allow-gold"),
    "two-files.zip": ("a zip archive of 2 files: seed0.txt, seed1.txt",),
}
WITH_FLAGS = [
    ("numbers.txt", ["--label-names", ",".join(NAMES)], "labels are numbers, read as O, B-PER"),
    ("bare-types.txt", ["--label-scheme", "io"], "adjacent words of one type are one entity"),
    ("other-types.txt", ["--map", "GPE=LOC"], "types: GPE as LOC"),
    ("two-label-keys.jsonl", ["--predicted", "tags"], "predictions from 'tags', the file's gold from 'labels'"),
    ("swapped.jsonl", ["--predicted", "gold"], "predictions from 'gold'"),
    ("iob1.txt", ["--label-scheme", "iob1"], "labels were IOB1, read as BIO"),
    ("columns.zip", ["--predicted", "3"], "predictions from column 3"),
]


@pytest.fixture(scope="module")
def tweets(fixtures):
    return load_corpus("tiny", fixtures)["test"]


@pytest.fixture(scope="module")
def labels(tweets):
    return noisy(tweets, SEED)


@pytest.fixture
def score(tmp_path, fixtures):
    def run(name, *flags):
        arguments = [
            "score",
            FILES / name,
            "--dataset",
            "tiny",
            "--name",
            "theirs",
            "--data",
            fixtures,
            "--out",
            tmp_path,
        ]
        done = CliRunner().invoke(cli, [str(part) for part in (*arguments, *flags)], env={"COLUMNS": "300"})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            assert isinstance(done.exception, MnerbenchError), done.exc_info
            return done.output + str(done.exception), None
        [record] = RunStore(tmp_path).records()
        return done.output, record

    return run


def f1(record, scorer="conlleval"):
    return 100 * record.score("test", "it", scorer).overall.f1


def expected(tweets, labels):
    """F1 by seqeval, independent of file formats."""
    return 100 * f1_score([list(tweet.labels) for tweet in tweets], labels)


def test_the_files_are_those_of_the_generator(tweets, labels):
    generated = {
        name: text if isinstance(text, bytes) else text.encode() for name, text in one_per_case(tweets, labels).items()
    }
    assert {path.name for path in FILES.iterdir()} == set(generated) == {*READ, *REFUSED, "blocks-cut.txt"}
    for name, content in generated.items():
        # Compressed bytes depend on the compressor.
        assert name.endswith((".gz", ".zip")) or (FILES / name).read_bytes() == content, name


@pytest.mark.parametrize(("name", "message"), READ.items())
def test_the_same_predictions_score_the_same_in_every_format(name, message, score, tweets, labels):
    output, record = score(name)
    assert record is not None, output
    assert f1(record) == pytest.approx(expected(tweets, labels)) == pytest.approx(82.857, abs=1e-3)
    assert message in output
    assert "conlleval 82.86" in output
    if name != "iob1.txt":
        gold = [list(tweet.labels) for tweet in tweets]
        strict = precision_recall_fscore_support(gold, labels, average="micro", scheme=IOB2)[2]
        assert f1(record, "strict-iob2") == pytest.approx(100 * strict)


@pytest.mark.parametrize(("name", "texts"), REFUSED.items())
def test_ambiguous_files_are_refused_with_a_remedy(name, texts, score):
    output, record = score(name)
    assert record is None
    assert all(text in output for text in texts), output
    assert "\n  -> " in output


@pytest.mark.parametrize(("name", "flags", "message"), WITH_FLAGS)
def test_flags_resolve_ambiguities(name, flags, message, score, tweets, labels):
    output, record = score(name, *flags)
    assert record is not None, output
    assert message in output
    assert f1(record) == pytest.approx(expected(tweets, labels))
    assert f1(record, "strict-iob2") > 80


def test_labels_beyond_a_length_limit_are_missing_and_counted(score, tweets, labels):
    output, record = score("blocks-cut.txt")
    cut = [[*row[:12], *[OUTSIDE] * len(row[12:])] for row in labels]
    assert f1(record) == pytest.approx(expected(tweets, cut)) == pytest.approx(81.159, abs=1e-3)
    assert "shortened: 1" in output
    assert "no prediction for the last 39 of 51 words, where 2 gold entities end" in output


def test_a_word_that_a_tokenizer_dropped_shifts_nothing(score, tweets, labels, tmp_path):
    _, record = score("blocks-dropped-word.txt")
    [tweet] = [tweet for tweet in tweets if len(visible(tweet)) < len(tweet.words)]
    predictions = RunStore(tmp_path).predictions(record.identity, "test", "it")
    stored = {row.id: row for row in predictions}
    assert stored[tweet.id].predicted == tuple(labels[tweets.index(tweet)])
    # Shifted by one, all labels after the dropped word would be wrong.
    assert any(label != OUTSIDE for label in stored[tweet.id].predicted[2:])


def test_the_interpretation_is_stored_with_the_record(score, tmp_path):
    output, record = score("bilou.txt")
    read_as = record.environment["read_as"]
    assert read_as[0] == "columns (a line per word)"
    assert read_as[-1] == "labels were BILOU, read as BIO"
    assert all(f"read as: {text}" in output for text in read_as)
    alignment = (RunStore(tmp_path).folder(record.identity) / "alignment.txt").read_text()
    assert alignment.splitlines()[-1] == "read as\ttweet -\tline -\tlabels were BILOU, read as BIO"
    assert record.notes[1] == "theirs: labels were BILOU, read as BIO"


def test_types_of_another_dataset_count_as_wrong_only_if_allowed(score, tweets, labels):
    _, record = score("other-types.txt", "--allow-types")
    theirs = [[label.replace("LOC", "GPE") for label in row] for row in labels]
    assert f1(record) == pytest.approx(expected(tweets, theirs))
    assert "type" in record.notes[0]
    _, dropped = score("other-types.txt", "--map", "GPE=O")
    without = [[OUTSIDE if label.endswith("LOC") else label for label in row] for row in labels]
    assert f1(dropped) == pytest.approx(expected(tweets, without))


def test_gold_is_accepted_with_a_note_if_allowed(score):
    output, record = score("our-gold.txt", "--allow-gold")
    assert f1(record) == 100
    assert "is our-gold.txt a file of gold labels?" in output
    assert "is our-gold.txt a file of gold labels?" in record.notes[-1]


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (["--map", "GPE"], "is not THEIRS=OURS"),
        (["--map", "GPE=LOCATION"], "'LOCATION' is not a type of the dataset"),
        (["--label-names", "O,O"], "a name occurs twice"),
        (["--label-scheme", "bilou"], "types that the dataset does not have"),
        (["--predicted", "9"], "no such column"),
    ],
)
def test_invalid_flags_are_refused(flags, text, score):
    output, record = score("other-types.txt", *flags)
    assert record is None
    assert text in output
