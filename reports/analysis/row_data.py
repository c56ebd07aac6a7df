"""What one method came to in one view, as plain frozen data: unrounded, scores as fractions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean, stdev

from mnerbench.benchmark.results.record import COLLAPSED
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.reports.statistics.effects import EffectSize
from mnerbench.reports.statistics.ttests import TestResult
from mnerbench.reports.statistics.tweets import ResamplingResult
from mnerbench.reports.statistics.verdict import Judgement

# Ceilings nearer than this are the same ceiling, computed in another order.
_NO_ROOM = 1e-6


class RowState(StrEnum):
    """How far the runs of a row have come; the order in which rows are listed."""

    COMPLETE = "complete"
    COLLAPSED = "collapsed"
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
        student: with pooled variance, as papers did.
        paired: over shared seeds.
        holm: Welch's p adjusted over all rows of this table and view; None where there is no p.
        judged: what Welch's test shows after the adjustment.
        size: Hedges' g.
        needed: seeds a side to show a difference of this size with a chance of 80 %; None for more than are worth
            planning, or where nothing is known of the spread.
        both: over seeds and tweets together; None for controls, and where the tweets are not described.
    """

    welch: TestResult
    student: TestResult
    paired: TestResult
    holm: float | None
    judged: Judgement
    size: EffectSize
    needed: int | None
    both: ResamplingResult | None


@dataclass(frozen=True)
class Costs:
    """What a run takes (MAF Table 3), means over the finished runs of a row; None where it was not measured.

    Attributes:
        train_seconds: per epoch, without evaluation.
        test_seconds: to tag the test split once.
        memory: highest use in bytes, of the GPU or of the process.
        parameters: trained ones, by part: `encoder`, `new`, `crf`, `total`.
    """

    train_seconds: float | None = None
    test_seconds: float | None = None
    memory: float | None = None
    parameters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PictureEffect:
    """What pictures do inside a method, on a sample of test that is the same for all methods and seeds.

    Attributes:
        tweets: in the sample.
        own: mean F1 with the tweet's picture, on the sample.
        additive: the method minus its additive projection (EMAP), paired by seed: what only the combination of text and
            picture says.
        moved: mean over seeds of the distance between word vectors with and without the picture, as a share of the
            vectors' length (ITA, Fig. 3); `distance` is the distance itself.
        distance: over seeds.
    """

    tweets: int
    own: float
    additive: TestResult
    moved: float
    distance: Spread


@dataclass(frozen=True)
class TypeMeans:
    """One entity type, means over seeds.

    Attributes:
        gold: entities of the type in test.
        precision, recall, f1: shares.
    """

    gold: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Row:
    """One method in one view.

    Attributes:
        method: its name; settings in brackets when a table holds several settings of one method.
        view: which picture it saw on test; None when no run has ended.
        done, expected, failed: numbers of runs.
        collapsed: runs that predict no entity in their main view; where all do, the row is no result.
        reason: why runs are missing, or why the method was not run.
        rank: by mean F1 among complete rows; None for incomplete rows and for controls.
        by_seed: F1 by seed, everything below comes from these runs.
        precision, recall: means over seeds.
        types: scores per entity type that test has.
        scorers: mean F1 under the other scorers.
        external: predictions from files; nothing is known of the training.
        deterministic: the method counts, there is one run and no spread.
        control: the view shows a wrong picture on purpose.
        costs: what a run takes.
        slices: mean F1 by slice that holds a gold entity; conlleval.
        mistakes: mean number by kind; conlleval.
        curve: dev F1 by epoch, by seed.
        effect: what pictures do inside the method; only in the view with the tweet's own picture.
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
    collapsed: int = 0
    reason: str | None = None
    rank: int | None = None
    by_seed: Mapping[int, float] = field(default_factory=dict)
    f1: Spread | None = None
    precision: float | None = None
    recall: float | None = None
    types: Mapping[str, TypeMeans] = field(default_factory=dict)
    scorers: Mapping[str, float] = field(default_factory=dict)
    comparison: Comparison | None = None
    baseline: bool = False
    external: bool = False
    deterministic: bool = False
    control: bool = False
    costs: Costs = field(default_factory=Costs)
    slices: Mapping[str, float] = field(default_factory=dict)
    mistakes: Mapping[str, float] = field(default_factory=dict)
    curve: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    effect: PictureEffect | None = None
    ceiling: Ceiling | None = None
    text_ceiling: Ceiling | None = None

    @property
    def title(self) -> str:
        """What tables call the method."""
        return self.method + (" (from a file)" if self.external else "") + (f" ({COLLAPSED})" if self.silent else "")

    @property
    def silent(self) -> bool:
        """Whether no run of it predicts an entity: it is neither ranked nor judged."""
        return 0 < self.done == self.collapsed

    def of_type(self, kind: str, score: str = "f1") -> float | None:
        """The `f1`, `precision` or `recall` of an entity type; None where test has none of it."""
        found: float | None = getattr(self.types.get(kind), score, None)
        return found

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
        luck = self.text_ceiling.sampling_error(f1) if self.text_ceiling is not None else 0.0
        return math.hypot(luck, (self.f1.std or 0.0) / math.sqrt(self.f1.n)) if self.f1 is not None else luck
