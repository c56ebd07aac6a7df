"""`python benchmark/perf/gpu/from_checkout.py`: the same command from a checkout that is not installed.

The repository root is the package `mnerbench`, whatever the folder is called: a link in a temporary folder gives it
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
    """Link, run, hand signals on, remove the link."""
    with tempfile.TemporaryDirectory(prefix="mnerbench-checkout-") as folder:
        (Path(folder) / "mnerbench").symlink_to(_ROOT, target_is_directory=True)
        before = os.environ.get("PYTHONPATH")
        path = folder if before is None else os.pathsep.join((folder, before))
        # -P: of the checkout's own folders none is to be taken for a package.
        command = [sys.executable, "-P", "-m", "mnerbench.benchmark.perf.gpu", *sys.argv[1:]]
        running = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path})
        for number in (signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` has it
                signal.signal(number, lambda *_: running.terminate())
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both
        return running.wait()


if __name__ == "__main__":
    sys.exit(main())
