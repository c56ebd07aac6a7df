"""The extent of each table on a page: as much as fits, in the order of the tables."""

import re

import pytest
from click.testing import CliRunner
from harness_perf.synthetic_runs import make_runs

from mnerbench.benchmark.cli import cli
from mnerbench.reports import load as report_pages
from mnerbench.reports.load import PageOptions
from mnerbench.reports.render.html import article, fitting
from mnerbench.reports.render.html.fitting import Article, Extent, fitted, left_out
from mnerbench.reports.render.html.page import SCRIPTS
from mnerbench.reports.render.html.templating import asset

SIZES = {Extent.FULL: 100, Extent.BRIEF: 10, Extent.LISTED: 1}


def render(index, extent):
    return Article("x" * SIZES[extent], extent)


@pytest.mark.parametrize(
    ("most", "full", "brief", "listed"),
    [
        (None, 20, 0, 0),
        (2000, 20, 0, 0),
        (1999, 19, 1, 0),
        (400, 2, 18, 0),
        (200, 0, 20, 0),
        (199, 0, 19, 1),
        (30, 0, 1, 19),
    ],
)
def test_as_much_as_fits(most, full, brief, listed):
    articles = fitted(20, render, most)
    extents = [article.extent for article in articles]
    assert extents == [Extent.FULL] * full + [Extent.BRIEF] * brief + [Extent.LISTED] * listed
    assert most is None or sum(article.size for article in articles) <= most


def test_what_is_not_shown_in_full_is_not_rendered_in_full():
    extents = []

    def counted(index, extent):
        extents.append(extent)
        return render(index, extent)

    fitted(1000, counted, 12_000)
    assert extents.count(Extent.FULL) < 30
    assert extents.count(Extent.BRIEF) < 1010


def test_a_table_of_another_size_than_the_first_is_no_reason_to_overrun():
    sizes = [5, 500, 500, 5, 5]
    articles = fitted(5, lambda n, extent: Article("x" * (sizes[n] if extent is Extent.FULL else 3), extent), 600)
    assert [article.extent for article in articles] == [Extent.FULL] * 2 + [Extent.BRIEF] * 3


def test_bytes_are_counted_and_not_characters():
    assert Article("ä", data="{}").size == 4


def test_what_is_left_out_is_said():
    assert left_out([render(0, Extent.FULL)]) is None
    text = left_out([render(0, Extent.FULL), render(1, Extent.BRIEF), render(2, Extent.LISTED)])
    assert "details of 1 " in text
    assert "all but the names of 1 of its 3 tables" in text
    assert "--whole" in text


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    make_runs(folder, 200, tweets=40)
    return folder


def report(runs, path, *flags):
    command = ["report", "--out", str(runs), "--baseline", "method-0", "--format", "html", "--to", str(path), *flags]
    done = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert done.exit_code == 0
    return path.read_text(encoding="utf-8"), done.output


def test_the_page_of_many_runs_is_bounded(runs, tmp_path, monkeypatch):
    whole, output = report(runs, tmp_path / "whole.html")
    assert "leaves out" not in whole + output
    most = len(whole) * 2 // 3
    monkeypatch.setattr(fitting, "MOST_BYTES", most)
    text, output = report(runs, tmp_path / "bounded.html")
    frame = sum(map(len, map(asset, ("style.css", *SCRIPTS))))
    assert len(text.encode()) < most + frame + 30_000  # contents, and what stands below all tables
    assert "this page leaves out the details of" in text
    assert "this page leaves out the details of" in output
    assert len(re.findall("<article ", text)) == len(re.findall("<article ", whole)) == 4
    assert 0 < text.count('--cases"') < 4
    assert len(re.findall('id="table-[^"]+--results"', text)) == 4
    assert text.count("To keep the page small, types") == 4 - text.count('--cases"')
    assert report(runs, tmp_path / "again.html", "--whole")[0] == whole


def test_fewer_tweets_are_shown_where_very_many_methods_answer():
    assert report_pages._most_cases(500, PageOptions()) == 200
    assert report_pages._most_cases(4000, PageOptions()) == 25
    assert report_pages._most_cases(10**6, PageOptions()) == 1
    assert report_pages._most_cases(4000, PageOptions(whole=True)) == 200
    assert report_pages._most_cases(20, PageOptions(cases=300)) == 300


def test_a_table_of_very_many_rows_shows_the_best_ones_and_the_baseline(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(article, "MOST_ROWS", 7)
    text, _ = report(runs, tmp_path / "page.html")
    first = text[text.index("<article ") : text.index("</article>")]
    results = first[first.index("--results") : first.index("--tests")]
    assert 7 <= results.count("data-method=") <= 8
    assert 'class="baseline"' in results
    assert "of 40 rows are shown" in first
