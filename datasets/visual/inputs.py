"""What of a picture a method can ask for, and under which picture a tweet is evaluated."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mnerbench.datasets.visual.importers import Captions


class InputKind(StrEnum):
    """A visual input; its value is also the name that files and tables use."""

    CAPTIONS = "captions"


class View(StrEnum):
    """Which picture goes with a tweet at evaluation time (or, for `it` and `t`, in training)."""

    IT = "it"
    T = "t"
    IT_SHUFFLED = "it-shuffled"


@dataclass(frozen=True)
class VisualInputs:
    """The inputs that one run may read, by image id. What a method did not declare stays empty."""

    captions: Captions | None = None

    def captions_of(self, image_id: str | None, count: int) -> tuple[str, ...]:
        """The first `count` captions of a picture; none when the picture or its captions are missing."""
        if self.captions is None or image_id is None:
            return ()
        return self.captions.texts.get(image_id, ())[:count]

    @property
    def fingerprints(self) -> dict[str, str]:
        """sha256 per input kind, part of a run's identity."""
        return {InputKind.CAPTIONS.value: self.captions.fingerprint} if self.captions is not None else {}


def viewed_images(view: View, image_ids: Sequence[str | None], seed: int) -> tuple[str | None, ...]:
    """The image id that each tweet of a split shows in one view.

    `it`: the tweet's own; `t`: none; `it-shuffled`: another tweet's, by a seeded cyclic permutation, so that
    no tweet keeps its own place (a picture that two tweets share can still meet the other of them).
    """
    if view is View.IT:
        return tuple(image_ids)
    if view is View.T:
        return (None,) * len(image_ids)
    order = list(range(len(image_ids)))
    random.Random(seed).shuffle(order)  # noqa: S311 - not for secrets
    shown: list[str | None] = [None] * len(image_ids)
    for here, there in zip(order, order[1:] + order[:1], strict=True):
        shown[here] = image_ids[there]
    return tuple(shown)
