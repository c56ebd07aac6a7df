"""Tables of the page in a real browser: sorted and filtered by mouse and keyboard."""

import pytest
from browser_screen import column, head

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_the_leaderboard_sorts_both_ways(by, plain, screen, write_page):
    from selenium.webdriver.common.keys import Keys

    screen.open(write_page(plain))
    button = head(screen, "best")
    go = button.click if by == "mouse" else lambda: screen.press(button, Keys.ENTER)
    go()
    values = [float(text) for text in column(screen, 5)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) > 1
    assert button.find_element("xpath", "..").get_attribute("aria-sort") == "descending"
    go()
    assert [float(text) for text in column(screen, 5)] == sorted(values)
    head(screen, "method").click()
    assert column(screen, 1) == sorted(column(screen, 1))
    assert button.find_element("xpath", "..").get_attribute("aria-sort") == "none"


def test_finished_rows_come_first(here, screen, tmp_path):
    from report_tables import html_report, leaderboard

    from mnerbench.benchmark.results.manifest import load_manifests
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.reports.analysis.overview import overview

    records, grids = list(RunStore(here / "store").records()), load_manifests(here / "store")
    path = tmp_path / "page.html"
    path.write_text(html_report(leaderboard(records, grids), overview(records, grids)), encoding="utf-8")
    screen.open(path)
    head(screen, "F1").click()
    assert column(screen, 1)[0] == "ita-ga"
    screen.one("article input[name=mixed]").click()
    # Three of five seeds, and the highest mean of all.
    assert column(screen, 1)[0].startswith("ita-ga+cva")


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_rows_are_filtered_by_method_and_view(by, plain, screen, write_page):
    screen.open(write_page(plain))
    assert len(column(screen, 1)) == 3
    screen.one("form[data-filter] input[name=method]").send_keys("PI")
    screen.until(lambda: column(screen, 1), ["pic", "pic"])
    box = screen.one("form[data-filter] input[value=it]")
    if by == "mouse":
        box.click()
    else:
        screen.press(box, " ")
    screen.until(lambda: column(screen, 2), ["t"])
    screen.until(lambda: screen.one("form[data-filter] output").text, "1 of 3 rows")
