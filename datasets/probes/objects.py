"""The objects that show a type in object pictures."""

from __future__ import annotations

from collections.abc import Callable

from mnerbench.datasets.probes.canvas import Canvas

OBJECTS = {"PER": "person", "LOC": "house", "ORG": "flag", "MISC": "trophy"}


def draw_object(canvas: Canvas, kind: str) -> None:
    """Draw the object of a type at a random position, in a random size."""
    size = canvas.part(canvas.chance.uniform(0.4, 0.6))
    x, y = (canvas.chance.integer(canvas.part(0.02), canvas.side - size - canvas.part(0.02)) for _ in range(2))
    _OBJECT[kind](canvas, x, y, size)
    canvas.record(OBJECTS[kind], (x, y, x + size, y + size))


def _person(canvas: Canvas, x: int, y: int, size: int) -> None:
    skin, shirt = canvas.colour(226, 178, 140), canvas.colour(52, 92, 168)
    canvas.draw.rectangle((x + size // 5, y + size // 2, x + 4 * size // 5, y + size), fill=shirt)
    canvas.draw.ellipse((x + size // 5, y + 2 * size // 5, x + 4 * size // 5, y + 3 * size // 5), fill=shirt)
    canvas.draw.ellipse((x + 3 * size // 10, y, x + 7 * size // 10, y + size // 2), fill=skin)
    for eye in (43, 57):
        at = x + eye * size // 100
        canvas.draw.ellipse((at - size // 40, y + size // 5, at + size // 40, y + size // 4), fill=(30, 30, 30))


def _house(canvas: Canvas, x: int, y: int, size: int) -> None:
    roof = [(x, y + 2 * size // 5), (x + size // 2, y), (x + size, y + 2 * size // 5)]
    canvas.draw.rectangle(
        (x + size // 10, y + 2 * size // 5, x + 9 * size // 10, y + size), fill=canvas.colour(240, 226, 180)
    )
    canvas.fill(roof, canvas.colour(178, 58, 46))
    canvas.draw.rectangle(
        (x + 2 * size // 5, y + 13 * size // 20, x + 3 * size // 5, y + size), fill=canvas.colour(106, 72, 48)
    )


def _flag(canvas: Canvas, x: int, y: int, size: int) -> None:
    canvas.draw.rectangle((x, y, x + size // 14, y + size), fill=(84, 84, 84))
    stripe = size // 5
    for row, shade in enumerate((canvas.colour(38, 134, 84), (245, 245, 245), canvas.colour(38, 134, 84))):
        canvas.draw.rectangle((x + size // 14, y + row * stripe, x + size, y + (row + 1) * stripe - 1), fill=shade)


def _trophy(canvas: Canvas, x: int, y: int, size: int) -> None:
    gold = canvas.colour(232, 186, 42)
    width = max(2, size // 14)
    for left in (x + size // 20, x + 11 * size // 20):
        canvas.draw.ellipse((left, y + size // 20, left + 2 * size // 5, y + 9 * size // 20), outline=gold, width=width)
    cup = [(x + size // 4, y), (x + 3 * size // 4, y), (x + 3 * size // 5, y + 3 * size // 5)]
    canvas.fill([*cup, (x + 2 * size // 5, y + 3 * size // 5)], gold)
    canvas.draw.rectangle((x + 9 * size // 20, y + 3 * size // 5, x + 11 * size // 20, y + 17 * size // 20), fill=gold)
    canvas.draw.rectangle(
        (x + size // 4, y + 17 * size // 20, x + 3 * size // 4, y + size), fill=canvas.colour(96, 66, 40)
    )


_OBJECT: dict[str, Callable[[Canvas, int, int, int], None]] = {
    "PER": _person,
    "LOC": _house,
    "ORG": _flag,
    "MISC": _trophy,
}
