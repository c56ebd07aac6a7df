"""How often a process searches for cycles of objects that nothing refers to."""

from __future__ import annotations

import gc

_THRESHOLDS = 50_000, 20, 20  # new objects per collection, and collections per one of the next generation


def collect_garbage_rarely() -> None:
    """Make collections of this process rare.

    Imports, records and tensors are many objects and few cycles; with the defaults, a tenth of the time goes into
    collections.
    """
    gc.set_threshold(*_THRESHOLDS)
