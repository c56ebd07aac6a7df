"""What counts as passed, the content of the JSON file, and the layout of the table."""

from __future__ import annotations

import json

import pytest

from mnerbench.benchmark.perf.gpu.outcomes import (
    Check,
    CheckError,
    Figure,
    SkippedError,
    Status,
    attempt,
    from_pair,
    measure,
    require,
)
from mnerbench.benchmark.perf.gpu.report import PartReport, Report
from mnerbench.benchmark.perf.gpu.table import WIDTH, table
from mnerbench.benchmark.perf.pairs import Pair

FACTS = {
    "gpu": "NVIDIA H200",
    "driver": "580.1",
    "cuda": "13.0",
    "python": "3.12.3",
    "cores": 16,
    "packages": dict.fromkeys(("torch", "transformers", "triton", "pytorch-crf", "torchvision"), "1.0"),
    "tweets": "made",
    "encoder": "made",
    "rehearsal": False,
}


def part(*checks, **state):
    report = PartReport("p", "about", 10.0, not_started="", **state)
    for number, status in enumerate(checks):
        report.add(Check(str(number), status, "" if status is Status.PASSED else f"because {status.value}"))
    return report


@pytest.mark.parametrize(
    ("checks", "state", "status"),
    [
        ((Status.PASSED, Status.PASSED), {}, Status.PASSED),
        ((), {}, Status.PASSED),
        ((Status.PASSED, Status.SKIPPED), {}, Status.SKIPPED),
        ((Status.PASSED, Status.SKIPPED, Status.FAILED), {}, Status.FAILED),
        ((Status.PASSED,), {"stopped": "aborted after 10 s"}, Status.FAILED),
    ],
)
def test_a_part_has_passed_only_if_all_its_checks_have(checks, state, status):
    report = part(*checks, **state)
    assert report.status is status
    assert bool(report.reason) is (status is not Status.PASSED)


def test_a_part_that_was_not_started_is_skipped_with_its_reason():
    report = PartReport("p", "about", 10.0)
    assert (report.status, report.reason, report.seconds) == (Status.SKIPPED, "not reached", None)
    report = part(Status.PASSED, Status.SKIPPED)
    assert report.reason == "1 of 2 checks skipped: because skipped"


def test_a_broken_check_does_not_prevent_the_next():
    checks = []

    def missing():
        raise SkippedError("torchvision is not installed")

    attempt("passes", lambda: require(True, "unused"), checks.append)
    attempt("fails", lambda: require(False, "2 is not 3"), checks.append)
    attempt("breaks", lambda: 1 / 0, checks.append)
    attempt("cannot", missing, checks.append)
    assert checks == [
        Check("passes", Status.PASSED),
        Check("fails", Status.FAILED, "2 is not 3"),
        Check("breaks", Status.FAILED, "ZeroDivisionError: division by zero"),
        Check("cannot", Status.SKIPPED, "torchvision is not installed"),
    ]
    with pytest.raises(CheckError, match="2 is not 3"):
        require(False, "2 is not 3")


def test_figures_have_unit_spread_and_ratio():
    figure = from_pair(Pair("ours", "theirs", [2.0, 1.0, 3.0], [10.0, 12.0, 30.0]), bar=5.0)
    assert (figure.ours.value, figure.ours.low, figure.ours.high, figure.ours.repeats) == (2.0, 1.0, 3.0, 3)
    assert (figure.ours.unit, figure.ratio) == ("ms", 6.0)
    assert Figure("alone", measure([1.0], "s")).ratio is None


def test_a_later_figure_of_the_same_name_replaces_the_earlier():
    report = part()
    for epochs in ([1.0], [1.0, 2.0]):
        report.add(Figure("epoch", measure(epochs, "s")))
    assert [figure.ours.repeats for figure in report.figures.values()] == [2]


def test_the_file_has_status_reason_seconds_and_units():
    report = part(Status.PASSED, Status.FAILED, seconds=3.0)
    report.add(from_pair(Pair("ours", "theirs", [2.0], [10.0])))
    plain = json.loads(json.dumps(Report({"gpu": "NVIDIA H200"}, [report]).plain()))
    (saved,) = plain["parts"]
    assert (saved["status"], saved["seconds"], saved["budget_seconds"]) == ("failed", 3.0, 10.0)
    assert saved["reason"] == "1 of 2 checks failed: because failed"
    assert [check["status"] for check in saved["checks"]] == ["passed", "failed"]
    assert saved["figures"][0]["ours"] == {"value": 2.0, "unit": "ms", "low": 2.0, "high": 2.0, "repeats": 1}
    assert saved["figures"][0]["ratio"] == 5.0
    assert plain["facts"]["gpu"] == "NVIDIA H200"


def test_the_table_has_80_columns_and_the_reasons():
    report = part(
        Status.PASSED, Status.FAILED, Status.SKIPPED, stopped="aborted after 1,234 s, its budget", seconds=1234.5
    )
    report.add(Check("a name of a check", Status.FAILED, "a reason that goes on and on " * 30))
    pair = Pair("a figure with a name that is long enough to be cut somewhere", "x" * 100, [1e5, 1e7], [1e9])
    report.add(from_pair(pair, bar=100.0))
    report.add(Figure("small", measure([3e-7], ""), "against float64"))
    text = table(Report(FACTS, [report, PartReport("grid", "about", 75.0)], seconds=480.0))
    assert max(map(len, text.splitlines())) <= WIDTH == 80
    for expected in (
        "NVIDIA H200",
        "driver 580.1",
        "aborted after 1,234 s",
        "because skipped",
        "not reached",
        "3.0e-07",
    ):
        assert expected in text
    assert "2 parts: 1 failed, 1 skipped; 480 seconds" in text
    assert "1 passed, 2 failed, 1 skipped" in text


def test_a_rehearsal_is_labelled():
    text = table(Report({**FACTS, "gpu": None, "processor": "AMD EPYC", "rehearsal": True}, []))
    assert "no GPU was used" in text
    assert "figures are meaningless" in " ".join(text.split())
