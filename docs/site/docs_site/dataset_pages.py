"""One page per dataset, from its card, and an overview of all."""

from __future__ import annotations

from collections.abc import Iterator

from docs_site.markdown import code, table, text
from mnerbench.datasets.bibliography import dataset_references
from mnerbench.datasets.card import DatasetCard, DriveItem, FileCard, ImageArchive, SplitSizes
from mnerbench.datasets.card_overlap import describe
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.datasets.probe_settings import CARRIED_BY


def cards() -> dict[str, DatasetCard]:
    """The shipped cards by name: corpora first, then probes."""
    every = [load_card(name) for name in card_names()]
    return {card.name: card for card in sorted(every, key=lambda card: (card.probe is not None, card.name))}


def overview() -> str:
    """A table of all datasets."""
    rows = []
    for card in cards().values():
        tweets = [f"{size.tweets:,}" for size in _sizes(card) if size is not None and size.tweets is not None]
        if card.probe is not None:
            tweets = [f"{number:,}" for number in (card.probe.train, card.probe.valid, card.probe.test)]
        rows.append((f"[`{card.name}`]({card.name}.md)", text(card.title), " / ".join(tweets), text(card.licence)))
    header = ("dataset", "what it is", "tweets: train / dev / test", "terms")
    note = "Generated from the cards. [Data](../data.md) explains how to get them, and how to add your own."
    return "\n\n".join(["# Datasets", note, table(header, rows)]) + "\n"


def dataset_page(card: DatasetCard) -> str:
    """The page of a dataset, as Markdown."""
    sections = [_head(card), _probe(card), _counts(card), _files(card), _pictures(card), _defects(card), _bibtex(card)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(card: DatasetCard) -> str:
    rows = [
        ("terms", text(card.licence)),
        ("paper", text(card.citation)),
        ("entity types", ", ".join(map(code, card.types))),
        ("format", " ".join(filter(None, [card.format and card.format.value, card.scheme and card.scheme.value]))),
        ("types of the files", ", ".join(f"`{name}` is `{target}`" for name, target in card.label_map.items())),
        ("shares pictures with", _link(card.images_of)),
        ("part of", _link(card.subset_of)),
    ]
    if card.probe is None:
        commands = f"    benchmark data get {card.name}\n    benchmark data check {card.name}"
    else:
        commands = f"    benchmark run --suite demo --datasets {card.name}"
        commands += f"\n    benchmark data look {card.name} --to page.html"
    get = [] if card.probe is not None else ["## How to get it", text(card.how_to_get)]
    parts = [
        f"# {card.name}",
        f"**{text(card.title)}**",
        text(card.summary),
        table(("", ""), [row for row in rows if row[1]]),
    ]
    return "\n\n".join(part for part in [*parts, *get, commands] if part)


def _link(name: str | None) -> str:
    return f"[`{name}`]({name}.md)" if name else ""


def _probe(card: DatasetCard) -> str:
    if card.probe is None:
        return ""
    rows = [(code(key), _plain(value)) for key, value in card.probe.model_dump(mode="json").items()]
    carried = [
        (kind.value, ", ".join(code(item.value) for item in sorted(CARRIED_BY[kind]))) for kind in card.probe.evidence
    ]
    parts = ["## The evidence and what carries it", table(("evidence", "carried by"), carried)]
    parts += ["How such a corpus is made, and its ceilings: [Probes](../probes.md).", "## Settings of the generator"]
    return "\n\n".join([*parts, table(("setting", "value"), rows)])


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {item}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _sizes(card: DatasetCard) -> list[SplitSizes | None]:
    return [card.sizes.get(split) for split in ("train", "valid", "test")]


def _counts(card: DatasetCard) -> str:
    if not card.sizes:
        return ""
    columns = ("tweets", "words", "entities", "b_tags")
    rows = []
    for split, size in card.sizes.items():
        numbers = [getattr(size, column) for column in columns]
        types = [size.entities_by_type.get(name, size.b_tags_by_type.get(name)) for name in card.types]
        rows.append((split, *("" if number is None else f"{number:,}" for number in [*numbers, *types])))
    header = ("split", "tweets", "words", "entities (conlleval)", "`B-` tags", *card.types)
    has_entities = any(size.entities_by_type for size in card.sizes.values())
    reading = "entities" if has_entities else "`B-` tags"
    note = f"Counted from the files; per type {reading}. `valid` is the dev split."
    filled = [index for index in range(len(header)) if any(row[index] for row in rows)]
    header, rows = tuple(header[i] for i in filled), [tuple(row[i] for i in filled) for row in rows]
    parts = ["## Sizes", note, table(header, rows, right=range(1, len(header)))]
    return "\n\n".join([*parts, *([text(card.published_sizes)] if card.published_sizes else [])])


def _files(card: DatasetCard) -> str:
    parts = []
    if card.files:
        captions = {f"captions: {name}": file for name, file in card.captions.items()}
        rows = [_file_row(name, file) for name, file in {**card.files, **captions}.items()]
        rows += [_file_row("lost pictures", card.missing_images)] if card.missing_images is not None else []
        parts += ["## Files and checksums", table(("split", "file", "address", "sha256 of the file"), rows)]
    if card.fingerprints:
        prints = [(split, code(digest)) for split, digest in card.fingerprints.items()]
        parts += ["Fingerprints of the content, independent of the format:", table(("split", "sha256"), prints)]
    return "\n\n".join(parts)


def _file_row(name: str, file: FileCard) -> tuple[str, ...]:
    address = f"[{file.url.split('/')[2]}]({file.url})" if file.url else "not at a pinned address"
    return name, code(file.path), address, code(file.sha256) if file.sha256 else "never seen"


def _pictures(card: DatasetCard) -> str:
    if card.probe is not None:
        return ""
    sources: list[ImageArchive | DriveItem] = [*card.archives, *card.drive]
    rows = [_archive_row(item) for item in sources]
    parts = ["## Pictures", text(card.images)]
    if card.missing_image_ids:
        parts.append(f"Lost, by their ids: {len(card.missing_image_ids):,}.")
    header = ("source", "content", "address", "size", "pictures", "sha256")
    return "\n\n".join([*parts, *([table(header, rows, right=(3, 4))] if rows else [])])


def _archive_row(item: ImageArchive | DriveItem) -> tuple[str, ...]:
    address = (
        f"[{item.url.split('/')[2]}]({item.url})" if isinstance(item, ImageArchive) else f"Google Drive, `{item.id}`"
    )
    size = f"{item.size / 1e6:,.0f} MB" if item.size else ""
    pictures = f"{item.pictures:,}" if item.pictures else ""
    return item.name, text(item.holds), address, size, pictures, code(item.sha256) if item.sha256 else "not pinned"


def _defects(card: DatasetCard) -> str:
    items = [*card.defects, *(describe(card, overlap) for overlap in card.overlaps)]
    if not items:
        return ""
    lines: Iterator[str] = (f"- {text(' '.join(item.split()))}" for item in items)
    return "## Known defects and overlaps\n\n" + "\n".join(lines)


def _bibtex(card: DatasetCard) -> str:
    references = dataset_references(card)
    if not references:
        return ""
    entries = "\n\n".join(reference.bibtex for reference in references)
    return f"## Citation\n\n```bibtex\n{entries}\n```"
