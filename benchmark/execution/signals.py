"""Handling of Ctrl-C, a scheduler's SIGTERM and a closed terminal's SIGHUP.

The first signal ends runs between two steps and keeps their state; the second ends them at once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Windows has no SIGHUP.
STOPPING = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


@contextmanager
def stop_on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first signal of `STOPPING`; the second raises KeyboardInterrupt.

    Does nothing outside the main thread, where signals cannot be caught.
    """
    stop_requested = False

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal stop_requested
        if stop_requested:
            raise KeyboardInterrupt
        stop_requested = True
        stop()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Ignored signals stay ignored: a shell ignores SIGINT for background jobs, `nohup` ignores SIGHUP.
    numbers = [n for n in STOPPING if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
