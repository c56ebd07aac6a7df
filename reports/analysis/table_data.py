"""What a leaderboard is, as plain frozen data: unrounded, scores as fractions. Renderers take this and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mnerbench.reports.analysis.agreement import Agreement
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.statistics.ttests import TestResult
from mnerbench.reports.statistics.verdict import Judgement


@dataclass(frozen=True)
class ImageUse:
    """What a trained method loses without its picture; paired by seed, since both scores are of the same weights.

    Attributes:
        method: as in its rows.
        own: mean F1 with the tweet's own picture.
        gains: own picture minus another view, by that view (`t`, `it-shuffled`, `it-blank`).
        judged: what own minus another tweet's picture shows, adjusted over the methods of the table; None unscored.
    """

    method: str
    own: float
    gains: Mapping[str, TestResult]
    judged: Judgement | None = None


@dataclass(frozen=True)
class Conditions:
    """What all rows of a table share, to be printed with it.

    Attributes:
        dataset, fingerprints: what the data are called, and sha256 by split; empty when nothing could be run.
        trained_on, tested_on: names of the datasets; empty when nothing could be run.
        train_tweets: size of a smaller training set; None for all of it.
        suites: title by name.
        scorer, other_scorers: how labels were read as entities.
        gold: entities in test, by scorer.
        protocol, selection: where settings come from, and how the epoch was picked.
        encoder, encoder_digest: None when no method over a text encoder was run.
        word_vectors: of methods over vectors of words.
        training: settings that all trained methods share.
        own_training: the others, by method.
        settings: what was set otherwise than a method has it, by method; its hidden pictures too.
        ceilings: on a probe, what is possible, in words by what is read.
        inputs: visual inputs that methods read, with their source and digest.
        policies: what data policies did, in words.
        hardware, software: of the runs that are done.
        notes: from the records, such as a fingerprint that is not the catalog's.
    """

    dataset: str
    trained_on: str
    tested_on: str
    train_tweets: int | None
    fingerprints: Mapping[str, str]
    suites: Mapping[str, str]
    scorer: str
    other_scorers: tuple[str, ...]
    gold: Mapping[str, int]
    protocol: str | None
    selection: str
    encoder: str | None
    encoder_digest: str | None
    word_vectors: tuple[str, ...]
    training: Mapping[str, Any]
    own_training: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Mapping[str, Any]]
    ceilings: tuple[tuple[str, str], ...]
    inputs: tuple[str, ...]
    policies: tuple[str, ...]
    hardware: tuple[str, ...]
    software: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class LeaderboardTable:
    """Rows that may be compared with each other.

    Attributes:
        conditions: same for all rows.
        baseline: method that differences and tests are against; None when there is none.
        rows: complete ones by mean, then incomplete, failed, pending and not-run ones.
        types: entities of each type in test.
        image_use: one entry per method that saw pictures.
        slices: gold entities by slice (a mean where it depends on the seed); empty where nobody described the tweets.
        agreement: between methods in their main views; None where it is not known.
        warnings: what a reader has to know before believing a number.
    """

    conditions: Conditions
    baseline: str | None
    rows: tuple[Row, ...]
    types: Mapping[str, int]
    image_use: tuple[ImageUse, ...]
    slices: Mapping[str, float]
    agreement: Agreement | None
    warnings: tuple[str, ...]
