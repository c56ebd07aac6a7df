"""Numbers of charts and cells, against an independent truth."""

import math
from itertools import pairwise

import pytest
from report_tables import leaderboard

from mnerbench.reports.render.html.axes import round_values
from mnerbench.reports.render.html.blocks import block_of
from mnerbench.reports.render.html.curves import HEIGHT, WIDTH, curves_of
from mnerbench.reports.render.section import Section
from mnerbench.reports.text.cells import (
    change_cell,
    decimal_cell,
    p_cell,
    points_cell,
    progress_cell,
    share_cell,
    text_cell,
)
from mnerbench.reports.text.format import NONE, format_cell, shown_value
from mnerbench.reports.text.sheet import Cell, Column, Kind, Sheet, name_column

VALUES = [0.70, 0.72, 0.73, 0.70, 0.71]


@pytest.mark.parametrize(
    ("cell", "text", "key"),
    [
        (share_cell(0.74756, 0.0145), "74.76 ± 1.45", 74.756),
        (points_cell(0.0031, interval=(-0.0012, 0.0074)), "+0.31 [-0.12, +0.74]", 0.31),
        (points_cell(-0.0031), "-0.31", -0.31),
        (points_cell(-0.00001), "0.00", -0.001),
        (p_cell(0.0002), "<0.001", 0.0002),
        (progress_cell(3, 5), "3/5", 0.6),
        (progress_cell(0, 5), "0/5", 0.0),
        (progress_cell(0, 0), NONE, None),
        (Cell(Kind.PARAMETERS, 108_310_000), "108.3 M", 108_310_000),
        (Cell(Kind.BYTES, 1_900_000_000), "1.9 GB", 1.9e9),
        (decimal_cell(1234), "1,234", 1234.0),
        (change_cell(-1.5, 1), "-1.5", -1.5),
        (share_cell(0.784, 0.09, digits=0, note=" %"), "78 ± 9 %", 78.4),
        (share_cell(-0.001, digits=0, note=" %"), "0 %", -0.1),
        (share_cell(None), NONE, None),
        (text_cell("3/5 seeds: too few to say"), "3/5 seeds: too few to say", None),
    ],
)
def test_a_cell_is_sorted_by_its_unrounded_number(cell, text, key):
    assert format_cell(cell) == text
    assert shown_value(cell) == pytest.approx(key)


def shades(*numbers, shaded=True, styles=()):
    columns = (name_column("method"), Column("x", "x"))
    sheet = Sheet(columns, tuple((text_cell(f"m{n}"), share_cell(number)) for n, number in enumerate(numbers)))
    return [line.cells[1].shade for line in block_of(Section("k", "t", sheet, shaded=shaded, styles=styles)).lines]


def test_a_shade_shows_a_number_within_its_column():
    assert shades(0.1, 0.5, 0.9, None) == [0, 30, 60, None]
    # A tenth of a point is no difference to be seen from afar.
    assert shades(0.5, 0.501) == [0, 1]
    assert shades(0.5, 0.5) == [None, None]
    assert shades(0.1, 0.9, shaded=False) == [None, None]
    # A method that counts words is far below, and would make all others look alike.
    assert shades(0.1, 0.5, 0.6, styles=("weak", "", "baseline")) == [None, 0, 60]


def test_curves_end_where_a_run_went_astray(make):
    from mnerbench.benchmark.results.record import EpochPoint

    def line(*values):
        return tuple(
            EpochPoint.model_construct(epoch=n, loss=1.0, losses={}, dev_f1=value, train_seconds=1.0, dev_seconds=1.0)
            for n, value in enumerate(values, start=1)
        )

    lines = [line(0.2, 0.4, 0.6), line(0.4, 0.6), line(0.5, math.nan, 0.9)]
    records = [make.record(make.spec("bert-crf", seed), 0.7, curve=values) for seed, values in enumerate(lines)]
    (curve,) = curves_of(leaderboard(records, [])[0]).curves
    assert [len(values.split()) for values in curve.seeds] == [3, 2, 1]
    assert len(curve.mean.split()) == 3
    assert curve.end == "60.00"
    points = [tuple(map(float, point.split(","))) for values in (*curve.seeds, curve.mean) for point in values.split()]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    # Means of epoch 1 and 2 by hand, on the scale that the line of seed 0 spans.
    (_, low), _, (_, high) = points[:3]
    by_hand = [low + (value - 0.2) / 0.4 * (high - low) for value in (1.1 / 3, 0.5)]
    assert [y for _, y in points[-3:-1]] == pytest.approx(by_hand, abs=0.11)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.681, 0.684), (0.12, 0.97), (1, 15)])
def test_axes_have_few_round_numbers(low, high):
    ticks = round_values(low, high, 5)
    assert 2 <= len(ticks) <= 6
    assert all(low - 1e-9 <= value <= high + 1e-9 for value in ticks)
    steps = {round(b - a, 9) for a, b in pairwise(ticks)}
    assert len(steps) == 1
    assert f"{steps.pop():e}"[0] in "125"
