"""Flags, suites and cards with values that no run can have: a named error each, before anything is planned."""

import datetime
import json
import tracemalloc

import pytest
import tomli_w
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.cli.score import check_name
from mnerbench.benchmark.external.plausibility import gold_of
from mnerbench.benchmark.planning.overrides import parse_inputs, parse_settings
from mnerbench.benchmark.planning.suite import MOST_SEEDS, Suite, load_suite, parse_suite
from mnerbench.benchmark.planning.suite_part import Part
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.datasets.card import DatasetCard, read_card
from mnerbench.datasets.catalog import data_dir, load_card
from mnerbench.datasets.character_spans import Offsets
from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.errors import ConfigError, DataError, MnerbenchError
from mnerbench.datasets.importing.parquet import parse_parquet
from mnerbench.datasets.probe_settings import MOST_TWEETS, ProbeSettings
from mnerbench.datasets.untrusted.names import path_fault
from mnerbench.methods.registry import methods

LONG = "x" * 300
# One of every type of TOML, and each within the others.
VALUES = [
    *(1, -1, 0, 2**31, 10**30, 1.5, 1e300, True, False, "text", "", "a\x00b", LONG),
    *(datetime.date(2024, 1, 1), datetime.time(1, 2), datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)),
    *([], [1], [[1]], ["a"], [True], [1.5], [{}], [{"a": 1}], ["a", 1], [LONG], [datetime.date(2024, 1, 1)]),
    *({}, {"a": 1}, {"a": {"b": 1}}, {"a": "x"}, {"a": []}, {"bert": {"profile": [1]}}, {"captions": 1}),
]
SUITE = {"title": "mine", "methods": ["majority"], "datasets": ["tiny"]}


def complaint(read, path):
    """What a reader says against a file; None where it takes it. Other errors than its own pass through."""
    try:
        read(path)
    except MnerbenchError as error:
        return str(error)
    return None


def invoke(*words):
    result = CliRunner().invoke(cli, list(words))
    return result, str(result.exception)


def refused(*words):
    result, text = invoke(*words)
    assert isinstance(result.exception, MnerbenchError | SystemExit), result.exc_info
    assert result.exit_code
    text = text if isinstance(result.exception, MnerbenchError) else result.stderr
    assert "  -> " in text
    assert "free some space" not in text
    assert "make room" not in text
    return text


@pytest.mark.parametrize("key", ["of", *Suite.model_fields])
@pytest.mark.parametrize("start", [{}, {"of": "reproduce/ita"}, {"of": "tiny"}], ids=["alone", "of", "of tiny"])
def test_every_type_for_every_key_of_a_suite_is_accepted_or_named(tmp_path, key, start):
    path = tmp_path / "mine.toml"
    for value in VALUES:
        content = {**SUITE, **start, key: value}
        path.write_text(tomli_w.dumps(content))
        text = complaint(load_suite, str(path))
        assert text is None or ("\n  -> " in text and len(text) < 2000), content


@pytest.mark.parametrize("key", sorted(Part.model_fields))
def test_every_type_for_every_key_of_a_part_is_accepted_or_named(tmp_path, key):
    for value in VALUES:
        content = {"title": "mine", "datasets": ["tiny"], "parts": [{key: value}]}
        (tmp_path / "mine.toml").write_text(tomli_w.dumps(content))
        text = complaint(load_suite, str(tmp_path / "mine.toml"))
        assert "\n  -> " in text if text is not None else key == "methods", value


@pytest.mark.parametrize("key", [*DatasetCard.model_fields, "labels"])
def test_every_type_for_every_key_of_a_card_is_accepted_or_named(tmp_path, key):
    path = tmp_path / "card.toml"
    for value in VALUES:
        path.write_text(tomli_w.dumps({"name": "mine", "types": ["PER"], "files": {"train": "a.txt"}, key: value}))
        text = complaint(read_card, path)
        assert text is None or "\n  -> " in text, value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[
            ("seeds", value)
            for value in (10**9, MOST_SEEDS + 1, -1, 0, [2**32], [True, False], [1.0], list(range(2000)))
        ],
        *[("train_tweets", value) for value in ([0], [True], [1.5], list(range(1, 102)))],
        *[("hidden_pictures", value) for value in (True, 2, -1, "0.5")],
        *[("encoder", value) for value in ("", LONG, "a\x00b")],
        *[("word_vectors", value) for value in ("", LONG, "a\x00b", "a/" * 4000)],
        *[("inputs", {"grid": value}) for value in (LONG, "a\x00b", "")],
        *[("name", value) for value in (LONG, "a\x00b", "a/" * 200 + "a", "a\n")],
        *[("methods", [value]) for value in (LONG, "a\x00b")],
        ("of", 1.5),
    ],
)
def test_values_that_no_run_can_have(tmp_path, key, value):
    (tmp_path / "mine.toml").write_text(tomli_w.dumps({**SUITE, key: value}))
    with pytest.raises(ConfigError, match=rf"{key}.*\n  -> |{key} = .*\n  -> "):
        load_suite(str(tmp_path / "mine.toml"))


def test_methods_that_are_not_a_list_are_named_with_of_too(tmp_path):
    (tmp_path / "mine.toml").write_text('title = "mine"\nof = "reproduce/ita"\nmethods = 1.5')
    with pytest.raises(ConfigError, match=r"methods: Input should be a valid tuple, got 1\.5\n  -> "):
        load_suite(str(tmp_path / "mine.toml"))


def test_a_billion_seeds_are_refused_before_they_are_expanded():
    tracemalloc.start()
    with pytest.raises(ConfigError, match=r"seeds: give at most 1,000 seeds"):
        parse_suite({**SUITE, "name": "mine", "seeds": 10**9}, "mine.toml")
    assert tracemalloc.get_traced_memory()[1] < 10 << 20
    tracemalloc.stop()


def test_a_grid_of_millions_of_runs_is_refused_before_it_is_made():
    text = refused("plan", "--suite", "demo", "--seeds", "1000", "--train-tweets", ",".join(map(str, range(1, 101))))
    assert "runs, more than the 100,000 of a grid" in text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("inf", "is not a finite number"),
        ("-inf", "is not a finite number"),
        ("nan", "is not a finite number"),
        ("1e400", "is not a finite number"),
        ("1" * 5000, "digits"),
        ("[" * 100_000, "nested too deep"),
        ("1\nb = 2", "several lines"),
    ],
    ids=["inf", "-inf", "nan", "1e400", "digits", "deep", "lines"],
)
def test_values_of_set_flags_that_are_invalid(text, reason):
    with pytest.raises(ConfigError, match=rf"--set .*{reason}.*\n  -> give a finite number"):
        parse_settings([f"training.lr_encoder={text}"])


def test_other_text_stays_text():
    assert parse_settings(["bert.a=blip2", "bert.b=0.5", 'bert.c=["x"]'])["bert"] == {
        "a": "blip2",
        "b": 0.5,
        "c": ["x"],
    }


@pytest.mark.parametrize("value", ['"inf"', "true", "9" * 30, "1000000000000", "2024-01-01", "[1]", "{a = 1}", '"nan"'])
@pytest.mark.parametrize("key", ["training.lr_encoder", "training.epochs", "training.batch_size", "bert-crf.dropout"])
def test_impossible_settings_are_named_with_a_remedy(key, value):
    if key == "training.lr_encoder" and value.startswith(("9", "10")):
        pytest.skip("a learning rate may be any finite number")
    assert refused("plan", "--suite", "tiny", "--methods", "bert-crf", "--set", f"{key}={value}").count("\n") < 10


def test_settings_are_finite_numbers_wherever_they_come_from():
    for value in (float("inf"), float("nan"), True):
        with pytest.raises(ValueError, match=r"lr_encoder|finite"):
            TrainingSettings(lr_encoder=value)
    with pytest.raises(ConfigError, match="a number of 13 digits"):
        methods()["ita-ga"].configure({"captions": 10**12})
    with pytest.raises(ConfigError, match="captions = true: give a number"):
        methods()["ita-ga"].configure({"captions": True})


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_a_probe_of_a_million_million_tweets_is_refused(split):
    assert ProbeSettings(evidence=("object",), **{split: MOST_TWEETS})
    with pytest.raises(ValueError, match="less than or equal to 100000"):
        ProbeSettings(evidence=("object",), **{split: 10**12})


@pytest.mark.parametrize("flag", ["--data", "--models", "--cache", "--out", "--encoder", "--word-vectors", "--suite"])
@pytest.mark.parametrize("value", [LONG, "a/" * 4000, "a\x00b", ""], ids=["long", "long path", "NUL", "empty"])
def test_names_that_no_file_can_have_are_refused(flag, value):
    suite = [] if flag == "--suite" else ["--suite", "tiny", "--methods", "bert-crf"]
    refused("plan", *suite, flag, value if flag != "--suite" or not value else f"{value}.toml")


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "--suite", "tiny", "--datasets", LONG],
        ["plan", "--suite", "tiny", "--methods", LONG],
        ["plan", "--suite", "tiny", "--baseline", LONG],
        ["plan", "--suite", LONG],
        ["plan", "--suite", "demo", "--input", f"grid={LONG}"],
        ["plan", "--suite", "demo", "--input", f"{LONG}=a"],
        ["plan", "--suite", "demo", "--input", "grid=a\x00b"],
        ["plan", "--suite", "demo", "--seeds", "1000000000"],
        ["plan", "--suite", "demo", "--seeds", "9" * 5000],
        ["plan", "--suite", "demo", "--seeds", "4294967296,"],
        ["plan", "--suite", "demo", "--train-tweets", "9" * 5000],
        ["plan", "--suite", "demo", "--hide-pictures", "nan"],
        ["run", "--suite", "tiny", "--workers", "1000000000"],
        ["run", "--suite", "tiny", "--per-gpu", "1000000000"],
        ["run", "--suite", "tiny", "--threads", "1000000000"],
        ["run", "--suite", "tiny", "--timeout", "nan"],
        ["run", "--suite", "tiny", "--checkpoint-every", "inf"],
        ["tune", "--suite", "tiny", "--trials", "1000000000"],
        ["score", "a", "--dataset", "tiny", "--name", "a", "--first-seed", "99999999999"],
        ["score", LONG, "--dataset", "tiny", "--name", "a"],
        ["score", "a", "--dataset", LONG, "--name", "a"],
        ["data", "check", LONG],
        ["data", "get", LONG],
        ["data", "prepare", LONG, "--for", "bert-grid"],
        ["data", "import", "train=a", "--name", LONG],
        ["show", LONG],
        ["report", "--to", LONG],
        ["merge", LONG],
    ],
    ids=lambda words: " ".join(word[:12] for word in words).replace("\x00", "NUL"),
)
def test_long_names_and_huge_numbers_are_refused(words):
    refused(*words)


def test_arguments_that_are_not_text_are_refused():
    for words in (["plan", "--suite", "caf\udce9"], ["score", "a\ud800", "--dataset", "tiny", "--name", "a"]):
        assert "of the command line" in refused(*words)


def test_folders_of_the_environment_are_checked_too(monkeypatch):
    monkeypatch.setenv("MNERBENCH_DATA", LONG)
    with pytest.raises(ConfigError, match=r"MNERBENCH_DATA 'xxx.* has a part of more than 255 bytes"):
        data_dir()


def test_names_of_systems_fit_into_tables():
    with pytest.raises(ConfigError, match="more than 100 characters\n  -> "):
        check_name(LONG)


def test_an_input_that_no_file_can_have_is_refused_by_the_flag():
    with pytest.raises(ConfigError, match="--input captions 'xxx"):
        parse_inputs([f"captions={LONG}"])


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "empty"),
        ("a\0", "NUL"),
        ("\ud800", "UTF-8"),
        ("ä" * 128, "255"),
        ("a/" * 2000, "path of more"),
        ("a/b", None),
    ],
)
def test_faults_of_names(name, fault):
    assert (path_fault(name) is None) if fault is None else fault in path_fault(name)
    assert path_fault("ä" * 127) is None


def test_a_card_that_is_a_folder_is_named(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.toml").mkdir()
    with pytest.raises(MnerbenchError, match="no dataset 'mine'"):
        load_card("mine", tmp_path)


def test_a_dataset_without_gold_cannot_be_scored_on():
    blind = Corpus("mine", {"test": (Example("0", ("a",), ("O",)),)}, ("PER",))
    with pytest.raises(DataError, match=r"none of its 1 test tweets has a gold entity.*\n  -> get the gold"):
        gold_of(blind)
    with pytest.raises(DataError, match="has no test split; its splits: train\n  -> "):
        gold_of(Corpus("mine", {"train": blind["test"]}, ("PER",)))
    labelled = Corpus("mine", {"test": (Example("0", ("a",), ("B-PER",)),)}, ("PER",))
    assert gold_of(labelled) == labelled["test"]


def test_parquet_with_text_that_is_not_utf8_is_named(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    offsets = pyarrow.array([0, 1], pyarrow.int32()).buffers()[1]
    broken = pyarrow.Array.from_buffers(pyarrow.string(), 1, [None, offsets, pyarrow.py_buffer(b"\xff")])
    parquet.write_table(pyarrow.table({"text": broken, "entities": [None]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet:1: a value in this row .*\n  -> write texts in UTF-8"):
        parse_parquet(tmp_path / "a.parquet", None, Offsets.CHARACTERS)


def test_settings_of_shipped_suites_are_as_before():
    suite = load_suite("demo")
    assert json.loads(suite.model_dump_json())["seeds"] == list(suite.seeds)
