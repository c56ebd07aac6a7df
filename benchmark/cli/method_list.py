"""`benchmark list methods`: every method, grouped by paper and year."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnerbench.methods.registry import Entry

Rows = list[dict[str, Any]]
_BASELINES, _PICTURES = "Baselines: methods that read no pictures", "Methods that read pictures, by year"
_NEEDS, _WIDE = 17, 120  # the width of `encoder, captions`, beyond which needs wrap; from this width on they do not
_LEGEND = (
    "Columns: name; what the method needs besides tweets; description. encoder: a text encoder (--encoder). language "
    "model: a server (docs/language-models.md). All others are visual inputs; `benchmark list extractors` and "
    "docs/inputs.md say where they come from."
)


def list_methods() -> Rows:
    """List every variant with its inputs and source, family by family."""
    from mnerbench.methods.registry import methods

    entries = list(methods())
    with_pictures = {entry.family.name for entry in entries if _inputs(entry)}
    return [
        {
            "method": entry.name,
            "what": entry.variant.summary,
            "reads": _inputs(entry),
            "source": entry.paper.source,
            "paper": entry.paper.heading,
            "year": entry.paper.year,
            "encoder": entry.needs_encoder,
            "word_vectors": entry.configure({}).reads_word_vectors,
            "language_model": entry.family.is_prompted,
            "baseline": entry.family.name not in with_pictures,
        }
        for entry in entries
    ]


def _inputs(entry: Entry) -> list[str]:
    return [kind.value for kind in entry.configure({}).inputs]


def by_paper(rows: Rows) -> list[tuple[str, Rows]]:
    """Headings and rows of papers: baselines first, then in order of year; those of no year before the others."""

    def key(row: dict[str, Any]) -> tuple[bool, int, str]:
        return (not row["baseline"], row["year"] or 0, row["paper"])

    return [(heading, [*group]) for (_, _, heading), group in groupby(sorted(rows, key=key), key)]


def print_methods(rows: Rows) -> None:
    """Print a heading per paper, and below it a line per method: name, needs, description."""
    from rich.table import Table
    from rich.text import Text

    from mnerbench.benchmark.display.console import console
    from mnerbench.datasets.untrusted.display import cell

    screen = console()
    # The same widths below all headings.
    longest, widest = (max(map(len, texts)) for texts in ([row["method"] for row in rows], map(needs_of, rows)))
    section = None
    for heading, group in by_paper(rows):
        title = _BASELINES if group[0]["baseline"] else _PICTURES
        if title != section:
            screen.print(Text(f"\n{title}" if section else title, style="bold underline"))
            section = title
        screen.print(Text(f"\n{heading}", style="bold"))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=longest, no_wrap=True)
        table.add_column(width=widest if screen.width >= _WIDE else _NEEDS)
        table.add_column()
        for row in group:
            table.add_row(*map(cell, (row["method"], needs_of(row), row["what"])))
        screen.print(table)
    screen.print(f"\n{_LEGEND}")


def needs_of(row: Mapping[str, Any]) -> str:
    """`encoder, word vectors, grid`; `nothing` for a method that reads the tweets alone."""
    needs = [name for name in ("encoder", "word_vectors", "language_model") if row[name]]
    return ", ".join([*needs, *row["reads"]]).replace("_", " ") or "nothing"
