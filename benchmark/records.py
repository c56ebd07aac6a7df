"""The truth on disk: `<out>/<identity>/{spec.json, record.json, predictions/<split>.<view>.jsonl}`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from mnerbench.benchmark.scoring import Counts
from mnerbench.benchmark.spec import Frozen, RunSpec
from mnerbench.datasets.errors import DiskError, StoreError
from mnerbench.datasets.probes.ceilings import Ceiling

RECORD_VERSION = 2  # raised whenever older records can no longer be read
CHECKPOINT = "checkpoint.pt"  # in a run's folder, until the run is done


class Status(StrEnum):
    """How a run ended. There is no other way."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class CountsModel(Frozen):
    """Counts as they are stored."""

    correct: int
    predicted: int
    gold: int

    def counts(self) -> Counts:
        """As an object that adds up and knows its F1."""
        return Counts(self.correct, self.predicted, self.gold)


class StoredScore(Frozen):
    """Counts of one split, view and scorer; overall and per type."""

    overall: CountsModel
    types: Mapping[str, CountsModel]


class EpochPoint(Frozen):
    """One point of the training curve."""

    epoch: int
    loss: float = Field(description="mean over the epoch's steps")
    losses: Mapping[str, float] = Field(description="the same, per named term")
    dev_f1: float
    train_seconds: float
    dev_seconds: float


class RunError(Frozen):
    """Why a run failed."""

    kind: str
    message: str
    traceback: str


class Coverage(Frozen):
    """How many words of a split have a vector in a file; each word once, and as often as it is written."""

    words: int
    found: int
    written: int
    read: int

    @property
    def text(self) -> str:
        """`1,234 of 2,000 words (88.1 % of what is written)`."""
        share = 100 * self.read / max(1, self.written)
        return f"{self.found:,} of {self.words:,} words ({share:.1f} % of what is written)"


class Diagnosed(Frozen):
    """What was seen of a method that reads pictures, on a sample of the test split (see `benchmark/diagnosis.py`)."""

    tweets: int = Field(description="in the sample, the same for all methods and seeds")
    own: CountsModel = Field(description="with the tweet's picture, on the sample")
    additive: CountsModel = Field(description="of the additive projection, on the sample")
    distance: float = Field(description="mean L2 distance of word vectors with and without the picture")
    norm: float = Field(description="mean length of word vectors without the picture")


class RunRecord(Frozen):
    """Everything known about one run; written once, atomically, when it ends.

    `metrics[split][view][scorer]`: for example `metrics["test"]["it"]["conlleval"]`.
    """

    version: int = RECORD_VERSION
    identity: str
    spec: RunSpec
    status: Status
    started: str = Field(description="UTC, ISO 8601")
    seconds: float
    metrics: Mapping[str, Mapping[str, Mapping[str, StoredScore]]] = Field(default_factory=dict)
    curve: tuple[EpochPoint, ...] = ()
    best_epoch: int | None = None
    primary_view: str = "t"
    timings: Mapping[str, float] = Field(default_factory=dict, description="seconds: train, dev, test")
    parameters: Mapping[str, int] = Field(default_factory=dict, description="encoder, new, crf, total")
    peak_memory: int | None = Field(None, description="bytes, of CUDA allocations or of the resident set")
    policies: Mapping[str, int] = Field(
        default_factory=dict, description="named data policies and how often each applied"
    )
    coverage: Mapping[str, Coverage] = Field(
        default_factory=dict, description="by split, of a file of word vectors; empty for other runs"
    )
    resumed: int = Field(0, description="how often the run was continued from a checkpoint")
    notes: tuple[str, ...] = ()
    ceilings: Mapping[str, Ceiling] = Field(
        default_factory=dict, description="of a probe's test split: `t` by text alone, `it` by what is read"
    )
    diagnosis: Diagnosed | None = Field(None, description="of methods that read pictures")
    code: Mapping[str, str] = Field(
        default_factory=dict, description="digests of the sources that computed it, by module; older records: none"
    )
    environment: Mapping[str, Any] = Field(default_factory=dict)
    error: RunError | None = None

    def scored_on(self, spec: RunSpec, split: str) -> bool:
        """Whether the run was scored on a test split that `spec`, of the same identity, asks for."""
        asked, made = spec.tests[split][0], self.spec.tests.get(split)
        return made is not None and (made[0].fingerprints, made[0].inputs) == (asked.fingerprints, asked.inputs)

    def answers(self, spec: RunSpec) -> bool:
        """Whether the run was scored on all of them."""
        return all(self.scored_on(spec, split) for split in spec.tests)

    def score(self, split: str, view: str, scorer: str) -> StoredScore | None:
        """The stored score, or None where the run has none."""
        return self.metrics.get(split, {}).get(view, {}).get(scorer)


class Prediction(Frozen):
    """One tweet's labels as predicted and as gold, with the counts of the primary scorer."""

    id: str
    predicted: tuple[str, ...]
    gold: tuple[str, ...]
    counts: tuple[int, int, int] = Field(description="correct, predicted, gold entities; conlleval")


def write_atomically(path: Path, text: str) -> None:
    """Write a whole text file, in UTF-8, or nothing.

    Raises:
        DiskError: the disk is full or the folder cannot be written.
    """
    write_bytes_atomically(path, text.encode("utf-8"))


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write a whole file or nothing: temporary name, flush to disk, rename.

    Raises:
        DiskError: the disk is full or the folder cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        raise DiskError(
            f"{path}: cannot be written ({error.strerror or error})\n  -> free some space or choose another place"
        ) from error
    finally:
        # Gone after the rename; still there when writing failed or was interrupted.
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _why_unreadable(content: bytes, error: ValidationError) -> str:
    with suppress(ValueError, AttributeError):
        version = json.loads(content).get("version")
        if version != RECORD_VERSION:
            return (
                f"a record of format {version}, written by another version of mnerbench (this one has {RECORD_VERSION})"
            )
    return f"not a run record: {error}"


class RunStore:
    """The results folder. Reading never changes it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, identity: str) -> Path:
        """Where one run keeps its files."""
        return self.root / identity

    def record(self, identity: str) -> RunRecord | None:
        """The record of a run, or None while it has not ended.

        Raises:
            StoreError: the file is not a record.
        """
        path = self.folder(identity) / "record.json"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return RunRecord.model_validate_json(content)
        except ValidationError as error:
            raise StoreError(
                f"{path}: {_why_unreadable(content, error)}\n  -> move the folder away; the run is then missing"
            ) from error

    def records(self) -> Iterator[RunRecord]:
        """All records, ordered by folder name."""
        for identity in self.recorded():
            record = self.record(identity)
            if record is not None:
                yield record

    def recorded(self) -> list[str]:
        """Identities of runs with a record, in order."""
        return sorted(path.parent.name for path in self.root.glob("*/record.json"))

    def sweep(self, identity: str) -> None:
        """Delete what killed processes left half-written in the folder of a run."""
        for path in self.folder(identity).rglob(".*.part"):
            path.unlink(missing_ok=True)

    def save_spec(self, spec: RunSpec) -> None:
        """Write `spec.json` before anything else happens to a run."""
        write_atomically(self.folder(spec.identity) / "spec.json", spec.model_dump_json(indent=1))

    def withdraw_record(self, identity: str) -> None:
        """Delete the record of a run before its predictions are replaced, so that it never stands beside others."""
        (self.folder(identity) / "record.json").unlink(missing_ok=True)

    def save_record(self, record: RunRecord) -> None:
        """Write `record.json`; from then on the run has ended."""
        write_atomically(self.folder(record.identity) / "record.json", record.model_dump_json(indent=1))

    def save_predictions(self, identity: str, split: str, view: str, predictions: Iterable[Prediction]) -> Path:
        """Write one JSON line per tweet, in the order of the split."""
        path = self.folder(identity) / "predictions" / f"{split}.{view}.jsonl"
        write_atomically(path, "".join(item.model_dump_json() + "\n" for item in predictions))
        return path

    def predictions(self, identity: str, split: str, view: str) -> list[Prediction]:
        """Read predictions back, in the order of the split.

        Raises:
            StoreError: the run has none for this split and view, or a line is not a prediction.
        """
        return self.predictions_of(identity, split, view, None)

    def predictions_of(self, identity: str, split: str, view: str, tweets: Sequence[int] | None) -> list[Prediction]:
        """The same of some tweets only, by their place in the split; None for all."""
        path = self.folder(identity) / "predictions" / f"{split}.{view}.jsonl"
        if not path.is_file():
            raise StoreError(
                f"{path}: no such predictions\n"
                f"  -> the run did not evaluate {split} in view {view}; see its record.json"
            )
        lines = path.read_bytes().split(b"\n")
        lines = lines if lines[-1] else lines[:-1]
        wanted = range(len(lines)) if tweets is None else tweets
        predictions = []
        for place in wanted:
            try:
                predictions.append(Prediction.model_validate_json(lines[place]))
            except (IndexError, ValidationError) as error:
                reason = f"{path}:{place + 1}: not a prediction: {error}"
                raise StoreError(f"{reason}\n  -> rerun with --rerun all") from error
        return predictions
