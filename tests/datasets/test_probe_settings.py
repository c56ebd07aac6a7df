"""Settings of a probe: what is refused, and what is said about it."""

import pytest
from pydantic import ValidationError

from mnerbench.datasets.probe_settings import NAMES, ProbeSettings
from mnerbench.datasets.probes.generator import generate


def settings(**given):
    return ProbeSettings(**{"evidence": ("object",), "train": 1, "valid": 1, "test": 1, **given})


@pytest.mark.parametrize(
    "given",
    [
        {"evidence": []},
        {"evidence": ["object", "object"]},
        {"evidence": ["smell"]},
        {"evidence": ["object"], "prior": (0.5, 0.6)},
        {"evidence": ["object"], "prior": (1.0, 0.0)},
        {"evidence": ["object"], "unrelated": 1.2},
        {"evidence": ["object"], "pixels": 95},
        {"evidence": ["object"], "sise": 3},
    ],
)
def test_settings_that_make_no_probe_are_refused(given):
    with pytest.raises(ValidationError):
        ProbeSettings(**given)


def test_as_many_names_as_can_be_invented_make_a_probe():
    given = settings(names=10, plain_names=30, test=20_000)
    tweets = generate(given).splits["test"]
    assert len({mention.name.words[0] for tweet in tweets for mention in tweet.mentions}) == NAMES


@pytest.mark.parametrize(
    ("given", "total", "remedies"),
    [
        ({"names": 10, "plain_names": 31}, 244, {"names": 9, "plain_names": 30}),
        ({"names": 8, "plain_names": 40}, 256, {"names": 6, "plain_names": 36}),
        ({"names": 10, "plain_names": 1, "prior": (0.4, 0.3, 0.3)}, 244, {"names": 9}),
    ],
)
def test_more_names_than_can_be_invented_are_refused_and_the_largest_that_are_not_are_named(given, total, remedies):
    with pytest.raises(ValidationError) as caught:
        settings(**given)
    lower = ", or ".join(f"{setting} to at most {most}" for setting, most in remedies.items())
    said = f"are {total} names, and only {NAMES} can be invented\n  -> lower {lower} ["
    assert said in str(caught.value)
    for setting, most in remedies.items():
        settings(**{**given, setting: most})
        with pytest.raises(ValidationError):
            settings(**{**given, setting: most + 1})
