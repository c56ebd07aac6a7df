"""Sheets of published tables: rows and columns of the paper, marks of notes, and rows that can never run."""

import pytest

from mnerbench.reports.published.loading import published_table, published_tables
from mnerbench.reports.published.sheets import published_table_legend, published_table_sheet
from mnerbench.reports.text.format import NONE, texts, titles


def test_a_table_is_printed_as_in_the_paper_with_marks_at_its_notes():
    table = published_table("maf/table4")
    sheet = published_table_sheet(table)
    assert titles(sheet) == ("system", "our name", "T15 P", "T15 R", "T15 F1", "T17 P", "T17 R", "T17 F1")
    assert [column.names for column in sheet.columns] == [True] * 2 + [False] * 6
    assert texts(sheet)[0] == ("MAF", "maf", "71.41 [1]", "75.32 [1]", "73.32 [1]", "86.13", "86.38", "86.25")
    assert texts(sheet)[3] == ("w/o CA + CM", "maf-no-ca-cm", "70.32", "74.71", "72.45", "82.90", "84.30 [2]", "83.60")
    assert published_table_legend(table) == [
        ("[1]", "Table 2 prints 71.86, 75.10 and 73.42 for the same model"),
        ("[2]", "no whole number of the 1,351 entities of the test split"),
    ]


def test_sections_are_a_column_where_the_paper_has_them_and_gaps_stay_gaps():
    sheet = published_table_sheet(published_table("ita/table1"))
    assert titles(sheet)[:3] == ("section", "system", "our name")
    assert texts(sheet)[0] == ("BERT-CRF", "BERT-CRF", "bert-crf", "74.79", NONE, "85.18", NONE, "85.98", NONE)


def test_a_cell_may_have_several_notes_and_digits_stay_as_printed():
    rows = {row[0]: row for row in texts(published_table_sheet(published_table("maf/table2")))}
    assert rows["MAF (Ours)"][8] == "73.42 [3] [4]"
    assert rows["CNN-BiLSTM-CRF"][13] == "80.00"
    counts = texts(published_table_sheet(published_table("hamlearning/table6")))
    assert counts[0][2:] == ("2,217", "552", "1,816", "2,943", "626", "621")


def test_what_cannot_run_says_so_and_why():
    table = published_table("ita/table4")
    names = {row[1]: row[2] for row in texts(published_table_sheet(table, {"ita-ga", "ita-random"}))}
    assert names["RpBERT w/o Rp"] == names["ITA-GA_BU"] == names["ITA-Joint"] == "published only"
    assert names["ITA-Random"] == "ita-random"
    assert {row[1]: row[2] for row in texts(published_table_sheet(table))}["ITA-Joint"] == "ita-joint"
    assert (
        "published only: ITA-LA_BU",
        "the tags were not released, and no detector here has bottom-up attention's classes",
    ) in published_table_legend(table)


@pytest.mark.parametrize("name", list(published_tables()))
def test_every_table_can_be_printed_and_every_mark_is_explained(name):
    table = published_table(name)
    sheet, lines = published_table_sheet(table), published_table_legend(table)
    assert len(sheet.rows) == len(table.rows)
    assert {len(row) for row in sheet.rows} == {len(sheet.columns)}
    marks = {word for row in texts(sheet) for text in row for word in text.split() if word.startswith("[")}
    assert marks == {mark for mark, _ in lines if mark.startswith("[")}
