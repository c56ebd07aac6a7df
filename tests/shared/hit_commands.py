"""Kills commands at random moments, and compares the files that they leave behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Temporary files of a running command.
_TEMPORARY = (".lock", ".part", ".version")


@dataclass
class Hit:
    """Starts a command repeatedly, and kills it (SIGKILL) at random moments.

    Attributes:
        words: the command line.
        log: file of its output.
        rng: decides the moments.
        environment: variables besides those of this process.
        moments: time of each kill, as a share of the undisturbed duration.
    """

    words: Sequence[str]
    log: Path
    rng: random.Random
    environment: Mapping[str, str] = field(default_factory=dict)
    moments: list[float] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the command in its own process group."""
        with self.log.open("ab") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", "mnerbench.benchmark", *self.words],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={**os.environ, "OMP_NUM_THREADS": "1", **self.environment},
                start_new_session=True,
            )

    def to_the_end(self) -> float:
        """Run the command to its end; return its duration in seconds."""
        begun = time.monotonic()
        code = self.start().wait(900)
        text = self.log.read_text(encoding="utf-8", errors="replace")
        assert code == 0, f"exit code {code}\n{text[-3000:]}"
        assert "Traceback" not in text, text[-3000:]
        return time.monotonic() - begun

    def kill(self, life: float) -> bool:
        """Start the command and kill it at a random moment; return whether it was still running.

        Args:
            life: its undisturbed duration in seconds.
        """
        share = self.rng.random()
        process = self.start()
        try:
            code = process.wait(share * life)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.moments.append(share)
            return True
        text = self.log.read_text(encoding="utf-8", errors="replace")
        assert code == 0, f"exit code {code}\n{text[-3000:]}"
        return False


def tree(folder: Path, leave_out: Iterable[str] = ()) -> dict[str, bytes]:
    """All files below a folder by relative path, without temporary files."""
    names = frozenset(leave_out)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(_TEMPORARY) and not names & set(path.relative_to(folder).parts)
    }
