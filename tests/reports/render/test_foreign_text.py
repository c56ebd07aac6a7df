"""With any text in names and messages, reports do not control the terminal, keep their syntax and can be written."""

import csv
import io
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_tables import html_report, leaderboard
from rich.console import Console

from mnerbench.benchmark.display.console import PlainConsole
from mnerbench.benchmark.results.manifest import load_manifests
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.untrusted.display import MOST_IN_CELL, READABLE, printable
from mnerbench.reports.analysis.capability_profile import Profile, ProfileRow
from mnerbench.reports.analysis.overview import overview
from mnerbench.reports.render.csv import csv_report
from mnerbench.reports.render.figures import profile_figure
from mnerbench.reports.render.latex import latex_report
from mnerbench.reports.render.markdown import markdown_report
from mnerbench.reports.render.rank_figure import rank_figure
from mnerbench.reports.render.terminal import print_leaderboard
from mnerbench.reports.statistics.average_ranks import AverageRanks

STORE = Path(__file__).parents[1] / "store"
# What acts instead of being shown: C0 but tab and line feed, DEL, C1, line ends of Unicode, marks of direction,
# halves of characters.
ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
NASTY = (
    "[/red]",
    "[red]x",
    "[link=http://x]",
    ":smile:",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x9b2J",
    "\u202egnp.exe",
    "\ud800",
    "a\x00b",
    "\r\n",
    "\u2028",
    "=1+1",
    "\n=1",
    "\uff1d1",
    "$\\frac",
    "$",
    "x" * 5000,
    "",
    " ",
)
# One of them, or any characters at all, half characters too.
texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=12)).flatmap(
    lambda text: st.sampled_from([text, f"a{text}", f"{text}b"])
)


@cache
def committed():
    """Tables and overview of the committed results folder."""
    records, grids = list(RunStore(STORE).records()), load_manifests(STORE)
    return leaderboard(records, grids), overview(records, grids)


def renamed(name, reason, title):
    """The first table, with foreign text in every field that can have any."""
    table = committed()[0][0]
    rows = tuple(
        replace(row, method=f"{name}{number}" if number else name, reason=reason and row.reason and reason)
        for number, row in enumerate(table.rows)
    )
    conditions = replace(
        table.conditions,
        dataset=title,
        encoder=name,
        suites={name: title},
        notes=(reason,),
        policies=(reason,),
        training={**table.conditions.training, name: reason},
        settings={name: {title: reason}},
    )
    types = {f"{name}-type": 3, **table.types}
    return replace(table, rows=rows, conditions=conditions, baseline=name, types=types, warnings=(reason, title))


def on_screen(table, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=READABLE)  # as `guarded_streams` opens it
    print_leaderboard([table], PlainConsole(file=stream, width=100), details=True)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


def page(table):
    return html_report([table], replace(committed()[1], suites=table.conditions.suites))


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(texts, texts, texts)
def test_no_report_holds_what_acts(name, reason, title):
    table = renamed(name, reason, title)
    for render in (markdown_report, latex_report, csv_report):
        text = render([table]).replace("\r\n", "\n")  # as RFC 4180 ends a line
        text.encode("utf-8")
        assert not ACTING.search(text), render
    for text in (on_screen(table), page(table)):
        text.encode("utf-8")
        assert not ACTING.search(text)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(texts, texts, texts)
def test_a_csv_parses_back(name, reason, title):
    table = renamed(name, reason, title)
    lines = list(csv.reader(io.StringIO(csv_report([table]), newline=""), strict=True))
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines) == len(table.rows) + 1
    index = lines[0].index("method")
    assert [line[index].removeprefix("'") for line in lines[1:]] == [
        printable(row.method).removeprefix("'") for row in table.rows
    ]


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(texts, texts)
def test_a_terminal_without_our_symbols_shows_the_same_table(name, title):
    text = on_screen(renamed(name, "reason", title), "ascii")
    assert "+/-" in text
    assert "Delta" in text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_columns_stay_as_wide_as_their_cells(encoding):
    """Widths that are measured on other text than is printed would cut off numbers."""
    table = renamed("\x1b[2J\u202e", "reason", "title")
    screen = on_screen(table, encoding)
    lines = [line for line in screen.splitlines() if "\\x1b[2J\\u202e" in line and "|" in line]
    for row in table.rows:
        if row.f1 is not None and row.f1.std is not None:
            score = f"{100 * row.f1.mean:.2f} {'±' if encoding == 'utf-8' else '+/-'} {100 * row.f1.std:.2f}"
            assert score in screen, score
    assert all(len(line) <= 100 for line in lines)


def test_names_of_any_length_leave_the_terminal_usable():
    text = on_screen(renamed("x" * 100_000, "y" * 1_000_000, "title"))
    assert len(text) < 200_000
    assert f"... ({100_000 - MOST_IN_CELL:,}" in re.sub(r"[\s|│]+", " ", text).replace("more characters", "")


@pytest.mark.parametrize("console", [Console, PlainConsole])
def test_markup_in_names_is_text_whatever_the_console(console):
    stream = io.StringIO()
    print_leaderboard([renamed("[red]x", "[/]", "[/red]")], console(file=stream, width=120), details=True)
    assert "[red]x" in stream.getvalue()
    assert "[/red]" in stream.getvalue()


@pytest.mark.parametrize("name", [*NASTY, "$a$", "\\frac{", "^_"])
def test_figures_take_any_name(name, tmp_path):
    profile_figure(Profile("c", (name, "b"), (ProfileRow(name, (None, None), None, None),)), tmp_path / "a.png")
    rank_figure(AverageRanks((name, "b"), (1.0, 2.0), 5, 0.5, 1.0, ((0, 1),)), tmp_path / "b.png")
    assert all(0 < path.stat().st_size < 1_000_000 for path in tmp_path.iterdir())
