"""`benchmark list methods`, grouped by paper and year."""

import pytest

from mnerbench.benchmark.cli.method_list import by_paper, list_methods, needs_of, print_methods
from mnerbench.methods.registry import methods

ROWS = list_methods()


def test_rows_are_the_methods_in_the_order_of_the_registry():
    assert [row["method"] for row in ROWS] == [entry.name for entry in methods()]
    umt = next(row for row in ROWS if row["method"] == "umt")
    assert (umt["reads"], umt["source"], umt["paper"]) == (["grid"], "Yu et al. 2020", "Yu et al. 2020, ACL (UMT)")


def test_baselines_come_first_then_papers_by_year():
    groups = by_paper(ROWS)
    names = [row["method"] for _, rows in groups for row in rows]
    assert sorted(names) == sorted(row["method"] for row in ROWS)
    assert len({heading for heading, _ in groups}) == len(groups)
    baselines = [rows[0]["baseline"] for _, rows in groups]
    assert baselines == sorted(baselines, reverse=True)
    for is_baseline in (True, False):
        years = [rows[0]["year"] or 0 for _, rows in groups if rows[0]["baseline"] is is_baseline]
        assert years == sorted(years)
    assert names[0] == "majority"
    assert names.index("bert-crf") < names.index("gvatt-bert-crf") < names.index("umt") < names.index("hamlearning")
    # A text-only variant stays with the paper whose other variants read pictures.
    assert [row["baseline"] for row in ROWS if row["method"] in ("mrc-ner", "visualbert")] == [False, False]


@pytest.mark.parametrize(
    ("method", "needs"),
    [
        ("majority", "nothing"),
        ("t-ner", "nothing"),
        ("bilstm-crf", "nothing"),
        ("bert-crf", "encoder"),
        ("gvatt-hbilstm-crf", "grid"),
        ("ita-all", "encoder, tags, captions, ocr"),
    ],
)
def test_what_a_method_needs(method, needs):
    assert needs_of(next(row for row in ROWS if row["method"] == method)) == needs


@pytest.mark.parametrize("width", [80, 160])
def test_the_list_fits_the_width_with_every_name_whole(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    print_methods(ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    starts = [line.split()[0] for line in lines if line and not line.startswith(" ")]
    assert {row["method"] for row in ROWS} <= set(starts)
    headings = {row["paper"] for row in ROWS}
    assert [line for line in lines if line in headings] == [heading for heading, _ in by_paper(ROWS)]
    after_needs = max(len(row["method"]) for row in ROWS) + len("  encoder")
    by_name = {line.split()[0]: line for line in lines if line[:1].strip()}
    columns = {by_name[row["method"]].index(row["what"][:12], after_needs) for row in ROWS}
    assert len(columns) == 1
