"""How far a run is: a line on stderr, at most one each half minute."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

_SECONDS = 30.0


class ProgressLines:
    """Writes how many inputs were tried, how many of them failed, and how long the rest takes.

    Args:
        total: inputs of the run.
        clock: seconds.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._clock = total, clock
        self._begun = self._last = clock()
        self._skipped = 0

    def skip(self, done: int) -> None:
        """Note how many inputs an earlier part of the run tried."""
        self._skipped = done

    def tell(self, done: int, failed: int) -> None:
        """Write a line if the last one is old enough."""
        now = self._clock()
        if now - self._last < _SECONDS or not done:
            return
        self._last = now
        spent = now - self._begun
        remaining = spent / max(1, done - self._skipped) * (self._total - done)
        times = f"{spent / 60:.1f} min, about {remaining / 60:.0f} left"
        click.echo(f"{done:,} of {self._total:,} inputs, {failed:,} failed; {times}", err=True)
