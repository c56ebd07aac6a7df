"""What Ctrl-C, a scheduler's SIGTERM and a closed terminal's SIGHUP do.

Once, runs end between two steps and keep their state; twice, at once.
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
def asked_to_stop(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first of `STOPPING`; the second raises KeyboardInterrupt.

    Outside the main thread, where signals cannot be caught, nothing changes.
    """
    asked = False

    def heard(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        stop()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A shell gives what it runs in the background an ignored SIGINT, `nohup` an ignored SIGHUP: both are to stay so.
    numbers = [n for n in STOPPING if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, heard) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
