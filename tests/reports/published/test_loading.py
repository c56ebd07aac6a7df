"""Files of published numbers: errors name file, table and row."""

import dataclasses

import pytest
from pydantic import ValidationError

from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.reports.published import suites
from mnerbench.reports.published.loading import GROUPS, HERE, PAPERS, published_table, published_tables, read_paper
from mnerbench.reports.published.suites import Selection

GOOD = """
[paper]
name = "Mine"
citation = "Me 2026"

[[table]]
id = "mine/table1"
source = "Mine Table 1"
title = "Scores"
kind = "one run"
columns = [
  { name = "T15 P", dataset = "twitter15", metric = "precision" },
  { name = "T15 F1", dataset = "twitter15", metric = "f1" },
]

[[table.row]]
system = "A"
method = "bert-crf"
view = "t"
values = [70.10, 71.00]

[[table.row]]
system = "B"
values = ["-", 2_217]

[[table.row.note]]
columns = ["T15 F1"]
against = "precision and recall"
text = "it does not fit"
"""


@pytest.fixture
def write(tmp_path):
    def to(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to


def test_a_file_is_read_with_the_digits_it_prints(write):
    [table] = read_paper(write(GOOD)).tables
    assert [str(value) for value in table.rows[0].values] == ["70.10", "71.00"]
    assert table.rows[1].values[0] is None
    assert [(c.row.system, c.column.name, str(c.value)) for c in table.cells()][-1] == ("B", "T15 F1", "2217")
    assert [len(cell.notes) for cell in table.cells()] == [0, 0, 1]
    first = next(table.cells())
    assert (first.scope.kind, first.scope.dataset, first.scope.view) == ("one run", "twitter15", "t")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('view = "t"', 'veiw = "t"', r"table 'mine/table1'\n  row 'A': veiw: unknown key; did you mean 'view'"),
        ("[70.10, 71.00]", "[70.10]", r"row 'A': 1 values for 2 columns"),
        ("[70.10, 71.00]", '[70.10, "71.00"]', r"row 'A': values\.1: .*'71\.00' is not a printed number"),
        ("[70.10, 71.00]", "[70.10, true]", r"row 'A': values\.1: .*True is not a printed number"),
        ("[70.10, 71.00]", '[70.10, ""]', r"row 'A': values\.1: .*'' is not a printed number"),
        ("[70.10, 71.00]", "[70.10, nan]", r"row 'A': values\.1: "),
        ('view = "t"', 'view = "text"', r"row 'A': view: "),
        ('view = "t"', 'metric = "f1"', r"row 'A': metric specified by the row and by column 'T15 P'"),
        ('metric = "f1"', 'metric = "F1"', r"column 'T15 F1': metric: .*'f1'"),
        (', metric = "f1" }', " }", r"row 'A', column 'T15 F1': no metric specified"),
        ('kind = "one run"', "", r"no kind specified"),
        ('values = ["-"', 'kind = "difference"\nvalues = ["-"', r"row 'B': a difference needs two complete rows above"),
        ('"T15 F1", dataset', '"T15 P", dataset', r"duplicate column names: T15 P"),
        ('columns = ["T15 F1"]', 'columns = ["T17 F1"]', r"row 'B': a note names unknown columns: T17 F1"),
        ('columns = ["T15 F1"]', "columns = []", r"row 'B': note\.0\.columns: "),
        ('against = "prec', 'against = "pre', r"row 'B': note\.0\.against: "),
        ('system = "B"\n', "", r"row None: system: .*required"),
        ('id = "mine/table1"', 'id = "ita/table1"', r"table 'ita/table1'\n  -> name it mine/"),
        ('id = "mine/table1"', 'id = "mine/one"', r"table 'mine/one'\n  id: "),
        ('citation = "Me 2026"', "", r"\[paper\]\n  citation: .*required"),
        ('name = "Mine"', 'title = "Mine"', r"\[paper\]\n.*title: unknown key"),
        (
            "[[table.row.note]]",
            '[[table.case]]\nprinted = "x"\nanswers = { C = "O" }\n[[table.row.note]]',
            r"cases with answers of systems that have no row: C",
        ),
        (
            "[[table.row.note]]",
            '[[table.case]]\ndatasets = ["d"]\n[[table.row.note]]',
            r"case\.0: .*give the tweet with its",
        ),
        ("[paper]", "[papers]", r"unknown 'papers'; did you mean 'paper'"),
    ],
)
def test_errors_name_their_location(write, old, new, says):
    assert GOOD.count(old) >= 1
    with pytest.raises(ConfigError, match=r"(?s)mine\.toml: .*" + says):
        read_paper(write(GOOD.replace(old, new, 1)))


def test_duplicate_tables_are_refused(write):
    duplicated = GOOD + GOOD[GOOD.index("[[table]]") :]
    with pytest.raises(ConfigError, match=r"mine\.toml: duplicate table 'mine/table1'"):
        read_paper(write(duplicated))


def test_one_table_alone_is_no_list_of_tables(write):
    with pytest.raises(ConfigError, match=r"mine\.toml: its tables are not a list"):
        read_paper(write('[paper]\nname = "Mine"\ncitation = "Me"\n[table]\nid = "mine/table1"\n'))


def test_invalid_and_missing_files_are_named(write, tmp_path):
    with pytest.raises(DataError, match=r"mine\.toml: not TOML: .*line 2"):
        read_paper(write("\n[paper\nx = 1\n"))
    with pytest.raises(MissingInputError, match=r"none\.toml: cannot be read"):
        read_paper(tmp_path / "none.toml")


def test_every_shipped_file_is_read():
    assert {path.stem for path in HERE.glob("*.toml")} == {*PAPERS, *GROUPS, "suites", "protocols"}


def test_an_unknown_table_suggests_the_closest():
    with pytest.raises(ConfigError, match=r"no published table 'maf/tabel2'; did you mean 'maf/table2'"):
        published_table("maf/tabel2")


def test_an_unknown_row_of_a_selection_lists_the_rows():
    with pytest.raises(ConfigError, match=r"maf/table4 has no row 'w/o XX'; it has 'MAF', 'w/o CA'"):
        list(Selection(table="maf/table4", systems=("w/o XX",)).cells())
    with pytest.raises(ConfigError, match=r"ita/table1 has no row 'XLMR-CRF' below 'BERT-CRF'"):
        list(Selection(table="ita/table1", section="BERT-CRF", systems=("XLMR-CRF",)).cells())


def test_a_damaged_list_of_suites_is_named(tmp_path, monkeypatch):
    (tmp_path / "suites.toml").write_text('[["reproduce/maf"]]\ntabel = "maf/table2"\n', encoding="utf-8")
    monkeypatch.setattr(suites, "HERE", tmp_path)
    suites._suite_selections.cache_clear()
    try:
        with pytest.raises(ConfigError, match=r"(?s)suites\.toml: suite 'reproduce/maf'\n.*tabel: unknown key"):
            suites.selections("reproduce/maf")
    finally:
        suites._suite_selections.cache_clear()


def test_nothing_can_be_changed():
    table = published_table("maf/table2")
    with pytest.raises(ValidationError):
        table.title = "mine"
    with pytest.raises(ValidationError):
        table.rows[0].values = ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        next(table.cells()).value = 1
    assert published_tables() is published_tables()
