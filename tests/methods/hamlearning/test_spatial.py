"""Spatial relations of explicit boxes, and against integer arithmetic (HamLearning §3.1.2).

The picture is 400 x 300 pixels, so its diagonal is 500 and half of it 250; y points down.
"""

import random

import pytest
import torch
from torchvision.ops import box_iou

from mnerbench.methods.hamlearning.spatial import (
    COVER,
    FIRST_DIRECTION,
    INSIDE,
    NONE,
    OVERLAP,
    RELATIONS,
    centres,
    geometry,
    intersection_over_union,
    spatial_relations,
    with_whole_picture,
)

PICTURE = (400, 300)
RIGHT, UP, LEFT, DOWN = (FIRST_DIRECTION + number for number in (0, 2, 4, 6))
UP_RIGHT, UP_LEFT, DOWN_LEFT, DOWN_RIGHT = (FIRST_DIRECTION + number for number in (1, 3, 5, 7))


def table(*boxes, size=PICTURE, dtype=torch.float32):
    real = torch.ones(1, len(boxes), dtype=torch.bool)
    return spatial_relations(torch.tensor([boxes], dtype=dtype), torch.tensor([size], dtype=dtype), real)[0].tolist()


def pair(first, second, size=PICTURE):
    """Relation of the first to the second, and of the second to the first."""
    relations = table(first, second, size=size)
    assert relations[0][0] == relations[1][1] == NONE
    assert table(second, first, size=size) == [[NONE, relations[1][0]], [relations[0][1], NONE]]
    return relations[0][1], relations[1][0]


def square(x, y, side=10):
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


def by_hand(first, second, size):
    """The definition for integers, without division, square root or angle."""
    (a1, b1, a2, b2), (c1, d1, c2, d2) = first, second
    if first != second and a1 <= c1 and b1 <= d1 and a2 >= c2 and b2 >= d2:
        return INSIDE
    if first != second and c1 <= a1 and d1 <= b1 and c2 >= a2 and d2 >= b2:
        return COVER
    shared = max(0, min(a2, c2) - max(a1, c1)) * max(0, min(b2, d2) - max(b1, d1))
    if 2 * shared > (a2 - a1) * (b2 - b1) + (c2 - c1) * (d2 - d1) - shared:
        return OVERLAP
    right, up = c1 + c2 - a1 - a2, b1 + b2 - d1 - d2
    if right**2 + up**2 >= size[0] ** 2 + size[1] ** 2:
        return NONE
    if right == up == 0:
        return RIGHT  # the paper does not say: a cross of two boxes has no angle
    half = 0 if up > 0 or (up == 0 and right > 0) else 4
    right, up = (right, up) if half == 0 else (-right, -up)
    octant = (0 if up < right else 1) if right > 0 else (2 if -right < up else 3)
    return FIRST_DIRECTION + half + octant


def test_there_are_eleven_relations_and_none():
    assert (NONE, INSIDE, COVER, OVERLAP, RIGHT, DOWN_RIGHT) == (0, 1, 2, 3, 4, 11)
    assert RELATIONS == 12


@pytest.mark.parametrize(
    "part",
    [
        (30, 40, 60, 70),
        (10, 40, 60, 70),
        (10, 20, 60, 70),
        (10, 20, 110, 70),
        (11, 20, 110, 120),  # nearly all of it, yet no "overlap"
        (30, 40, 30, 40),  # a point
        (10, 20, 10, 20),  # a point on the corner
        (10, 50, 110, 50),  # a line from edge to edge
    ],
)
def test_an_enclosing_box_is_inside_and_the_enclosed_one_cover(part):
    assert pair((10, 20, 110, 120), part) == (INSIDE, COVER)


def test_a_box_that_reaches_out_of_the_other_by_a_pixel_is_not_included():
    assert pair((10, 20, 110, 120), (9, 20, 60, 70))[0] not in (INSIDE, COVER)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((10, 20, 110, 120), (10, 20, 110, 120)),
        ((0, 0, 100, 100), (20, 0, 120, 100)),  # 8,000 of 12,000
        ((0, 0, 91, 30), (30, 0, 121, 30)),  # 61 of 121 columns
    ],
)
def test_boxes_that_share_more_than_half_of_their_union_overlap_both_ways(first, second):
    assert pair(first, second) == (OVERLAP, OVERLAP)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 0, 90, 30), (30, 0, 120, 30), (RIGHT, LEFT)),  # exactly half: 60 of 120 columns
        ((0, 0, 40, 40), (40, 0, 80, 40), (RIGHT, LEFT)),
        ((0, 0, 40, 40), (0, 40, 40, 80), (DOWN, UP)),
        ((0, 0, 40, 40), (40, 40, 80, 80), (DOWN_RIGHT, UP_LEFT)),
        ((0, 40, 40, 80), (40, 0, 80, 40), (UP_RIGHT, DOWN_LEFT)),
        ((50, 50, 50, 50), (80, 50, 80, 50), (RIGHT, LEFT)),  # two points
        ((40, 0, 60, 100), (0, 40, 100, 60), (RIGHT, RIGHT)),  # a cross
    ],
)
def test_other_near_boxes_have_a_direction(first, second, expected):
    assert pair(first, second) == expected


def test_equal_boxes_overlap_even_without_area():
    assert pair((50, 50, 50, 50), (50, 50, 50, 50)) == (OVERLAP, OVERLAP)


def test_overlap_does_not_depend_on_the_distance():
    assert pair((0, 0, 100, 100), (30, 0, 130, 100), size=(40, 30)) == (OVERLAP, OVERLAP)
    assert pair((0, 0, 100, 100), (35, 0, 135, 100), size=(40, 30)) == (NONE, NONE)


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (219, 170, (DOWN_RIGHT, UP_LEFT)),
        (220, 170, (NONE, NONE)),  # 200 to the right and 150 down: exactly 250
        (221, 170, (NONE, NONE)),
    ],
)
def test_an_edge_needs_a_distance_below_half_the_diagonal(x, y, expected):
    assert pair(square(20, 20), square(x, y)) == expected


def test_each_picture_of_a_batch_has_its_own_diagonal():
    boxes = torch.tensor([[square(20, 20), square(220, 170)]] * 2)
    relations = spatial_relations(
        boxes, torch.tensor([[400.0, 300.0], [400.0, 301.0]]), torch.ones(2, 2, dtype=torch.bool)
    )
    assert relations.tolist() == [[[0, 0], [0, 0]], [[0, DOWN_RIGHT], [UP_LEFT, 0]]]


@pytest.mark.parametrize("scale", [1, 0.25, 2.0])
@pytest.mark.parametrize(
    ("direction", "offsets"),
    [
        (0, [(60, 0), (60, -1), (60, -30), (60, -59)]),
        (1, [(60, -60), (59, -60), (30, -60), (1, -60)]),
        (2, [(0, -60), (-1, -60), (-30, -60), (-59, -60)]),
        (3, [(-60, -60), (-60, -59), (-60, -30), (-60, -1)]),
        (4, [(-60, 0), (-60, 1), (-60, 30), (-60, 59)]),
        (5, [(-60, 60), (-59, 60), (-30, 60), (-1, 60)]),
        (6, [(0, 60), (1, 60), (30, 60), (59, 60)]),
        (7, [(60, 60), (60, 59), (60, 30), (60, 1)]),
    ],
)
def test_directions_begin_at_multiples_of_45_degrees_and_go_counter_clockwise(direction, offsets, scale):
    for right, down in offsets:
        relations = pair(square(200, 150), square(200 + scale * right, 150 + scale * down))
        assert relations == (FIRST_DIRECTION + direction, FIRST_DIRECTION + (direction + 4) % 8)


def test_slightly_below_the_horizontal_is_the_last_direction():
    assert table((0, -5, 10, 5), (100, -5, 110, 5.000002))[0][1] == DOWN_RIGHT


def test_all_pairs_on_a_coarse_raster_are_as_whole_numbers_say():
    drawn, size = random.Random(0), (20, 15)
    corners = [(drawn.randrange(19), drawn.randrange(14)) for _ in range(120)]
    boxes = [(x, y, drawn.randint(x, 20), drawn.randint(y, 15)) for x, y in corners]
    expected = [[by_hand(a, b, size) if i != j else NONE for j, b in enumerate(boxes)] for i, a in enumerate(boxes)]
    assert {relation for row in expected for relation in row} == set(range(RELATIONS))
    assert table(*boxes, size=size) == expected
    assert table(*boxes, size=size, dtype=torch.float64) == expected


def test_padding_has_no_relations_and_changes_none():
    boxes = [(10, 20, 110, 120), (30, 40, 60, 70), (200, 100, 240, 130)]
    filler = (0, 0, 400, 300)
    placed = torch.tensor([[boxes[0], filler, boxes[1], boxes[2], filler]], dtype=torch.float32)
    real = torch.tensor([[True, False, True, True, False]])
    relations = spatial_relations(placed, torch.tensor([[400.0, 300.0]]), real)[0]
    assert (relations[~real[0]] == NONE).all()
    assert (relations[:, ~real[0]] == NONE).all()
    assert relations[real[0]][:, real[0]].tolist() == table(*boxes)


def test_the_whole_picture_includes_every_real_box_and_no_padding():
    inner = torch.tensor([[[0, OVERLAP, 0], [OVERLAP, 0, 0], [0, 0, 0]], [[0, 0, 0]] * 3])
    real = torch.tensor([[True, True, False], [False] * 3])
    before = inner.clone()
    assert with_whole_picture(inner, real).tolist() == [
        [[0, INSIDE, INSIDE, 0], [COVER, 0, OVERLAP, 0], [COVER, OVERLAP, 0, 0], [0, 0, 0, 0]],
        [[0, 0, 0, 0]] * 4,
    ]
    assert torch.equal(inner, before)


def test_geometry_is_centre_height_and_width_as_shares_of_the_own_picture():
    boxes = torch.tensor([[(100, 30, 200, 120), (0, 0, 400, 300)], [(100, 30, 200, 120), (50, 60, 50, 60)]])
    shares = geometry(boxes.double(), torch.tensor([(400, 300), (200, 600)]).double())
    expected = [[(0.375, 0.25, 0.3, 0.25), (0.5, 0.5, 1, 1)], [(0.75, 0.125, 0.15, 0.5), (0.25, 0.1, 0, 0)]]
    torch.testing.assert_close(shares, torch.tensor(expected, dtype=torch.float64))
    assert centres(boxes.double())[0].tolist() == [[150, 75], [200, 150]]


def test_intersection_over_union_equals_explicit_values():
    boxes = torch.tensor([[(0, 0, 2, 2), (1, 1, 3, 3), (2, 0, 4, 2), (0, 0, 4, 4), (1, 1, 1, 1)]], dtype=torch.float64)
    expected = [
        [1, 1 / 7, 0, 4 / 16, 0],
        [1 / 7, 1, 1 / 7, 4 / 16, 0],
        [0, 1 / 7, 1, 4 / 16, 0],
        [4 / 16, 4 / 16, 4 / 16, 1, 0],
        [0, 0, 0, 0, 0],
    ]
    torch.testing.assert_close(intersection_over_union(boxes)[0], torch.tensor(expected, dtype=torch.float64))


def test_intersection_over_union_is_torchvisions():
    generator = torch.Generator().manual_seed(0)
    corners = 100 * torch.rand(3, 40, 2, generator=generator, dtype=torch.float64)
    boxes = torch.cat([corners, corners + 1 + 80 * torch.rand(3, 40, 2, generator=generator, dtype=torch.float64)], -1)
    expected = torch.stack([box_iou(picture, picture) for picture in boxes])
    assert ((expected > 0) & (expected < 1)).sum() > 1000
    torch.testing.assert_close(intersection_over_union(boxes), expected)
