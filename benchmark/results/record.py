"""The record of a run, written when the run ends, and its predictions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any

from pydantic import Field, field_validator

from mnerbench.benchmark.results.scoring import PRIMARY, Counts
from mnerbench.benchmark.results.spec import Frozen, RunSpec
from mnerbench.benchmark.results.stored_files import Amount, Count, SplitName, ViewName, parse_stored
from mnerbench.datasets.picture_texts import TextAmount
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.json_text import is_finite, parse_json
from mnerbench.datasets.untrusted.names import Identity

RECORD_VERSION = 2  # raised whenever older records can no longer be read
COLLAPSED = "collapsed: predicts no entity"  # label of a run that predicts O for every word


class Status(StrEnum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class StoredScore(Frozen):
    """Counts of one split, view and scorer, overall and per entity type."""

    overall: Counts
    types: Mapping[str, Counts]


class EpochPoint(Frozen):
    """One point of the training curve."""

    epoch: Count
    loss: Amount = Field(description="mean over the epoch's steps")
    losses: Mapping[str, Amount] = Field(description="mean per named loss term")
    dev_f1: Amount
    train_seconds: Amount
    dev_seconds: Amount


class RunError(Frozen):
    """Why a run failed."""

    kind: str
    message: str
    traceback: str


class Coverage(Frozen):
    """How many words of a split have a pretrained vector: `words` and `found` count types, the others tokens."""

    words: Count
    found: Count
    written: Count
    read: Count

    @property
    def text(self) -> str:
        """`1,234 of 2,000 words (88.1 % of what is written)`."""
        share = 100 * self.read / max(1, self.written)
        return f"{self.found:,} of {self.words:,} words ({share:.1f} % of what is written)"


class PictureTexts(Frozen):
    """The amount of text in pictures; see `TextAmount`."""

    pictures: Count
    with_text: Count
    words: Count

    @property
    def amount(self) -> TextAmount:
        """The counts with their derived numbers."""
        return TextAmount(self.pictures, self.with_text, self.words)


class JudgedRelation(Frozen):
    """How well a method tells related pictures from unrelated ones, over the tweets whose relation is annotated."""

    related: Count
    unrelated: Count
    auc: float = Field(ge=0, le=1, description="area under the ROC curve; one half is chance")


class Diagnosed(Frozen):
    """Diagnosis of a method that reads pictures, on the test split or a sample of it."""

    tweets: Count = Field(description="size of the sample, which is the same for all methods and seeds")
    own: Counts = Field(description="counts with the tweet's picture, on the sample")
    additive: Counts = Field(description="counts of the additive projection, on the sample")
    distance: Amount = Field(description="mean L2 distance of word vectors with and without the picture")
    norm: Amount = Field(description="mean length of word vectors without the picture")
    distance_tweets: Count | None = Field(
        None, description="tweets with a picture, over whose words `distance` and `norm` are means; None: the sample"
    )
    relation: JudgedRelation | None = Field(
        None, description="only of methods that judge the relation, on splits with labels of both kinds"
    )


class Recalled(Frozen):
    """Whether a language model continues test tweets word for word; see `datasets/chat/recall.py`."""

    tweets: Count = Field(description="tweets whose second half was asked for")
    own: Count = Field(description="answers that continue their tweet")
    others: Count = Field(description="answers that continue another tweet of the sample, which is chance")


class Asked(Frozen):
    """The questions of a run to a language model, over all scored splits and views."""

    server: str = Field(description="scheme and host of the address that gave the answers; several if they differ")
    model: str = Field(description="its name, by the answers; several if they differ")
    requests: Count = Field(description="questions, equal ones counted once")
    bought: Count = Field(description="of these, asked for by this run; the others were stored")
    outcomes: Mapping[str, Mapping[str, Count]] = Field(
        description="by `split.view`, number of answers by outcome: answered, truncated, refused, rejected, ..."
    )
    read: Mapping[str, Count] = Field(description="by `split.view`, answers from which a list of entities was read")
    entities: Mapping[str, Mapping[str, Count]] = Field(
        description="by `split.view`, how many entities were matched, not in the tweet, of an unknown type, malformed"
    )
    prompt_tokens: Count = Field(description="of all questions, as counted by the server")
    completion_tokens: Count
    uncounted: Count = Field(0, description="answers whose tokens the server did not count")
    seconds: Amount = Field(description="that the server took for all answers, one after the other")
    money: Amount | None = Field(None, description="by the file of prices; None without")
    currency: str = ""
    recalled: Mapping[str, Recalled] = Field(default_factory=dict, description="by split; empty if it was not asked")
    system_prompt: str = Field("", description="what the model is told first")
    example: str = Field("", description="the first question, without its pictures")


class RunRecord(Frozen):
    """The record of one run; written once, atomically, when the run ends.

    `metrics[split][view][scorer]`: for example `metrics["test"]["it"]["conlleval"]`.
    """

    version: int = RECORD_VERSION
    identity: Identity
    spec: RunSpec
    status: Status
    started: str = Field(description="UTC, ISO 8601")
    seconds: Amount
    metrics: Mapping[SplitName, Mapping[ViewName, Mapping[str, StoredScore]]] = Field(default_factory=dict)
    curve: tuple[EpochPoint, ...] = ()
    best_epoch: Count | None = None
    primary_view: ViewName = "t"
    timings: Mapping[str, Amount] = Field(default_factory=dict, description="seconds: train, dev, test")
    parameters: Mapping[str, Count] = Field(default_factory=dict, description="encoder, new, crf, total")
    peak_memory: Count | None = Field(None, description="bytes, of CUDA allocations or of the resident set")
    policies: Mapping[str, Count] = Field(
        default_factory=dict, description="named data policies and how often each applied"
    )
    coverage: Mapping[str, Coverage] = Field(
        default_factory=dict, description="by split, of a file of word vectors; empty if there is none"
    )
    picture_texts: Mapping[str, PictureTexts] = Field(
        default_factory=dict, description="by kind of input that is text; empty in older records"
    )
    resumed: Count = Field(0, description="number of times the run was resumed from a checkpoint")
    notes: tuple[str, ...] = ()
    ceilings: Mapping[str, Ceiling] = Field(
        default_factory=dict, description="of a probe's test split: `t` from text alone, `it` also from the inputs read"
    )
    diagnosis: Diagnosed | None = Field(None, description="only of methods that read pictures")
    asked: Asked | None = Field(None, description="only of methods that ask a language model")
    code: Mapping[str, str] = Field(
        default_factory=dict, description="digests of the sources that computed it, by module; empty in older records"
    )
    environment: Mapping[str, Any] = Field(default_factory=dict)
    error: RunError | None = None

    @field_validator("environment")
    @classmethod
    def _packages_have_versions(cls, environment: Mapping[str, Any]) -> Mapping[str, Any]:
        packages = environment.get("packages", {})
        if not isinstance(packages, Mapping) or set(map(type, packages.values())) - {str}:
            raise ValueError("`packages` must map package names to versions")
        return environment

    def scored_on(self, spec: RunSpec, split: str) -> bool:
        """Whether the run was scored on a test split of `spec`, which has the same identity."""
        requested, scored = spec.tests[split][0], self.spec.tests.get(split)
        if scored is None:
            return False
        return (scored[0].fingerprints, scored[0].inputs) == (requested.fingerprints, requested.inputs)

    def answers(self, spec: RunSpec) -> bool:
        """Whether the run was scored on all test splits of `spec`, which has the same identity, and diagnosed."""
        return not self.lacks_diagnosis(spec) and all(self.scored_on(spec, split) for split in spec.tests)

    def lacks_diagnosis(self, spec: RunSpec) -> bool:
        """Whether the run was not diagnosed, as `spec` of the same identity requires."""
        return spec.diagnosis and not self.spec.diagnosis

    def score(self, split: str, view: str, scorer: str) -> StoredScore | None:
        """The stored score, or None."""
        return self.metrics.get(split, {}).get(view, {}).get(scorer)

    def collapsed(self, split: str = "test") -> bool:
        """Whether the run predicts no entity in its main view of a split that has gold entities.

        Such a run should not be ranked: its training failed, for example by a learning rate that is too high or by too
        few steps. Never true of a count-based method.
        """
        score = self.score(split, self.primary_view, PRIMARY.value) if not self.spec.is_untrained else None
        return score is not None and score.overall.gold > 0 and score.overall.predicted == 0


class Prediction(Frozen):
    """Predicted and gold labels of one tweet, with the counts of the primary scorer."""

    id: str
    predicted: tuple[str, ...]
    gold: tuple[str, ...]
    counts: tuple[int, int, int] = Field(description="correct, predicted, gold entities; conlleval")


def parse_record(content: bytes, identity: str) -> RunRecord:
    """Parse and validate a record.

    Raises:
        ValueError: The text is not a record, or a record of another version or run; the message says which.
    """
    try:
        record = parse_stored(RunRecord, content, "a run record")
    except ValueError:
        _require_this_version(content)
        raise
    if record.version != RECORD_VERSION:  # a record of another version may fit by chance
        _require_this_version(content)
    if record.identity != identity:
        raise OtherRunError(f"the record of another run, {record.identity}")
    spec = record.spec
    if missing := [split for split, (data, name) in spec.tests.items() if name not in data.fingerprints]:
        raise ValueError(f"not a run record: no fingerprint of {one_line(', '.join(missing))}")
    if not is_finite([dict(spec.config), dict(spec.overrides), dict(record.environment)]):
        raise ValueError("not a run record: a number that is not finite")
    return record


class OtherRunError(ValueError):
    """A valid record in the folder of another run."""


class OtherVersionError(ValueError):
    """A record of another format version."""


def _require_this_version(content: bytes) -> None:
    version: object = RECORD_VERSION
    with suppress(ValueError, AttributeError):
        version = parse_json(content).get("version", RECORD_VERSION)
    if version != RECORD_VERSION:
        other = f"written by another version of mnerbench (this one has {RECORD_VERSION})"
        raise OtherVersionError(f"a record of format {one_line(version, 20)}, {other}")
