"""Verification of a dataset against its card: checksums, fingerprints, sizes, and known defects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mnerbench.datasets.card import DatasetCard, FileCard, SplitSizes
from mnerbench.datasets.card_overlap import describe
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.gold_scheme import looks_like_iob1
from mnerbench.datasets.health import HealthReport, SplitHealth
from mnerbench.datasets.untrusted.files import sha256_of


class Severity(StrEnum):
    """Severity of a finding: an error, a note, or a defect that the card lists."""

    WRONG = "wrong"
    NOTE = "note"
    KNOWN = "known"


@dataclass(frozen=True)
class Finding:
    """One observation about a dataset, in one sentence."""

    severity: Severity
    text: str


def verify(card: DatasetCard, corpus: Corpus, report: HealthReport, data_dir: Path) -> list[Finding]:
    """All findings about a dataset: errors first, then notes, then known defects."""
    all_findings = [
        *_files(card, data_dir / card.name),
        *_fingerprints(card, corpus),
        *_sizes(card, report),
        *_reading(corpus),
        *_policies(report),
        *(Finding(Severity.KNOWN, text) for text in (*card.defects, *(describe(card, item) for item in card.overlaps))),
    ]
    order = list(Severity)
    return sorted(all_findings, key=lambda finding: order.index(finding.severity))


def _files(card: DatasetCard, folder: Path) -> list[Finding]:
    notes = []
    for name, file in {**card.files, **{f"captions {source}": file for source, file in card.captions.items()}}.items():
        path = folder / file.path
        if path.is_file():
            notes += _checksum(name, file, path)
        else:
            notes.append(Finding(Severity.NOTE, f"{name}: no file {path}"))
    return notes


def _checksum(name: str, file: FileCard, path: Path) -> list[Finding]:
    if file.sha256 is None:
        return [Finding(Severity.NOTE, f"{name}: the card has no checksum of {file.path}")]
    actual = sha256_of(path)
    if actual == file.sha256:
        return []
    return [Finding(Severity.WRONG, f"{name}: sha256 of {path} is {actual}, the card says {file.sha256}")]


def _fingerprints(card: DatasetCard, corpus: Corpus) -> list[Finding]:
    if not card.fingerprints:
        return [Finding(Severity.NOTE, "the card has no fingerprints: the content is not verified")]
    return [
        Finding(
            Severity.WRONG, f"{split}: fingerprint {actual}, the card says {card.fingerprints.get(split, 'nothing')}"
        )
        for split, actual in corpus.fingerprints.items()
        if card.fingerprints.get(split) != actual
    ]


def _sizes(card: DatasetCard, report: HealthReport) -> list[Finding]:
    errors = []
    for split, sizes in card.sizes.items():
        if split not in report.splits:
            errors.append(Finding(Severity.WRONG, f"{split}: the card has sizes of a split that does not exist"))
            continue
        for what, (expected, actual) in _size_pairs(sizes, report.splits[split]).items():
            if expected is not None and expected != actual:
                errors.append(Finding(Severity.WRONG, f"{split}: {actual} {what}, the card says {expected}"))
    return errors


def _size_pairs(expected: SplitSizes, actual: SplitHealth) -> Mapping[str, tuple[int | None, int]]:
    """Expected and actual counts by what is counted."""
    pairs: dict[str, tuple[int | None, int]] = {
        "tweets": (expected.tweets, actual.tweets),
        "words": (expected.words, actual.words),
        "characters": (expected.characters, actual.characters),
        "entities": (expected.entities, sum(actual.entities.values())),
        "B- tags": (expected.b_tags, sum(actual.b_tags.values())),
    }
    for kind, count in expected.b_tags_by_type.items():
        pairs[f"B-{kind} tags"] = (count, actual.b_tags.get(kind, 0))
    for kind, count in expected.entities_by_type.items():
        pairs[f"{kind} entities"] = (count, actual.entities.get(kind, 0))
    return pairs


def _reading(corpus: Corpus) -> list[Finding]:
    """How reading changed the gold labels."""
    texts = [
        f"{split}: labels are written in {scheme}; they are recoded to BIO" for split, scheme in corpus.schemes.items()
    ]
    texts += corpus.policy_lines
    bio_splits = [split for split in corpus.splits if split not in corpus.schemes]
    if bio_splits and looks_like_iob1(tweet.labels for split in bio_splits for tweet in corpus[split]):
        texts.append('labels look like IOB1, in which strict-iob2 finds few entities: scheme = "iob1" recodes them')
    return [Finding(Severity.NOTE, text) for text in texts]


def _policies(report: HealthReport) -> list[Finding]:
    """How the harness treats the irregularities of the data, one sentence per policy that applies."""
    texts = []
    splits = report.splits.values()
    stray = sum(split.stray_after_outside + split.stray_after_other_type for split in splits)
    if stray:
        texts.append(f"{stray} I- without B- of their type: each opens an entity in the primary reading (conlleval)")
    no_piece = sum(split.no_piece_words for split in splits)
    if no_piece:
        entity = sum(split.no_piece_entity_words for split in splits)
        texts.append(f"{no_piece} words have no subword ({entity} in entities): encoders get [UNK] instead")
    lost = sum(split.lost_images for split in splits)
    if lost:
        texts.append(f"{lost} tweets have a lost image: methods see 'no image', captions of it are dropped")
    absent = sum(split.absent_pictures or 0 for split in splits)
    if absent:
        texts.append(f"{absent} tweets name an image that is not in the image folder")
    unusable = sum(split.unusable_pictures or 0 for split in splits)
    if unusable:
        texts.append(f"{unusable} tweets name an image that cannot be used: methods see 'no image'")
    uncaptioned = sum(split.without_caption or 0 for split in splits)
    if uncaptioned:
        texts.append(f"{uncaptioned} tweets with an image have no caption")
    leaked = [
        f"{pair.second} and {pair.first} share {pair.exact} texts, {pair.normalised} normalised, {pair.images} images"
        for pair in report.overlaps
        if pair.exact or pair.normalised or pair.images
    ]
    return [Finding(Severity.NOTE, text) for text in texts + leaked]
