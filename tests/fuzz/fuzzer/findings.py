"""Inputs that broke the promise: one per fault, made small, kept in files that `--replay` takes."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from fuzzer.inputs import make_input
from fuzzer.judge import Judge, Verdict
from fuzzer.pool import Result
from fuzzer.targets import targets

_TRIES, _SECONDS = 300, 5.0


@dataclass(frozen=True)
class Finding:
    """An input, and what was wrong.

    Attributes:
        target: that it is for.
        seed: of the run that made it.
        number: in that run.
        fault: in one line.
        trace: where.
        data: the input, minimised where it still fails in the same way.
    """

    target: str
    seed: int
    number: int
    fault: str
    trace: str
    data: bytes

    def write(self, folder: Path) -> Path:
        """Write it to a file of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.target}-{hashlib.sha256(self.fault.encode()).hexdigest()[:8]}.json"
        content = {**vars(self), "data": base64.b64encode(self.data).decode(), "begins": repr(self.data[:200])}
        (folder / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        return folder / name


def read_finding(path: Path) -> Finding:
    """A finding from its file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["data"] = base64.b64decode(content["data"])
    return Finding(**{key: content[key] for key in Finding.__dataclass_fields__})


def finding_of(result: Result, seed: int) -> Finding:
    """The finding of a failed result, with its input as it was."""
    data = make_input(result.target, targets()[result.target].seeds, seed, result.number)
    return Finding(result.target, seed, result.number, result.fault, result.trace, data)


def minimised(finding: Finding, judge: Judge) -> Finding:
    """The same fault from less: pieces are cut out as long as it stays the same, large ones first."""
    target, data = targets()[finding.target], finding.data
    spent, tries, size = 0.0, 0, len(data) // 2
    while size >= 1 and tries < _TRIES and spent < _SECONDS:
        start = 0
        while start < len(data) and tries < _TRIES and spent < _SECONDS:
            shorter = data[:start] + data[start + size :]
            verdict = judge.judge(target, shorter)
            tries, spent = tries + 1, spent + verdict.seconds
            if verdict.failed and verdict.fault == finding.fault:
                data = shorter
            else:
                start += size
        size //= 2
    return Finding(finding.target, finding.seed, finding.number, finding.fault, finding.trace, data)


def replayed(finding: Finding, judge: Judge) -> Verdict:
    """What comes of its input now."""
    return judge.judge(targets()[finding.target], finding.data)
