"""Times whole commands of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from mnerbench.datasets.errors import ConfigError


def seconds_of(*arguments: str | Path) -> float:
    """Wall time of a `benchmark` command in seconds.

    Raises:
        ConfigError: the command fails; the message ends with its last output.
    """
    # Timed runs are not experiments: keep them off a shared tracking server.
    environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    command = [sys.executable, "-m", "mnerbench.benchmark", *map(str, arguments)]
    start = time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    seconds = time.perf_counter() - start
    if result.returncode:
        reason = f"the timed command benchmark {arguments[0]} fails: {result.stderr[-1000:].strip()}"
        raise ConfigError(f"{reason}\n  -> make this command work first: benchmark {' '.join(map(str, arguments))}")
    return seconds
