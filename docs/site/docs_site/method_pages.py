"""One page per method family, from its card, the published numbers and the measured ones of the other pages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docs_site.blocks import diagram
from docs_site.markdown import MarkdownTable, code, named, table, tables, text
from docs_site.profile import Profile, bars, other_rows, profiles
from mnerbench.benchmark.cli.show import describe
from mnerbench.benchmark.planning.suite import SUITES
from mnerbench.datasets.untrusted.toml_text import read_toml
from mnerbench.methods.bibliography import family_references
from mnerbench.methods.registry import Entry, methods
from mnerbench.methods.source_files import locate
from mnerbench.reports.published.data import PublishedCell, PublishedTable
from mnerbench.reports.published.loading import published_tables
from mnerbench.reports.published.measures import Kind, Metric

ENCODER = "bert-base-cased"


@dataclass(frozen=True)
class Pages:
    """The pages that hold measured numbers, as Markdown.

    Attributes:
        readme: README.md.
        results: docs/results.md.
        probes: docs/probes.md.
    """

    readme: str
    results: str
    probes: str


def families() -> dict[str, list[Entry]]:
    """The shipped variants by the file name of their family's page, in the order of `benchmark list methods`."""
    grouped: dict[str, list[Entry]] = {}
    for entry in methods():
        if entry.family.target.startswith("mnerbench."):
            grouped.setdefault(entry.family.name, []).append(entry)
    ordered = sorted(grouped.values(), key=lambda entries: (entries[0].paper.year or 0, entries[0].name))
    return {re.sub(r"[^a-z0-9]+", "-", entries[0].name): entries for entries in ordered}


def method_page(entries: Sequence[Entry], pages: Pages) -> str:
    """The page of a family, as Markdown."""
    facts = {entry.name: describe(entry, ENCODER, None) for entry in entries}
    sections = [_head(entries[0], facts), _variants(entries, facts), _settings(entries[0]), _training(entries[0])]
    sections += [_deviations(entries[0]), _published(entries), _measured(entries, pages)]
    sections += [_profile(entries, pages.probes), _bibtex(entries[0])]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(entry: Entry, facts: Mapping[str, Any]) -> str:
    first = facts[entry.name]
    lines = [f"# {entry.name}", text(entry.family.citation), diagram(entry), text(_summary(entry))]
    rows = [("reads", ", ".join(first["inputs"]))]
    rows += [("trained in the views", ", ".join(first["trained_in"]))] if first["trained_in"] else []
    rows.append(("scored in the views", ", ".join(first["scored_in"])))
    if first["couples_tweets"]:
        rows.append(("batch size", "part of the method: the loss compares the tweets of a batch"))
    if entry.family.published_parameters:
        rows.append(("published parameters", text(entry.family.published_parameters)))
    commands = f"    benchmark show {entry.name}\n    benchmark run --suite twitter15 --methods {entry.name}"
    commands += f" --set {entry.family.name}.model=NAME" if entry.family.is_prompted else ""
    lines += [table(("", ""), rows), commands]
    return "\n\n".join(lines)


def _summary(entry: Entry) -> str:
    """What the module and the class of a method say about themselves."""
    module, _, name = entry.family.target.partition(":")
    location = locate(module)
    if location is None or location.file is None:
        return entry.variant.summary
    tree = ast.parse(location.file.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    docstrings = [ast.get_docstring(tree) or "", *(ast.get_docstring(node) or "" for node in classes)]
    return "\n\n".join(" ".join(paragraph.split()) for part in docstrings for paragraph in part.split("\n\n")[:1])


def _variants(entries: Sequence[Entry], facts: Mapping[str, Any]) -> str:
    rows = []
    for entry in entries:
        changed = [code(f"{key} = {_value(value)}") for key, value in entry.variant.settings.items()]
        changed += [code(f"--input {kind.value}={source}") for kind, source in entry.variant.sources.items()]
        used = facts[entry.name]["parameters"].get("used")
        rows.append((code(entry.name), text(entry.variant.summary), ", ".join(changed), f"{used:,}" if used else ""))
    note = f"Parameters are those used over `{ENCODER}`, with four entity types in BIO."
    if facts[entries[0].name]["parameters"].get("with", "").startswith("word vectors"):
        note = "Parameters are without word vectors, of which there is one per word of the training set."
    header = ("method", "what it is", "settings that differ", "parameters")
    return "\n\n".join(
        ["## Variants", table(header, rows, right=(3,)), note if any(row[3] for row in rows) else ""]
    ).strip()


def _settings(entry: Entry) -> str:
    fields = entry.family.config.model_fields
    if not fields:
        return ""
    rows = [
        (
            code(name),
            code(_value(field.get_default(call_default_factory=True))),
            text(field.description or ""),
            code(entry.family.search.get(name, "")),
        )
        for name, field in fields.items()
    ]
    source = "Defaults are the paper's values; sections and equations in the text are its. " if entry.paper.year else ""
    note = f"{source}Change one with `--set {entry.name}.NAME=VALUE`."
    return "\n\n".join(["## Settings", table(("setting", "default", "meaning", "searched by `tune`"), rows), note])


def _training(entry: Entry) -> str:
    parts = []
    if entry.family.paper_training:
        values = [(code(name), code(_value(value))) for name, value in entry.family.paper_training.items()]
        parts += ["## Training in the paper", "Used with `--protocol paper`.", table(("setting", "value"), values)]
    for name, settings in entry.family.profiles.items():
        values = [(code(key), code(_value(value))) for key, value in settings.items()]
        parts += [
            f"### Profile {name}",
            f"Used with `--set {entry.name}.profile={name}`.",
            table(("setting", "value"), values),
        ]
    return "\n\n".join(parts)


def _deviations(entry: Entry) -> str:
    if not entry.family.deviations:
        return ""
    items = "\n".join(f"- {text(' '.join(deviation.split()))}" for deviation in entry.family.deviations)
    return f"## Deviations from the paper, and choices that it leaves open\n\n{items}"


def _published(entries: Sequence[Entry]) -> str:
    """Published F1 of all types together; precision, recall and types are in the papers' suites."""
    names = {entry.name for entry in entries}
    cells = [(item, cell) for item in published_tables().values() for cell in item.cells() if cell.row.method in names]
    rows = [_published_row(item, cell) for item, cell in cells if _is_whole_f1(cell)]
    if not rows:
        return "## Published scores\n\nNone of the papers' tables that are shipped has this method."
    header = ("table", "system", "method here", "dataset", "view", "F1", "runs", "remarks")
    note = "Typed in from the papers, none measured here ([how they were checked](../published.md))."
    return "\n\n".join(["## Published scores", note, table(header, rows, right=(5,))])


def _is_whole_f1(cell: PublishedCell) -> bool:
    scope = cell.scope
    return scope.metric is Metric.F1 and scope.kind is not Kind.DIFFERENCE and not (scope.type or scope.slice)


def _published_row(item: PublishedTable, cell: PublishedCell) -> tuple[str, ...]:
    scope, row = cell.scope, cell.row
    dataset = f"{scope.trained_on} → {scope.dataset}" if scope.trained_on else scope.dataset or ""
    remarks = [f"from {row.origin}"] * bool(row.origin) + [note.text for note in cell.notes]
    runs = scope.kind.value if scope.kind else ""
    start = (text(item.source), text(row.system), code(row.method or ""), dataset)
    return (*start, scope.view or "", str(cell.value), runs, text("; ".join(remarks)))


def _measured(entries: Sequence[Entry], pages: Pages) -> str:
    names, parts = [entry.name for entry in entries], []
    for item, title in _measured_tables(pages):
        column = item.header.index("method")
        rows = [row for row in item.rows if {*named(row[column])} & {*names}]
        if rows:
            parts += [title, table(item.header, rows)]
    if not parts:
        return "## Measured scores\n\nNone on real tweets yet."
    note = "Test F1 in percent, as the page [First results](../results.md) has it, with conditions and commands."
    return "\n\n".join(["## Measured scores", note, *parts])


def _measured_tables(pages: Pages) -> Iterator[tuple[MarkdownTable, str]]:
    for item in tables(pages.readme):
        if item.header[0] == "method" and "Twitter-2015" in item.header:
            yield item, "**Overview**"
    for item in tables(pages.results):
        if "method" in item.header and any(cell.startswith("F1") for cell in item.header):
            yield item, f"**{text(' · '.join(item.headings[1:]))}**"


def names_in_probes(entries: Sequence[Entry]) -> list[str]:
    """The variants of a family, and those that the suite `probes` makes of them."""
    names = [entry.name for entry in entries]
    suite = read_toml(SUITES / "probes.toml")
    return names + [name for name, variant in suite.get("variants", {}).items() if variant.get("of") in names]


def _profile(entries: Sequence[Entry], page: str) -> str:
    names = names_in_probes(entries)
    rows = list(profiles(page, names))
    parts = []
    drawn = next((row for row in sorted(rows, key=_is_demo) if row.headroom), None)
    if drawn is not None:
        what = "the share of what the picture can add to the text; bars are means, lines standard errors"
        parts += [f"Headroom of {code(drawn.method)}, {what} ({drawn.heading}).", bars(drawn)]
    for heading in dict.fromkeys(row.heading for row in rows):
        below = [row for row in rows if row.heading == heading]
        header = ("method", *below[0].cells)
        parts += [f"**{heading}**", table(header, [(code(row.method), *row.cells.values()) for row in below])]
    others: dict[MarkdownTable, list[tuple[str, ...]]] = {}
    for item, row in other_rows(page, names):
        others.setdefault(item, []).append(row)
    for item, about in others.items():
        parts += [f"**{item.headings[-1]}**", table(item.header, about)]
    if not parts:
        return "## Probe profile\n\nNot measured yet, or the method reads no pictures."
    return "\n\n".join(["## Probe profile", "From [Probes](../probes.md), with conditions and commands.", *parts])


def _is_demo(profile: Profile) -> bool:
    return "demo" in profile.heading


def _bibtex(entry: Entry) -> str:
    references = family_references(entry.family)
    if not references:
        return ""
    entries = "\n\n".join(reference.bibtex for reference in references)
    return f"## Citation\n\n```bibtex\n{entries}\n```"


def _value(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return str(getattr(value, "value", value))
