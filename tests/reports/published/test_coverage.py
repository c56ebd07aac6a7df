"""The page of coverage: every printed number, with a place for ours or the reason why it has none."""

from __future__ import annotations

import runpy

import pytest

from mnerbench.reports.published.coverage import coverage_sheet, obstacle, obstacles
from mnerbench.reports.published.loading import published_table, published_tables
from mnerbench.reports.text.format import texts


def test_the_page_is_that_of_the_data(root):
    page = runpy.run_path(str(root / "tests" / "acceptance" / "published_coverage.py"))["coverage_page"]()
    remedy = "run: python -P tests/acceptance/published_coverage.py > docs/coverage.md"
    assert (root / "docs" / "coverage.md").read_text(encoding="utf-8") == page, remedy


def test_every_printed_number_is_counted_once():
    sheet, legend = coverage_sheet(published_tables().values())
    *rows, total = texts(sheet)
    reasons = [reason for table in published_tables().values() for reason in obstacles(table)]
    numbers = sum(1 for table in published_tables().values() for _ in table.cells())
    assert int(total[2]) == len(reasons) == numbers == sum(int(row[2]) for row in rows)
    assert int(total[3]) == reasons.count(None)
    assert len(dict(legend)) == len(set(reasons) - {None})


def test_a_difference_has_the_obstacles_of_its_two_numbers():
    table = published_table("ita/table5")
    assert obstacles(table) == [None] * 108
    rows = [row if row.system != "BERT-CRF" else row.model_copy(update={"view": None}) for row in table.rows]
    without_view = table.model_copy(update={"rows": tuple(rows)})
    assert obstacles(without_view)[24:36] == ["the paper names no view"] * 12


@pytest.mark.parametrize(
    ("table", "system", "column", "reason"),
    [
        ("ita/table1", "ITA-GA+CVA", "T15 I+T", None),
        ("ita/table2", "Ours: ITA-All+CVA", "T15 F1", "the best of five runs; ours are means"),
        (
            "can-images-help/table5",
            "BERT + CRF + Caption, generated captions",
            "T17 Dev F1",
            "f1 on valid: not measured",
        ),
        ("can-images-help/table5", "BERT + CRF + Caption, generated captions", "T17 Test F1", None),
        ("maf/table1", "# Tweets", None, None),
        ("maf/table3", "MAF", None, None),
        ("can-images-help/table4", "BERT + CRF", None, "published only (the Snapchat set was never released)"),
        ("can-images-help/fig2", "BERT + CM + CRF", None, "a remark on a figure (words)"),
    ],
)
def test_reasons(table, system, column, reason):
    cells = [
        cell
        for cell in published_table(table).cells()
        if cell.row.system == system and column in (None, cell.column.name)
    ]
    assert cells
    for cell in cells:
        assert obstacle(cell) == reason
