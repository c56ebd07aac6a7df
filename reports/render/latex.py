r"""The leaderboard as LaTeX: one `table` each, for `\input`; needs only the package `booktabs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.latex_text import GLYPHS, GLYPHS_DEFINITION, escape
from mnerbench.reports.render.sheets import main_sheet
from mnerbench.reports.render.wording import family_line, image_verdicts, plan_sentences, subtitle
from mnerbench.reports.statistics.ttests import FEW_SEEDS
from mnerbench.reports.statistics.verdict import Judgement, Verdict
from mnerbench.reports.text.format import NONE, format_cell, size
from mnerbench.reports.text.sheet import Cell, Column, Kind, Mark

_HEADINGS = {
    "method": "Method",
    "view": "View",
    "runs": "Runs",
    "precision": "P",
    "recall": "R",
    "f1": r"F1 $\pm$ std",
    "difference": r"$\Delta$ [95\,\% CI]",
    "p_verdict": r"$p$",
}
_SIGNS = {Mark.BETTER: r"$^{\uparrow}$", Mark.WORSE: r"$^{\downarrow}$", Mark.EQUIVALENT: r"$^{\approx}$"}


def latex_report(tables: Sequence[LeaderboardTable]) -> str:
    """All tables in sequence."""
    lines = [r"% needs \usepackage{booktabs}; numbers compare within a table, not across tables"]
    for table in tables:
        lines += ["", *_table(table)]
    if any(GLYPHS in line for line in lines):
        lines[1:1] = GLYPHS_DEFINITION
    return "\n".join(lines) + "\n"


def _table(table: LeaderboardTable) -> Iterator[str]:
    yield r"\begin{table}"
    yield r"\centering\footnotesize\setlength{\tabcolsep}{3pt}"
    yield rf"\caption{{{escape(heading(table))}: {escape(subtitle(table.conditions))}.}}\smallskip"
    sheet = main_sheet(table).select(_HEADINGS)
    yield rf"\begin{{tabular}}{{@{{}}{''.join(map(_alignment, sheet.columns))}@{{}}}}"
    yield r"\toprule"
    yield _line(tuple(_HEADINGS.values()))
    yield r"\midrule"
    for row in sheet.rows:
        yield _line(tuple(map(_cell, row)))
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield rf"\par\smallskip\begin{{minipage}}{{\linewidth}}\footnotesize {' '.join(_notes(table))}\end{{minipage}}"
    yield r"\end{table}"


def _alignment(column: Column) -> str:
    """The alignment of a column; after F1 there is room for its sign."""
    room = r"@{\hspace{13pt}}" if column.key == "f1" else ""
    return ("l" if column.names else "r") + room


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _notes(table: LeaderboardTable) -> Iterator[str]:
    """What the signs mean, the families of the verdicts, those on pictures, and the warnings, as sentences."""
    judged = [row.judged for row in table.rows if row.judged is not None]
    tested = [judgement for judgement in judged if judgement.interval is not None]
    if table.baseline is not None:
        yield rf"$\Delta$: difference of means to {escape(table.baseline)} in points."
    if tested:
        yield from _verdict_notes(escape(table.baseline or ""), tested)
    yield from (escape(_sentence(text)) for text in plan_sentences(judged))
    if (family := family_line(table)) is not None:
        yield escape(_sentence(family))
    if pictures := image_verdicts(table):
        yield escape(f"Own against other tweets' pictures: {'. '.join(pictures)}.")
    if table.warnings:
        yield escape(f"Warnings: {'; '.join(table.warnings)}.")


def _verdict_notes(baseline: str, tested: Sequence[Judgement]) -> Iterator[str]:
    """The signs that the table has, and what a reader needs to judge them."""
    better, worse, equivalent = _SIGNS.values()
    margin = escape(size(tested[0].margin))
    meanings = {
        Verdict.BETTER: rf"{better} and bold: better than {baseline}",
        Verdict.WORSE: f"{worse}: worse than {baseline}",
        Verdict.EQUIVALENT: f"{equivalent}: equivalent to {baseline}, within {margin}",
        Verdict.UNDECIDED: f"an interval without a sign: undecided, neither different nor equivalent within {margin}",
    }
    verdicts = {judgement.verdict for judgement in tested}
    yield _sentence("; ".join(text for verdict, text in meanings.items() if verdict in verdicts))
    yield "Intervals are simultaneous over the family of verdicts; rows without one have no verdict."
    fewest, most = min(min(t.n) for t in tested), max(max(t.n) for t in tested)
    seeds = str(fewest) if fewest == most else f"{fewest} to {most}"
    provisional = f"; from fewer than {FEW_SEEDS} they are provisional" if any(t.doubtful for t in tested) else ""
    yield f"Verdicts are from {seeds} seeds{provisional}."
    if not all(judgement.over_tweets for judgement in tested):
        yield "Where counts by tweet are missing, a verdict is about these tweets only."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _cell(cell: Cell) -> str:
    r"""`\textbf{74.76} $\pm$ 1.45\rlap{$^{\uparrow}$}`; bold only where the verdict is `better`."""
    if cell.kind is Kind.TEXT:
        return escape(format_cell(cell)) if cell.text is not None else "--"
    text = _number(format_cell(replace(cell, error=None, interval=None, note="")))
    if Mark.BETTER in cell.marks:
        text = rf"\textbf{{{text}}}"
    if cell.error is not None:
        text += rf" $\pm$ {format_cell(replace(cell, value=cell.error, error=None))}"
    if cell.interval is not None:
        low, high = (_number(format_cell(replace(cell, value=end, interval=None, note=""))) for end in cell.interval)
        text += f" [{low}, {high}]"
    # Takes no room, so that the numbers stay aligned.
    return text + "".join(rf"\rlap{{{sign}}}" for mark, sign in _SIGNS.items() if mark in cell.marks)


def _number(text: str) -> str:
    """A number with proper minus and less-than signs, and a dash for none."""
    if text == NONE:
        return "--"
    return f"${text}$" if text[0] in "+-<" else text
