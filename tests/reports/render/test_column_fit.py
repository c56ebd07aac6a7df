"""Columns that a narrow terminal leaves out."""

import io

import pytest
from report_tables import leaderboard
from rich.console import Console

from mnerbench.reports.render.column_fit import fit_columns
from mnerbench.reports.render.terminal import print_leaderboard
from mnerbench.reports.text.cells import decimal_cell, text_cell
from mnerbench.reports.text.sheet import Column, Sheet, name_column

SHEET = Sheet(
    (name_column("method"), name_column("view"), *(Column(f"n{k}", f"number {k}") for k in range(4))),
    ((text_cell("bert-crf"), text_cell("it"), *(decimal_cell(k) for k in range(4))),),
)
NATURAL = 8 + 4 + 4 * 8 + 2 * 7


def test_columns_are_left_out_in_the_order_given_then_from_the_right():
    for width, left_out in ((NATURAL, []), (NATURAL - 1, ["n1"]), (40, ["n1", "n3"]), (1, ["n1", "n3", "n2"])):
        sheet, titles = fit_columns(SHEET, width, ("n1", "absent"))
        assert titles == [f"number {key[1]}" for key in left_out]
        assert [c.key for c in sheet.columns] == [c.key for c in SHEET.columns if c.key not in left_out]


def test_long_names_are_folded_before_numbers_go():
    rows = ((text_cell("x" * 100), *SHEET.rows[0][1:]),)
    assert fit_columns(Sheet(SHEET.columns, rows), NATURAL + 16)[1] == []


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_names_and_verdicts_fit_into_the_terminal(make, width):
    records = make.seeds("bert-crf", [0.7, 0.71, 0.72]) + make.seeds("hamlearning", [{"it": 0.8, "t": 0.7}] * 3)
    stream = io.StringIO()
    print_leaderboard(leaderboard(records, [], "bert-crf"), Console(file=stream, width=width))
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert any("hamlearning" in line and "better" in line for line in lines)
    assert ("no room for" in stream.getvalue()) == (width < 100)
