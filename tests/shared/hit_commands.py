"""Command lines that are killed while they work, and what they leave behind."""

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

# What only helps a command while it works, or tells times.
_PASSING = (".lock", ".part", ".version")


@dataclass
class Hit:
    """Starts a command again and again, and ends it by SIGKILL at random moments of its life.

    Attributes:
        words: of the command line.
        log: file of what it prints.
        rng: decides the moments.
        environment: variables besides those of this process.
        moments: how far the command was at each kill, as a share of its undisturbed life.
    """

    words: Sequence[str]
    log: Path
    rng: random.Random
    environment: Mapping[str, str] = field(default_factory=dict)
    moments: list[float] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        """Start it in a process group of its own."""
        with self.log.open("ab") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", "mnerbench.benchmark", *self.words],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={**os.environ, "OMP_NUM_THREADS": "1", **self.environment},
                start_new_session=True,
            )

    def to_the_end(self) -> float:
        """Let it end by itself; returns how many seconds that took."""
        begun = time.monotonic()
        code = self.start().wait(900)
        text = self.log.read_text(encoding="utf-8", errors="replace")
        assert code == 0, f"exit code {code}\n{text[-3000:]}"
        assert "Traceback" not in text, text[-3000:]
        return time.monotonic() - begun

    def kill(self, life: float) -> bool:
        """Start it and kill it somewhere in its life; whether it was still alive then.

        Args:
            life: seconds that it takes undisturbed.
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
    """Every file below a folder by its path there, but what a command needs only while it works."""
    names = frozenset(leave_out)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(_PASSING) and not names & set(path.relative_to(folder).parts)
    }
