"""What a leaderboard is, as plain frozen data: unrounded, scores as fractions. Renderers take this and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean, stdev
from typing import Any

from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.reports.statistics.ttests import TestResult

# Ceilings nearer than this are the same ceiling, computed in another order.
_NO_ROOM = 1e-6


class RowState(StrEnum):
    """How far the runs of a row have come; the order in which rows are listed."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    PENDING = "not done yet"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Spread:
    """Scores of several seeds in short.

    Attributes:
        mean: over seeds.
        std: sample standard deviation (n - 1); None for a single run.
        best: highest; never to be compared with a mean.
        n: number of seeds.
    """

    mean: float
    std: float | None
    best: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least one value."""
        return cls(fmean(values), stdev(values) if len(values) > 1 else None, max(values), len(values))


@dataclass(frozen=True)
class Comparison:
    """A row against the baseline.

    Attributes:
        welch: the primary test.
        paired: over shared seeds.
        holm: Welch's p adjusted over all rows of this table and view; None where there is no p.
        family: number of tests it was adjusted over.
    """

    welch: TestResult
    paired: TestResult
    holm: float | None
    family: int


@dataclass(frozen=True)
class Row:
    """One method in one view.

    Attributes:
        method: its name; settings in brackets when a table holds several settings of one method.
        view: which picture it saw on test; None when no run has ended.
        done, expected, failed: numbers of runs.
        reason: why runs are missing, or why the method was not run.
        rank: by mean F1 among complete rows; None for incomplete rows and for controls.
        by_seed: F1 by seed, everything below comes from these runs.
        precision, recall: means over seeds.
        types: mean F1 per entity type that test has.
        scorers: mean F1 under the other scorers.
        deterministic: the method counts, there is one run and no spread.
        control: the view shows a wrong picture on purpose.
        seconds_per_epoch: training only, mean over epochs and seeds.
        parameters: trained ones.
        ceiling: on a probe, the best that is possible in this view with what the method reads; None where its sources
            are not the probe's own, so that nobody knows.
        text_ceiling: on a probe, the best that is possible without pictures.
    """

    method: str
    view: str | None
    state: RowState
    done: int = 0
    expected: int = 0
    failed: int = 0
    reason: str | None = None
    rank: int | None = None
    by_seed: Mapping[int, float] = field(default_factory=dict)
    f1: Spread | None = None
    precision: float | None = None
    recall: float | None = None
    types: Mapping[str, float] = field(default_factory=dict)
    scorers: Mapping[str, float] = field(default_factory=dict)
    comparison: Comparison | None = None
    baseline: bool = False
    deterministic: bool = False
    control: bool = False
    seconds_per_epoch: float | None = None
    parameters: int | None = None
    ceiling: Ceiling | None = None
    text_ceiling: Ceiling | None = None

    @property
    def headroom(self) -> float | None:
        """Share of what pictures can add to the text that the method reached; None where they can add nothing."""
        if self.f1 is None or self.ceiling is None or self.text_ceiling is None:
            return None
        room = self.ceiling.expected - self.text_ceiling.expected
        return (self.f1.mean - self.text_ceiling.expected) / room if room > _NO_ROOM else None

    @property
    def headroom_error(self) -> float | None:
        """Standard error of the headroom: luck of the split's ambiguous names, and the spread over seeds."""
        if self.headroom is None or self.f1 is None or self.ceiling is None or self.text_ceiling is None:
            return None
        return self.error_at(self.f1.mean) / (self.ceiling.expected - self.text_ceiling.expected)

    def error_at(self, f1: float) -> float:
        """On a probe, the standard error that a mean F1 of this size has with the row's spread over seeds."""
        luck = self.text_ceiling.luck(f1) if self.text_ceiling is not None else 0.0
        return math.hypot(luck, (self.f1.std or 0.0) / math.sqrt(self.f1.n)) if self.f1 is not None else luck


@dataclass(frozen=True)
class ImageUse:
    """What a trained method loses without its picture; paired by seed, since both scores are of the same weights.

    Attributes:
        method: as in its rows.
        own: mean F1 with the tweet's own picture.
        gains: own picture minus another view, by that view (`t`, `it-shuffled`, `it-blank`).
    """

    method: str
    own: float
    gains: Mapping[str, TestResult]


@dataclass(frozen=True)
class Conditions:
    """What all rows of a table share, to be printed with it.

    Attributes:
        dataset, fingerprints: name, and sha256 by split; empty when nothing could be run.
        suites: title by name.
        scorer, other_scorers: how labels were read as entities.
        gold: entities in test, by scorer.
        protocol, selection: where settings come from, and how the epoch was picked.
        encoder, encoder_digest: None when only counting methods were run.
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
    fingerprints: Mapping[str, str]
    suites: Mapping[str, str]
    scorer: str
    other_scorers: tuple[str, ...]
    gold: Mapping[str, int]
    protocol: str | None
    selection: str
    encoder: str | None
    encoder_digest: str | None
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
        types: entity types that test has.
        image_use: one entry per method that saw pictures.
        warnings: what a reader has to know before believing a number.
    """

    conditions: Conditions
    baseline: str | None
    rows: tuple[Row, ...]
    types: tuple[str, ...]
    image_use: tuple[ImageUse, ...]
    warnings: tuple[str, ...]
