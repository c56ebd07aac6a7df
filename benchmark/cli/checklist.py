"""`benchmark report --checklist`: the answers to a reproducibility checklist, from the records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mnerbench.benchmark.display.output import say, say_document
from mnerbench.datasets.errors import ConfigError

if TYPE_CHECKING:
    from mnerbench.reports.load import Results

FORMATS = ("table", "markdown", "json")


def require_format(output_format: str) -> None:
    """Raise if a checklist cannot be written in a format.

    Raises:
        ConfigError: see above.
    """
    if output_format not in FORMATS:
        reason = f"--checklist --format {output_format}: a checklist has no such format"
        raise ConfigError(f"{reason}\n  -> choose one of {', '.join(FORMATS)}")


def write_checklist(results: Results, data: Path | None, output_format: str, to: Path | None) -> None:
    """Print the checklist of a results folder, or write it to a file.

    Args:
        results: of the folder.
        data: the data folder, which has the cards of own datasets; None for the user's.
        output_format: one of `FORMATS`; a file in the format of a table is Markdown.
        to: the file; `-` and, for documents, None are stdout.
    """
    from mnerbench.benchmark.display.console import console
    from mnerbench.datasets.atomic_files import write_atomically
    from mnerbench.datasets.catalog import data_dir
    from mnerbench.reports.analysis.checklist.collect import checklist_facts
    from mnerbench.reports.render.checklist.document import json_checklist, markdown_checklist, print_checklist

    facts = checklist_facts(
        results.store,
        results.records,
        results.manifests,
        results.analysed,
        results.searches,
        data=data_dir(data),
        damaged=results.damaged,
        verified=results.verified,
    )
    if output_format == "table" and to is None:
        print_checklist(facts, console())
        return
    text = json_checklist(facts) if output_format == "json" else markdown_checklist(facts)
    if to is None or to == Path("-"):
        say_document(text)
    else:
        write_atomically(to, text)
        say(f"checklist: {to}")
