"""`python benchmark/perf/gpu/from_checkout.py`: runs the GPU check from a checkout that is not installed.

The repository root is the package `mnerbench`, whatever its folder is called: a link in a temporary folder provides
that name. Arguments and exit code are those of `python -m mnerbench.benchmark.perf.gpu`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]


def main() -> int:
    """Create the link, run the command, forward signals, remove the link."""
    with tempfile.TemporaryDirectory(prefix="mnerbench-checkout-") as folder:
        (Path(folder) / "mnerbench").symlink_to(_ROOT, target_is_directory=True)
        inherited = os.environ.get("PYTHONPATH")
        path = folder if inherited is None else os.pathsep.join((folder, inherited))
        # -P: no folder of the checkout must be importable as a package.
        command = [sys.executable, "-P", "-m", "mnerbench.benchmark.perf.gpu", *sys.argv[1:]]
        process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path})
        for number in (signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])):
            if signal.getsignal(number) is not signal.SIG_IGN:  # ignored under `nohup`
                signal.signal(number, lambda *_: process.terminate())
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both processes
        return process.wait()


if __name__ == "__main__":
    sys.exit(main())
