"""The search space: cards, factors around the suite's rates, and the user's overrides."""

from __future__ import annotations

import pytest

from mnerbench.benchmark.planning.resolve import resolve
from mnerbench.benchmark.planning.suite import load_suite, parse_suite
from mnerbench.benchmark.tuning.search_space import defaults, parse_search, space_of, suggest
from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.base.choices import TextSource
from mnerbench.methods.base.search_space import OneOf, Range
from mnerbench.methods.registry import methods


def resolved(name, **fields):
    raw = {"name": "s", "title": "t", "datasets": ["d"], "methods": [name], "encoder": "scratch", **fields}
    return resolve(name, parse_suite(raw, None), methods())


@pytest.mark.parametrize("entry", [entry for entry in methods() if entry.family.is_trained], ids=lambda e: e.name)
def test_every_trained_method_has_a_space_of_method_settings(entry):
    item = resolved(entry.name)
    space = space_of(item, {})
    assert "training.lr_new" in space
    assert ("training.lr_encoder" in space) == (item.config.text_source is TextSource.ENCODER)
    method_settings = {key for key in space if not key.startswith("training.")}
    assert method_settings
    assert not method_settings & item.config.inactive_settings
    assert not method_settings & set(entry.variant.settings)
    for end in ("low", "high"):
        values = {
            key: getattr(domain, end) if isinstance(domain, Range) else domain.values[0]
            for key, domain in space.items()
            if key in method_settings
        }
        entry.configure(values)  # both ends of the space are valid


def test_rates_are_searched_around_the_suites():
    space = space_of(resolved("bert-crf", training={"lr_encoder": 1e-3, "lr_crf": 0.02}), {})
    assert space["training.lr_encoder"] == Range(1e-3 / 5, 5e-3, log=True)
    assert space["training.lr_crf"].high == pytest.approx(0.2)
    assert "training.lr_crf" not in space_of(resolved("bert"), {})


def test_overrides_replace_the_cards_domains():
    overrides = parse_search(
        ["maf.temperature=0.1..0.2:log", "maf.swap=random,last", "training.batch_size=8,16", "maf.positions=64..128"]
    )
    assert overrides == {
        "maf": {
            "temperature": Range(0.1, 0.2, log=True),
            "swap": OneOf(("random", "last")),
            "positions": Range(64, 128),
        },
        "training": {"batch_size": OneOf((8, 16))},
    }
    assert space_of(resolved("maf"), overrides["maf"])["temperature"] == Range(0.1, 0.2, log=True)
    assert parse_search(["maf.tag_swapped=true,false"])["maf"]["tag_swapped"] == OneOf((True, False))
    assert parse_search(["maf.temperature=1e-3..1"])["maf"]["temperature"] == Range(0.001, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("temperature=1..2", "not METHOD.SETTING=WHERE"),
        ("maf.temperature", "not METHOD.SETTING=WHERE"),
        ("maf.temperature=2..1", "an empty range"),
        ("maf.temperature=0..1:log", "an empty range"),
        ("maf.temperature=a..b", "'a' is not a number"),
    ],
)
def test_an_invalid_override_gives_the_reason(text, reason):
    with pytest.raises(ConfigError, match=reason):
        parse_search([text])


def test_a_setting_searched_twice_is_refused():
    with pytest.raises(ConfigError, match=r"'maf.temperature' was given before"):
        parse_search(["maf.temperature=1..2", "maf.temperature=3..4"])


def test_unknown_and_inactive_settings_are_refused():
    with pytest.raises(ConfigError, match=r"maf has no such setting.*temperature"):
        space_of(resolved("maf"), {"temperatur": Range(0, 1)})
    with pytest.raises(ConfigError, match="changes nothing in maf-no-ca"):
        space_of(resolved("maf-no-ca"), {"temperature": Range(0, 1)})
    with pytest.raises(ConfigError, match="lookup has nothing to search"):
        space_of(resolved("lookup"), {})


class Extreme:
    """A trial that always draws the upper end."""

    def suggest_float(self, _, low, high, log):
        return float(high)

    def suggest_int(self, _, low, high, log):
        assert isinstance(high, int)
        return high

    def suggest_categorical(self, _, values):
        return values[-1]


def test_values_have_the_type_of_their_range():
    space = {"a": Range(0.0, 1.0), "b": Range(1, 5), "c": OneOf(("x", "y"))}
    assert suggest(Extreme(), space) == {"a": 1.0, "b": 5, "c": "y"}


def test_the_first_trial_has_the_suites_values():
    item = resolved("maf", settings={"maf": {"temperature": 0.3}})
    space = space_of(item, {"swapped": Range(0.9, 1.0)})
    first = defaults(item, space)
    assert first["temperature"] == 0.3
    assert first["training.lr_new"] == 1e-3
    assert "swapped" not in first  # 30/64 is outside the user's domain


def test_the_suites_of_ita_search_the_rates_of_the_paper():
    for name, low, high in (("reproduce/ita", 0.05, 0.5), ("reproduce/ita-xlmr", 0.005, 0.05)):
        suite = load_suite(name)
        (domain,) = parse_search(f"{key}={value}" for key, value in suite.search.items())["training"].values()
        assert (min(domain.values), max(domain.values), len(domain.values)) == (low, high, 6)
        item = resolve("ita-all+cva", suite, methods())
        assert space_of(item, {"training.lr_crf": domain}, alone=True) == {"training.lr_crf": domain}
        assert defaults(item, {"training.lr_crf": domain}) == {"training.lr_crf": 0.05}
