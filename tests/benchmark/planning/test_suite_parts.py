"""Suites that start from others, and suites of parts: what a file says wins, and the command line over it."""

from __future__ import annotations

import pytest

from mnerbench.benchmark.planning.expand import expand
from mnerbench.benchmark.planning.overrides import GridFlags, resolve_suite
from mnerbench.benchmark.planning.suite import load_suite
from mnerbench.benchmark.planning.suite_part import started
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
    """A machine that has every corpus and every encoder but the missing ones."""

    def __init__(self, missing=()):
        self.missing = missing

    def dataset_ref(self, name, kinds, sources, lost):
        return DatasetRef(name=name, fingerprints=dict.fromkeys(("train", "valid", "test"), name))

    def train_size(self, name):
        return 100

    def encoder_ref(self, name):
        if name in self.missing:
            raise MissingInputError(f"no encoder {name}")
        return EncoderRef(name=name, digest=name)


@pytest.fixture
def files(tmp_path):
    """Writes suite files; BASE stands for the path of the first."""

    def write(name, text):
        path = tmp_path / f"{name}.toml"
        path.write_text(text.replace("BASE", str(tmp_path / "base.toml")), encoding="utf-8")
        return str(path)

    write("base", BASE)
    return write


def flags(suite, **given):
    names = GridFlags.__dataclass_fields__
    return GridFlags(**{**dict.fromkeys(names), "inputs": (), "settings": (), "suite_name": suite, **given})


def trained(suite, **facts):
    """Method, dataset, encoder, epochs and tweets per step of every run of seed 0."""
    jobs = expand(suite, Facts(**facts), methods()).jobs
    return sorted(
        (s.method, s.dataset.name, s.encoder.name, s.training.epochs, s.training.batch_size)
        for s in (job.spec for job in jobs)
        if s.seed == 0
    )


def test_a_suite_takes_over_how_methods_are_run_and_nothing_else(files):
    text = (
        'title = "t"\nof = "BASE"\ndatasets = ["b"]\nmethods = ["bert-crf"]\nencoder = "mine"\npinned = {epochs = 1}\n'
    )
    found = load_suite(files("own", text))
    assert (found.encoder, found.protocol.value, dict(found.pinned)) == (
        "mine",
        "paper",
        {"epochs": 1, "batch_size": 8},
    )
    assert (found.name, found.title, found.datasets, found.methods) == ("own", "t", ("b",), ("bert-crf",))
    assert (found.seeds, found.settings) == ((0, 1, 2, 3, 4), {})


def test_given_means_given_also_when_it_says_nothing(files):
    text = 'title = "t"\nof = "BASE"\ndatasets = ["b"]\nmethods = ["umt"]\npinned = {epochs = 0}\nprotocol = "equal"\n'
    found = load_suite(files("own", text))
    assert (found.pinned["epochs"], found.protocol.value) == (0, "equal")
    assert found.settings == {"umt": {"span_share": 0.4}}


def test_what_a_suite_starts_from_may_start_from_another_but_not_from_itself(files):
    middle = files("middle", 'title = "t"\nof = "BASE"\ndatasets = ["a"]\nmethods = ["umt"]\npinned = {epochs = 5}\n')
    last = files("last", f'title = "t"\nof = "{middle}"\ndatasets = ["a"]\nmethods = ["umt"]\n')
    assert dict(load_suite(last).pinned) == {"epochs": 5, "batch_size": 8}
    files("base", f'title = "t"\nof = "{last}"\ndatasets = ["a"]\nmethods = ["umt"]\n')
    with pytest.raises(ConfigError, match=r"starts from itself, by .*last\.toml of .*middle\.toml of .*base\.toml of"):
        load_suite(last)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PARTS + 'sedes = "x"\n', r"unknown key 'parts\.1\.sedes'"),
        (PARTS.replace("encoder", "encodr"), r"unknown key 'parts\.1\.encodr'; did you mean 'encoder'"),
        ('encoder = "x"\n' + PARTS, r"encoder beside \[\[parts\]\]\n  -> move it"),
        (PARTS.replace('methods = ["bert-crf"]\n', "", 1), r"methods: none is named"),
        (PARTS.replace("BASE", "reproduce/itta"), r"no suite 'reproduce/itta'; did you mean 'reproduce/ita'"),
        (PARTS.replace("BASE", "ita/table1"), r"of = 'ita/table1': that suite is made of parts"),
    ],
)
def test_what_is_wrong_is_one_error_that_says_what(files, text, says):
    with pytest.raises(ConfigError, match=says):
        load_suite(files("parts", text))


def test_every_part_is_run_in_its_own_way(files):
    suite = load_suite(files("parts", PARTS))
    assert suite.all_names == ("bert-crf", "umt")
    assert trained(suite) == sorted(
        (method, dataset, *how)
        for dataset in "ab"
        for method, *how in (("bert-crf", "cased", 7, 8), ("bert-crf", "large", 9, 8), ("umt", "large", 9, 8))
    )
    seeds = [job.spec.seed for job in expand(suite, Facts(), methods()).jobs]
    assert seeds == sorted(seeds)
    assert not expand(suite, Facts(), methods()).not_run


def test_an_encoder_that_one_part_needs_leaves_out_that_part(files):
    suite = load_suite(files("parts", PARTS))
    assert {run[2] for run in trained(suite, missing=("large",))} == {"cased"}
    assert expand(suite, Facts(missing=("large",)), methods()).not_run["umt on b"] == "no encoder large"
    nothing = expand(suite, Facts(missing=("large", "cased")), methods())
    assert not nothing.jobs
    assert nothing.not_run["bert-crf on a"] == "no encoder cased\nno encoder large"


def test_a_baseline_may_be_a_variant_of_any_part(files):
    own = 'variants = { mine = { of = "umt" } }\n'
    text = PARTS.replace('"umt", "bert-crf"', '"mine"').replace('baseline = "bert-crf"', 'baseline = "mine"') + own
    assert ("mine", "a", "large", 9, 8) in trained(load_suite(files("parts", text)))


def test_flags_reach_every_part(files):
    name = files("parts", PARTS)
    given = flags(name, encoder="e", settings=("training.epochs=2",), seeds="1", datasets="a", protocol="equal")
    found = resolve_suite(given)
    assert {run[2:] for run in trained(found)} == {("e", 2, 8)}
    assert (found.seeds, found.datasets) == ((0,), ("a",))
    assert {one.protocol.value for one in found.grids} == {"equal"}
    assert resolve_suite(flags(name)).all_names == load_suite(name).all_names
    assert trained(resolve_suite(flags(name))) == trained(load_suite(name))


def test_a_method_that_is_given_runs_where_it_is_named_and_a_further_one_in_the_first_part(files):
    found = resolve_suite(
        flags(files("parts", PARTS), methods="umt,bert", datasets="a", settings=("bert.dropout=0.3",))
    )
    assert trained(found) == [("bert", "a", "large", 9, 8), ("umt", "a", "large", 9, 8)]
    both = resolve_suite(flags(files("parts", PARTS), methods="bert-crf", datasets="a"))
    assert trained(both) == [("bert-crf", "a", "cased", 7, 8), ("bert-crf", "a", "large", 9, 8)]


@pytest.mark.parametrize("setting", ["umtt.dropout=0.2", "umt.dropout=0.2"])
def test_a_setting_of_what_is_not_run_is_an_error(files, setting):
    suite = resolve_suite(flags(files("parts", PARTS), methods="bert-crf", settings=(setting,)))
    with pytest.raises(ConfigError, match="which the suite does not run"):
        expand(suite, Facts(), methods())


def test_a_setting_holds_in_the_parts_that_run_the_method(files):
    suite = resolve_suite(flags(files("parts", PARTS), settings=("umt.span_share=0.1", "bert-crf.dropout=0.2")))
    settings = [dict(one.settings) for one in suite.grids]
    assert settings == [
        {"bert-crf": {"dropout": 0.2}},
        {"umt": {"span_share": 0.1}, "bert-crf": {"dropout": 0.2}},
    ]


def test_the_content_that_is_started_from_is_left_as_it_is():
    base = {"pinned": {"epochs": 1}, "settings": {"umt": {"heads": 2}}}
    started({"of": "x", "methods": ["umt"], "pinned": {"epochs": 2}, "settings": {"umt": {"heads": 3}}}, lambda _: base)
    assert base == {"pinned": {"epochs": 1}, "settings": {"umt": {"heads": 2}}}
