"""Names of rows, and the judgement of two of them."""

import pytest

from mnerbench.datasets.errors import ConfigError
from mnerbench.reports.analysis.leaderboard import analyse
from mnerbench.reports.analysis.pairwise import as_data, check_names, compare_rows, find_row, find_rows
from mnerbench.reports.render.pairwise_sections import pairwise_sections
from mnerbench.reports.statistics.verdict import Verdict


@pytest.fixture
def table(make):
    """One method with two settings, and one with a single one."""
    records = make.seeds("bert-crf", [0.6, 0.61])
    for rate in (0.2, 0.3):
        records += make.seeds("ita-ga", [{"it": 0.7, "t": 0.65}] * 2, config={"dropout": rate})
    [analysed] = analyse(records, [])
    return analysed


@pytest.mark.parametrize("name", ["ita-ga", "ita-ga@t"])
def test_a_name_of_several_results_is_refused_with_all_of_them(table, name):
    check_names([name], [table])
    view = name.removeprefix("ita-ga")
    with pytest.raises(ConfigError, match=r"'ita-ga.*' is the name of 2 results that differ") as caught:
        find_row(table, name)
    for rate in ("0.2", "0.3"):
        assert f"'ita-ga (dropout={rate}){view}'" in str(caught.value)
        assert find_row(table, f"ita-ga (dropout={rate}){view}").by_seed
    assert "-> name one of them" in str(caught.value)


def test_one_result_is_found_by_its_name_and_view(table):
    assert (find_row(table, "bert-crf").view, find_row(table, "bert-crf@t").view) == ("t", "t")
    assert find_row(table, "bert-crf@it") is None
    assert find_row(table, "bert") is None


def test_a_setting_may_hold_an_at_sign(make):
    records = [
        record for rate in ("x@it", "y@t") for record in make.seeds("umt", [{"it": 0.7}] * 2, config={"source": rate})
    ]
    [table] = analyse(records, [])
    assert [row.method for row in find_rows(table, "umt (source=y@t)")] == ["umt (source=y@t)"]


BASE = [0.70, 0.71, 0.72, 0.70, 0.71]


@pytest.fixture
def judged(make):
    """Two methods that are both better than the baseline, one of them by far."""
    records = make.seeds("bert-crf", BASE)
    records += make.seeds("umt", [f + 0.03 for f in BASE]) + make.seeds("maf", [f + 0.10 for f in BASE])
    [analysed] = analyse(records, [], "bert-crf")
    return analysed


def test_a_pair_that_the_leaderboard_does_not_judge_is_exploratory(judged):
    pair = compare_rows(judged, find_row(judged, "maf"), find_row(judged, "umt"), None)
    assert (pair.in_family, pair.judged.verdict, pair.judged.has_verdict) == (False, Verdict.EXPLORATORY, False)
    assert pair.judged.interval[0] > 0
    assert pair.judged.p < 0.05
    text = next(pairwise_sections(pair, 0)).remarks[0]
    assert text.startswith("maf@t: no verdict against umt@t")
    assert "exploratory: +7.00 [" in text
    assert "better" not in text
    assert as_data(pair, "")["judged"]["verdict"] == "exploratory"


@pytest.mark.parametrize(("names", "verdict"), [(("maf", "bert-crf"), "better"), (("bert-crf", "maf"), "worse")])
def test_a_pair_of_the_family_has_the_verdict_of_the_leaderboard(judged, names, verdict):
    pair = compare_rows(judged, *(find_row(judged, name) for name in names), None)
    assert (pair.in_family, pair.judged.verdict) == (True, verdict)
    assert f"{verdict} than" in next(pairwise_sections(pair, 0)).remarks[0]


def test_too_few_seeds_are_too_few_for_any_pair(make):
    records = [record for name in ("bert-crf", "maf", "umt") for record in make.seeds(name, BASE[:2])]
    [analysed] = analyse(records, [], "bert-crf")
    pair = compare_rows(analysed, find_row(analysed, "maf"), find_row(analysed, "umt"), None)
    assert pair.judged.verdict is Verdict.TOO_FEW
