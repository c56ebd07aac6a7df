"""CSV: all numbers, unrounded, and no foreign text as formula."""

import csv
import io
import re

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.manifest import load_manifests
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.analysis.leaderboard import analyse
from mnerbench.reports.render.csv import csv_report
from mnerbench.reports.render.run_csv import run_csv_report

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]
FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", 'a"b,c\n=d')
# Wide and small signs, a true minus, and blanks before them that some programs drop on import.
FORMULAS += (
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(A1)",
    "\ufe661",
    "\ufe621",
    "\ufe631",
    "\ufe6bA1",
    "\u22121+1",
)
FORMULAS += ("\n=1", "\n\n@A1", " =1", "\xa0\uff1d1", "\u3000+1", "\ufeff=1", "\u200b@A1")
BEGINNINGS = "=+-@\t\n\r\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"


@pytest.fixture
def tables(here):
    """Of the committed results folder."""
    return leaderboard(list(RunStore(here / "store").records()), load_manifests(here / "store"))


def parsed(tables):
    return list(csv.DictReader(io.StringIO(csv_report(tables), newline="")))


def test_csv_has_a_line_per_row_and_all_digits(tables):
    lines = iter(parsed(tables))
    for number, table in enumerate(tables, start=1):
        for row in table.rows:
            line = next(lines)
            assert (line["table"], line["data"], line["method"]) == (str(number), table.conditions.dataset, row.method)
            assert (line["done"], line["expected"]) == (str(row.done), str(row.expected))
            if row.f1 is None:
                assert line["f1_mean"] == line["precision"] == ""
                continue
            assert float(line["f1_mean"]) == row.f1.mean
            for kind, means in row.types.items():
                numbers = [float(line[f"{metric}_type.{kind}"]) for metric in ("f1", "precision", "recall")]
                assert numbers == [means.f1, means.precision, means.recall]
            if row.comparison is not None:
                assert float(line["difference"]) == row.comparison.welch.difference
                judged = row.comparison.judged
                assert line["p_verdict"] == ("" if judged is None or judged.p is None else repr(judged.p))
                assert line["verdict"] == ("" if judged is None else judged.verdict.value)
    assert next(lines, None) is None


def test_the_row_with_the_own_picture_has_its_verdict(make):
    views = [{"it": f + 0.03 + 0.0001 * n, "t": f, "it-shuffled": f} for n, f in enumerate(BASE)]
    tables = leaderboard([*make.seeds("bert-crf", BASE), *make.seeds("umt", views)], [], "bert-crf")
    verdicts = {(line["method"], line["view"]): line["picture_verdict"] for line in parsed(tables)}
    others = {("bert-crf", "t"): "", ("umt", "t"): "", ("umt", "it-shuffled"): ""}
    assert verdicts == {("umt", "it"): "better", **others}


def require_no_formula(text):
    """No cell is a formula, and all lines have the same cells."""
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(line) for line in lines}) == 1
    for line in lines:
        for cell in line:
            number = re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", cell)
            assert number or not cell.lstrip(" \n\t\xa0\u3000\ufeff\u200b").startswith(tuple(BEGINNINGS)), cell
            assert not cell.startswith(("\t", "\n", "\r")), cell


def test_csv_runs_nothing_in_a_spreadsheet(make):
    records = [record for name in FORMULAS for record in make.seeds(name, BASE[:2])]
    require_no_formula(csv_report(leaderboard(records, [])))
    methods = {line["method"].removeprefix("'") for line in parsed(leaderboard(records, []))}
    assert methods == {printable(name) for name in FORMULAS}


def test_csv_leaves_negative_numbers_numbers(make):
    records = [*make.seeds("bert-crf", BASE), *make.seeds("worse", [0.6, 0.61, 0.6, 0.61, 0.6])]
    (line,) = [row for row in parsed(leaderboard(records, [], "bert-crf")) if row["method"] == "worse"]
    assert float(line["difference"]) < 0


# --- runs -----------------------------------------------------------------------------------------------------------


def runs_of(records, manifests=(), **options):
    """The lines of the file of runs."""
    groups = [analysed.group for analysed in analyse(records, manifests, **options)]
    return list(csv.DictReader(io.StringIO(run_csv_report(groups), newline="")))


def test_every_planned_run_has_a_line_per_view(here):
    records, manifests = list(RunStore(here / "store").records()), load_manifests(here / "store")
    lines = runs_of(records, manifests)
    planned = {identity for manifest in manifests for identity in manifest.runs}
    assert {line["run"] for line in lines} - {""} == planned
    by_identity = {record.identity: record for record in records}
    for line in lines:
        if line["status"] != "done":
            assert line["reason"]
            assert not line["f1.conlleval"]
            continue
        record = by_identity[line["run"]]
        for scorer in ("conlleval", "strict-iob2", "umt"):
            counts = record.score("test", line["view"], scorer).overall
            names = ("f1", "precision", "recall", "correct", "predicted", "gold")
            numbers = [float(line[f"{name}.{scorer}"]) for name in names]
            assert numbers == [getattr(counts, name) for name in names]
        assert (line["seed"], line["method"]) == (str(record.spec.seed), record.spec.method)
        assert line["main_view"] == str(int(line["view"] == record.primary_view))


def test_training_and_environment_of_a_run(make):
    facts = {"gpu": "a GPU", "python": "3.11", "packages": {"torch": "2.6", "numpy": "1"}, "commit": "abc-dirty"}
    spec = make.spec(overrides={"dropout": 0.2})
    record = make.record(spec, 0.7, best_epoch=1, environment=facts, peak_memory=5, notes=("a", "b"), resumed=2)
    (line,) = runs_of([record])
    expected = {"best_epoch": "1", "dev_f1": "0.5", "train_seconds": "180.0", "seconds": "10.0", "epochs": "2"}
    expected |= {"hardware": "a GPU", "packages": "torch 2.6, numpy 1", "commit": "abc-dirty", "python": "3.11"}
    expected |= {"memory_bytes": "5", "parameters": "108000000", "notes": "a; b", "resumed": "2"}
    expected |= {"overrides": '{"dropout": 0.2}', "started": "2025-01-01T00:00:00+00:00", "reason": "", "tables": "1"}
    assert {name: line[name] for name in expected} == expected


def test_runs_without_a_result_have_a_line_with_the_reason(make):
    specs = {name: make.spec(name) for name in ("done", "failed", "stopped", "missing", "damaged")}
    records = [
        make.record(specs["done"], 0.7),
        make.failed(specs["failed"], "out of memory"),
        make.record(specs["stopped"], status=Status.INTERRUPTED),
    ]
    plan = make.grid(specs.values(), not_run={"umt on made15": "no grid features"})
    lines = runs_of(records, [plan], left_out={specs["damaged"].identity: specs["damaged"]})
    found = {line["method"]: (line["status"], line["reason"]) for line in lines}
    assert found == {
        "done": ("done", ""),
        "failed": ("failed", "RuntimeError: out of memory"),
        "stopped": ("interrupted", "stopped before its end"),
        "missing": ("not done yet", "planned, without a result on this test split"),
        "damaged": ("damaged", "its record is unreadable or not as computed, and is left out"),
        "umt": ("not run", "no grid features"),
    }
    assert all(line["suites"] == "mine" for line in lines)


def test_a_run_of_several_tables_has_one_line(make):
    records = [make.record(make.spec("lookup"), 0.4), *make.seeds("bert", BASE[:2])]
    records += make.seeds("bert", BASE[:2], protocol="paper")
    plans = [make.grid([r.spec for r in records[:3]]), make.grid([r.spec for r in records[3:]], suite="other")]
    lines = [line for line in runs_of(records, plans) if line["method"] == "lookup"]
    assert [line["tables"] for line in lines] == ["1 2"]


def test_runs_of_a_transfer_are_lines_of_their_own(make):
    other = make.spec(dataset="made17").dataset
    spec = make.spec(transfer=(other,))
    record = make.record(spec, 0.7)
    record = record.model_copy(update={"metrics": {**record.metrics, "test@made17": {"t": make.scores(0.5)}}})
    lines = runs_of([record])
    assert {(line["trained_on"], line["tested_on"], line["f1.conlleval"]) for line in lines} == {
        ("made15", "made15", "0.7"),
        ("made15", "made17", "0.5"),
    }


def test_the_file_of_runs_runs_nothing_in_a_spreadsheet(make):
    facts = {"gpu": "=gpu", "python": "@1", "packages": {"-x": "1"}, "commit": "+abc"}
    records = [
        make.record(make.spec(name, seed), 0.7, notes=(name,), environment=facts)
        for name in FORMULAS
        for seed in (0, 1)
    ]
    plan = make.grid([record.spec for record in records], suite="s", not_run={"x on made15": "=cmd|' /C calc'!A0"})
    groups = [analysed.group for analysed in analyse(records, [plan])]
    require_no_formula(run_csv_report(groups))
