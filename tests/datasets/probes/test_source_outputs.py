"""The text inputs of a picture depend on its type only through the reports of its sources."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probe_settings import CARRIED_BY, TYPES, Evidence, Noise, ProbeSettings
from mnerbench.datasets.probes.ceilings import ceiling
from mnerbench.datasets.probes.drawing import WORDS
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.probes.source_outputs import captions_of, detections_of, picture_of, text_in_picture

pytestmark = pytest.mark.slow

WRITTEN = (InputKind.REGIONS, InputKind.TAGS, InputKind.CAPTIONS, InputKind.OCR)


def noisy(evidence, noise, **sizes):
    sources = dict.fromkeys(("detector", "captioner", "reader"), noise)
    return generate(ProbeSettings(**{"evidence": (evidence,), "train": 1, "valid": 1, **sizes}, **sources))


def written(settings, split, tweet, drawn):
    return (
        captions_of(settings, split, tweet),
        text_in_picture(tweet, drawn),
        detections_of(settings, split, tweet, drawn),
    )


@pytest.mark.parametrize("noise", [Noise(miss=1), Noise(confuse=1)], ids=["missed", "confused"])
@pytest.mark.parametrize("evidence", list(Evidence))
def test_equal_reports_give_equal_inputs_whatever_the_true_type(evidence, noise):
    probe = noisy(evidence, noise, test=40)
    for tweet in probe.splits["test"]:
        # Signs of both lengths are equally likely for every type, so only signs of equal length are compared.
        alike = defaultdict(list)
        for kind in TYPES:
            variant = replace(tweet, picture=replace(tweet.picture, type=kind))
            drawn = picture_of(probe.settings, "test", variant)
            alike[len(drawn.text)].append(written(probe.settings, "test", variant, drawn))
        for outputs in alike.values():
            assert all(output == outputs[0] for output in outputs)


def test_signs_of_every_type_are_equally_wide():
    assert {tuple(sorted(map(len, words))) for words in WORDS.values()} == {(4, 5)}


@pytest.mark.parametrize("evidence", list(Evidence))
def test_without_noise_inputs_match_the_drawing(evidence):
    probe = noisy(evidence, Noise(), test=20)
    for tweet in probe.splits["test"]:
        drawn = picture_of(probe.settings, "test", tweet)
        detections = detections_of(probe.settings, "test", tweet, drawn)
        assert sorted((t["name"], tuple(t["box"])) for t in detections) == sorted((t.name, t.box) for t in drawn.things)
        assert text_in_picture(tweet, drawn) == drawn.text


@pytest.mark.parametrize("evidence", [Evidence.OBJECT, Evidence.RELATION])
def test_of_a_missed_picture_no_box_is_left(evidence):
    probe = noisy(evidence, Noise(miss=1), test=20)
    for tweet in probe.splits["test"]:
        assert detections_of(probe.settings, "test", tweet, picture_of(probe.settings, "test", tweet)) == []


def clues(settings, split, tweet):
    """The text inputs, coarse enough for counting: names, positions and relative positions of the objects."""
    captions, text, detections = written(settings, split, tweet, picture_of(settings, split, tweet))
    things = sorted((thing["name"], thing["box"]) for thing in detections)
    if not things:
        return captions[0], text
    (_, first), (_, last) = things[0], things[-1]
    order = first[0] < last[0], first[1] < last[1], first[2] > last[2]
    cell = [edge * 4 // settings.pixels for edge in last[:2]]
    return captions[0], text, *(name for name, _ in things), *order, *cell, (last[2] - last[0]) // 8


@pytest.mark.parametrize("evidence", [kind for kind in Evidence if CARRIED_BY[kind] & set(WRITTEN)])
def test_no_predictor_of_the_text_inputs_exceeds_the_ceiling(evidence):
    probe = noisy(evidence, Noise(miss=0.3, confuse=0.3), train=6000, test=6000, unrelated=0.0)
    train_counts = defaultdict(Counter)
    for tweet in probe.splits["train"]:
        if tweet.ambiguous:
            train_counts[clues(probe.settings, "train", tweet)][tweet.ambiguous.type] += 1
    right = total = 0
    for tweet in probe.splits["test"]:
        total, right = total + len(tweet.mentions), right + len(tweet.mentions)
        if tweet.ambiguous:
            counts = train_counts[clues(probe.settings, "test", tweet)]
            right -= tweet.ambiguous.type != max(tweet.ambiguous.name.candidates, key=lambda kind: counts[kind])
    best = ceiling(probe, "test", WRITTEN)
    assert best.expected - 0.02 < right / total < best.expected + 3 * best.error
