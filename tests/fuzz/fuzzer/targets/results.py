"""Every file of a results folder, as `status`, `report` and `merge` read them; they run in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fuzzer.special import put
from fuzzer.targets.target import FIXTURES, PREPARED, Target, require_storable
from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.display.warnings import find_installed_code
from mnerbench.benchmark.results.running_file import RUNNING
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.load import PageOptions, html_page, load_results
from mnerbench.reports.render.csv import csv_report
from mnerbench.reports.render.json import json_report
from mnerbench.reports.render.latex import latex_report
from mnerbench.reports.render.markdown import markdown_report

_FOLDER = PREPARED / "results"
_RUN = "f3a60c13eb733fb7"


def _command(*words: str) -> None:
    cli.main(list(words), "benchmark", standalone_mode=False)


def _reports(out: Path) -> None:
    """The report in every format; whatever a record says, none holds a character that acts on a terminal."""
    results = load_results(RunStore(out), (), None, find_installed_code)
    page = html_page(results, PageOptions(FIXTURES, out / "cache"))
    text = markdown_report(results.tables, results.searches)
    for written in (
        page.text,
        text,
        csv_report(results.tables),
        latex_report(results.tables),
        json_report(results.tables),
    ):
        report = written.replace("\r\n", "\n")  # as CSV ends its lines
        assert printable(report) == report, f"a raw {_first_raw(report)!r} in a report that begins {report[:20]!r}"
        require_storable(report)


def _first_raw(report: str) -> str:
    return next(character for character in report if printable(character) != character)


def _all_commands(work: Path) -> None:
    """What a user does with a stranger's results folder, in turn."""
    _command("status", "--out", str(work / "out"))
    _reports(work / "out")
    load_results(RunStore(work / "out"), (), None, find_installed_code, verify=True)
    _command("merge", str(work / "out"), "--out", str(work / "merged"))
    _command("status", "--out", str(work / "merged"))


def _stored(name: str) -> Callable[[bytes, Path], None]:
    def read(data: bytes, work: Path) -> None:
        (work / _FOLDER.name).rename(work / "out")
        put(work / "out" / name, data)
        _all_commands(work)

    return read


def _read_back(data: bytes, work: Path) -> None:
    """A record alone, without a report: many of them in a short time."""
    (work / _FOLDER.name).rename(work / "out")
    put(work / "out" / _RUN / "record.json", data)
    store = RunStore(work / "out")
    for identity in store.recorded():
        store.record(identity)


def _watched(data: bytes, work: Path) -> None:
    """The state of a run in progress, as `watch` shows it."""
    put(work / _RUN / RUNNING, data)
    (work / _RUN / "record.json").unlink()
    _command("watch", "--once", "--out", str(work))
    _command("watch", "--format", "json", "--out", str(work))


_STORED = {
    "record": f"{_RUN}/record.json",
    "spec": f"{_RUN}/spec.json",
    "stored-predictions": f"{_RUN}/predictions/test.it.jsonl",
    "tallies": f"{_RUN}/tallies/test.it.safetensors",
    "attention": f"{_RUN}/attention/test.it.safetensors",
    "split": next(path.relative_to(_FOLDER).as_posix() for path in sorted(_FOLDER.glob("splits/*"))),
    "grid": "suites/mini.json",
    "tuning-results": "tuning/mini/results.json",
}

TARGETS = [
    *(Target(name, _stored(path), (_FOLDER / path,), PREPARED, weight=1) for name, path in _STORED.items()),
    Target("running", _watched, folder=_FOLDER, weight=5),
    Target("record-alone", _read_back, (_FOLDER / _STORED["record"],), PREPARED, weight=20),
]
