"""What counts as passed, what a reader of the file is told, and that a table fits a terminal."""

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
    found = PartReport("p", "about", 10.0, idle="", **state)
    for number, status in enumerate(checks):
        found.add(Check(str(number), status, "" if status is Status.PASSED else f"because {status.value}"))
    return found


@pytest.mark.parametrize(
    ("checks", "state", "status"),
    [
        ((Status.PASSED, Status.PASSED), {}, Status.PASSED),
        ((), {}, Status.PASSED),
        ((Status.PASSED, Status.SKIPPED), {}, Status.SKIPPED),
        ((Status.PASSED, Status.SKIPPED, Status.FAILED), {}, Status.FAILED),
        ((Status.PASSED,), {"stopped": "cut after 10 s"}, Status.FAILED),
    ],
)
def test_a_part_has_passed_only_if_everything_in_it_has(checks, state, status):
    found = part(*checks, **state)
    assert found.status is status
    assert bool(found.reason) is (status is not Status.PASSED)


def test_a_part_that_was_not_begun_is_skipped_with_its_reason():
    found = PartReport("p", "about", 10.0)
    assert (found.status, found.reason, found.seconds) == (Status.SKIPPED, "not reached", None)
    found = part(Status.PASSED, Status.SKIPPED)
    assert found.reason == "1 of 2 checks skipped: because skipped"


def test_a_check_that_breaks_does_not_cost_the_next():
    found = []

    def missing():
        raise SkippedError("torchvision is not installed")

    attempt("passes", lambda: require(True, "never said"), found.append)
    attempt("fails", lambda: require(False, "2 is not 3"), found.append)
    attempt("breaks", lambda: 1 / 0, found.append)
    attempt("cannot", missing, found.append)
    assert found == [
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


def test_a_later_figure_of_the_same_name_takes_the_place_of_the_earlier():
    found = part()
    for epochs in ([1.0], [1.0, 2.0]):
        found.add(Figure("epoch", measure(epochs, "s")))
    assert [figure.ours.repeats for figure in found.figures.values()] == [2]


def test_the_file_has_status_reason_seconds_and_units():
    found = part(Status.PASSED, Status.FAILED, seconds=3.0)
    found.add(from_pair(Pair("ours", "theirs", [2.0], [10.0])))
    plain = json.loads(json.dumps(Report({"gpu": "NVIDIA H200"}, [found]).plain()))
    (own,) = plain["parts"]
    assert (own["status"], own["seconds"], own["budget_seconds"]) == ("failed", 3.0, 10.0)
    assert own["reason"] == "1 of 2 checks failed: because failed"
    assert [check["status"] for check in own["checks"]] == ["passed", "failed"]
    assert own["figures"][0]["ours"] == {"value": 2.0, "unit": "ms", "low": 2.0, "high": 2.0, "repeats": 1}
    assert own["figures"][0]["ratio"] == 5.0
    assert plain["facts"]["gpu"] == "NVIDIA H200"


def test_the_table_has_80_columns_and_says_what_did_not_pass():
    found = part(Status.PASSED, Status.FAILED, Status.SKIPPED, stopped="cut after 1,234 s, its budget", seconds=1234.5)
    found.add(Check("a name of a check", Status.FAILED, "a reason that goes on and on " * 30))
    pair = Pair("a figure with a name that is long enough to be cut somewhere", "x" * 100, [1e5, 1e7], [1e9])
    found.add(from_pair(pair, bar=100.0))
    found.add(Figure("small", measure([3e-7], ""), "against float64"))
    text = table(Report(FACTS, [found, PartReport("grid", "about", 75.0)], seconds=480.0))
    assert max(map(len, text.splitlines())) <= WIDTH == 80
    for said in ("NVIDIA H200", "driver 580.1", "cut after 1,234 s", "because skipped", "not reached", "3.0e-07"):
        assert said in text
    assert "2 parts: 1 failed, 1 skipped; 480 seconds" in text
    assert "1 passed, 2 failed, 1 skipped" in text


def test_a_rehearsal_says_that_it_is_one():
    text = table(Report({**FACTS, "gpu": None, "processor": "AMD EPYC", "rehearsal": True}, []))
    assert "no GPU was used" in text
    assert "figures mean nothing" in " ".join(text.split())
