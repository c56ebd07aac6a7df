"""On how many datasets methods are better or worse than the baseline, as a sheet and as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mnerbench.reports.analysis.corpora import Corpora
from mnerbench.reports.analysis.replications import Replication
from mnerbench.reports.statistics.ttests import FEW_SEEDS
from mnerbench.reports.text.cells import points_cell, progress_cell, text_cell
from mnerbench.reports.text.format import equals
from mnerbench.reports.text.sheet import Cell, Column, Sheet, name_column

# Keys of the columns that a narrow terminal leaves out first.
IF_INDEPENDENT = ("better_if_independent", "worse_if_independent")


def replication_intro(corpora: Corpora) -> str:
    """What is counted."""
    names = ", ".join(corpora.tables)
    return (
        f"On how many of {len(corpora.tables)} datasets ({names}) a method is shown to be better or worse than "
        f"{corpora.baseline}. All these statements hold together with 95 %, whatever the datasets have in common; so "
        "they are stricter than the verdicts of single tables."
    )


def replication_sheet(corpora: Corpora, methods: Sequence[Replication]) -> Sheet:
    """Numbers of datasets and differences, one line per method."""
    columns = (
        name_column("method"),
        Column("better", "better on"),
        Column("worse", "worse on"),
        *(Column(f"difference.{corpus}", f"Δ {corpus}") for corpus in corpora.tables),
        Column("better_if_independent", "better, if independent"),
        Column("worse_if_independent", "worse, if independent"),
    )
    return Sheet(columns, tuple(_row(corpora, method) for method in methods))


def _row(corpora: Corpora, method: Replication) -> tuple[Cell, ...]:
    datasets = len(method.differences)
    return (
        text_cell(", ".join(method.methods)),
        progress_cell(len(method.shown(better=True)), datasets),
        progress_cell(len(method.shown(better=False)), datasets),
        *(points_cell(method.differences.get(corpus)) for corpus in corpora.tables),
        progress_cell(method.better_if_independent, datasets),
        progress_cell(method.worse_if_independent, datasets),
    )


def replication_sentences(corpora: Corpora, methods: Sequence[Replication]) -> Iterator[str]:
    """`maf: better than bert-crf on at least 1 of 2 datasets (twitter15; p = 0.012)`, one sentence per method."""
    for method in methods:
        number = len(method.differences)
        sides = {"better": method.shown(better=True), "worse": method.shown(better=False)}
        parts = [
            f"{word} than {corpora.baseline} on {_how_many(len(shown), number)} ({_where(shown)})"
            for word, shown in sides.items()
            if shown
        ] or [f"neither shown to be better nor worse than {corpora.baseline} on any of {number} datasets"]
        if method.unjudged:
            parts.append(f"no verdict on {', '.join(method.unjudged)}")
        if not method.over_tweets:
            parts.append("on these tweets only, where counts by tweet are missing")
        if method.provisional:
            parts.append(f"fewer seeds than {FEW_SEEDS} or than planned, so provisional")
        if method.extended:
            parts.append("more seeds than planned: adding seeds after a test raises the chance of a false statement")
        yield f"{', '.join(method.methods)}: {'; '.join(parts)}"


def _how_many(shown: int, number: int) -> str:
    return f"all {number} datasets" if shown == number else f"at least {shown} of {number} datasets"


def _where(shown: Mapping[str, float]) -> str:
    """`twitter15, p = 0.012; twitter17, p = 0.031`."""
    return "; ".join(f"{corpus}, p {equals(p)}" for corpus, p in shown.items())


def replication_legend() -> list[tuple[str, str]]:
    """Names and texts: the columns."""
    return [
        (
            "better on 1/2",
            "better on at least 1 of the 2 datasets where the method is judged, over seeds, and over seeds and tweets "
            "(partial conjunction; p adjusted over datasets and methods)",
        ),
        ("Δ", "difference to the baseline in points; versions of one dataset count once, as the one next to 0"),
        ("if independent", "by Fisher's combination, which assumes that datasets share nothing, and names none"),
    ]
