"""The objects and scenes that show a type, and the neutral background of all other pictures."""

from __future__ import annotations

from collections.abc import Callable

from mnerbench.datasets.probes.canvas import Canvas

OBJECTS = {"PER": "person", "LOC": "house", "ORG": "flag", "MISC": "trophy"}
SCENES = {"PER": "stage", "LOC": "landscape", "ORG": "offices", "MISC": "confetti"}


def draw_scene(canvas: Canvas, kind: str) -> None:
    """Draw the scene of a type."""
    _SCENE[kind](canvas)


def draw_wall(canvas: Canvas) -> None:
    """Draw the neutral background."""
    canvas.draw.rectangle((0, 0, canvas.side, canvas.side), fill=canvas.colour(222, 214, 200))
    floor = canvas.side - canvas.part(canvas.chance.uniform(0.1, 0.25))
    canvas.draw.rectangle((0, floor, canvas.side, canvas.side), fill=canvas.colour(176, 152, 128))


def draw_dots(canvas: Canvas) -> None:
    """Draw small grey dots, as distractors."""
    for _ in range(canvas.chance.integer(1, 4)):
        x, y, r = (canvas.part(canvas.chance.uniform(*ends)) for ends in ((0, 1), (0, 1), (0.01, 0.03)))
        shade = canvas.chance.integer(90, 170)
        canvas.draw.ellipse((x - r, y - r, x + r, y + r), fill=(shade, shade, shade))


def _stage(canvas: Canvas) -> None:
    canvas.draw.rectangle((0, 0, canvas.side, canvas.side), fill=canvas.colour(30, 16, 48, 10))
    for lamp in (0.2, 0.5, 0.8):
        top, foot = canvas.part(lamp), canvas.part(lamp + canvas.chance.uniform(-0.15, 0.15))
        spread = canvas.part(0.12)
        beam = [(top, 0), (foot - spread, canvas.part(0.85)), (foot + spread, canvas.part(0.85))]
        canvas.fill(beam, canvas.colour(226, 196, 120))
    canvas.draw.rectangle((0, canvas.part(0.85), canvas.side, canvas.side), fill=canvas.colour(74, 34, 34))


def _landscape(canvas: Canvas) -> None:
    canvas.draw.rectangle((0, 0, canvas.side, canvas.side), fill=canvas.colour(132, 190, 236))
    x, y, r = canvas.part(canvas.chance.uniform(0.15, 0.85)), canvas.part(0.2), canvas.part(0.09)
    canvas.draw.ellipse((x - r, y - r, x + r, y + r), fill=(252, 222, 92))
    for _ in range(3):
        peak, wide = canvas.part(canvas.chance.uniform(0, 1)), canvas.part(canvas.chance.uniform(0.3, 0.5))
        top = canvas.part(canvas.chance.uniform(0.35, 0.5))
        hill = [(peak - wide, canvas.part(0.75)), (peak, top), (peak + wide, canvas.part(0.75))]
        canvas.fill(hill, canvas.colour(108, 118, 128))
    canvas.draw.rectangle((0, canvas.part(0.72), canvas.side, canvas.side), fill=canvas.colour(84, 150, 66))


def _offices(canvas: Canvas) -> None:
    canvas.draw.rectangle((0, 0, canvas.side, canvas.side), fill=canvas.colour(196, 202, 210))
    left = 0
    while left < canvas.side:
        wide, top = canvas.part(canvas.chance.uniform(0.16, 0.28)), canvas.part(canvas.chance.uniform(0.05, 0.35))
        canvas.draw.rectangle((left, top, left + wide, canvas.side), fill=canvas.colour(88, 98, 116))
        step = canvas.part(0.07)
        for y in range(top + step // 2, canvas.side - step, step):
            for x in range(left + step // 2, left + wide - step // 2, step):
                canvas.draw.rectangle((x, y, x + step // 2, y + step // 2), fill=canvas.colour(246, 226, 150, 30))
        left += wide + canvas.part(0.03)


def _confetti(canvas: Canvas) -> None:
    canvas.draw.rectangle((0, 0, canvas.side, canvas.side), fill=canvas.colour(250, 226, 236))
    for _ in range(60):
        x, y = (canvas.chance.integer(0, canvas.side) for _ in range(2))
        size = canvas.part(canvas.chance.uniform(0.02, 0.05))
        shade = canvas.chance.choice(((230, 60, 60), (60, 120, 230), (250, 190, 40), (60, 180, 90), (170, 70, 200)))
        canvas.draw.rectangle((x, y, x + size, y + size // 2), fill=shade)


_SCENE: dict[str, Callable[[Canvas], None]] = {
    "PER": _stage,
    "LOC": _landscape,
    "ORG": _offices,
    "MISC": _confetti,
}


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
