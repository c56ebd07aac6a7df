"""Whole commands as a user types them, timed from their start to their end."""

from __future__ import annotations

import os
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
    # What is timed is nobody's experiment: a shared server hears nothing of it.
    own = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    command = [sys.executable, "-m", "mnerbench.benchmark", *map(str, arguments)]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=own)
    seconds = time.perf_counter() - begun
    if done.returncode:
        reason = f"benchmark {arguments[0]}, to be timed, fails: {done.stderr[-1000:].strip()}"
        raise ConfigError(f"{reason}\n  -> see that the same command works: benchmark {' '.join(map(str, arguments))}")
    return seconds
