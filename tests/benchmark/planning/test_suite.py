"""Suite files: valid files load, errors name file and key."""

from __future__ import annotations

import pytest

from mnerbench.benchmark.planning.suite import Suite, load_suite, override, suite_names
from mnerbench.datasets.errors import ConfigError

GOOD = 'title = "t"\ndatasets = ["tiny"]\nmethods = ["bert-crf"]\n'


def write(folder, text):
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", suite_names())
def test_every_shipped_suite_loads_under_its_name(name):
    suite = load_suite(name)
    assert suite.name == name
    assert suite.baseline is None or suite.baseline in suite.all_names


def test_a_file_takes_its_name_from_the_file(tmp_path):
    assert load_suite(write(tmp_path, GOOD)).name == "mine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "sedes = 3\n", r"mine.toml: unknown key 'sedes'; did you mean 'seeds'"),
        (GOOD + "seeds = 0\n", r"mine.toml: seeds: .*at least one seed"),
        (GOOD + "seeds = [1, 1]\n", r"none twice"),
        (GOOD + "looks = [5, 3]\n", r"looks: give increasing numbers of seeds, from 3 to 1,000"),
        (GOOD + "looks = [2, 5]\n", r"looks: give increasing numbers"),
        (GOOD + "looks = [3, 2000]\n", r"looks: give increasing numbers"),
        (GOOD + 'protocol = "best"\n', r"mine.toml: protocol: .*'equal', 'paper' or 'tuned'"),
        (GOOD.replace('["tiny"]', "[]"), r"mine.toml: datasets"),
        (
            GOOD + '[variants.x]\nof = "bert-crf"\nsetting = {}\n',
            r"unknown key 'variants.x.setting'; did you mean 'settings'",
        ),
        ("title = \n", r"mine.toml: not a TOML file: .*line 1"),
    ],
)
def test_a_wrong_file_is_one_error_that_names_file_and_key(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        load_suite(write(tmp_path, text))


def test_an_unknown_suite_answers_with_the_nearest():
    with pytest.raises(ConfigError, match=r"no suite 'twiter15'; did you mean 'twitter15'"):
        load_suite("twiter15")


def test_an_override_counts_even_if_it_is_empty(tmp_path):
    suite = load_suite(write(tmp_path, GOOD + 'baseline = "bert-crf"\n'))
    assert override(suite, {}) == suite
    assert override(suite, {"seeds": 2}).seeds == (0, 1)
    with pytest.raises(ConfigError, match="command line: methods"):
        override(suite, {"methods": []})


def test_a_part_of_a_suite_can_be_overridden():
    suite = next(suite for suite in map(load_suite, suite_names()) if suite.parts)
    part = override(suite.resolved_parts[0], {"seeds": 2})
    assert part == suite.resolved_parts[0].model_copy(update={"seeds": (0, 1)})


def test_seeds_are_a_count_or_a_list():
    base = {"name": "s", "title": "t", "datasets": ["a"], "methods": ["b"]}
    assert Suite.model_validate({**base, "seeds": 3}).seeds == (0, 1, 2)
    assert Suite.model_validate({**base, "seeds": [8, 3]}).seeds == (8, 3)
