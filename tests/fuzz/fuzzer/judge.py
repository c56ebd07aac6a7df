"""Whether an input was dealt with as promised: used, or refused with a named error, in time, and nothing else done."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fuzzer.guard import Guard, scratch_folder
from fuzzer.targets.target import Target
from mnerbench.datasets import errors
from mnerbench.datasets.errors import MnerbenchError

MOST_SECONDS = 5.0
MOST_MESSAGE, MOST_OUTPUT = 20_000, 1 << 17  # characters of a message, bytes of output
_CACHES = ("MNERBENCH_CACHE", "XDG_CACHE_HOME")
_TESTS = Path(__file__).parents[2]
# Where code of ours is, and from where it is named; the package may be installed elsewhere.
_OURS = {(package := Path(errors.__file__).parents[1]): package, _TESTS: _TESTS.parent}
# Beside the folder of an input: what must stay as it is.
_OUTSIDE = {"model.safetensors": b"weights", "record.json": b"{}", "model": b"x", "x": b"x"}


@dataclass(frozen=True)
class Verdict:
    """What came of an input.

    Attributes:
        outcome: `accepted`, `refused` or `failed`.
        seconds: of processor time that it took.
        fault: what was not as promised, in one line; the same for the same fault, however it is reached.
        trace: where.
    """

    outcome: str
    seconds: float
    fault: str = ""
    trace: str = field(default="", compare=False)

    @property
    def failed(self) -> bool:
        """Whether the promise was broken."""
        return self.outcome == "failed"


class Judge:
    """Tries inputs in a folder of its own, which is emptied before each.

    Args:
        home: the folder; everything outside of it is guarded.
    """

    def __init__(self, home: Path) -> None:
        self._home, self._work, self._outside = home, home / "work", home / "outside"
        self._guard = Guard(self._work, home / "temporary")
        (home / "temporary").mkdir()
        tempfile.tempdir = str(home / "temporary")
        self._output = (home / "output").open("w+b")
        # What the package remembers of files lies in the input's folder too, and is gone with it.
        os.environ.update(dict.fromkeys(_CACHES, str(self._work / "cache")))

    def judge(self, target: Target, data: bytes) -> Verdict:
        """Try one input; one that is slow is tried twice, since other work may have slowed it."""
        verdict = self._try(target, data)
        if not verdict.failed and verdict.seconds > MOST_SECONDS:
            again = self._try(target, data)
            if again.seconds > MOST_SECONDS:
                return Verdict("failed", again.seconds, f"took more than {MOST_SECONDS:.0f} s of processor time")
            return again
        return verdict

    def _try(self, target: Target, data: bytes) -> Verdict:
        self._clean(target)
        begun = time.process_time()  # other processes slow an input, and are no fault of it; see `pool` for waits
        raised: BaseException | None = None
        with self._captured(), self._guard.watching(reads_anywhere=target.reads_anywhere):
            try:
                target.read(data, self._work)
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
                raised = error
        seconds = time.process_time() - begun
        effects = self._side_effects()  # always asked, since it puts back what was changed
        fault = _fault(raised) or next(iter(self._guard.notes), "") or effects
        trace = "".join(traceback.format_exception(raised, limit=-12))[:8000] if raised is not None else ""
        outcome = "failed" if fault else "accepted" if raised is None else "refused"
        return Verdict(outcome, seconds, fault, trace)

    def _clean(self, target: Target) -> None:
        shutil.rmtree(self._work, ignore_errors=True)
        if target.folder is None:
            self._work.mkdir()
        else:
            shutil.copytree(target.folder, self._work)
        if not self._outside.is_dir():
            self._outside.mkdir()
            for name, content in _OUTSIDE.items():
                (self._outside / name).write_bytes(content)

    def _side_effects(self) -> str:
        written = os.fstat(self._output.fileno()).st_size
        if written > MOST_OUTPUT:
            return f"printed more than {MOST_OUTPUT:,} bytes"
        there = {path.name: path.read_bytes() for path in self._outside.iterdir()}
        beside = sorted(path.name for path in self._home.iterdir())
        if there != _OUTSIDE or beside != ["output", "outside", "temporary", "work"]:
            shutil.rmtree(self._outside)
            return f"changed files outside of its folder: {sorted(there)}, {beside}"
        return ""

    @contextmanager
    def _captured(self) -> Iterator[None]:
        """Everything that is printed, also by code that is not Python, goes into a file."""
        sys.stdout.flush()
        sys.stderr.flush()
        saved = [os.dup(1), os.dup(2)]
        self._output.truncate(0)
        try:
            for number in (1, 2):
                os.dup2(self._output.fileno(), number)
            os.lseek(self._output.fileno(), 0, os.SEEK_SET)
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, descriptor in zip((1, 2), saved, strict=True):
                os.dup2(descriptor, number)
                os.close(descriptor)


def _fault(raised: BaseException | None) -> str:
    """What is wrong with how an input ended."""
    if raised is None:
        return ""
    if not isinstance(raised, MnerbenchError):
        return f"{type(raised).__name__} from {_raised(raised)}"
    text = str(raised)
    if len(text) > MOST_MESSAGE:
        return f"a message of more than {MOST_MESSAGE:,} characters from {_raised(raised)}"
    return "" if "-> " in text else f"a message without a remedy from {_raised(raised)}"


def _raised(error: BaseException) -> str:
    """File and function of the last frame that is ours."""
    frames = [(Path(frame.filename), frame.name) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(inside, name) for path, name in frames if (inside := _relative(path)) is not None]
    ours = [(path, name) for path, name in ours if path.parts[0] != "tests"] or ours
    return f"{ours[-1][0].as_posix()}:{ours[-1][1]}" if ours else "code that is not ours"


def _relative(path: Path) -> Path | None:
    """Where a file is in the package or in the repository; None for one that is ours in neither."""
    return next((path.relative_to(root) for folder, root in _OURS.items() if path.is_relative_to(folder)), None)


@contextmanager
def judge_in_new_folder() -> Iterator[Judge]:
    """A judge with a folder that is deleted in the end."""
    home, before = scratch_folder(), {name: os.environ.get(name) for name in _CACHES}
    try:
        yield Judge(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
        tempfile.tempdir = None
        # What the conformance cases keep for a process may lie in the folder that is gone.
        if (inputs := sys.modules.get("mnerbench.methods.conformance.synthetic_inputs")) is not None:
            inputs.pictures.cache_clear()
            inputs._folder.cache_clear()
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})
