"""Spatial relations between the boxes of a picture: pure geometry (HamLearning §3.1.2, A.1; after Yao et al. 2018)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# Numbers of relations; 0 is none. `INSIDE` of (i, j): i includes j; `COVER`: i is included by j; then the eight
# directions of 45 degrees each in which j lies from i, counter-clockwise from the right as one looks at the picture.
NONE, INSIDE, COVER, OVERLAP, FIRST_DIRECTION = 0, 1, 2, 3, 4
DIRECTIONS = 8
RELATIONS = FIRST_DIRECTION + DIRECTIONS

_OVERLAP, _NEAR = 0.5, 0.5


def spatial_relations(boxes: Tensor, sizes: Tensor, real: Tensor) -> Tensor:
    """The relation of every ordered pair of boxes.

    In this order: i includes j (`INSIDE`), j includes i (`COVER`), their intersection over union exceeds one half
    (`OVERLAP`, also for two equal boxes), their centres are nearer than half the diagonal (a direction class).

    Args:
        boxes: x1 y1 x2 y2 in pixels, y downwards, [batch, boxes, 4].
        sizes: width and height of the pictures in pixels, [batch, 2].
        real: True for real boxes, [batch, boxes].

    Returns:
        Relation numbers, [batch, boxes, boxes]; none with itself and with padding.
    """
    one, other = boxes[:, :, None], boxes[:, None]
    contains = (one[..., :2] <= other[..., :2]).all(-1) & (one[..., 2:] >= other[..., 2:]).all(-1)
    equal = contains & contains.mT
    offset = centres(boxes)[:, None] - centres(boxes)[:, :, None]
    distance = offset.norm(dim=-1) / sizes.norm(dim=-1)[:, None, None].clamp(min=1e-6)
    angle = torch.atan2(-offset[..., 1], offset[..., 0]) % (2 * math.pi)
    direction = FIRST_DIRECTION + (angle / (2 * math.pi / DIRECTIONS)).long().clamp(max=DIRECTIONS - 1)
    relation = torch.where(distance < _NEAR, direction, NONE)
    relation = torch.where((intersection_over_union(boxes) > _OVERLAP) | equal, OVERLAP, relation)
    relation = torch.where(contains.mT & ~equal, COVER, relation)
    relation = torch.where(contains & ~equal, INSIDE, relation)
    pair = real[:, :, None] & real[:, None] & ~torch.eye(boxes.shape[1], dtype=torch.bool, device=boxes.device)
    return torch.where(pair, relation, NONE)


def centres(boxes: Tensor) -> Tensor:
    """Middle points, [..., 2]."""
    return (boxes[..., :2] + boxes[..., 2:]) / 2


def intersection_over_union(boxes: Tensor) -> Tensor:
    """Of every pair of boxes, [batch, boxes, boxes]; 0 for boxes without area."""
    one, other = boxes[:, :, None], boxes[:, None]
    sides = (torch.minimum(one[..., 2:], other[..., 2:]) - torch.maximum(one[..., :2], other[..., :2])).clamp(min=0)
    shared = sides.prod(-1)
    areas = (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)
    union = areas[:, :, None] + areas[:, None] - shared
    return torch.where(union > 0, shared / union.clamp(min=1e-12), torch.zeros_like(shared))


def with_whole_picture(relations: Tensor, real: Tensor) -> Tensor:
    """Relations among [whole picture, boxes]: the picture includes every real box (§3.1.2).

    Args:
        relations: among boxes, [batch, boxes, boxes].
        real: True for real boxes, [batch, boxes].

    Returns:
        [batch, 1 + boxes, 1 + boxes].
    """
    whole = torch.nn.functional.pad(relations, (1, 0, 1, 0))
    whole[:, 0, 1:] = torch.where(real, INSIDE, NONE)
    whole[:, 1:, 0] = torch.where(real, COVER, NONE)
    return whole


def geometry(boxes: Tensor, sizes: Tensor) -> Tensor:
    """Centre x, centre y, height and width of boxes as shares of their picture, [batch, boxes, 4] (§3.1.2)."""
    scale = sizes.clamp(min=1e-6)[:, None]
    middle, extent = centres(boxes) / scale, (boxes[..., 2:] - boxes[..., :2]) / scale
    return torch.cat([middle, extent.flip(-1)], -1)
