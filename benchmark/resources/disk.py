"""Checks of disk space before training."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.datasets.errors import StoreError


def check_store(root: Path, needed: int) -> None:
    """Create the results folder, and check that it is writable and has enough space.

    Args:
        root: the folder.
        needed: bytes that runs may need at a time.

    Raises:
        StoreError: The folder is not writable, or the disk has too little space.
    """
    probe = root / ".writable"
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"results folder {root}: {error.strerror or error}\n  -> choose another folder with --out"
        ) from error
    free = shutil.disk_usage(root).free
    if free < needed:
        raise StoreError(
            f"results folder {root}: {free / 1e6:,.0f} MB free, "
            f"but a run with its checkpoint may need {needed / 1e6:,.0f} MB\n"
            "  -> free some space, or choose a folder on another disk with --out"
        )


def space_needed(jobs: Sequence[Job], resources: LocalResources, workers: int) -> int:
    """Bytes that concurrent runs may need: weights, two moments and best weights, in an old and a new checkpoint.

    Args:
        jobs: the pending runs.
        resources: finds encoders.
        workers: number of concurrent runs.
    """
    names = {job.encoder for job in jobs if job.encoder is not None}
    folders = [folder for name in names if (folder := resources.encoder(name).folder) is not None]
    weights = [
        sum(path.stat().st_size for path in folder.glob("*") if path.suffix in {".safetensors", ".bin"})
        for folder in folders
    ]
    return 8 * max(weights, default=0) * workers + (100_000_000 if jobs else 1_000_000)
