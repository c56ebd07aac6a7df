"""The backgrounds of pictures: four scenes that show a type, and the neutral wall of all other pictures."""

from __future__ import annotations

from collections.abc import Callable

from mnerbench.datasets.probes.canvas import Canvas

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
