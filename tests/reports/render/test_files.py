"""CSV and LaTeX: all numbers, unrounded or marked, and no foreign text as formula or command."""

import csv
import io
import re

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.manifest import load_manifests
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.render.csv import csv_report
from mnerbench.reports.render.latex import escape, latex_report
from mnerbench.reports.text.format import percent

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]
FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", 'a"b,c\n=d')
# Wide and small signs, a true minus, and blanks before them that some programs drop on import.
FORMULAS += (
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(A1)",
    "\ufe661",
    "\ufe621",
    "\ufe631",
    "\ufe6bA1",
    "\u22121+1",
)
FORMULAS += ("\n=1", "\n\n@A1", " =1", "\xa0\uff1d1", "\u3000+1", "\ufeff=1", "\u200b@A1")
BEGINNINGS = "=+-@\t\n\r\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
HOSTILE = (
    r"\input{/etc/passwd}",
    r"\end{tabular}\write18{x}",
    "a & b \\\\ c % d",
    "[3cm] $x_1^2$ #1 ~ {",
    "}{}}",
    "\u202egnp\u2066.\x00\x1b[31m",
    "a--b ``c'' <d> |e| \"f\" ?`",
    "*",
)


@pytest.fixture
def tables(here):
    """Of the committed results folder."""
    return leaderboard(list(RunStore(here / "store").records()), load_manifests(here / "store"))


def parsed(tables):
    return list(csv.DictReader(io.StringIO(csv_report(tables), newline="")))


# --- CSV ------------------------------------------------------------------------------------------------------------


def test_csv_has_a_line_per_row_and_all_digits(tables):
    lines = iter(parsed(tables))
    for number, table in enumerate(tables, start=1):
        for row in table.rows:
            line = next(lines)
            assert (line["table"], line["data"], line["method"]) == (str(number), table.conditions.dataset, row.method)
            assert (line["done"], line["expected"]) == (str(row.done), str(row.expected))
            if row.f1 is None:
                assert line["f1_mean"] == line["precision"] == ""
                continue
            assert float(line["f1_mean"]) == row.f1.mean
            for kind, means in row.types.items():
                numbers = [float(line[f"{metric}_type.{kind}"]) for metric in ("f1", "precision", "recall")]
                assert numbers == [means.f1, means.precision, means.recall]
            if row.comparison is not None:
                assert float(line["difference"]) == row.comparison.welch.difference
                judged = row.comparison.judged
                assert line["p_verdict"] == ("" if judged is None or judged.p is None else repr(judged.p))
                assert line["verdict"] == ("" if judged is None else judged.verdict.value)
    assert next(lines, None) is None


def test_csv_runs_nothing_in_a_spreadsheet(make):
    records = [record for name in FORMULAS for record in make.seeds(name, BASE[:2])]
    text = csv_report(leaderboard(records, []))
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(line) for line in lines}) == 1
    for line in lines:
        for cell in line:
            number = re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", cell)
            assert number or not cell.lstrip(" \n\t\xa0\u3000\ufeff\u200b").startswith(tuple(BEGINNINGS)), cell
            assert not cell.startswith(("\t", "\n", "\r")), cell
    methods = {line["method"].removeprefix("'") for line in parsed(leaderboard(records, []))}
    assert methods == {printable(name) for name in FORMULAS}


def test_csv_leaves_negative_numbers_numbers(make):
    records = [*make.seeds("bert-crf", BASE), *make.seeds("worse", [0.6, 0.61, 0.6, 0.61, 0.6])]
    (line,) = [row for row in parsed(leaderboard(records, [], "bert-crf")) if row["method"] == "worse"]
    assert float(line["difference"]) < 0


KNOWN = {
    f"\\{name}"
    for name in (
        *(
            "usepackage",
            "begin",
            "end",
            "centering",
            "caption",
            "toprule",
            "midrule",
            "bottomrule",
            "textbf",
            "underline",
        ),
        *("pm", "Delta", "dagger", "cdot", "rightarrow", "textbackslash", "textasciitilde", "textasciicircum"),
        *("textless", "textgreater", "textbar", "textendash", "char"),
    )
}


# --- LaTeX ----------------------------------------------------------------------------------------------------------


def ampersands(line):
    return len(re.findall(r"(?<!\\)&", line))


def sound(text):
    """Braces balance, groups nest, all rows have the same cells, nothing is left that is not plain ASCII markup."""
    depth = 0
    for match in re.finditer(r"\\.|[{}]", text):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        assert depth >= 0
    assert depth == 0
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == text.count(r"\begin{table}")
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert body
    assert {ampersands(line) for line in body} == {7}
    commands = set(re.findall(r"\\[a-zA-Z]+", text))
    assert commands <= KNOWN, commands
    comments = [line for line in text.splitlines() if re.search(r"(?<!\\)%", line)]
    assert len(comments) == 1
    return body


def test_latex_is_sound(tables):
    assert len(sound(latex_report(tables))) == sum(len(table.rows) + 1 for table in tables)


def test_hostile_text_is_no_latex(make):
    records = [record for name in HOSTILE for record in make.seeds(name, BASE[:2])]
    records.append(make.record(make.spec("bert-crf"), 0.7, notes=(" ".join(HOSTILE),)))
    records.append(make.failed(make.spec("failed"), r"\undefined % &"))
    text = latex_report(leaderboard(records, [], "bert-crf"))
    # After `\\` a bracket or a star would be an argument of it.
    assert not [line for line in sound(text) if line.lstrip().startswith(("[", "*"))]
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("50 % of a_b & c#1", r"50 \% of a\_b \& c\#1"),
        ("\\~^", r"\textbackslash{}\textasciitilde{}\textasciicircum{}"),
        ("it-shuffled", "it-shuffled"),
        ("a--b---c", "a-{}-b-{}-{}-c"),
        ("two\n\n lines", "two lines"),
        ("a → b", r"a $\rightarrow$ b"),
        ("\u202ea\u2069\x00b", "ab"),
    ],
)
def test_text_prints_as_it_is(text, escaped):
    assert escape(text) == escaped


def test_the_best_is_bold_and_the_second_underlined(tables):
    text = latex_report(tables)
    for table in tables:
        ranked = {row.rank: row for row in table.rows if row.rank is not None}
        assert rf"\textbf{{{percent(ranked[1].f1.mean)}}}" in text
        assert rf"\underline{{{percent(ranked[2].f1.mean)}}}" in text
    assert text.count(r"\textbf{") == text.count(r"\underline{") == len(tables)


def test_characters_that_pdflatex_refuses_are_announced(make):
    names = ("größe", "方法", "\N{GRINNING FACE}", "٣")
    german, *others = (latex_report(leaderboard(make.seeds(name, BASE), [])) for name in names)
    assert "pdflatex" not in german
    assert all("pdflatex" in text.splitlines()[1] for text in others)


def test_a_single_result_has_no_second(make):
    text = latex_report(leaderboard([*make.seeds("bert-crf", BASE), make.failed(make.spec("x"))], []))
    assert r"\textbf{" in text
    assert r"\underline" not in text


def test_a_dagger_marks_what_differs_and_nothing_else(make):
    better, same = [0.75, 0.77, 0.76, 0.74, 0.76], [0.71, 0.72, 0.72, 0.70, 0.71]
    records = [
        r for name, scores in (("bert-crf", BASE), ("better", better), ("same", same)) for r in make.seeds(name, scores)
    ]
    records += make.seeds("short", [0.9, 0.91])
    lines = {line.split(" &")[0]: line for line in latex_report(leaderboard(records, [], "bert-crf")).splitlines()}
    assert [name for name in ("bert-crf", "better", "same", "short") if "dagger" in lines[name]] == ["better"]
    assert r"$^\dagger$: differs from bert-crf" in "\n".join(lines)
