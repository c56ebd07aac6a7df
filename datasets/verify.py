"""A dataset on disk against its card: checksums, fingerprints, sizes; the card's known defects are told as known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mnerbench.datasets.card import DatasetCard, FileCard, SplitSizes
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.gold_scheme import looks_like_iob1
from mnerbench.datasets.health import HealthReport, SplitHealth
from mnerbench.datasets.untrusted.files import sha256_of


class Severity(StrEnum):
    """How bad a finding is."""

    WRONG = "wrong"
    NOTE = "note"
    KNOWN = "known"


@dataclass(frozen=True)
class Finding:
    """One sentence about a dataset."""

    severity: Severity
    text: str


def verify(card: DatasetCard, corpus: Corpus, report: HealthReport, data_dir: Path) -> list[Finding]:
    """Everything that is to be said about a dataset: what is wrong first, what is known last."""
    known = [Finding(Severity.KNOWN, defect) for defect in card.defects]
    findings = [
        *_files(card, data_dir / card.name),
        *_fingerprints(card, corpus),
        *_sizes(card, report),
        *_reading(corpus),
        *_policies(report),
        *known,
    ]
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def _files(card: DatasetCard, folder: Path) -> list[Finding]:
    findings = []
    for name, file in {**card.files, **{f"captions {source}": file for source, file in card.captions.items()}}.items():
        path = folder / file.path
        if path.is_file():
            findings += _checksum(name, file, path)
        else:
            findings.append(Finding(Severity.NOTE, f"{name}: no file {path}"))
    return findings


def _checksum(name: str, file: FileCard, path: Path) -> list[Finding]:
    if file.sha256 is None:
        return [Finding(Severity.NOTE, f"{name}: the card knows no checksum of {file.path}")]
    found = sha256_of(path)
    if found == file.sha256:
        return []
    return [Finding(Severity.WRONG, f"{name}: sha256 of {path} is {found}, the card says {file.sha256}")]


def _fingerprints(card: DatasetCard, corpus: Corpus) -> list[Finding]:
    if not card.fingerprints:
        return [Finding(Severity.NOTE, "the card has no fingerprints: the content is not verified")]
    return [
        Finding(
            Severity.WRONG, f"{split}: fingerprint {found}, the card says {card.fingerprints.get(split, 'nothing')}"
        )
        for split, found in corpus.fingerprints.items()
        if card.fingerprints.get(split) != found
    ]


def _sizes(card: DatasetCard, report: HealthReport) -> list[Finding]:
    findings = []
    for split, expected in card.sizes.items():
        if split not in report.splits:
            findings.append(Finding(Severity.WRONG, f"{split}: the card has sizes of a split that is not there"))
            continue
        for what, (said, found) in _compared(expected, report.splits[split]).items():
            if said is not None and said != found:
                findings.append(Finding(Severity.WRONG, f"{split}: {found} {what}, the card says {said}"))
    return findings


def _compared(said: SplitSizes, found: SplitHealth) -> Mapping[str, tuple[int | None, int]]:
    totals: dict[str, tuple[int | None, int]] = {
        "tweets": (said.tweets, found.tweets),
        "words": (said.words, found.words),
        "entities": (said.entities, sum(found.entities.values())),
        "B- tags": (said.b_tags, sum(found.b_tags.values())),
    }
    for kind, count in said.b_tags_by_type.items():
        totals[f"B-{kind} tags"] = (count, found.b_tags.get(kind, 0))
    for kind, count in said.entities_by_type.items():
        totals[f"{kind} entities"] = (count, found.entities.get(kind, 0))
    return totals


def _reading(corpus: Corpus) -> list[Finding]:
    """What was done to the gold while it was read."""
    texts = [
        f"{split}: labels are written in {scheme}; they are recoded to BIO" for split, scheme in corpus.schemes.items()
    ]
    texts += corpus.policy_lines
    read_as_is = [split for split in corpus.splits if split not in corpus.schemes]
    if read_as_is and looks_like_iob1(tweet.labels for split in read_as_is for tweet in corpus[split]):
        texts.append('labels look like IOB1, in which strict-iob2 finds next to nothing: scheme = "iob1" recodes them')
    return [Finding(Severity.NOTE, text) for text in texts]


def _policies(report: HealthReport) -> list[Finding]:
    """What the harness does with odd data that it found, one sentence per policy that applies."""
    findings = []
    splits = report.splits.values()
    stray = sum(split.stray_after_outside + split.stray_after_other_type for split in splits)
    if stray:
        findings.append(f"{stray} I- without B- of their type: each opens an entity in the primary reading (conlleval)")
    unseen = sum(split.no_piece_words for split in splits)
    if unseen:
        entity = sum(split.no_piece_entity_words for split in splits)
        findings.append(
            f"{unseen} words become no word piece ({entity} in entities): encoders get [UNK] in their place"
        )
    lost = sum(split.lost_images for split in splits)
    if lost:
        findings.append(f"{lost} tweets have a lost image: methods see 'no image', captions of it are dropped")
    absent = sum(split.absent_pictures or 0 for split in splits)
    if absent:
        findings.append(f"{absent} tweets name an image that is not in the image folder")
    unusable = sum(split.unusable_pictures or 0 for split in splits)
    if unusable:
        findings.append(f"{unusable} tweets name an image that cannot be used: methods see 'no image'")
    uncaptioned = sum(split.without_caption or 0 for split in splits)
    if uncaptioned:
        findings.append(f"{uncaptioned} tweets with an image have no caption")
    leaked = [
        f"{pair.second} and {pair.first} share {pair.exact} texts, {pair.normalised} normalised, {pair.images} images"
        for pair in report.overlaps
        if pair.exact or pair.normalised or pair.images
    ]
    return [Finding(Severity.NOTE, text) for text in findings + leaked]
