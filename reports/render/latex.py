r"""The leaderboard as LaTeX: one `tabular` per table, for `\input`; needs only the package `booktabs`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from mnerbench.reports.analysis.row_data import Row, RowState
from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.wording import subtitle
from mnerbench.reports.statistics.ttests import LEVEL
from mnerbench.reports.statistics.verdict import Verdict
from mnerbench.reports.text.format import NONE, p_value, percent, points

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # Works in every font encoding, and where babel makes `"` an accent.
    '"': r"\char34{}",
    **{character: f"\\{character}" for character in "{}$&#_%"},
    # `\\` would take a following `[` or `*` as its argument.
    **{character: f"{{{character}}}" for character in "[]*"},
    "\N{EN DASH}": r"\textendash{}",
    "\N{RIGHTWARDS ARROW}": r"$\rightarrow$",
    "\N{MIDDLE DOT}": r"$\cdot$",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
}
_LATIN = "\N{LATIN SMALL LETTER Z WITH CARON}"  # the last letter that pdflatex supports by default
_LIGATURE = re.compile(r"([-`'?!])(?=[-`'])")  # keeps two hyphens from becoming a dash
_WHITE = re.compile(r"\s+")
_COLUMNS = ("Method", "View", "Runs", "P", "R", r"F1 $\pm$ std", r"$\Delta$", r"$p$ (Holm)")


def escape(text: str) -> str:
    """Escape text so that it prints literally: no commands, comments or cell separators.

    Control, format (bidirectional marks among them), private and surrogate characters are dropped.
    """
    invisible = {"Cc", "Cf", "Co", "Cs", "Cn"}
    visible = (char for char in _WHITE.sub(" ", text).strip() if unicodedata.category(char) not in invisible)
    return _LIGATURE.sub(r"\1{}", "".join(_SPECIAL.get(char, char) for char in visible))


def latex_report(tables: Sequence[LeaderboardTable]) -> str:
    """All tables in sequence."""
    lines = [r"% needs \usepackage{booktabs}; numbers compare within a table, not across tables"]
    for table in tables:
        lines += ["", *_table(table)]
    if any(char > _LATIN for line in lines for char in line):
        lines.insert(1, "% has characters that pdflatex may refuse: use lualatex or xelatex, with a font that has them")
    return "\n".join(lines) + "\n"


def _table(table: LeaderboardTable) -> Iterator[str]:
    yield r"\begin{table}"
    yield r"\centering"
    yield f"\\caption{{{escape(heading(table))}: {escape(subtitle(table.conditions))}. {_note(table)}}}"
    yield r"\begin{tabular}{ll" + "r" * (len(_COLUMNS) - 2) + "}"
    yield r"\toprule"
    yield _line(_COLUMNS)
    yield r"\midrule"
    second = min((row.rank for row in table.rows if row.rank is not None and row.rank > 1), default=None)
    for row in table.rows:
        yield _line(_cells(row, second))
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield r"\end{table}"


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _note(table: LeaderboardTable) -> str:
    sentences = ["Best in bold, second underlined; rows that lack runs and controls are not ranked."]
    if any(map(_significant, table.rows)):
        sentences.append(
            rf"$^\dagger$: differs from {escape(table.baseline or '')}, $p < {LEVEL:g}$ "
            r"(Welch, adjusted by Holm within each view)."
        )
    sentences += [f"{escape(text[:1].upper() + text[1:])}." for text in table.warnings]
    return " ".join(sentences)


def _cells(row: Row, second: int | None) -> tuple[str, ...]:
    runs = f"{row.done}/{row.expected}" if row.expected else "--"
    test = row.comparison
    difference = _number(points(test.welch.difference)) if test is not None else "baseline" if row.baseline else "--"
    adjusted = _number(p_value(test.holm if test is not None else None))
    scores = (_number(percent(row.precision)), _number(percent(row.recall)), _f1(row, second))
    return (escape(row.title), escape(row.view or NONE), runs, *scores, difference, adjusted)


def _f1(row: Row, second: int | None) -> str:
    r"""`\textbf{74.76} $\pm$ 1.45`; only the mean is marked, since rows are ranked by it."""
    if row.f1 is None:
        return escape(row.state.value) if row.state is not RowState.COMPLETE else "--"
    mean = percent(row.f1.mean)
    if row.rank is not None and row.rank in (1, second):
        mean = rf"\textbf{{{mean}}}" if row.rank == 1 else rf"\underline{{{mean}}}"
    spread = "" if row.f1.std is None else rf" $\pm$ {percent(row.f1.std)}"
    return mean + spread + (r"$^\dagger$" if _significant(row) else "")


def _significant(row: Row) -> bool:
    """Whether the verdict is significant; never for a control, which is no result."""
    test = row.comparison
    return test is not None and not row.control and test.judged.verdict in (Verdict.BETTER, Verdict.WORSE)


def _number(text: str) -> str:
    """A number with proper minus and less-than signs, and a dash for none."""
    if text == NONE:
        return "--"
    return f"${text}$" if text[0] in "+-<" else text
