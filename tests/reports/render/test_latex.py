"""LaTeX: numbers with their verdicts, foreign text as text, and tables that pdflatex compiles."""

import re
import subprocess

import pytest
from programs import find_programs
from report_tables import leaderboard

from mnerbench.benchmark.results.manifest import load_manifests
from mnerbench.benchmark.results.store import RunStore
from mnerbench.reports.render.latex import latex_report
from mnerbench.reports.render.latex_text import GLYPHS_DEFINITION, escape
from mnerbench.reports.render.wording import image_verdicts
from mnerbench.reports.statistics.verdict import Verdict
from mnerbench.reports.text.format import percent

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]
HOSTILE = (
    r"\input{/etc/passwd}",
    r"\end{tabular}\write18{x}",
    "a & b \\\\ c % d",
    "[3cm] $x_1^2$ #1 ~ {",
    "}{}}",
    "\u202egnp\u2066.\x00\x1b[31m",
    "a--b ``c'' <d> |e| \"f\" ?` ,,g,,",
    "*",
    "größe ŽŁŐśß",
    "Þórr ĄęŊ 方法 \N{GRINNING FACE} ٣ e\u0301\u0330 \ufb01 \N{NO-BREAK SPACE}x",
)
KNOWN = {
    f"\\{name}"
    for name in (
        *("begin", "end", "centering", "caption", "smallskip", "footnotesize", "setlength", "tabcolsep", "hspace"),
        *("toprule", "midrule", "bottomrule", "textbf", "rlap", "par", "linewidth"),
        *("pm", "Delta", "uparrow", "downarrow", "approx", "cdot", "rightarrow", "times"),
        *("textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar"),
        *("textendash", "textemdash", "dots", "char", "mnerglyphs"),
    )
}


@pytest.fixture
def tables(here):
    """Of the committed results folder."""
    return leaderboard(list(RunStore(here / "store").records()), load_manifests(here / "store"))


@pytest.fixture
def hostile_tables(make):
    """A table full of names, notes and reasons that are no LaTeX."""
    records = [record for name in HOSTILE for record in make.seeds(name, BASE[:2])]
    records.append(make.record(make.spec("bert-crf"), 0.7, notes=(" ".join(HOSTILE),)))
    records.append(make.failed(make.spec("failed"), r"\undefined % &"))
    return leaderboard(records, [], "bert-crf")


@pytest.fixture
def judged_tables(make):
    """A table with a better, a worse, an equivalent and an undecided method, and one with too few seeds."""
    scores = {
        "better": [0.75, 0.77, 0.76, 0.74, 0.76],
        "worse": [0.65, 0.66, 0.64, 0.65, 0.66],
        "undecided": [0.71, 0.72, 0.73, 0.70, 0.74],
        "short": [0.9, 0.91],
    }
    records = make.seeds("bert-crf", BASE)
    records += [record for name, values in scores.items() for record in make.seeds(name, values)]
    steady = [0.7000, 0.7001, 0.7002, 0.7000, 0.7001]
    other = [make.seeds(name, steady[i:] + steady[:i], dataset="even") for i, name in enumerate(("bert-crf", "even"))]
    return leaderboard([*records, *other[0], *other[1]], [], "bert-crf")


def body_of(text):
    """The lines of the report, without the comments and definitions above the first table."""
    return text[text.index("\n\n") :]


def rows_of(text):
    return {line.split(" &")[0]: line for line in text.splitlines() if line.endswith(r"\\")}


def require_sound(text):
    """Braces balance, groups nest, all rows have the same cells, nothing is left that is not plain ASCII markup."""
    text = body_of(text)
    depth = 0
    for match in re.finditer(r"\\.|[{}]", text):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        assert depth >= 0
    assert depth == 0
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == text.count(r"\begin{table}")
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert rows
    assert {len(re.findall(r"(?<!\\)&", line)) for line in rows} == {7}
    commands = set(re.findall(r"\\[a-zA-Z]+", text))
    assert commands <= KNOWN, commands
    assert not re.search(r"(?<!\\)%", text)
    return rows


def compile_latex(text, folder):
    """Compile a document with the tables, and a list of them, as a paper does; returns its log."""
    (program,) = find_programs(["pdflatex"], ["texlive-latex-recommended"])
    (folder / "tables.tex").write_text(text, encoding="utf-8")
    document = r"\documentclass{article}\usepackage{booktabs}\begin{document}\listoftables\input{tables}\end{document}"
    (folder / "paper.tex").write_text(document, encoding="utf-8")
    command = [program, "-halt-on-error", "-interaction=nonstopmode", "-no-shell-escape", "paper.tex"]
    for _ in range(2):  # the second time with the list of tables
        outcome = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
        log = (folder / "paper.log").read_text(encoding="utf-8", errors="replace")
        assert outcome.returncode == 0, log[-2000:]
    assert (folder / "paper.pdf").stat().st_size
    return log


def test_every_row_is_sound_latex(tables):
    assert len(require_sound(latex_report(tables))) == sum(len(table.rows) + 1 for table in tables)


def test_hostile_text_is_no_latex(hostile_tables):
    text = latex_report(hostile_tables)
    # After `\\` a bracket or a star would be an argument of it.
    assert not [line for line in require_sound(text) if line.lstrip().startswith(("[", "*"))]
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
        ("größe", "größe"),
        ("o\u0308", "ö"),
        ("ö方法ä", r"ö\mnerglyphs{方法}{U+65B9 U+6CD5}ä"),
    ],
)
def test_text_prints_as_it_is(text, escaped):
    assert escape(text) == escaped


def test_bold_and_signs_are_verdicts(judged_tables):
    text = latex_report(judged_tables)
    rows = rows_of(text)
    signs = {name: re.findall(r"\\(uparrow|downarrow|approx)", rows[name]) for name in rows}
    expected = {"better": ["uparrow"], "worse": ["downarrow"], "even": ["approx"]}
    assert {name: found for name, found in signs.items() if found} == expected
    assert [name for name in rows if r"\textbf" in rows[name]] == ["better"]
    # The highest mean, of two seeds, is not bold.
    verdicts = {row.method: row.comparison.judged.verdict for row in judged_tables[1].rows if row.comparison}
    assert verdicts["short"] is Verdict.TOO_FEW
    assert percent(0.905) in rows["short"]


def test_intervals_are_those_of_the_verdicts(judged_tables):
    rows = rows_of(latex_report(judged_tables))
    for row in (row for table in judged_tables for row in table.rows if row.comparison is not None):
        interval = row.comparison.judged.interval
        numbers = re.findall(r"\[\$?([-+\d.]+)\$?, \$?([-+\d.]+)\$?\]", rows[row.method])
        assert [tuple(map(float, pair)) for pair in numbers] == (
            [] if interval is None else [tuple(float(f"{100 * end:.2f}") for end in interval)]
        )


def test_notes_explain_the_signs_that_are_there(judged_tables):
    even, judged = latex_report(judged_tables).split(r"\end{table}")[:2]
    assert "equivalent to bert-crf, within 0.50 points" in even
    assert "better than bert-crf" not in even
    assert "worse than bert-crf" in judged
    assert "undecided, neither different nor equivalent within 0.50 points" in judged
    assert "family of 3 tests" in judged
    assert "Verdicts are from 5 seeds." in judged


def test_verdicts_on_pictures_are_a_note_with_the_words_of_the_report(make):
    views = [{"it": f + 0.03 + 0.0001 * n, "it-shuffled": f} for n, f in enumerate(BASE)]
    tables = leaderboard([*make.seeds("bert-crf", BASE), *make.seeds("umt", views)], [], "bert-crf")
    [sentence] = image_verdicts(tables[0])
    assert sentence.startswith("umt: uses what is in the picture")
    assert f"Own against other tweets' pictures: {escape(sentence)}." in latex_report(tables)
    without = leaderboard([*make.seeds("bert-crf", BASE), *make.seeds("umt", BASE)], [], "bert-crf")
    assert "pictures" not in latex_report(without)


def test_few_seeds_are_provisional(make):
    records = [*make.seeds("bert-crf", BASE[:3]), *make.seeds("x", [0.8, 0.81, 0.82])]
    assert "from 3 seeds; from fewer than 5 they are provisional" in latex_report(leaderboard(records, [], "bert-crf"))


def test_departures_from_the_planned_seeds_are_noted(make):
    records = [*make.seeds("bert-crf", BASE), *make.seeds("x", [0.8, 0.81, 0.82, 0.80, 0.79])]
    specs = [record.spec for record in records]
    first = make.grid([spec for spec in specs if spec.seed < 3])
    extended = latex_report(leaderboard(records, [make.grid(specs).extending(first)], "bert-crf"))
    assert "Some rows have more seeds than planned" in extended
    looks = make.grid(specs).model_copy(update={"looks": (3, 5, 10)})
    assert r"Look 2 of 3 (after 3, 5 and 10 seeds)." in latex_report(leaderboard(records, [looks], "bert-crf"))
    assert "planned" not in latex_report(leaderboard(records, [make.grid(specs)], "bert-crf"))


def test_characters_that_pdflatex_lacks_are_defined(make):
    german, *others = (latex_report(leaderboard(make.seeds(name, BASE), [])) for name in ("größe", "方法", "٣"))
    assert "mnerglyphs" not in german
    assert all(r"\providecommand{\mnerglyphs}" in text.partition(r"\begin{table}")[0] for text in others)


def test_the_golden_report_compiles(tables, tmp_path):
    log = compile_latex(latex_report(tables), tmp_path)
    assert "Overfull" not in log


def test_verdicts_compile(judged_tables, tmp_path):
    compile_latex(latex_report(judged_tables), tmp_path)


def test_hostile_names_compile(hostile_tables, tmp_path):
    compile_latex(latex_report(hostile_tables), tmp_path)


def test_every_letter_that_stays_compiles(tmp_path):
    letters = [chr(code) for code in range(0xA0, 0x180)]
    lines = [rf"\item {escape(letter)}" for letter in letters]
    text = "\n".join([*GLYPHS_DEFINITION, r"\begin{itemize}", *lines, r"\end{itemize}"])
    compile_latex(text, tmp_path)
