"""Policies for pictures that are lost; a module of its own, so that planning needs no numpy."""

from __future__ import annotations

from enum import StrEnum


class LostPictures(StrEnum):
    """Policy for pictures that are lost, absent or unreadable.

    `mask`: no picture, marked in the method's mask. `umt`: the picture `17_06_4705` (the words "Image Not Found"), also
    in place of pictures smaller than 224 pixels, as in UMT's code.
    """

    MASK = "mask"
    UMT = "umt"
