"""Rows of a leaderboard as frozen data: the results of a method in a view, unrounded, scores as fractions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from statistics import fmean, stdev
from typing import Any

from mnerbench.benchmark.results.record import COLLAPSED
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.reports.analysis.asked import AskedMeans
from mnerbench.reports.analysis.changed_tweets import ChangedTweets
from mnerbench.reports.analysis.run_settings import RunSettings
from mnerbench.reports.statistics.dominance import almost_stochastic_order
from mnerbench.reports.statistics.effects import EffectSize
from mnerbench.reports.statistics.power import PowerCase
from mnerbench.reports.statistics.robust import far_below, interquartile_mean
from mnerbench.reports.statistics.ttests import LEVEL, TestResult
from mnerbench.reports.statistics.verdict import Judgement

# Ceilings that differ by less are equal up to rounding.
_NO_ROOM = 1e-6


class RowState(StrEnum):
    """The state of a row's runs, in the order in which rows are listed."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    COLLAPSED = "collapsed"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    PENDING = "not done yet"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Spread:
    """Summary of the scores of several seeds.

    Attributes:
        mean: over seeds.
        std: sample standard deviation (n - 1); None for a single run.
        best: highest score; not comparable with a mean.
        n: number of seeds.
        middle: interquartile mean, on which outlying seeds have little or no influence.
    """

    mean: float
    std: float | None
    best: float
    n: int
    middle: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarise at least one value."""
        std = stdev(values) if len(values) > 1 else None
        return cls(fmean(values), std, max(values), len(values), interquartile_mean(values))


@dataclass(frozen=True)
class Comparison:
    """Tests of a row against the baseline.

    Attributes:
        welch: over seeds.
        student: with pooled variance, as in papers.
        paired: over shared seeds.
        judged: the verdict; None for an exploratory row, which is not in the family.
        size: Hedges' g.
        power: of a verdict; None where the spread is unknown.
        both: over seeds and tweets together; None for controls, and without tweet metadata.
        changed: tweets that only one of both gets right; None as for `both`, and without shared seeds.
        dunnett: p over seeds, adjusted over the family for the shared baseline; None outside the family.
        improvement: share of pairs of runs in which the method is better; None below three runs.
        scores: F1 by run, of the method and of the baseline.
        regions: probabilities that the method is worse, within the margin, and better; None below five runs.
    """

    welch: TestResult
    student: TestResult
    paired: TestResult
    judged: Judgement | None
    size: EffectSize
    power: PowerCase | None
    both: TestResult | None
    changed: ChangedTweets | None
    dunnett: float | None
    improvement: float | None
    scores: tuple[tuple[float, ...], tuple[float, ...]]
    regions: tuple[float, float, float] | None

    @property
    def detectable(self) -> float | None:
        """The true difference that a verdict finds with a probability of 80 %; None where unknown."""
        return self.power.detectable if self.power is not None else None

    @property
    def needed(self) -> int | None:
        """Seeds a side with which a verdict finds the observed difference, shrunk towards 0, as often."""
        return self.power.needed if self.power is not None else None

    @cached_property
    def dominance(self) -> float | None:
        """Upper bound of the violation of stochastic order; None below five runs."""
        family = self.judged.family if self.judged is not None else 0
        return almost_stochastic_order(*self.scores, level=LEVEL / max(1, family))

    def data(self) -> dict[str, Any]:
        """The values by name, as they are stored in JSON."""
        names = ("welch", "student", "paired", "judged", "size", "detectable", "needed", "both", "changed", "dunnett")
        return {name: getattr(self, name) for name in (*names, "improvement", "dominance", "regions")}


@dataclass(frozen=True)
class Costs:
    """Costs of a run (MAF Table 3), means over the finished runs of a row; None where not measured.

    Attributes:
        train_seconds: per epoch, without evaluation.
        test_seconds: for tagging the test split once.
        memory: peak use in bytes, of the GPU or of the process.
        parameters: number of trained parameters, by part: `encoder`, `new`, `crf`, `total`.
        run_seconds: of the whole run, on the clock.
    """

    train_seconds: float | None = None
    test_seconds: float | None = None
    memory: float | None = None
    parameters: Mapping[str, int] = field(default_factory=dict)
    run_seconds: float | None = None


@dataclass(frozen=True)
class PictureEffect:
    """Effect of pictures inside a method, on test or a sample of it, the same tweets for all methods and seeds.

    Attributes:
        tweets: number of tweets in the sample.
        own: mean F1 with the tweet's own picture, on the sample.
        additive: F1 of the method minus F1 of its additive projection (EMAP), paired by seed: the contribution of the
            interaction of text and picture.
        moved: mean over seeds of the distance between word vectors with and without the picture, as a share of the
            vectors' norm (ITA, Fig. 3).
        distance: the same distance in absolute terms, over seeds.
        distance_tweets: number of tweets whose words the distance is over.
        auc: of the method's judgement of the relation, over seeds; None if it has none, or the split no labels.
        judged: numbers of related and unrelated pairs that the AUC is over.
    """

    tweets: int
    own: float
    additive: TestResult
    moved: float
    distance: Spread
    distance_tweets: int
    auc: Spread | None = None
    judged: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class TypeMeans:
    """Scores of an entity type, means over seeds.

    Attributes:
        gold: number of gold entities of the type in test.
        precision, recall, f1: as fractions.
    """

    gold: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Row:
    """A method in a view.

    Attributes:
        method: name, with the settings in brackets where a table has several settings of the method.
        view: the picture that the method reads on test; None if no run has finished.
        done, expected, failed: numbers of runs.
        planned: number of runs that was planned before any could be compared; None if unknown.
        looks: declared numbers of seeds at which the method is compared; empty without.
        collapsed: number of runs that predict no entity in their main view; if all do, the row is no result.
        reason: why runs are missing, or why the method was not run.
        rank: by mean F1 among complete rows of methods in their own views; None for other rows.
        ranks: the first and last rank that the method may have with other seeds and tweets; None where untested.
        by_seed: F1 by seed; the following attributes are computed from these runs.
        precision, recall: means over seeds.
        types: scores by entity type of test.
        scorers: mean F1 under the other scorers.
        twin_of: another method that has the same runs, and is counted in its place; None without one.
        external: whether predictions come from files, so that the training is unknown.
        deterministic: whether the method is count-based, with one run and no spread.
        control: whether the view has a wrong or empty picture on purpose.
        costs: of a run.
        slices: mean F1 by slice with gold entities; conlleval.
        mistakes: mean number of errors by type; conlleval.
        curve: dev F1 by epoch, by seed.
        effect: of pictures inside the method; only in the view with the tweet's own picture.
        ceiling: on a probe, the best possible score in this view with the method's inputs; None where the inputs are
            not the probe's own, so that it is unknown.
        text_ceiling: on a probe, the best possible score without pictures.
        asked: what language models were asked and answered; None for other methods.
        settings: how its runs were trained.
    """

    method: str
    view: str | None
    state: RowState
    done: int = 0
    expected: int = 0
    failed: int = 0
    planned: int | None = None
    looks: tuple[int, ...] = ()
    collapsed: int = 0
    reason: str | None = None
    rank: int | None = None
    ranks: tuple[int, int] | None = None
    by_seed: Mapping[int, float] = field(default_factory=dict)
    f1: Spread | None = None
    precision: float | None = None
    recall: float | None = None
    types: Mapping[str, TypeMeans] = field(default_factory=dict)
    scorers: Mapping[str, float] = field(default_factory=dict)
    comparison: Comparison | None = None
    baseline: bool = False
    twin_of: str | None = None
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
    asked: AskedMeans | None = None
    settings: RunSettings = field(default_factory=RunSettings)

    @property
    def title(self) -> str:
        """The name of the method in tables, with remarks."""
        remarks = (" (from a file)" if self.external else "") + (f" ({RowState.PARTIAL})" if self.is_partial else "")
        return self.method + remarks + (f" ({COLLAPSED})" if self.silent else "")

    @property
    def is_partial(self) -> bool:
        """Whether some runs leave out part of the evaluation, so that the row is neither ranked nor judged."""
        return self.state is RowState.PARTIAL

    @property
    def silent(self) -> bool:
        """Whether no run predicts an entity, so that the row is neither ranked nor judged."""
        return 0 < self.done == self.collapsed

    def of_type(self, kind: str, score: str = "f1") -> float | None:
        """The `f1`, `precision` or `recall` of an entity type; None if test has no entity of the type."""
        value: float | None = getattr(self.types.get(kind), score, None)
        return value

    @property
    def judged(self) -> Judgement | None:
        """The verdict against the baseline; None for the baseline itself and for exploratory rows."""
        return self.comparison.judged if self.comparison is not None else None

    @property
    def is_own_view(self) -> bool:
        """Whether the method is judged in this view, or is the baseline in its view."""
        return self.baseline or self.judged is not None

    @property
    def outlying_seeds(self) -> tuple[int, ...]:
        """Seeds far below the others; the mean of the row includes them."""
        return far_below(self.by_seed)

    @property
    def headroom(self) -> float | None:
        """The share reached of what pictures can add to the text; None where they can add nothing."""
        if self.f1 is None or self.ceiling is None or self.text_ceiling is None:
            return None
        room = self.ceiling.expected - self.text_ceiling.expected
        return (self.f1.mean - self.text_ceiling.expected) / room if room > _NO_ROOM else None

    @property
    def headroom_error(self) -> float | None:
        """Standard error of the headroom: sampling of the split's ambiguous names, and spread over seeds."""
        if self.headroom is None or self.f1 is None or self.ceiling is None or self.text_ceiling is None:
            return None
        return self.error_at(self.f1.mean) / (self.ceiling.expected - self.text_ceiling.expected)

    def error_at(self, f1: float) -> float:
        """On a probe, the standard error of a mean F1 of this size, given the row's spread over seeds."""
        luck = self.text_ceiling.sampling_error(f1) if self.text_ceiling is not None else 0.0
        return math.hypot(luck, (self.f1.std or 0.0) / math.sqrt(self.f1.n)) if self.f1 is not None else luck
