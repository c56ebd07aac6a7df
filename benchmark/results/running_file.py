"""`<out>/<identity>/running.json`: how far a run is, while it runs; for people who watch, never part of a result.

The process that executes a grid replaces the file every few seconds and deletes it when the run ends. If that process
is killed, the file remains: its last sign of life grows old, and the next attempt replaces it.
"""

from __future__ import annotations

import os
import platform
from typing import Annotated

from pydantic import Field

from mnerbench.benchmark.results.damage import Damage, damage_of
from mnerbench.benchmark.results.spec import Frozen
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.results.stored_files import Amount, Count, parse_stored, read_stored
from mnerbench.datasets.errors import StoreError

RUNNING = "running.json"
SECONDS_BETWEEN_WRITES = 5.0
_MOST_BYTES = 1 << 16
_SILENT_SECONDS = 30.0  # a file that is younger shows that its process is alive

Host = Annotated[str, Field(max_length=300)]


class RunningFile(Frozen):
    """How far a run is. Times are seconds since 1970, on the clock of the process that writes the file."""

    host: Host = Field(description="the machine that computes the run")
    owner: Host = Field(description="the machine of the process that writes the file")
    pid: int = Field(ge=1, le=2**31, description="of that process")
    earlier: str | None = Field(None, max_length=100, description="`started` of the record that this attempt replaces")
    begun: Amount = Field(description="start of this attempt, before anything is loaded")
    updated: Amount = Field(description="the last sign of life")
    training_since: Amount | None = Field(None, description="start of the first step; None while the run is prepared")
    steps: Count = Field(0, description="training steps in all; 0 for a method that is not trained")
    first: Count = Field(0, description="steps that a checkpoint completed")
    step: Count = Field(0, description="steps done, including `first`")
    dev_f1: float | None = Field(None, ge=0, le=1, description="of the last epoch")

    def is_killed(self, silence: float) -> bool:
        """Whether the process that writes the file is certainly gone; only the machine it ran on can tell.

        Args:
            silence: seconds since the last sign of life. Whoever was alive just now is not gone: containers with one
                host name may number their processes separately.
        """
        if silence < _SILENT_SECONDS or self.owner != platform.node() or os.name != "posix":
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False


def read_running(store: RunStore, identity: str) -> RunningFile | None:
    """How far a run is; None if it is not running, or if the file is damaged: `store.damage` then has an entry."""
    path = store.root / identity / RUNNING
    try:
        store.folder(identity)
        path = store.path(identity, RUNNING)
        content = read_stored(path, identity=identity, most=_MOST_BYTES)
        running = parse_stored(RunningFile, content, "the state of a run") if content is not None else None
    except StoreError as error:
        store.damage.add(damage_of(error, path, identity=identity, excludes=False))
        return None
    except ValueError as error:
        remedy = "delete it: it is no part of the run, which writes it again"
        store.damage.add(Damage(path, str(error), remedy, identity, excludes=False))
        return None
    store.damage.forget(path)
    return running
