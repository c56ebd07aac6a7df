"""What captions, tags, boxes and read text say of a probe picture: the truth, but for the noise that was asked for.

All of it depends on the type that the picture shows only through `ProbeTweet.said`; the ceilings rest on that.
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
    """The picture of a tweet."""
    return draw_picture(tweet.shown, settings.pixels, Chance(settings.seed, split, tweet.example.id, "drawing"))


def captions_of(settings: ProbeSettings, split: str, tweet: ProbeTweet) -> list[str]:
    """Two captions; the first carries what the captioner says, if anything."""
    chance = Chance(settings.seed, split, tweet.example.id, "captions")
    told = tweet.said[InputKind.CAPTIONS]
    first, second = chance.one(_CAPTIONS[told]) if told is not None else chance.one(_NEUTRAL), chance.one(_NEUTRAL)
    return [first, second]


def text_in(tweet: ProbeTweet, drawn: Drawn) -> str:
    """What is read in the picture: the word on its sign, or the word of another type that is as long."""
    told = tweet.said[InputKind.OCR]
    if told is None:
        return ""
    # A word that does not fit the box of the sign would betray that it was misread.
    return next(word for word in WORDS[told] if len(word) == len(drawn.text))


def detections_of(settings: ProbeSettings, split: str, tweet: ProbeTweet, drawn: Drawn) -> list[dict[str, Any]]:
    """Things with boxes in pixels and confidences, the surest first; tags are the same things by name.

    Where they tell the type, they are those of a picture that shows what the detector says; none if it says nothing.
    """
    told, shown = tweet.said[InputKind.REGIONS], tweet.shown
    things = drawn.things
    if InputKind.REGIONS in CARRIED_BY[shown.evidence] and told != shown.type:
        # When a relation is missed, its frame has to go too: where a frame can be depends on where the ball is.
        things = () if told is None else picture_of(settings, split, _showing(tweet, told)).things
    chance = Chance(settings.seed, split, tweet.example.id, "confidence")
    found = [{"name": t.name, "box": list(t.box), "score": round(chance.real(0.6, 1.0), 3)} for t in things]
    return sorted(found, key=lambda thing: -thing["score"])


def _showing(tweet: ProbeTweet, kind: str) -> ProbeTweet:
    return replace(tweet, shown=replace(tweet.shown, type=kind))
