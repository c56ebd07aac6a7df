"""The golden pages, escaping, the terminal, and the command."""

import io
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from report_tables import leaderboard
from rich.console import Console

from mnerbench.benchmark.cli.report import command
from mnerbench.benchmark.results.manifest import save_manifest
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import ConfigError, StoreError
from mnerbench.reports.render.markdown import escape, markdown_report
from mnerbench.reports.render.terminal import print_leaderboard
from mnerbench.reports.text.format import amount, p_value, percent, points

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]
GOOD = [0.75, 0.77, 0.76, 0.74, 0.76]


@pytest.fixture
def store(here, tmp_path):
    """A copy of the committed results folder: two invented suites, written by an early version."""
    shutil.copytree(here / "store", tmp_path / "runs")
    return tmp_path / "runs"


def report(*arguments):
    """Run the command and propagate errors."""
    return CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False, standalone_mode=False)


def printed(tables, width=110):
    screen = Console(width=width, record=True, highlight=False, file=io.StringIO())
    print_leaderboard(tables, screen, details=True)
    return screen.export_text()


# --- Golden ---------------------------------------------------------------------------------------------------------


def test_the_report_of_the_committed_store_is_the_golden_page(here, store):
    """After an intended change, in the parent folder: benchmark report --out store --format markdown --to golden.md"""
    report("--out", store, "--format", "markdown", "--to", store / "page.md")
    assert (store / "page.md").read_text(encoding="utf-8") == (here / "golden.md").read_text(encoding="utf-8")


def test_the_report_of_real_runs_with_predictions_is_the_golden_page(here, tmp_path):
    """Two small corpora, transfer, pictures, a prediction file; slices and tests over tweets come from predictions.

    After an intended change, on a copy of `small`: benchmark report --out COPY --format markdown --to small.md
    """
    shutil.copytree(here / "small", tmp_path / "runs")
    for _ in ("counted from predictions", "as it was kept"):
        report("--out", tmp_path / "runs", "--format", "markdown", "--to", tmp_path / "page.md")
        assert (tmp_path / "page.md").read_text(encoding="utf-8") == (here / "small.md").read_text(encoding="utf-8")
    assert list((tmp_path / "runs").glob("*/tallies/test.it.safetensors"))


def test_the_committed_store_is_where_its_records_say(here):
    for record in RunStore(here / "store").records():
        assert (here / "store" / record.identity / "record.json").is_file()


# --- Numbers and foreign text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("render", "value", "text"),
    [
        (percent, 0.747949, "74.79"),
        (percent, 1.0, "100.00"),
        (percent, None, "\N{EN DASH}"),
        (points, 0.0031, "+0.31"),
        (points, -0.0031, "-0.31"),
        (points, -0.00001, "0.00"),
        (points, 0.0, "0.00"),
        (p_value, 0.0004, "<0.001"),
        (p_value, 0.0496, "0.0496"),
        (p_value, 0.0504, "0.0504"),
        (p_value, 0.0494, "0.049"),
        (p_value, 0.0499999, "0.0499999"),
        (p_value, 0.05, "0.050"),
        (p_value, 1.0, "1.000"),
        (p_value, None, "\N{EN DASH}"),
        (amount, 108_310_000, "108.3 M"),
        (amount, 492_524, "493 k"),
    ],
)
def test_numbers_are_rounded_in_one_place(render, value, text):
    assert render(value) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b\\c", "a\\|b\\\\c"),
        ("two\n  lines", "two lines"),
        ("<script>", "\\<script>"),
        ("[text](http://x)", "[text\\](http://x)"),
        ("*bold* `code` ~~gone~~", "\\*bold\\* \\`code\\` \\~\\~gone\\~\\~"),
        ("A.__init__() got batch_size", "A.\\_\\_init\\_\\_() got batch_size"),
        ("&lt; & so", "\\&lt; & so"),
        ("+0.3 [-0.1, +0.7]", "+0.3 [-0.1, +0.7]"),
    ],
)
def test_foreign_text_is_not_markup(text, escaped):
    assert escape(text) == escaped


def hostile(make):
    """A leaderboard in which every foreign text tries to break the page."""
    records = [*make.seeds("bert|crf", BASE)[1:], make.record(make.spec("bert|crf"), 0.7, notes=("[bold]made15[/] |",))]
    records.append(make.failed(make.spec("[red]x[/red]"), "a | b\n\n| c | <b>"))
    grid = make.grid(
        [r.spec for r in records], suite="my|suite", baseline="bert|crf", not_run={"*umt* on made15": "[/] | no"}
    )
    return leaderboard(records, [grid])


def test_every_line_of_a_markdown_table_has_the_same_cells(make):
    page = markdown_report(hostile(make))
    tables, columns = 0, None
    for line in page.splitlines():
        cells = line.replace("\\|", "").count("|") if line.startswith("|") else None
        tables += cells is not None and columns is None
        assert None in (cells, columns) or cells == columns
        columns = cells
    assert tables == 4
    assert "<b>" not in page.replace("\\<b>", "")


def test_the_terminal_shows_foreign_text_as_it_is(make):
    text = printed(hostile(make))
    for foreign in ("bert|crf", "[red]x[/red]", "*umt*", "[/] | no", "| c | <b>", "[bold]made15[/] |"):
        assert foreign in text


# --- What a page says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [100, 110, 120])
def test_the_terminal_fits_and_cuts_nothing(store, width):
    text = printed(leaderboard(list(RunStore(store).records()), []), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def page_of(make, baseline=tuple(BASE), **methods):
    records = make.seeds("bert-crf", baseline)
    for name, values in methods.items():
        records += make.seeds(name, values)
    return markdown_report(leaderboard(records, [], "bert-crf"))


def test_the_sentences_say_better_worse_equivalent_or_undecided(make):
    page = page_of(
        make,
        better=GOOD,
        same=[0.711, 0.711, 0.713, 0.711, 0.712],
        unclear=[0.71, 0.73, 0.72, 0.70, 0.71],
        worse=[0.6, 0.61, 0.62, 0.6, 0.6],
        short=GOOD[:3],
    )
    assert re.search(r"- better: better than bert-crf: \+4\.80 \[.*\] points; p \\<0\.001, adjusted for 5", page)
    assert re.search(r"- worse: worse than bert-crf: -\d+\.\d\d \[", page)
    assert re.search(r"- unclear: undecided against bert-crf: ", page)
    assert re.search(r"- short: .*; 3 against 5 seeds of at least 5, so provisional; on these tweets only", page)
    assert "- the family of 5 tests: each method in its own view against bert-crf, adjusted by Holm's method" in page


def test_one_run_has_no_verdict(make):
    page = page_of(make, one=[0.8])
    assert "- one: no verdict against bert-crf: 1 against 5 seeds, and nothing is concluded from fewer than 3" in page
    assert "the family of" not in page


def test_results_without_a_conclusion_are_told_together(make):
    page = page_of(make, one=[0.8], another=[0.7], third=[0.7, 0.71])
    assert "- one, another: no verdict against bert-crf: 1 against 5 seeds, and nothing is concluded" in page
    assert "- third: no verdict against bert-crf: 2 against 5 seeds" in page


def test_the_sentences_say_whether_the_picture_matters(make):
    def views(gain, noise=0.001):
        return [{"it": f + gain + noise * (-1) ** n, "t": f, "it-shuffled": f} for n, f in enumerate(BASE)]

    page = page_of(
        make,
        uses=views(0.03),
        ignores=views(0.0),
        same=views(0.0, 0.0),
        harmed=views(-0.03),
        unclear=views(0.01, 0.02),
        constant=views(0.01, 0.0),
    )
    assert "- uses: uses what is in the picture: +3.02 [" in page
    assert "- harmed: is misled by the picture: -2.98 [" in page
    assert "- ignores: what is in the picture is worth less than 0.50 points: +0.02 [" in page
    assert "- unclear: undecided whether what is in the picture matters: +1.40 [" in page
    assert "- same: the same F1 with any picture\n" in page
    assert "- constant: no verdict against wrong pictures: the difference is the same for every seed\n" in page
    assert re.search(r"- uses: .* points; p \\<0.001, adjusted for 4 tests; 5 seeds; on these tweets only", page)


def test_few_seeds_weigh_the_same_for_pictures_as_against_the_baseline(make):
    def views(seeds):
        return [{"it": f + 0.03 + 0.0001 * n, "it-shuffled": f} for n, f in enumerate(BASE[:seeds])]

    page = page_of(make, three=views(3), two=views(2))
    assert re.search(r"- three: uses what is in the picture: .*; 3 seeds of at least 5, so provisional; on these", page)
    assert "- two: no verdict against wrong pictures: 2 seeds, and nothing is concluded" in page


def test_a_table_that_holds_nothing_but_reasons_is_still_a_page(make):
    tables = leaderboard([], [make.grid([], not_run={"bert-crf on made15": "the encoder\n  -> is not here"})])
    page = markdown_report(tables)
    assert "- **bert-crf**: not run: the encoder -> is not here" in page
    assert "F1 per entity type" not in page
    assert "-> is not here" in printed(tables)


# --- The command ----------------------------------------------------------------------------------------------------


def test_the_command_prints_tables_and_writes_the_page(here, store):
    answer = report("--out", store)
    assert answer.exit_code == 0
    assert "ita-ga+cva" in answer.output
    assert f"report: {store / 'reports' / 'all.md'}" in answer.output
    assert (store / "reports" / "all.md").read_text(encoding="utf-8") == (here / "golden.md").read_text(
        encoding="utf-8"
    )


def test_a_suite_is_reported_alone(store):
    answer = report("--out", store, "--suite", "made17")
    assert "made15" not in answer.output
    page = (store / "reports" / "made17.md").read_text(encoding="utf-8")
    assert "## made17" in page
    assert "made15" not in page


def test_json_is_unrounded_and_complete(store):
    tables = json.loads(report("--out", store, "--format", "json").output)["tables"]
    assert [t["conditions"]["dataset"] for t in tables] == ["made15", "made17"]
    (row,) = [r for r in tables[0]["rows"] if (r["method"], r["view"]) == ("bert-crf", "t")]
    assert len(row["by_seed"]) == 5
    assert row["f1"]["mean"] == pytest.approx(sum(row["by_seed"].values()) / 5, abs=1e-15)
    assert {r["state"] for r in tables[0]["rows"]} == {"complete", "incomplete", "failed", "not run"}


def test_flags_reach_the_tables(store):
    page = report("--out", store, "--format", "markdown", "--scorer", "strict-iob2", "--baseline", "ita-ga").output
    assert "micro F1 in percent (strict-iob2, 491 gold entities)" in page
    assert re.search(r"- bert-crf: .* ita-ga: ", page)
    target = store / "sub" / "page.json"
    assert f"report: {target}" in report("--out", store, "--format", "json", "--to", target).output
    assert len(json.loads(target.read_text(encoding="utf-8"))["tables"]) == 2


def test_the_margin_decides_what_is_equivalent(store):
    undecided = report("--out", store, "--format", "markdown").output
    wide = report("--out", store, "--format", "markdown", "--margin", "8").output
    assert "ita-ga+cva: undecided against bert-crf: +1.58 [-3.99, +7.15]" in undecided
    assert "ita-ga+cva: equivalent to bert-crf, within 8.00 points: +1.58 [-3.99, +7.15]" in wide
    for margin in ("0", "-1", "nan", "100"):
        refused = CliRunner().invoke(command, ["--out", str(store), "--margin", margin])
        assert refused.exit_code == 2, margin


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (["--suite", "made16"], ConfigError, "did you mean 'made1"),
        (["--baseline", "bert-crff"], ConfigError, "did you mean 'bert-crf'"),
        (
            ["--out", "nothing-here"],
            StoreError,
            "nothing-here: no runs here\n  -> benchmark run --suite NAME --out nothing-here",
        ),
    ],
)
def test_what_cannot_be_reported_says_what_to_do(store, arguments, error, text):
    with pytest.raises(error) as caught:
        report(*(arguments if "--out" in arguments else ["--out", store, *arguments]))
    assert text in str(caught.value)


def test_a_planned_suite_without_any_record_is_a_report_too(make, tmp_path):
    save_manifest(tmp_path, make.grid([make.spec("bert-crf", seed) for seed in range(5)]))
    answer = report("--out", tmp_path)
    assert "0/5" in answer.output
    assert "not done yet" in answer.output


def test_reports_import_neither_torch_nor_methods(store):
    code = (
        "import sys; from pathlib import Path; from importlib import import_module; import mnerbench.reports\n"
        "root = Path(mnerbench.reports.__path__[0]); files = sorted(root.rglob('*.py')); assert len(files) > 50\n"
        "names = ['.'.join(path.relative_to(root).with_suffix('').parts) for path in files]\n"
        "for name in names: import_module(('mnerbench.reports.' + name).removesuffix('.__init__'))\n"
        "from mnerbench.benchmark.cli.report import command\n"
        f"command(['--out', {str(store)!r}], standalone_mode=False)\n"
        "heavy = ('torch', 'transformers', 'tokenizers', 'mlflow', 'mnerbench.methods')\n"
        "found = [m for m in sys.modules if m in heavy or m.startswith('mnerbench.methods.')]; assert not found, found"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, stdout=subprocess.DEVNULL)
