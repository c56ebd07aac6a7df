"""Draw the picture of a probe tweet, and know where everything in it is.

Equal settings give equal pixels; a test compares them with pixels that were kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnerbench.datasets.probe_settings import Evidence
from mnerbench.datasets.probes.canvas import FINE, Canvas, Thing
from mnerbench.datasets.probes.chance import Chance
from mnerbench.datasets.probes.generator import Shown
from mnerbench.datasets.probes.lettering import draw_word, word_width
from mnerbench.datasets.probes.objects import draw_object
from mnerbench.datasets.probes.scenes import draw_dots, draw_scene, draw_wall

if TYPE_CHECKING:
    from PIL.Image import Image

RELATIONS = {"PER": "inside", "LOC": "left of", "ORG": "above", "MISC": "right of"}
# One of four letters and one of five per type, so that the width of a sign tells none.
WORDS = {"PER": ("ACTOR", "STAR"), "LOC": ("CITY", "BEACH"), "ORG": ("TEAM", "BRAND"), "MISC": ("FILM", "ALBUM")}
# The two things of every relation picture.
BALL, FRAME = "ball", "frame"


@dataclass(frozen=True)
class Drawn:
    """A picture (RGB), what is in it, and the words in it."""

    image: Image
    things: tuple[Thing, ...]
    text: str


def draw_picture(shown: Shown, pixels: int, chance: Chance) -> Drawn:
    """The picture that shows a type by one kind of evidence; all else in it is chance.

    Args:
        shown: what it shows; whether it is related to its tweet changes nothing.
        pixels: width and height.
        chance: of positions, sizes, colours and the things beside.
    """
    from PIL import Image, ImageDraw

    side = pixels * FINE
    image = Image.new("RGB", (side, side))
    canvas = Canvas(ImageDraw.Draw(image), side, chance)
    if shown.evidence is Evidence.SCENE:
        draw_scene(canvas, shown.type)
    else:
        draw_wall(canvas)
    draw_dots(canvas)
    if shown.evidence is Evidence.OBJECT:
        draw_object(canvas, shown.type)
    elif shown.evidence is Evidence.RELATION:
        _relation(canvas, shown.type)
    elif shown.evidence is Evidence.SCENE_TEXT:
        _sign(canvas, shown.type)
    return Drawn(image.reduce(FINE), tuple(canvas.things), canvas.text)


def _relation(canvas: Canvas, kind: str) -> None:
    """A small ball and a large frame, always both, always equally large: only where they are tells the type."""
    ball, frame, gap = canvas.part(0.16), canvas.part(0.36), canvas.part(0.06)
    across, down = {
        "inside": ((frame - ball) // 2, (frame - ball) // 2),
        "left of": (-ball - gap, (frame - ball) // 2),
        "right of": (frame + gap, (frame - ball) // 2),
        "above": ((frame - ball) // 2, -ball - gap),
    }[RELATIONS[kind]]
    low, high = min(0, down), max(frame, down + ball)
    left, right = min(0, across), max(frame, across + ball)
    x = canvas.chance.whole(-left, canvas.side - right - 1)
    y = canvas.chance.whole(-low, canvas.side - high - 1)
    canvas.draw.rectangle(
        (x, y, x + frame, y + frame), outline=canvas.colour(46, 74, 150), width=max(2, canvas.part(0.03))
    )
    at = (x + across, y + down, x + across + ball, y + down + ball)
    canvas.draw.ellipse(at, fill=canvas.colour(206, 52, 52))
    canvas.note(BALL, at)
    canvas.note(FRAME, (x, y, x + frame, y + frame))


def _sign(canvas: Canvas, kind: str) -> None:
    canvas.text = canvas.chance.one(WORDS[kind])
    height = canvas.part(0.17)
    margin = height // 2
    width = word_width(canvas.text, height) + 2 * margin
    x = canvas.chance.whole(0, max(0, canvas.side - width))
    y = canvas.chance.whole(canvas.part(0.1), canvas.side - height - 2 * margin - canvas.part(0.1))
    box = (x, y, x + width, y + height + 2 * margin)
    canvas.draw.rectangle(box, fill=(252, 252, 252))
    draw_word(canvas.draw, canvas.text, (x + margin, y + margin), height, (20, 20, 20))
    canvas.note("sign", box)
