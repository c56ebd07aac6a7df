"""Draws the picture of a probe tweet, and records the boxes of its objects.

Equal settings give equal pixels; a test compares them with stored ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnerbench.datasets.probe_settings import Evidence
from mnerbench.datasets.probes.canvas import FINE, Canvas, Thing, draw_word, word_width
from mnerbench.datasets.probes.chance import Chance
from mnerbench.datasets.probes.generator import PictureContent
from mnerbench.datasets.probes.scenes import draw_dots, draw_object, draw_scene, draw_wall

if TYPE_CHECKING:
    from PIL.Image import Image

RELATIONS = {"PER": "inside", "LOC": "left of", "ORG": "above", "MISC": "right of"}
# Per type one word of four letters and one of five, so that the width of a sign does not reveal the type.
WORDS = {"PER": ("ACTOR", "STAR"), "LOC": ("CITY", "BEACH"), "ORG": ("TEAM", "BRAND"), "MISC": ("FILM", "ALBUM")}
# The two objects of every relation picture.
BALL, FRAME = "ball", "frame"


@dataclass(frozen=True)
class Drawn:
    """A picture (RGB), the objects in it, and the text in it."""

    image: Image
    things: tuple[Thing, ...]
    text: str


def draw_picture(content: PictureContent, pixels: int, chance: Chance) -> Drawn:
    """Draw a picture that shows a type by one kind of evidence; everything else in it is random.

    Args:
        content: what it shows; `related` has no effect.
        pixels: width and height.
        chance: decides positions, sizes, colours and distractors.
    """
    from PIL import Image, ImageDraw

    side = pixels * FINE
    image = Image.new("RGB", (side, side))
    canvas = Canvas(ImageDraw.Draw(image), side, chance)
    if content.evidence is Evidence.SCENE:
        draw_scene(canvas, content.type)
    else:
        draw_wall(canvas)
    draw_dots(canvas)
    if content.evidence is Evidence.OBJECT:
        draw_object(canvas, content.type)
    elif content.evidence is Evidence.RELATION:
        _relation(canvas, content.type)
    elif content.evidence is Evidence.SCENE_TEXT:
        _sign(canvas, content.type)
    return Drawn(image.reduce(FINE), tuple(canvas.things), canvas.text)


def _relation(canvas: Canvas, kind: str) -> None:
    """Draw a small ball and a large frame, always both and of fixed sizes: only their relative position varies."""
    ball, frame, gap = canvas.part(0.16), canvas.part(0.36), canvas.part(0.06)
    across, down = {
        "inside": ((frame - ball) // 2, (frame - ball) // 2),
        "left of": (-ball - gap, (frame - ball) // 2),
        "right of": (frame + gap, (frame - ball) // 2),
        "above": ((frame - ball) // 2, -ball - gap),
    }[RELATIONS[kind]]
    low, high = min(0, down), max(frame, down + ball)
    left, right = min(0, across), max(frame, across + ball)
    x = canvas.chance.integer(-left, canvas.side - right - 1)
    y = canvas.chance.integer(-low, canvas.side - high - 1)
    canvas.draw.rectangle(
        (x, y, x + frame, y + frame), outline=canvas.colour(46, 74, 150), width=max(2, canvas.part(0.03))
    )
    ball_box = (x + across, y + down, x + across + ball, y + down + ball)
    canvas.draw.ellipse(ball_box, fill=canvas.colour(206, 52, 52))
    canvas.record(BALL, ball_box)
    canvas.record(FRAME, (x, y, x + frame, y + frame))


def _sign(canvas: Canvas, kind: str) -> None:
    canvas.text = canvas.chance.choice(WORDS[kind])
    height = canvas.part(0.17)
    margin = height // 2
    width = word_width(canvas.text, height) + 2 * margin
    x = canvas.chance.integer(0, max(0, canvas.side - width))
    y = canvas.chance.integer(canvas.part(0.1), canvas.side - height - 2 * margin - canvas.part(0.1))
    box = (x, y, x + width, y + height + 2 * margin)
    canvas.draw.rectangle(box, fill=(252, 252, 252))
    draw_word(canvas.draw, canvas.text, (x + margin, y + margin), height, (20, 20, 20))
    canvas.record("sign", box)
