"""Settings of a probe: invalid ones are refused with a remedy."""

import pytest
from pydantic import ValidationError

from mnerbench.datasets.probe_settings import NAMES, ProbeSettings
from mnerbench.datasets.probes.generator import generate


def settings(**overrides):
    return ProbeSettings(**{"evidence": ("object",), "train": 1, "valid": 1, "test": 1, **overrides})


@pytest.mark.parametrize(
    "values",
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
def test_settings_that_make_no_probe_are_refused(values):
    with pytest.raises(ValidationError):
        ProbeSettings(**values)


def test_as_many_names_as_can_be_invented_make_a_probe():
    probe_settings = settings(names=10, plain_names=30, test=20_000)
    tweets = generate(probe_settings).splits["test"]
    assert len({mention.name.words[0] for tweet in tweets for mention in tweet.mentions}) == NAMES


@pytest.mark.parametrize(
    ("names", "total", "remedies"),
    [
        ({"names": 10, "plain_names": 31}, 244, {"names": 9, "plain_names": 30}),
        ({"names": 8, "plain_names": 40}, 256, {"names": 6, "plain_names": 36}),
        ({"names": 10, "plain_names": 1, "prior": (0.4, 0.3, 0.3)}, 244, {"names": 9}),
    ],
)
def test_too_many_names_are_refused_with_the_largest_valid_numbers(names, total, remedies):
    with pytest.raises(ValidationError) as caught:
        settings(**names)
    lower = ", or ".join(f"{setting} to at most {most}" for setting, most in remedies.items())
    message = f"are {total} names, and only {NAMES} can be invented\n  -> lower {lower} ["
    assert message in str(caught.value)
    for setting, most in remedies.items():
        settings(**{**names, setting: most})
        with pytest.raises(ValidationError):
            settings(**{**names, setting: most + 1})
