"""Spreads inputs over processes. One that crashes or hangs is a finding; another goes on behind that input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

PORTION = 250
_MAIN = Path(__file__).parents[1]


@dataclass(frozen=True)
class Portion:
    """Inputs `first` to `end - 1` of a target."""

    target: str
    first: int
    end: int


@dataclass(frozen=True)
class Result:
    """What came of one input; `fault` is empty where all was well."""

    target: str
    number: int
    outcome: str
    seconds: float
    fault: str = ""
    trace: str = ""


def portions(shares: dict[str, int]) -> list[Portion]:
    """All inputs in portions, those of targets with few inputs first, since each of theirs takes longest."""
    return [
        Portion(target, first, min(first + PORTION, count))
        for target, count in sorted(shares.items(), key=lambda item: item[1])
        for first in range(0, count, PORTION)
    ]


def run_portions(
    pending: list[Portion],
    seed: int,
    processes: int,
    hear: Callable[[Result], None],
    finish: Callable[[Portion, list[Result]], None] = lambda *_: None,
) -> None:
    """Try all inputs.

    Args:
        pending: the inputs.
        seed: of all inputs.
        processes: how many at a time.
        hear: called with every result, by one thread at a time.
        finish: called with every finished portion and its results, likewise.
    """
    waiting: SimpleQueue[Portion] = SimpleQueue()
    for portion in pending:
        waiting.put(portion)
    lock, errors = threading.Lock(), []

    def work() -> None:
        worker = None
        try:
            while True:
                try:
                    whole = portion = waiting.get_nowait()
                except Empty:
                    return
                results: list[Result] = []
                while portion.first < portion.end:
                    worker = worker or _Worker(seed)
                    for result in worker.results(portion):
                        results.append(result)
                        with lock:
                            hear(result)
                    if not worker.alive:
                        worker.close()
                        worker = None
                    portion = Portion(portion.target, results[-1].number + 1, portion.end)
                with lock:
                    finish(whole, results)
        except BaseException as error:  # noqa: BLE001 - told to the thread that waits
            errors.append(error)
        finally:
            if worker is not None:
                worker.close()

    threads = [threading.Thread(target=work) for _ in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


class _Worker:
    """A process that tries portions; see `fuzzer/worker.py`."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-X", "faulthandler", str(_MAIN), "--worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": _path()},
            text=True,
        )

    @property
    def alive(self) -> bool:
        """Whether it can be given more."""
        return self._process.poll() is None

    def results(self, portion: Portion) -> Iterator[Result]:
        """Have a portion tried. Ends early, with a failure as last result, when the process does."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"target": portion.target, "seed": self._seed, "first": portion.first, "end": portion.end}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        number = portion.first
        while number < portion.end:
            line = self._process.stdout.readline()
            if not line:
                code = self._process.wait()
                why = "hung: ended after a minute" if code == 1 else f"the process died: exit code {code}"
                yield Result(portion.target, number, "failed", 0.0, why)
                return
            answer: dict[str, Any] = json.loads(line)
            yield Result(portion.target, number, **answer)
            number += 1

    def close(self) -> None:
        """End the process; its folder is deleted by itself, or here when it cannot any more."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(60)


def _path() -> str:
    """Where this process imports from, for one that is started with another first entry."""
    return os.pathsep.join(path for path in sys.path if path)
