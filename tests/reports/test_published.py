"""Published scores: each belongs to a row of a shipped suite, and the verdict needs five seeds within the band."""

import pytest

from mnerbench.benchmark.spec import EncoderRef
from mnerbench.benchmark.suite import load_suite, suite_names
from mnerbench.reports.leaderboard import leaderboard
from mnerbench.reports.markdown import markdown_report
from mnerbench.reports.published import Published, published, published_lines, published_sheet, verdict


def ask(make, method, scores, suite="reproduce/maf", **fields):
    fields = {"protocol": "paper", "encoder": EncoderRef(name="bert-base-cased", digest="c" * 64), **fields}
    records = make.seeds(method, scores, dataset="twitter15", **fields)
    return leaderboard(records, [make.grid([r.spec for r in records], suite, baseline=method)])


def test_every_score_is_a_row_of_its_suite():
    suites = {name: load_suite(name) for name in suite_names() if name.startswith("reproduce/")}
    for one in published():
        assert one.dataset in suites[one.suite].datasets
        assert one.method in suites[one.suite].methods
        assert 0.6 < one.f1 < 0.95
    assert {one.suite for one in published()} == suites.keys()


def test_every_row_of_a_reproduction_has_its_score():
    scored = {(one.suite, one.method, one.dataset) for one in published()}
    ours = {"umt"}  # first pieces only: our reading of the paper, published by ITA Table 3 alone
    for name in (name for name in suite_names() if name.startswith("reproduce/")):
        suite = load_suite(name)
        lacking = {(name, m, d) for m in suite.methods for d in suite.datasets} - scored
        assert {method for _, method, _ in lacking} <= ours


@pytest.mark.parametrize(
    ("scores", "says"),
    [
        ([0.7340, 0.7350, 0.7330, 0.7345, 0.7341], "reproduced"),
        ([0.7243] * 5, "reproduced"),
        ([0.7241] * 5, "not reproduced"),
        ([0.7393] * 5, "not reproduced"),
        ([0.7341] * 3, "3/5 seeds: too few to say"),
    ],
)
def test_the_verdict_is_that_of_the_band(make, look, scores, says):
    table = look.only(ask(make, "umt-x", [{"it": score} for score in scores]))
    one = Published("reproduce/maf", "MAF Table 2", "one run", "umt-x", "it", "twitter15", 0.7341, "bert-base-cased")
    assert verdict(one, look.row(table, "umt-x", "it"), table.conditions) == says
    line = next(row for row in published_sheet(table).rows if row[0] == "umt-x")
    assert line[2:5] == ("MAF Table 2", "one run", "73.41")
    assert line[-1] == says


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"protocol": "equal"}, "protocol"),
        ({"encoder": EncoderRef(name="xlm-roberta-large", digest="x" * 64)}, "encoder"),
        ({"overrides": {"heads": 3}}, "settings"),
        ({"overrides": {"label_rule": "x"}}, None),
    ],
)
def test_under_other_conditions_there_is_no_verdict(make, look, fields, says):
    table = look.only(ask(make, "umt-x", [{"it": 0.7341}] * 5, **fields))
    line = next(row for row in published_sheet(table).rows if row[0] == "umt-x")
    assert line[-1] == ("reproduced" if says is None else f"other {says}: no verdict")


def test_where_a_paper_contradicts_itself_a_note_says_so(make, look):
    table = look.only(ask(make, "maf", [{"it": 0.7342}] * 5))
    line = next(row for row in published_sheet(table).rows if row[:3] == ("maf", "it", "MAF Table 2"))
    assert line[4] == "73.42*"
    assert ("* MAF Table 2", "Table 4 prints 73.32 for the same model") in published_lines(table)


def test_rows_that_were_not_run_say_so_and_other_suites_have_no_such_table(make, look):
    table = look.only(ask(make, "umt-x", [{"it": 0.7341}] * 5))
    assert next(row for row in published_sheet(table).rows if row[0] == "maf")[-1] == "not run"
    page = markdown_report([table])
    assert "### Against the published scores" in page
    other = look.only(ask(make, "umt-x", [{"it": 0.7341}] * 5, suite="mine"))
    assert published_sheet(other) is None
