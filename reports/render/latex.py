r"""The leaderboard as LaTeX: one `tabular` per table, for `\input`; needs only the package `booktabs`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.columns import is_significant
from mnerbench.reports.render.sheets import main_sheet
from mnerbench.reports.render.wording import subtitle
from mnerbench.reports.statistics.ttests import LEVEL
from mnerbench.reports.text.format import NONE, format_cell
from mnerbench.reports.text.sheet import Cell, Kind, Mark

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
_HEADINGS = {
    "method": "Method",
    "view": "View",
    "runs": "Runs",
    "precision": "P",
    "recall": "R",
    "f1": r"F1 $\pm$ std",
    "difference": r"$\Delta$",
    "p_verdict": r"$p$",
}


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
    sheet = main_sheet(table).select(_HEADINGS)
    yield rf"\begin{{tabular}}{{{''.join('l' if column.names else 'r' for column in sheet.columns)}}}"
    yield r"\toprule"
    yield _line(tuple(_HEADINGS.values()))
    yield r"\midrule"
    for row in sheet.rows:
        yield _line(tuple(map(_cell, row)))
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield r"\end{table}"


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _note(table: LeaderboardTable) -> str:
    sentences = ["Best in bold, second underlined; rows that lack runs and controls are not ranked."]
    if any(map(is_significant, table.rows)):
        sentences.append(
            rf"$^\dagger$: differs from {escape(table.baseline or '')}, $p < {LEVEL:g}$ "
            r"(Welch, adjusted by Holm within each view)."
        )
    sentences += [f"{escape(text[:1].upper() + text[1:])}." for text in table.warnings]
    return " ".join(sentences)


def _cell(cell: Cell) -> str:
    r"""A cell without its interval: `\textbf{74.76} $\pm$ 1.45`; marks apply to the mean, by which rows are ranked."""
    if cell.kind is Kind.TEXT:
        return escape(format_cell(cell)) if cell.text is not None else "--"
    text = _number(format_cell(replace(cell, error=None, interval=None, note="")))
    if Mark.BEST in cell.marks:
        text = rf"\textbf{{{text}}}"
    elif Mark.SECOND in cell.marks:
        text = rf"\underline{{{text}}}"
    if cell.error is not None:
        text += rf" $\pm$ {format_cell(replace(cell, value=cell.error, error=None))}"
    return text + (r"$^\dagger$" if Mark.SIGNIFICANT in cell.marks else "")


def _number(text: str) -> str:
    """A number with proper minus and less-than signs, and a dash for none."""
    if text == NONE:
        return "--"
    return f"${text}$" if text[0] in "+-<" else text
