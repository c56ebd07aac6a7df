"""Every format round-trips, and reading any content ends with labels or a documented error."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prediction_files import NAMES, columns, every_format, json_lines, noisy, one_per_case, rows, spans_of

from mnerbench.benchmark.external.alignment import align_file
from mnerbench.benchmark.external.misfits import Misfit
from mnerbench.benchmark.external.plausibility import check_plausible
from mnerbench.benchmark.external.predicted import LabelScheme, PredictionFormat, ReadingOptions, Reference
from mnerbench.benchmark.external.record import alignment_text
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import DataError, MnerbenchError

TYPES = ("PER", "LOC", "ORG", "MISC")
unhurried = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def reference(fixtures):
    return Reference(load_corpus("tiny", fixtures)["test"], TYPES, {"OTHER": "MISC"})


@pytest.fixture
def read(tmp_path, reference):
    def align(content, split=None, **options):
        path = tmp_path / "file.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return align_file(path, split or reference, ReadingOptions(**options))

    return align


@pytest.mark.parametrize("seed", range(4))
def test_every_format_round_trips(seed, read, reference):
    labels = noisy(reference.examples, seed)
    for name, content in every_format(reference.examples, labels).items():
        aligned = read(content)
        assert [list(row) for row in aligned.labels] == labels, name
        assert aligned.findings == (), name


def test_every_format_can_be_named(read, reference):
    labels = noisy(reference.examples)
    files = every_format(reference.examples, labels)
    for name, file_format in [
        ("columns.txt", "columns"),
        ("blocks.txt", "blocks"),
        ("objects.jsonl", "jsonl"),
        ("label_lines.txt", "labels"),
    ]:
        assert read(files[name], format=PredictionFormat(file_format)).labels == read(files[name]).labels


@pytest.mark.parametrize("between", "|/")
def test_words_with_their_labels_in_a_line(between, read, reference):
    labels = noisy(reference.examples)
    # Links contain slashes; the label follows the last one.
    lines = [
        " ".join(f"{w}{between}{x}" for w, x in zip(t.words, row, strict=True))
        for t, row in zip(reference.examples, labels, strict=True)
    ]
    aligned = read("\n".join(lines))
    assert [list(row) for row in aligned.labels] == labels
    assert aligned.decisions[0].startswith("inline")


def test_a_word_of_pipes_and_one_that_looks_like_a_label(read):
    split = Reference([Example("0", ("a", "|", "O", "b"), ("O", "O", "O", "B-PER"))], TYPES)
    for text in (
        "a | O\n| | O\nO | O\nb | B-LOC\n",
        "| a | O |\n| | | O |\n| O | O |\n| b | B-LOC |\n",
        "| a | O |\n| \\| | O |\n| O | O |\n| b | B-LOC |\n",
        "a\tO\n|\tO\nO\tO\nb\tB-LOC\n",
    ):
        aligned = read(text, split)
        assert aligned.labels == (("O", "O", "O", "B-LOC"),), text
        assert not aligned.findings


@pytest.mark.parametrize(
    "text",
    [
        "-DOCSTART- -X- O O\n\nRob NNP B-PER B-PER\nsings VBZ O B-LOC\n",
        "# sent_id = 1\n# text = Rob sings\n1\tRob\tB-PER\tB-PER\n2\tsings\tO\tB-LOC\n",
        "Rob O B-PER 0.98\nsings O B-LOC 0.5\n",
        "id;word;prediction\n0;Rob;B-PER\n1;sings;B-LOC\n",
        "0 NNP Rob B-PER\n0 VBZ sings B-LOC\n",
    ],
)
def test_columns_that_are_neither_words_nor_labels_are_skipped(text, read):
    split = Reference([Example("0", ("Rob", "sings"), ("B-PER", "O"))], TYPES)
    assert read(text, split).labels == (("B-PER", "B-LOC"),)


def test_a_hash_can_be_a_word(read):
    split = Reference([Example("0", ("#", "win", "="), ("O", "B-MISC", "O"))], TYPES)
    assert read("# O O\nwin O B-MISC\n= O O\n", split).labels == (("O", "B-MISC", "O"),)


def test_columns_cut_at_a_length_limit_are_read(read, reference):
    labels = noisy(reference.examples)
    whole = columns(reference.examples, labels).split("\n\n")
    number = next(n for n, example in enumerate(reference.examples) if len(example.words) > 40)
    lines = whole[number].split("\n")
    for cut in (lines[:11], [*lines[:11], *(line.rpartition("\t")[0] for line in lines[11:])]):
        aligned = read("\n\n".join([*whole[:number], "\n".join(cut), *whole[number + 1 :]]))
        assert [finding.misfit for finding in aligned.findings] == [Misfit.SHORTENED]
        assert list(aligned.labels[number]) == [*labels[number][:10], *["O"] * len(labels[number][10:])]


def test_labels_without_words_may_be_truncated_but_not_too_many(read, reference):
    labels = noisy(reference.examples)
    aligned = read("\n".join(" ".join(row[:30]) for row in labels))
    assert [finding.misfit for finding in aligned.findings] == [Misfit.SHORTENED]
    with pytest.raises(DataError, match="by order: 12 labels in line 1 for tweet 1 of 10 words"):
        read("\n".join(" ".join(["O"] * 12) for _ in labels))
    with pytest.raises(DataError, match="of 19 tweets; the test split has 20"):
        read("\n".join(" ".join(row) for row in labels[1:]))
    with pytest.raises(DataError, match="only 0 of 20 tweets have as many labels as words"):
        read("\n".join(" ".join(row[1:]) for row in labels))


def test_columns_of_labels_alone(read, reference):
    labels = noisy(reference.examples)
    for cells, decision in (
        (lambda tweet, row: zip(tweet.labels, row, strict=True), "the file's gold labels in column 1"),
        (lambda tweet, row: enumerate(row), "numbers in column 1"),
    ):
        tweets = zip(reference.examples, labels, strict=True)
        text = "\n\n".join("\n".join(f"{a} {b}" for a, b in cells(*pair)) for pair in tweets)
        aligned = read(text)
        assert [list(row) for row in aligned.labels] == labels
        assert decision in aligned.decisions[-1]
        assert not aligned.findings


def test_tweets_by_their_ids(read, reference):
    labels = noisy(reference.examples)
    order = [*range(len(labels))][::-1]
    items = spans_of(
        reference.examples, labels, lambda _, items: {kind: [x[0] for x in items if x[1] == kind] for kind in TYPES}
    )
    for values in (labels, items):
        aligned = read(json.dumps({reference.examples[n].id: values[n] for n in order}))
        assert [list(row) for row in aligned.labels] == labels
        assert {finding.misfit for finding in aligned.findings} == {Misfit.MOVED}


def test_ids_that_count_from_one_are_not_taken_for_ours(read, reference):
    labels = noisy(reference.examples)
    aligned = read(json_lines({"id": number, "predictions": row} for number, row in enumerate(labels, 1)))
    assert [list(row) for row in aligned.labels] == labels


def test_prediction_keys_take_precedence_over_gold_keys(read, reference):
    labels = noisy(reference.examples)
    for gold in ("labels", "gold", "ner_tags", "true_labels", "y_true", "target", "label"):
        for predicted in ("predictions", "pred", "preds", "predicted_labels", "y_pred", "output", "predTags"):
            objects = [
                {"tokens": r["tokens"], gold: r["labels"], predicted: r["predictions"]}
                for r in rows(reference.examples, labels)
            ]
            aligned = read(json_lines(objects))
            assert [list(row) for row in aligned.labels] == labels, (gold, predicted)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"tokens": ["a"], "labels": ["O"], "tags": ["O"]}, "'labels', 'tags': which are the predictions"),
        ({"tokens": ["a"], "labels": ["O"], "mine": ["B-PER"]}, "'labels', 'mine': which are the predictions"),
        ({"tokens": ["a"], "gold": ["O"]}, "gold labels \\('gold'\\) but no predictions"),
        ({"tokens": ["a"], "pred": ["O"], "prediction": ["O"]}, "could all be the predictions"),
        ({"tokens": ["a"], "pred": [[0.1, 0.9]]}, "no predicted labels"),
        ({"tokens": ["a"]}, "no predicted labels"),
    ],
)
def test_ambiguous_json_is_refused(row, reason, read):
    with pytest.raises(DataError, match=reason):
        read(json.dumps(row))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"tokens": ["a"], "pred": ["O"]}', "without an end"),
        ('[{"tokens": ["a"], "pred": ["O"]} {}]', "no comma between items"),
        ('{"tokens": ["a"], "pred": ["O"], "pred": ["B-PER"]}', "'pred' twice"),
        ('{"tokens": ["a"], "pred": ["\\ud800"]}', "lone surrogate"),
        ('{"train": [{"pred": ["O"]}], "valid": [{"pred": ["O"]}]}', "tweets in train, valid"),
        ("[" * 100_000, "nested too deep|not JSON"),
        ('{"tokens": ["a"], "pred": [' + "9" * 5000 + "]}", "JSON that cannot be read"),
    ],
)
def test_invalid_json_is_refused(text, reason, read):
    with pytest.raises(DataError, match=reason):
        read(text)


def test_unreadable_answers_are_counted(read, reference):
    labels = noisy(reference.examples)

    def make(tweet, items):
        return {"words": list(tweet.words), "output": json.dumps([{"text": x[0], "type": x[1]} for x in items])}

    values = spans_of(reference.examples, labels, make)
    values[3]["output"] = "I cannot help with that."
    values[5]["output"] = '[{"text": "Ada"'
    values[7]["output"] = json.dumps([{"text": "Nobody", "type": "PER"}])
    aligned = read(json_lines(values))
    assert [(f.misfit, f.tweet) for f in aligned.findings] == [
        (Misfit.UNREADABLE, 4),
        (Misfit.UNREADABLE, 6),
        (Misfit.UNMATCHED, 8),
    ]
    assert "no JSON in 'I cannot help with that.'" in aligned.findings[0].text
    assert "'Nobody' (PER)" in aligned.findings[2].text
    assert all(set(aligned.labels[n]) == {"O"} for n in (3, 5, 7))
    for value in values:
        value["output"] = "Sorry."
    with pytest.raises(DataError, match="20 of 20 predictions cannot be read"):
        read(json_lines(values))


# --- Arbitrary content ------------------------------------------------------------------------------------------------

SCRAPS = [
    *("\n", "\n\n", "\t", " ", "|", ",", "O", "B-PER", "I-", "IMGID:", "{", "}", "[", "]", '"', '"predictions":', "##"),
    *(
        "▁",
        "[UNK]",
        "-100",
        "5",
        "\\ud800",
        "null",
        "1e999",
        "true",
        "#",
        "PK\x03\x04",
        "E-PER",
        "L-PER",
        "\r",
        "\0",
        "0.5",
    ),
]


def damaged(content, chance):
    """A file with some random damage."""
    data = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5])):
        begin = chance.randrange(len(data) + 1)
        end = min(len(data), begin + chance.choice([1, 3, 10, 100]))
        scrap, other = (chance.choice(SCRAPS).encode() for _ in range(2))
        accident = chance.randrange(5)
        if accident == 0:
            del data[begin:end]
        elif accident == 1:
            data[begin:begin] = scrap
        elif accident == 2:
            data = data[:begin]
        elif accident == 3:
            data = bytearray(bytes(data).replace(scrap, other))
        else:
            lines = bytes(data).split(b"\n")
            lines.pop(chance.randrange(len(lines)))
            data = bytearray(b"\n".join(lines))
    return bytes(data)


def answer(read, content, reference, **options):
    """Read and check a file; the result has to be labels for every word or an error with a remedy."""
    try:
        aligned = read(content, **options)
        check_plausible([("file.txt", aligned)], reference.examples, allow_gold=True)
    except MnerbenchError as refusal:
        text = str(refusal)
    else:
        assert [len(row) for row in aligned.labels] == [len(example.words) for example in reference.examples]
        text = alignment_text(aligned)
        text.encode()
        return
    assert "\n  -> " in text


@unhurried
@given(
    st.integers(0, 2**32), st.sampled_from([None, None, *PredictionFormat]), st.sampled_from([None, None, *LabelScheme])
)
def test_damaged_files_yield_labels_or_an_error(read, reference, seed, file_format, scheme):
    chance = random.Random(seed)
    labels = noisy(reference.examples, seed % 7)
    files = every_format(reference.examples, labels) | one_per_case(reference.examples, labels)
    for content in chance.sample(list(files.values()), 12):
        data = content if isinstance(content, bytes) else content.encode()
        names = chance.choice([(), tuple(NAMES)])
        answer(read, damaged(data, chance), reference, format=file_format, scheme=scheme, names=names)


@unhurried
@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(SCRAPS), max_size=40).map("".join).map(str.encode)))
def test_garbage_yields_an_error(read, reference, content):
    answer(read, content, reference)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "O", "B-PER", "Rob", "PER"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["tokens", "text", "labels", "predictions", "entities", "id", "type", "PER", "start", "end"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@unhurried
@given(st.lists(JSON, min_size=1, max_size=4), st.booleans())
def test_arbitrary_json_yields_labels_or_an_error(read, reference, values, in_array):
    answer(read, json.dumps(values) if in_array else json_lines(values), reference)
