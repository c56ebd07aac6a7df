"""Checkpoints: the state of an unfinished run on disk, from which it resumes to the same result."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import torch

from mnerbench.benchmark.results.environment import package_version
from mnerbench.datasets.atomic_files import atomic_file
from mnerbench.datasets.write_errors import cannot_write

State = dict[str, Any]
# Resuming is bit-identical only under the package versions that wrote the state.
_MADE_BY = " ".join(f"{name} {package_version(name)}" for name in ("mnerbench", "torch", "transformers"))


class _UnusableError(Exception):
    """Why a checkpoint file cannot be resumed from."""


class Checkpoint:
    """One file per run, replaced atomically, at most every `seconds`.

    It holds only tensors, numbers and strings and is read with `weights_only`, so it cannot execute code.

    Args:
        path: the file.
        seconds: minimum time between two saves.
        code: digest of the code that computes the run; a state saved by other code is not resumed.

    Attributes:
        ignored: why the file on disk was ignored and the run started over; empty if it was not.
    """

    def __init__(self, path: Path, seconds: float, code: str = "") -> None:
        self.path = path
        self._code = code
        self.ignored = ""
        self._seconds = seconds
        self._last = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether enough time has passed since the last save."""
        return time.monotonic() - self._last >= self._seconds

    def ignore(self, reason: str) -> None:
        """Record why the file on disk is ignored."""
        self.ignored = f"{reason}; the run started over"

    def save(self, state: State) -> None:
        """Replace the file.

        Raises:
            DiskError: the disk is full or the folder cannot be written.
        """
        try:
            with atomic_file(self.path) as stream:
                torch.save({**state, "made_by": _MADE_BY, "code": self._code}, stream)
        except RuntimeError as error:  # torch raises it for a full disk
            raise cannot_write(self.path, error) from error
        self._last = time.monotonic()

    def load(self) -> State | None:
        """The last saved state; None if there is none, or if it is unreadable or of other versions or code."""
        if not os.path.lexists(self.path):
            return None
        try:
            return self._read()
        except _UnusableError as error:
            self.ignore(f"checkpoint {error}")
            return None

    def _read(self) -> State:
        if not self.path.is_file():
            raise _UnusableError("is not a file")
        try:
            state: State = torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception as error:  # damaged files raise many types of error
            raise _UnusableError(f"not readable ({type(error).__name__})") from error
        if not isinstance(state, dict):
            raise _UnusableError(f"is not a state of a run, but a {type(state).__name__}")
        if state.pop("made_by", None) != _MADE_BY:
            raise _UnusableError("of other package versions")
        if state.pop("code", "") != self._code:
            raise _UnusableError("of other code than is installed")
        return state


def random_state(device: torch.device) -> State:
    """State of torch's random generators, which dropout uses."""
    state: State = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def restore_random_state(state: State, device: torch.device) -> None:
    """Restore torch's random generators to a saved state."""
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)
