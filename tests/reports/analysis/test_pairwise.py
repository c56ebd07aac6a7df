"""Names of rows."""

import pytest

from mnerbench.datasets.errors import ConfigError
from mnerbench.reports.analysis.leaderboard import analyse
from mnerbench.reports.analysis.pairwise import check_names, find_row, find_rows


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
