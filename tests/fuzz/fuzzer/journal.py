"""The finished portions of a run on disk, so that a long run which was stopped can be resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from fuzzer.pool import Portion, Result
from fuzzer.table import versions

_PACKAGE = Path(__file__).parents[3]


def code_digest(package: Path = _PACKAGE) -> str:
    """First 16 hex digits of a sha256 over all Python files of the package and of the fuzzer."""
    digest = hashlib.sha256()
    folders = [package / name for name in ("benchmark", "datasets", "methods", "reports", "tests/fuzz")]
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        digest.update(f"{path.relative_to(package)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


class Journal:
    """A file with a header, which says what is run, and a line per finished portion.

    Args:
        path: of the file.
        header: what the results depend on; a journal with another header is not resumed.
    """

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self._path, self._header = path, header

    @classmethod
    def of_run(cls, folder: Path, shares: dict[str, int], seed: int) -> Journal:
        """The journal of a run in its folder of findings."""
        header = {"shares": shares, "seed": seed, "versions": versions(), "code": code_digest()}
        return cls(folder / "progress.jsonl", header)

    def begin(self) -> None:
        """Start a new file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._header) + "\n", encoding="utf-8")

    def finish(self, portion: Portion, results: Sequence[Result], seconds: float) -> None:
        """Append a finished portion, with the seconds since the run or its last part began."""
        tried = [[result.outcome, result.seconds, result.fault, result.trace] for result in results]
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({**asdict(portion), "seconds": seconds, "results": tried}) + "\n")

    def finished(self) -> Iterator[tuple[Portion, list[Result], float]]:
        """The portions in the file; one that was being written when the process was killed is left out.

        Raises:
            UsageError: there is no such file, or it is of another run.
        """
        if not self._path.is_file():
            raise click.UsageError(f"{self._path}: there is no run to resume")
        lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        if not lines or json.loads(lines[0]) != json.loads(json.dumps(self._header)):
            raise click.UsageError(f"{self._path}: a run of other inputs, versions or code; start it without --resume")
        for line in lines[1:]:
            if not line.endswith("\n"):
                self._path.write_text("".join(lines[:-1]), encoding="utf-8")
                return
            content = json.loads(line)
            portion = Portion(content["target"], content["first"], content["end"])
            numbered = enumerate(content["results"], portion.first)
            yield portion, [Result(portion.target, number, *tried) for number, tried in numbered], content["seconds"]
