"""Suites with a base suite, suites of parts, and overrides from the command line."""

from __future__ import annotations

import pytest

from mnerbench.benchmark.planning.expand import expand
from mnerbench.benchmark.planning.overrides import GridFlags, resolve_suite
from mnerbench.benchmark.planning.suite import load_suite
from mnerbench.benchmark.planning.suite_part import with_base
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.methods.registry import methods

BASE = """
title = "how"
datasets = ["a"]
methods = ["bert-crf", "umt"]
seeds = 3
encoder = "cased"
protocol = "paper"
[pinned]
epochs = 7
batch_size = 8
[settings.umt]
span_share = 0.4
"""
PARTS = """
title = "two"
datasets = ["a", "b"]
baseline = "bert-crf"
seeds = 2
[[parts]]
of = "BASE"
methods = ["bert-crf"]
[[parts]]
of = "BASE"
methods = ["umt", "bert-crf"]
encoder = "large"
pinned = { epochs = 9 }
"""


class Facts:
    """Resources of a machine that has every corpus, and every encoder except the missing ones."""

    def __init__(self, missing=()):
        self.missing = missing

    def dataset_ref(self, name, kinds, sources, lost):
        return DatasetRef(name=name, fingerprints=dict.fromkeys(("train", "valid", "test"), name))

    def train_size(self, name):
        return 100

    def shared_tweets(self, trained, tested):
        return ()

    def encoder_ref(self, name):
        if name in self.missing:
            raise MissingInputError(f"no encoder {name}")
        return EncoderRef(name=name, digest=name)


@pytest.fixture
def files(tmp_path):
    """Writes suite files; BASE is replaced by the path of the base suite."""

    def write(name, text):
        path = tmp_path / f"{name}.toml"
        path.write_text(text.replace("BASE", str(tmp_path / "base.toml")), encoding="utf-8")
        return str(path)

    write("base", BASE)
    return write


def flags(suite, **values):
    names = GridFlags.__dataclass_fields__
    return GridFlags(**{**dict.fromkeys(names), "inputs": (), "settings": (), "suite_name": suite, **values})


def trained(suite, **facts):
    """Method, dataset, encoder, epochs and tweets per step of every run of seed 0."""
    jobs = expand(suite, Facts(**facts), methods()).jobs
    return sorted(
        (s.method, s.dataset.name, s.encoder.name, s.training.epochs, s.training.batch_size)
        for s in (job.spec for job in jobs)
        if s.seed == 0
    )


def test_a_suite_inherits_how_methods_are_run_and_nothing_else(files):
    text = (
        'title = "t"\nof = "BASE"\ndatasets = ["b"]\nmethods = ["bert-crf"]\nencoder = "mine"\npinned = {epochs = 1}\n'
    )
    suite = load_suite(files("own", text))
    assert (suite.encoder, suite.protocol.value, dict(suite.pinned)) == (
        "mine",
        "paper",
        {"epochs": 1, "batch_size": 8},
    )
    assert (suite.name, suite.title, suite.datasets, suite.methods) == ("own", "t", ("b",), ("bert-crf",))
    assert (suite.seeds, suite.settings) == ((0, 1, 2, 3, 4), {})


def test_values_override_the_base_even_if_they_are_zero_or_defaults(files):
    text = 'title = "t"\nof = "BASE"\ndatasets = ["b"]\nmethods = ["umt"]\npinned = {epochs = 0}\nprotocol = "equal"\n'
    suite = load_suite(files("own", text))
    assert (suite.pinned["epochs"], suite.protocol.value) == (0, "equal")
    assert suite.settings == {"umt": {"span_share": 0.4}}


def test_base_suites_may_be_chained_but_not_circular(files):
    middle = files("middle", 'title = "t"\nof = "BASE"\ndatasets = ["a"]\nmethods = ["umt"]\npinned = {epochs = 5}\n')
    last = files("last", f'title = "t"\nof = "{middle}"\ndatasets = ["a"]\nmethods = ["umt"]\n')
    assert dict(load_suite(last).pinned) == {"epochs": 5, "batch_size": 8}
    files("base", f'title = "t"\nof = "{last}"\ndatasets = ["a"]\nmethods = ["umt"]\n')
    with pytest.raises(ConfigError, match=r"circular `of`: .*last\.toml → .*middle\.toml → .*base\.toml → "):
        load_suite(last)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PARTS + 'sedes = "x"\n', r"unknown key 'parts\.1\.sedes'"),
        (PARTS.replace("encoder", "encodr"), r"unknown key 'parts\.1\.encodr'; did you mean 'encoder'"),
        ('encoder = "x"\n' + PARTS, r"encoder outside of \[\[parts\]\]\n  -> move it"),
        (PARTS.replace('methods = ["bert-crf"]\n', "", 1), r"methods: empty"),
        (PARTS.replace("BASE", "reproduce/itta"), r"no suite 'reproduce/itta'; did you mean 'reproduce/ita'"),
        (PARTS.replace("BASE", "ita/table1"), r"of = 'ita/table1': that suite has parts"),
    ],
)
def test_an_invalid_file_is_one_error_that_names_the_key(files, text, message):
    with pytest.raises(ConfigError, match=message):
        load_suite(files("parts", text))


def test_a_part_may_have_datasets_of_its_own_which_flags_replace(files):
    path = files("parts", PARTS.replace('methods = ["umt", "bert-crf"]', 'methods = ["umt"]\ndatasets = ["b", "c"]'))
    pairs = {(method, dataset) for method, dataset, *_ in trained(load_suite(path))}
    assert pairs == {("bert-crf", "a"), ("bert-crf", "b"), ("umt", "b"), ("umt", "c")}
    pairs = {(method, dataset) for method, dataset, *_ in trained(resolve_suite(flags(path, datasets="d")))}
    assert pairs == {("bert-crf", "d"), ("umt", "d")}
    pairs = {(method, dataset) for method, dataset, *_ in trained(resolve_suite(flags(path, methods="umt")))}
    assert pairs == {("umt", "b"), ("umt", "c")}


def test_every_part_runs_under_its_own_settings(files):
    suite = load_suite(files("parts", PARTS))
    assert suite.all_names == ("bert-crf", "umt")
    assert trained(suite) == sorted(
        (method, dataset, *settings)
        for dataset in "ab"
        for method, *settings in (("bert-crf", "cased", 7, 8), ("bert-crf", "large", 9, 8), ("umt", "large", 9, 8))
    )
    seeds = [job.spec.seed for job in expand(suite, Facts(), methods()).jobs]
    assert seeds == sorted(seeds)
    assert not expand(suite, Facts(), methods()).not_run


def test_a_missing_encoder_excludes_the_part_that_needs_it(files):
    suite = load_suite(files("parts", PARTS))
    assert {run[2] for run in trained(suite, missing=("large",))} == {"cased"}
    assert expand(suite, Facts(missing=("large",)), methods()).not_run["umt on b"] == "no encoder large"
    nothing = expand(suite, Facts(missing=("large", "cased")), methods())
    assert not nothing.jobs
    assert nothing.not_run["bert-crf on a"] == "no encoder cased\nno encoder large"


def test_a_baseline_may_be_a_variant_of_any_part(files):
    variant = 'variants = { mine = { of = "umt" } }\n'
    text = PARTS.replace('"umt", "bert-crf"', '"mine"').replace('baseline = "bert-crf"', 'baseline = "mine"') + variant
    assert ("mine", "a", "large", 9, 8) in trained(load_suite(files("parts", text)))


def test_flags_reach_every_part(files):
    name = files("parts", PARTS)
    changed = flags(name, encoder="e", settings=("training.epochs=2",), seeds="1", datasets="a", protocol="equal")
    suite = resolve_suite(changed)
    assert {run[2:] for run in trained(suite)} == {("e", 2, 8)}
    assert (suite.seeds, suite.datasets) == ((0,), ("a",))
    assert {part.protocol.value for part in suite.resolved_parts} == {"equal"}
    assert resolve_suite(flags(name)).all_names == load_suite(name).all_names
    assert trained(resolve_suite(flags(name))) == trained(load_suite(name))


def test_a_given_method_runs_in_the_parts_that_name_it_and_a_new_one_in_the_first(files):
    suite = resolve_suite(
        flags(files("parts", PARTS), methods="umt,bert", datasets="a", settings=("bert.dropout=0.3",))
    )
    assert trained(suite) == [("bert", "a", "large", 9, 8), ("umt", "a", "large", 9, 8)]
    both = resolve_suite(flags(files("parts", PARTS), methods="bert-crf", datasets="a"))
    assert trained(both) == [("bert-crf", "a", "cased", 7, 8), ("bert-crf", "a", "large", 9, 8)]


@pytest.mark.parametrize("setting", ["umtt.dropout=0.2", "umt.dropout=0.2"])
def test_a_setting_of_a_method_that_is_not_run_is_an_error(files, setting):
    suite = resolve_suite(flags(files("parts", PARTS), methods="bert-crf", settings=(setting,)))
    with pytest.raises(ConfigError, match="which the suite does not run"):
        expand(suite, Facts(), methods())


def test_a_setting_applies_to_the_parts_that_run_the_method(files):
    suite = resolve_suite(flags(files("parts", PARTS), settings=("umt.span_share=0.1", "bert-crf.dropout=0.2")))
    settings = [dict(part.settings) for part in suite.resolved_parts]
    assert settings == [
        {"bert-crf": {"dropout": 0.2}},
        {"umt": {"span_share": 0.1}, "bert-crf": {"dropout": 0.2}},
    ]


def test_the_content_of_the_base_is_not_changed():
    base = {"pinned": {"epochs": 1}, "settings": {"umt": {"heads": 2}}}
    content = {"of": "x", "methods": ["umt"], "pinned": {"epochs": 2}, "settings": {"umt": {"heads": 3}}}
    with_base(content, lambda _: base)
    assert base == {"pinned": {"epochs": 1}, "settings": {"umt": {"heads": 2}}}


def test_partial_runs_and_the_precision_of_a_flag(files):
    file = files("own", 'title = "t"\ndatasets = ["b"]\nmethods = ["bert-crf"]\nlimit_test = 9\ndiagnosis = false\n')
    suite = resolve_suite(flags(file))
    assert (suite.limit_test, suite.diagnosis) == (9, False)
    suite = resolve_suite(flags(file, limit_test="all", diagnosis=True, precision="bf16"))
    assert (suite.limit_test, suite.diagnosis, dict(suite.pinned)) == (None, True, {"precision": "bf16"})
    assert resolve_suite(flags(file, limit_test="20")).limit_test == 20
    parts = resolve_suite(flags(files("parts", PARTS), precision="auto")).parts
    assert [part.pinned["precision"] for part in parts] == ["auto", "auto"]
    for wrong in ("few", "0", "-3", "1.5", ""):
        with pytest.raises(ConfigError, match=r"limit.test"):
            resolve_suite(flags(file, limit_test=wrong))
