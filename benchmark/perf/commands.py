"""Whole commands as a user types them, timed from their start to their end."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from mnerbench.datasets.errors import ConfigError


def seconds_of(*arguments: str | Path) -> float:
    """How long a command of `benchmark` takes.

    Raises:
        ConfigError: it fails; with what it said last.
    """
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "mnerbench.benchmark", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise ConfigError(f"benchmark {arguments[0]}, to be timed, fails: {done.stderr[-1000:]}")
    return seconds
