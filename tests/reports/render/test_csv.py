"""CSV: all numbers, unrounded, and no foreign text as formula."""

import csv
import io
import re

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.manifest import load_manifests
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.render.csv import csv_report

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


def test_csv_runs_nothing_in_a_spreadsheet(make):
    records = [record for name in FORMULAS for record in make.seeds(name, BASE[:2])]
    text = csv_report(leaderboard(records, []))
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(line) for line in lines}) == 1
    for line in lines:
        for cell in line:
            number = re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", cell)
            assert number or not cell.lstrip(" \n\t\xa0\u3000\ufeff\u200b").startswith(tuple(BEGINNINGS)), cell
            assert not cell.startswith(("\t", "\n", "\r")), cell
    methods = {line["method"].removeprefix("'") for line in parsed(leaderboard(records, []))}
    assert methods == {printable(name) for name in FORMULAS}


def test_csv_leaves_negative_numbers_numbers(make):
    records = [*make.seeds("bert-crf", BASE), *make.seeds("worse", [0.6, 0.61, 0.6, 0.61, 0.6])]
    (line,) = [row for row in parsed(leaderboard(records, [], "bert-crf")) if row["method"] == "worse"]
    assert float(line["difference"]) < 0
