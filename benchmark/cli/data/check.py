"""Checks datasets and prints the results, for `benchmark data check`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from mnerbench.benchmark.cli.data.get import image_listener, picture_details, pictures_line
from mnerbench.benchmark.display.console import console
from mnerbench.benchmark.display.output import say_json
from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.health import HealthReport, PieceCount, SplitHealth, health_report
from mnerbench.datasets.leakage import Overlap, overlaps
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.remedies import images_remedy
from mnerbench.datasets.untrusted.display import cell
from mnerbench.datasets.verify import Finding, Severity, verify
from mnerbench.datasets.visual.importers.captions import caption_sources, load_captions
from mnerbench.datasets.visual.picture_check import PictureCheck, check_pictures
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER

_COLOURS = {Severity.WRONG: "red", Severity.NOTE: "yellow", Severity.KNOWN: "dim"}


@dataclass(frozen=True)
class DatasetCheck:
    """Statistics, coverage by captions and pictures, and findings of one dataset.

    Attributes:
        images: number of pictures by state (`named`, `usable`, `missing`, ...); empty without a picture folder.
        image_notes: the same as text with the first few ids, or the command that fetches the pictures.
    """

    report: HealthReport
    fingerprints: Mapping[str, str]
    captions: Mapping[str, Mapping[str, int]]
    images: Mapping[str, int]
    image_notes: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Checks:
    """The checks of several datasets, and the overlaps between them."""

    datasets: tuple[DatasetCheck, ...]
    across: tuple[Overlap, ...]
    encoder_notes: tuple[str, ...] = ()

    @property
    def wrong(self) -> bool:
        """Whether anything differs from a card."""
        return any(finding.severity is Severity.WRONG for check in self.datasets for finding in check.findings)


@dataclass(frozen=True)
class Subwords:
    """Subword counts of a tokenizer.

    Attributes:
        count: counts the subwords of a word.
        unknown: counts the unknown subwords of a word.
        misfit: how tokenizer and vocabulary disagree on letter case; None if they agree.
    """

    count: PieceCount
    unknown: PieceCount
    misfit: str | None


def subwords_of(encoder: Path, *, remote_code: bool = False) -> Subwords:
    """Load the tokenizer of an encoder folder for subword counts.

    Raises:
        MissingInputError: the folder has no tokenizer, or the tokenizer needs remote code that is not trusted.
    """
    from mnerbench.methods.encoders.letter_case import case_misfit
    from mnerbench.methods.encoders.remote_code import runs_code
    from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer
    from mnerbench.methods.encoders.text_encoder import load_tokenizer

    tokenizer = load_tokenizer(encoder, remote_code=runs_code(encoder, trusted=remote_code))
    # The window length does not matter for single words.
    words = SubwordTokenizer(tokenizer, 512)
    return Subwords(words.count, words.count_unknown, case_misfit(tokenizer))


def check_datasets(names: Sequence[str], data_dir: Path, subwords: Subwords | None) -> Checks:
    """Check datasets one by one, then against each other."""
    corpora = [load_corpus(name, data_dir) for name in names]
    checks = tuple(_check(load_card(corpus.name, data_dir), corpus, data_dir, subwords) for corpus in corpora)
    across = [pair for pair in overlaps(corpora) if pair.first.split("/")[0] != pair.second.split("/")[0]]
    return Checks(checks, tuple(across), (subwords.misfit,) if subwords is not None and subwords.misfit else ())


def _check(card: DatasetCard, corpus: Corpus, data_dir: Path, subwords: Subwords | None) -> DatasetCheck:
    folder = data_dir / card.name
    # A corpus without image ids cannot have captions, even if there are caption files.
    sources = caption_sources(card, folder) if corpus.names_pictures else []
    captions = {source: load_captions(corpus, card, folder, source) for source in sources}
    has_pictures = corpus.names_pictures and (folder / IMAGE_FOLDER).is_dir()
    pictures = _check_pictures(corpus, folder) if has_pictures else None
    report = health_report(
        corpus,
        captions=next(iter(captions.values()), None),
        image_folder=None if pictures is None else folder / IMAGE_FOLDER,
        unusable_images=None if pictures is None else pictures.unusable,
        piece_count=subwords.count if subwords is not None else None,
        unknown_count=subwords.unknown if subwords is not None else None,
    )
    coverage = {source: _coverage(texts) for source, texts in captions.items()}
    findings = tuple(verify(card, corpus, report, data_dir))
    counts = {} if pictures is None else _picture_counts(pictures)
    notes = _picture_notes(card, pictures) if corpus.names_pictures else ()
    return DatasetCheck(report, dict(corpus.fingerprints), coverage, counts, notes, findings)


def _check_pictures(corpus: Corpus, folder: Path) -> PictureCheck:
    with image_listener(corpus.name) as listener:
        return check_pictures(corpus, folder, advance=listener.pictures_of("checking pictures"))


def _picture_counts(check: PictureCheck) -> dict[str, int]:
    return {
        "named": check.named,
        "usable": len(check.usable),
        "missing": len(check.missing),
        "unusable": len(check.unusable),
        "lost": len(check.lost),
    }


def _picture_notes(card: DatasetCard, check: PictureCheck | None) -> tuple[str, ...]:
    if check is not None:
        return (pictures_line(check), *picture_details(check))
    return () if card.probe is not None else (f"images: none here; to get them: {images_remedy(card)}",)


def _coverage(captions: Texts[str]) -> dict[str, int]:
    return {
        "images": len(captions.items),
        "dropped": captions.dropped,
        "missing": captions.missing,
        "empty": captions.empty,
    }


def print_json(checks: Checks) -> None:
    """Print the checks as one JSON object."""
    rows = {**asdict(checks), "wrong": checks.wrong}
    say_json(rows, 2)


def print_checks(checks: Checks) -> None:
    """Print the checks as tables."""
    out = console()
    for check in checks.datasets:
        out.print(_table(check.report))
        for source, coverage in check.captions.items():
            counts = ", ".join(f"{count} {what}" for what, count in coverage.items())
            out.print(f"captions {source}: {counts}")
        for note in check.image_notes:
            out.print(note, soft_wrap=True)
        for finding in check.findings:
            severity = (f"{finding.severity.value:5}", _COLOURS[finding.severity])
            out.print(Text.assemble(severity, f" {finding.text}"), soft_wrap=True)
        if not any(finding.severity is Severity.WRONG for finding in check.findings):
            out.print("as the card says", style="green")
        out.print()
    for note in checks.encoder_notes:
        out.print(f"encoder: {note}", style="yellow", markup=False, soft_wrap=True)
    shared = [pair for pair in checks.across if pair.exact or pair.normalised or pair.images]
    for pair in shared:
        counts = f"{pair.exact} texts, {pair.normalised} normalised, {pair.images} images"
        out.print(f"{pair.second} and {pair.first} share {counts}")


def _table(report: HealthReport) -> Table:
    table = Table(title=cell(report.name), title_justify="left")
    table.add_column("")
    for split in report.splits:
        table.add_column(cell(split), justify="right")
    measures = _measures(report.types)
    if any(split.several_images for split in report.splits.values()):
        measures.append(("tweets with several images", lambda split: split.several_images))
    for label, value_of in measures:
        values = [value_of(split) for split in report.splits.values()]
        table.add_row(cell(label), *map(_format, values))
    return table


def _unknown(split: SplitHealth) -> str | None:
    """Format the number of unknown subwords: `1,234 (2.1 %)`."""
    if split.pieces is None or split.unknown_pieces is None:
        return None
    return f"{split.unknown_pieces:,} ({100 * split.unknown_pieces / max(1, split.pieces):.1f} %)"


def _format(value: int | str | None) -> str:
    if value is None:
        return "not counted"
    return f"{value:,}" if isinstance(value, int) else value


def _measures(types: Sequence[str]) -> list[tuple[str, Callable[[SplitHealth], int | str | None]]]:
    def of_type(kind: str) -> Callable[[SplitHealth], int | None]:
        return lambda split: split.entities.get(kind, 0)

    def sliced(name: str) -> Callable[[SplitHealth], int | str]:
        return lambda split: "\N{EN DASH}" if split.sliced is None else split.sliced.get(name, 0)

    return [
        ("tweets", lambda split: split.tweets),
        ("words", lambda split: split.words),
        ("characters, without spaces", lambda split: split.characters),
        ("longest tweet, words", lambda split: split.longest_words),
        ("longest tweet, subwords (--encoder)", lambda split: split.longest_pieces),
        ("subwords (--encoder)", lambda split: split.pieces),
        ("  unknown to the tokenizer", _unknown),
        ("entities, conlleval reading", lambda split: sum(split.entities.values())),
        *((f"  {kind}", of_type(kind)) for kind in types),
        ("  seen in train with their type", sliced("seen")),
        ("    also with other types there", sliced("ambiguous")),
        ("  not seen in train with their type", sliced("unseen")),
        ("entities, strict IOB2 reading", lambda split: sum(split.strict_entities.values())),
        ("B- tags", lambda split: sum(split.b_tags.values())),
        ("I- after O or at the start", lambda split: split.stray_after_outside),
        ("I- after another type", lambda split: split.stray_after_other_type),
        ("words without a subword", lambda split: split.no_piece_words),
        ("words of white space only", lambda split: split.blank_words),
        ("repeated texts", lambda split: split.repeated),
        ("repeated texts, normalised", lambda split: split.repeated_normalised),
        ("repeated images", lambda split: split.repeated_images),
        ("tweets without image id", lambda split: split.without_image_id),
        ("tweets whose image is lost", lambda split: split.lost_images),
        ("images not in the image folder", lambda split: split.absent_pictures),
        ("images that cannot be used", lambda split: split.unusable_pictures),
        ("tweets without caption", lambda split: split.without_caption),
    ]
