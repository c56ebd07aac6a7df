"""What is written of a picture tells its type only as far as its sources say it."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probe_settings import CARRIED_BY, TYPES, Evidence, Noise, ProbeSettings
from mnerbench.datasets.probes.ceilings import ceiling
from mnerbench.datasets.probes.drawing import WORDS
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.probes.sayings import captions_of, detections_of, picture_of, text_in_picture

pytestmark = pytest.mark.slow

WRITTEN = (InputKind.REGIONS, InputKind.TAGS, InputKind.CAPTIONS, InputKind.OCR)


def noisy(evidence, noise, **sizes):
    sources = dict.fromkeys(("detector", "captioner", "reader"), noise)
    return generate(ProbeSettings(**{"evidence": (evidence,), "train": 1, "valid": 1, **sizes}, **sources))


def written(settings, split, tweet, drawn):
    return captions_of(settings, split, tweet), text_in_picture(tweet, drawn), detections_of(settings, split, tweet, drawn)


@pytest.mark.parametrize("noise", [Noise(miss=1), Noise(confuse=1)], ids=["missed", "confused"])
@pytest.mark.parametrize("evidence", list(Evidence))
def test_whatever_the_true_type_the_same_is_written_where_the_same_is_said(evidence, noise):
    probe = noisy(evidence, noise, test=40)
    for tweet in probe.splits["test"]:
        # Signs of both lengths are equally likely with every type, so they are compared with their like.
        alike = defaultdict(list)
        for kind in TYPES:
            own = replace(tweet, picture=replace(tweet.picture, type=kind))
            drawn = picture_of(probe.settings, "test", own)
            alike[len(drawn.text)].append(written(probe.settings, "test", own, drawn))
        for found in alike.values():
            assert all(one == found[0] for one in found)


def test_signs_of_every_type_are_equally_wide():
    assert {tuple(sorted(map(len, words))) for words in WORDS.values()} == {(4, 5)}


@pytest.mark.parametrize("evidence", list(Evidence))
def test_without_noise_what_is_written_is_what_is_drawn(evidence):
    probe = noisy(evidence, Noise(), test=20)
    for tweet in probe.splits["test"]:
        drawn = picture_of(probe.settings, "test", tweet)
        found = detections_of(probe.settings, "test", tweet, drawn)
        assert sorted((t["name"], tuple(t["box"])) for t in found) == sorted((t.name, t.box) for t in drawn.things)
        assert text_in_picture(tweet, drawn) == drawn.text


@pytest.mark.parametrize("evidence", [Evidence.OBJECT, Evidence.RELATION])
def test_of_a_missed_picture_no_box_is_left(evidence):
    probe = noisy(evidence, Noise(miss=1), test=20)
    for tweet in probe.splits["test"]:
        assert detections_of(probe.settings, "test", tweet, picture_of(probe.settings, "test", tweet)) == []


def clues(settings, split, tweet):
    """What is written, coarse enough to be counted: names, where the things are and how they lie to each other."""
    captions, text, found = written(settings, split, tweet, picture_of(settings, split, tweet))
    things = sorted((thing["name"], thing["box"]) for thing in found)
    if not things:
        return captions[0], text
    (_, first), (_, last) = things[0], things[-1]
    lie = first[0] < last[0], first[1] < last[1], first[2] > last[2]
    place = [edge * 4 // settings.pixels for edge in last[:2]]
    return captions[0], text, *(name for name, _ in things), *lie, *place, (last[2] - last[0]) // 8


@pytest.mark.parametrize("evidence", [kind for kind in Evidence if CARRIED_BY[kind] & set(WRITTEN)])
def test_nobody_learns_more_from_what_is_written_than_the_ceiling_knows(evidence):
    probe = noisy(evidence, Noise(miss=0.3, confuse=0.3), train=6000, test=6000, unrelated=0.0)
    seen = defaultdict(Counter)
    for tweet in probe.splits["train"]:
        if tweet.ambiguous:
            seen[clues(probe.settings, "train", tweet)][tweet.ambiguous.type] += 1
    right = total = 0
    for tweet in probe.splits["test"]:
        total, right = total + len(tweet.mentions), right + len(tweet.mentions)
        if tweet.ambiguous:
            counts = seen[clues(probe.settings, "test", tweet)]
            right -= tweet.ambiguous.type != max(tweet.ambiguous.name.candidates, key=lambda kind: counts[kind])
    best = ceiling(probe, "test", WRITTEN)
    assert best.expected - 0.02 < right / total < best.expected + 3 * best.error
