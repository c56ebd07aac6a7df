"""Canvas of a probe picture: integer coordinates at twice the size, recorded objects, and letters as strokes.

Strokes, so that the pixels of a drawn word do not depend on the fonts of the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mnerbench.datasets.probes.chance import Chance

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]

# Scale of the canvas; the picture is reduced by averaging, for smooth edges.
FINE = 2


@dataclass(frozen=True)
class Thing:
    """An object in a picture: its name and its box in pixels, x1 y1 x2 y2."""

    name: str
    box: Box


@dataclass
class Canvas:
    """A picture being drawn at twice its size.

    Attributes:
        draw: Pillow's drawing interface.
        side: width and height.
        chance: source of random numbers.
        things: objects drawn so far.
        text: text drawn in the picture.
    """

    draw: ImageDraw
    side: int
    chance: Chance
    things: list[Thing] = field(default_factory=list)
    text: str = ""

    def part(self, share: float) -> int:
        """A length as a share of the picture's side."""
        return int(self.side * share)

    def colour(self, red: int, green: int, blue: int, spread: int = 18) -> Colour:
        """A random colour near the given one."""
        near = [min(255, max(0, value + self.chance.integer(-spread, spread))) for value in (red, green, blue)]
        return near[0], near[1], near[2]

    def fill(self, corners: Sequence[tuple[int, int]], colour: Colour) -> None:
        """Fill a convex polygon row by row in integers: Pillow's own polygons differ between its versions."""
        ends = list(zip(corners, [*corners[1:], corners[0]], strict=True))
        for y in range(max(0, min(y for _, y in corners)), min(self.side, max(y for _, y in corners) + 1)):
            edges = [(a, b) for a, b in ends if a[1] != b[1] and min(a[1], b[1]) <= y <= max(a[1], b[1])]
            across = [a[0] + (b[0] - a[0]) * (y - a[1]) // (b[1] - a[1]) for a, b in edges]
            self.draw.rectangle((min(across), y, max(across), y), fill=colour)

    def record(self, name: str, box: Box) -> None:
        """Record an object; its box is converted to pixels of the reduced picture."""
        x1, y1, x2, y2 = (value // FINE for value in box)
        self.things.append(Thing(name, (x1, y1, x2 + 1, y2 + 1)))


# Polylines through points of a grid 4 wide and 6 high, y downwards: `04 00` is a line from (0, 4) to (0, 0).
_STROKES = {
    "A": "06 02 20 42 46|04 44",
    "B": "00 06 36 45 44 33 03|00 30 41 42 33",
    "C": "41 30 10 01 05 16 36 45",
    "D": "00 06 26 44 42 20 00",
    "E": "40 00 06 46|03 33",
    "F": "40 00 06|03 33",
    "G": "41 30 10 01 05 16 36 45 43 23",
    "H": "00 06|40 46|03 43",
    "I": "20 26|10 30|16 36",
    "J": "40 45 36 16 05",
    "K": "00 06|40 03 46",
    "L": "00 06 46",
    "M": "06 00 23 40 46",
    "N": "06 00 46 40",
    "O": "10 30 41 45 36 16 05 01 10",
    "P": "06 00 30 41 42 33 03",
    "Q": "10 30 41 45 36 16 05 01 10|34 46",
    "R": "06 00 30 41 42 33 03|23 46",
    "S": "41 30 10 01 02 13 33 44 45 36 16 05",
    "T": "00 40|20 26",
    "U": "00 05 16 36 45 40",
    "V": "00 26 40",
    "W": "00 16 22 36 40",
    "X": "00 46|40 06",
    "Y": "00 23 40|23 26",
    "Z": "00 40 06 46",
}
_WIDE, _HIGH, _STEP = 4, 6, 6


def word_width(word: str, height: int) -> int:
    """Width of a word in pixels, at a letter height in pixels."""
    return (len(word) * _STEP - (_STEP - _WIDE)) * height // _HIGH


def draw_word(draw: ImageDraw, word: str, at: tuple[int, int], height: int, colour: tuple[int, int, int]) -> None:
    """Draw capital letters.

    Args:
        draw: Pillow's drawing interface.
        word: letters A to Z.
        at: upper left corner.
        height: height of the letters, in pixels.
        colour: red, green, blue.
    """
    width = max(1, height // 7)
    for index, letter in enumerate(word):
        left = at[0] + index * _STEP * height // _HIGH
        for stroke in _STROKES[letter].split("|"):
            points = [(left + int(p[0]) * height // _HIGH, at[1] + int(p[1]) * height // _HIGH) for p in stroke.split()]
            draw.line(points, fill=colour, width=width)
            # Round ends and corners; Pillow's own joints differ between its versions.
            for x, y in points:
                draw.ellipse((x - width // 2, y - width // 2, x + width // 2, y + width // 2), fill=colour)
