"""What captions, tags, boxes and read text say of a probe picture: the truth, but for the noise that was asked for."""

from __future__ import annotations

from typing import Any

from mnerbench.datasets.probes.chance import Chance
from mnerbench.datasets.probes.drawing import BALL, WORDS, Drawn, draw_picture
from mnerbench.datasets.probes.generator import ProbeTweet, Shown
from mnerbench.datasets.probes.objects import OBJECTS
from mnerbench.datasets.probes.settings import Evidence, ProbeSettings
from mnerbench.datasets.visual.inputs import InputKind

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


def text_in(settings: ProbeSettings, split: str, tweet: ProbeTweet, drawn: Drawn) -> str:
    """What is read in the picture."""
    told = tweet.said[InputKind.OCR]
    if told is None or told == tweet.shown.type:
        return drawn.text if told is not None else ""
    return Chance(settings.seed, split, tweet.example.id, "reading").one(WORDS[told])


def detections_of(settings: ProbeSettings, split: str, tweet: ProbeTweet, drawn: Drawn) -> list[dict[str, Any]]:
    """Things with boxes in pixels and confidences, the surest first; tags are the same things by name."""
    told, shown = tweet.said[InputKind.REGIONS], tweet.shown
    things = [(thing.name, thing.box) for thing in drawn.things]
    if shown.evidence is Evidence.OBJECT:
        things = [(OBJECTS[told], box) for _, box in things] if told is not None else []
    elif shown.evidence is Evidence.RELATION and told is None:
        things = [thing for thing in things if thing[0] != BALL]
    elif shown.evidence is Evidence.RELATION and told is not None and told != shown.type:
        chance = Chance(settings.seed, split, tweet.example.id, "drawing")
        other = draw_picture(Shown(shown.evidence, told, related=False), settings.pixels, chance)
        things = [(thing.name, thing.box) for thing in other.things]
    chance = Chance(settings.seed, split, tweet.example.id, "confidence")
    found = [{"name": name, "box": list(box), "score": round(chance.real(0.6, 1.0), 3)} for name, box in things]
    return sorted(found, key=lambda thing: -thing["score"])
