"""What worker processes are worth: `python tests/perf/workers.py`, the same grid with one worker and with several.

Every round runs the grid once each way, from nothing; predictions with as many threads per run are the same bytes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GRID = ["--suite", "demo", "--datasets", "probe-object", "--methods", "bert-crf,ita-ga", "--seeds", "6", "--no-mlflow"]


def seconds(out: Path, cache: Path, *more: str) -> float:
    """Run the grid to its end."""
    begun = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "mnerbench.benchmark",
        "run",
        *GRID,
        "--out",
        str(out),
        "--cache",
        str(cache),
        *more,
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    many = str(given.workers)
    ways = {
        f"1 worker, {many} threads": ("--workers", "1", "--threads", many),
        "1 worker, 1 thread": ("--workers", "1", "--threads", "1"),
        f"{many} workers, 1 thread each": ("--workers", many, "--threads", "1"),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        seconds(Path(folder) / "first", Path(folder) / "cache", "--workers", "1")  # pictures are drawn once
        for number in range(given.rounds):
            for name, flags in ways.items():
                found[name].append(seconds(Path(folder) / f"{number}-{name}", Path(folder) / "cache", *flags))
    several = statistics.median(found[f"{many} workers, 1 thread each"])
    for name, times in found.items():
        median = statistics.median(times)
        spread = f"{min(times):.1f} to {max(times):.1f}"
        sys.stdout.write(f"{name}: {median:.1f} s ({spread}), {median / several:.2f} x of {many} workers\n")


if __name__ == "__main__":
    main()
