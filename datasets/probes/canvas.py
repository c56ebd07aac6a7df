"""Canvas of a probe picture: draws in integer coordinates at twice the size, and records the objects drawn."""

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
