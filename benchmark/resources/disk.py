"""Checks of disk space before training."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.taggers import Keep, series_key
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
            f"but the runs with their checkpoints and kept taggers may need {needed / 1e6:,.0f} MB\n"
            "  -> free some space, choose a folder on another disk with --out, or keep no taggers (--keep none)"
        )


def space_needed(jobs: Sequence[Job], resources: LocalResources, workers: int) -> int:
    """Bytes that concurrent runs may need: weights, two moments and best weights, in an old and a new checkpoint.

    To these come the taggers that the invocation keeps.

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
    checkpoints = 8 * max(weights, default=0) * workers + (100_000_000 if jobs else 1_000_000)
    return checkpoints + max(weights, default=0) * _kept(jobs, resources.paths.keep, workers)


def _kept(jobs: Sequence[Job], keep: Keep, workers: int) -> int:
    """Number of trained taggers on the disk at a time."""
    trained = [job.spec for job in jobs if job.encoder is not None]
    if keep is Keep.NONE or not trained:
        return 0
    return len(trained) if keep is Keep.ALL else len({series_key(spec) for spec in trained}) + workers
