"""Leaderboard tables as frozen data: unrounded, scores as fractions. The input of all renderers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mnerbench.datasets.picture_texts import TextAmount
from mnerbench.reports.analysis.agreement import Agreement
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.statistics.ttests import TestResult
from mnerbench.reports.statistics.verdict import Judgement


@dataclass(frozen=True)
class ImageUse:
    """Gain of a trained method from its picture, paired by seed, since both scores are of the same weights.

    Attributes:
        method: name as in the rows.
        own: mean F1 with the tweet's own picture.
        gains: own picture minus another view, by that view (`t`, `it-shuffled`, `it-blank`).
        judged: verdict on own minus another tweet's picture, adjusted over the methods of the table; None without both.
    """

    method: str
    own: float
    gains: Mapping[str, TestResult]
    judged: Judgement | None = None


@dataclass(frozen=True)
class Conditions:
    """Conditions that all rows of a table share; printed with the table.

    Attributes:
        dataset, fingerprints: name of the data, and sha256 by split; empty if nothing could be run.
        trained_on, tested_on: names of the datasets; empty if nothing could be run.
        train_tweets: size of a reduced training set; None for the whole set.
        limit_test: most tweets of dev and of test, in a table of partial runs; None for the whole splits.
        suites: title by name.
        scorer, other_scorers: how labels are read as entities.
        gold: number of gold entities in test, by scorer.
        protocol, selection: origin of the settings, and selection of the epoch.
        encoder, encoder_digest: None without a method over a text encoder.
        word_vectors: of methods over word vectors.
        training: settings that all trained methods share.
        own_training: the other training settings, by method.
        settings: settings that differ from the method's defaults, and its share of hidden pictures, by method.
        ceilings: on a probe, the best possible scores as text, by what is read.
        inputs: visual inputs that methods read, with source and digest.
        picture_texts: how much text sources have for the pictures, by `ocr tesseract`: kind of input and source.
        policies: effects of data policies as text.
        hardware, software: of the finished runs.
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
    picture_texts: Mapping[str, TextAmount]
    policies: tuple[str, ...]
    hardware: tuple[str, ...]
    software: tuple[str, ...]
    notes: tuple[str, ...]
    limit_test: int | None = None


@dataclass(frozen=True)
class LeaderboardTable:
    """Rows that are comparable with each other.

    Attributes:
        conditions: of all rows.
        baseline: method of differences and tests; None without one.
        rows: complete rows by mean, then incomplete, failed, pending and not-run ones.
        types: number of gold entities in test, by type.
        image_use: one entry per method that reads pictures.
        slices: number of gold entities by slice (a mean where it depends on the seed); empty without tweet metadata.
        agreement: between methods in their main views; None where unknown.
        warnings: what a reader has to know before relying on the numbers.
    """

    conditions: Conditions
    baseline: str | None
    rows: tuple[Row, ...]
    types: Mapping[str, int]
    image_use: tuple[ImageUse, ...]
    slices: Mapping[str, float]
    agreement: Agreement | None
    warnings: tuple[str, ...]

    @property
    def picture_verdicts(self) -> dict[str, Judgement]:
        """The verdicts on own pictures against other tweets', by method; only of methods that have one."""
        return {use.method: use.judged for use in self.image_use if use.judged is not None}
