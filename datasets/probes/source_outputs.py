"""Captions, tags, boxes and OCR text of a probe picture, with the configured noise.

They depend on the type that the picture shows only through `ProbeTweet.reports`; the ceilings rely on that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probe_settings import CARRIED_BY, ProbeSettings
from mnerbench.datasets.probes.chance import Chance
from mnerbench.datasets.probes.drawing import WORDS, Drawn, draw_picture
from mnerbench.datasets.probes.generator import ProbeTweet

_CAPTIONS = {
    "PER": ("a man smiling at the camera", "a woman singing on a stage"),
    "LOC": ("a view of a town by the sea", "a street with old houses"),
    "ORG": ("the front of a large office", "a team posing with its badge"),
    "MISC": ("a poster of a new film", "an album lying on a table"),
}
_NEUTRAL = ("a picture somebody posted", "a photo taken with a phone", "an image with some shapes")


def picture_of(settings: ProbeSettings, split: str, tweet: ProbeTweet) -> Drawn:
    """Draw the picture of a tweet."""
    return draw_picture(tweet.picture, settings.pixels, Chance(settings.seed, split, tweet.example.id, "drawing"))


def captions_of(settings: ProbeSettings, split: str, tweet: ProbeTweet) -> list[str]:
    """Two captions; the first carries the captioner's report, if any."""
    chance = Chance(settings.seed, split, tweet.example.id, "captions")
    reported = tweet.reports[InputKind.CAPTIONS]
    first = chance.choice(_CAPTIONS[reported] if reported is not None else _NEUTRAL)
    return [first, chance.choice(_NEUTRAL)]


def text_in_picture(tweet: ProbeTweet, drawn: Drawn) -> str:
    """The OCR text: the word on the sign, or a word of equal length for another type."""
    reported = tweet.reports[InputKind.OCR]
    if reported is None:
        return ""
    # A word that does not fit the box of the sign would reveal the error.
    return next(word for word in WORDS[reported] if len(word) == len(drawn.text))


def detections_of(settings: ProbeSettings, split: str, tweet: ProbeTweet, drawn: Drawn) -> list[dict[str, Any]]:
    """Detected objects with boxes in pixels and confidences, by falling confidence; tags are the same objects by name.

    If regions carry the evidence, they are the objects of a picture of the reported type; none if no type is reported.
    """
    reported, picture = tweet.reports[InputKind.REGIONS], tweet.picture
    things = drawn.things
    if InputKind.REGIONS in CARRIED_BY[picture.evidence] and reported != picture.type:
        # A missed relation also removes the frame, since the possible positions of a frame depend on the ball's.
        things = () if reported is None else picture_of(settings, split, _with_type(tweet, reported)).things
    chance = Chance(settings.seed, split, tweet.example.id, "confidence")
    detections = [{"name": t.name, "box": list(t.box), "score": round(chance.uniform(0.6, 1.0), 3)} for t in things]
    return sorted(detections, key=lambda detection: -detection["score"])


def _with_type(tweet: ProbeTweet, kind: str) -> ProbeTweet:
    return replace(tweet, picture=replace(tweet.picture, type=kind))
