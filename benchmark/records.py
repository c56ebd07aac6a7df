"""The truth on disk: `<out>/<identity>/{spec.json, record.json, predictions/<split>.<view>.jsonl}`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field

from mnerbench.benchmark.damage import Damage, DamagedFileError, DamageLog, damage_of
from mnerbench.benchmark.scoring import PRIMARY, Counts
from mnerbench.benchmark.spec import Frozen, RunSpec
from mnerbench.benchmark.stored_files import (
    ASIDE,
    Amount,
    Count,
    SplitName,
    ViewName,
    parse_stored,
    predictions_name,
    read_stored,
    run_folder,
    set_aside,
    store_path,
)
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named, why_unreadable
from mnerbench.datasets.untrusted.json_text import is_finite, parse_json
from mnerbench.datasets.untrusted.names import Identity, is_identity
from mnerbench.datasets.write_errors import cannot_write

RECORD_VERSION = 2  # raised whenever older records can no longer be read
CHECKPOINT = "checkpoint.pt"  # in a run's folder, until the run is done
# What to do about one run whose files are damaged.
REPEAT = "move the folder of the run away, then run its suite again"
_MOST_PREDICTIONS = 4 << 30  # bytes
COLLAPSED = "collapsed: predicts no entity"  # what is said of a run that labels every word O


class Status(StrEnum):
    """How a run ended. There is no other way."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class CountsModel(Frozen):
    """Counts as they are stored."""

    correct: Count
    predicted: Count
    gold: Count

    def counts(self) -> Counts:
        """As an object that adds up and knows its F1."""
        return Counts(self.correct, self.predicted, self.gold)


class StoredScore(Frozen):
    """Counts of one split, view and scorer; overall and per type."""

    overall: CountsModel
    types: Mapping[str, CountsModel]


class EpochPoint(Frozen):
    """One point of the training curve."""

    epoch: Count
    loss: Amount = Field(description="mean over the epoch's steps")
    losses: Mapping[str, Amount] = Field(description="the same, per named term")
    dev_f1: Amount
    train_seconds: Amount
    dev_seconds: Amount


class RunError(Frozen):
    """Why a run failed."""

    kind: str
    message: str
    traceback: str


class Coverage(Frozen):
    """How many words of a split have a vector in a file; each word once, and as often as it is written."""

    words: Count
    found: Count
    written: Count
    read: Count

    @property
    def text(self) -> str:
        """`1,234 of 2,000 words (88.1 % of what is written)`."""
        share = 100 * self.read / max(1, self.written)
        return f"{self.found:,} of {self.words:,} words ({share:.1f} % of what is written)"


class Diagnosed(Frozen):
    """What was seen of a method that reads pictures, on a sample of the test split (see `benchmark/diagnosis.py`)."""

    tweets: Count = Field(description="in the sample, the same for all methods and seeds")
    own: CountsModel = Field(description="with the tweet's picture, on the sample")
    additive: CountsModel = Field(description="of the additive projection, on the sample")
    distance: Amount = Field(description="mean L2 distance of word vectors with and without the picture")
    norm: Amount = Field(description="mean length of word vectors without the picture")


class RunRecord(Frozen):
    """Everything known about one run; written once, atomically, when it ends.

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
        default_factory=dict, description="by split, of a file of word vectors; empty for other runs"
    )
    resumed: Count = Field(0, description="how often the run was continued from a checkpoint")
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

    def collapsed(self, split: str = "test") -> bool:
        """Whether the run predicts no entity at all in its main view of a split that holds some.

        That is no score to be ranked: training has failed, by rates that are too high, say, or too few steps. A method
        that counts has no training that could.
        """
        found = self.score(split, self.primary_view, PRIMARY.value) if not self.spec.counts else None
        return found is not None and found.overall.gold > 0 and found.overall.predicted == 0


class Prediction(Frozen):
    """One tweet's labels as predicted and as gold, with the counts of the primary scorer."""

    id: str
    predicted: tuple[str, ...]
    gold: tuple[str, ...]
    counts: tuple[int, int, int] = Field(description="correct, predicted, gold entities; conlleval")


def write_atomically(path: Path, text: str) -> None:
    """Write a whole text file, in UTF-8, or nothing.

    Raises:
        DiskError: it cannot be written; says why.
    """
    write_bytes_atomically(path, text.encode("utf-8"))


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write a whole file or nothing: temporary name, flush to disk, rename.

    Raises:
        DiskError: it cannot be written; says why.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with open(partial, "wb", opener=_not_through_a_link) as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error
    finally:
        # Gone after the rename; still there when writing failed or was interrupted.
        with suppress(OSError, ValueError):
            partial.unlink(missing_ok=True)


def _not_through_a_link(path: str, flags: int) -> int:
    """Somebody who can guess the name of a partial file may have laid a link there."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def _record_of(content: bytes, identity: str) -> RunRecord:
    """A record from its text.

    Raises:
        ValueError: it is none, or one of another version or run; says which.
    """
    try:
        record = parse_stored(RunRecord, content, "a run record")
    except ValueError:
        _require_this_version(content)
        raise
    if record.version != RECORD_VERSION:  # it may fit all the same
        _require_this_version(content)
    if record.identity != identity:
        raise _OtherRunError(f"its record is of another run, {record.identity}")
    spec = record.spec
    if lacking := [split for split, (data, name) in spec.tests.items() if name not in data.fingerprints]:
        raise ValueError(f"not a run record: no fingerprint of {one_line(', '.join(lacking))}")
    if not is_finite([dict(spec.config), dict(spec.overrides), dict(record.environment)]):
        raise ValueError("not a run record: a number that is not finite")
    return record


class _OtherRunError(ValueError):
    """A record that is one, in the folder of another run."""


class _OtherVersionError(ValueError):
    """A record that another version of the package can read."""


def _require_this_version(content: bytes) -> None:
    version: object = RECORD_VERSION
    with suppress(ValueError, AttributeError):
        version = parse_json(content).get("version", RECORD_VERSION)
    if version != RECORD_VERSION:
        other = f"written by another version of mnerbench (this one has {RECORD_VERSION})"
        raise _OtherVersionError(f"a record of format {one_line(version, 20)}, {other}")


class RunStore:
    """The results folder. Reading never changes it.

    Attributes:
        damage: files that were found damaged while they were read.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.damage = DamageLog()

    def path(self, *parts: str) -> Path:
        """A path below the folder, which no link leads out of it.

        Raises:
            StoreError: it leads elsewhere.
        """
        return store_path(self.root, *parts)

    def folder(self, identity: str) -> Path:
        """Where one run keeps its files.

        Raises:
            StoreError: that is no identity, or a link leads elsewhere.
        """
        return run_folder(self.root, identity)

    def record_path(self, identity: str) -> Path:
        """The file of a run's record.

        Raises:
            StoreError: as `folder`.
        """
        self.folder(identity)
        return self.path(identity, "record.json")

    def record(self, identity: str) -> RunRecord | None:
        """The record of a run; None while it has not ended, and where it is damaged, which `damage` then says."""
        try:
            record = self.read_record(identity)
        except DamagedFileError as error:
            self.damage.add(error.damage)
            return None
        if self.damage:
            self.damage.forget(self.root / identity / "record.json")
        return record

    def read_record(self, identity: str) -> RunRecord | None:
        """The record of a run, or None while it has not ended.

        Raises:
            DamagedFileError: the file is not a record of this run and version, or cannot be read.
        """
        path = self.root / identity / "record.json"
        try:
            path = self.record_path(identity)
        except StoreError as error:
            raise DamagedFileError(damage_of(error, path, identity=identity)) from error
        content = read_stored(path, identity=identity)
        if content is None:
            return None
        try:
            return _record_of(content, identity)
        except ValueError as error:
            ours = not isinstance(error, _OtherRunError | _OtherVersionError)
            again = f", or `benchmark run` does the run again and keeps this file as record.json{ASIDE}" if ours else ""
            remedy = f"move the folder away; the run is then missing{again}"
            raise DamagedFileError(Damage(path, str(error), remedy, identity, replaceable=ours)) from error

    def records(self) -> Iterator[RunRecord]:
        """All records that can be read, ordered by folder name; `damage` has the others."""
        for identity in self.recorded():
            record = self.record(identity)
            if record is not None:
                yield record

    def recorded(self) -> list[str]:
        """Identities of runs with a record, in order; `damage` has the records in folders of other names.

        Raises:
            StoreError: the results folder cannot be read.
        """
        try:
            names = sorted(path.name for path in self.root.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"{named(self.root)}: {why_unreadable(error)}") from error
        for name in names:
            path = self.root / name / "record.json"
            if not is_identity(name) and not name.startswith(".") and os.path.lexists(path):
                stray = "a record in a folder that is not named after its run"
                self.damage.add(Damage(path, stray, "move the folder out of the results folder"))
        return [name for name in names if is_identity(name) and self._may_have_record(name)]

    def _may_have_record(self, identity: str) -> bool:
        """False only where there is surely none: what cannot be looked at is named when it is read."""
        try:
            os.lstat(self.root / identity / "record.json")
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        return True

    def sweep(self, identity: str) -> None:
        """Delete what killed processes left half-written in the folder of a run."""
        for path in self.folder(identity).rglob(".*.part"):
            path.unlink(missing_ok=True)

    def make_room(self, identity: str) -> None:
        """Rename a damaged record before its run is done again.

        Raises:
            DamagedFileError: it is not ours to replace.
            DiskError: it cannot be renamed.
        """
        try:
            self.read_record(identity)
        except DamagedFileError as error:
            if not error.damage.replaceable:
                raise
            try:
                set_aside(error.damage.path)
            except OSError as reason:
                raise cannot_write(error.damage.path, reason) from reason

    def save_spec(self, spec: RunSpec) -> None:
        """Write `spec.json` before anything else happens to a run."""
        self.folder(spec.identity)
        write_atomically(self.path(spec.identity, "spec.json"), spec.model_dump_json(indent=1))

    def withdraw_record(self, identity: str) -> None:
        """Delete the record of a run before its predictions are replaced, so that it never stands beside others.

        What was counted in the earlier predictions goes with it.
        """
        self.record_path(identity).unlink(missing_ok=True)
        shutil.rmtree(self.path(identity, "tallies"), ignore_errors=True)

    def save_record(self, record: RunRecord) -> None:
        """Write `record.json`; from then on the run has ended."""
        write_atomically(self.record_path(record.identity), record.model_dump_json(indent=1))

    def predictions_path(self, identity: str, split: str, view: str) -> Path:
        """The file of a run's predictions.

        Raises:
            StoreError: there is no such split or view, or as `folder`.
        """
        self.folder(identity)
        return self.path(identity, "predictions", f"{predictions_name(split, view)}.jsonl")

    def tally_path(self, identity: str, split: str, view: str) -> Path:
        """The file of what was counted in them.

        Raises:
            StoreError: as `predictions_path`.
        """
        self.folder(identity)
        return self.path(identity, "tallies", f"{predictions_name(split, view)}.safetensors")

    def save_predictions(self, identity: str, split: str, view: str, predictions: Iterable[Prediction]) -> Path:
        """Write one JSON line per tweet, in the order of the split."""
        path = self.predictions_path(identity, split, view)
        write_atomically(path, "".join(item.model_dump_json() + "\n" for item in predictions))
        return path

    def predictions(self, identity: str, split: str, view: str) -> list[Prediction]:
        """Read predictions back, in the order of the split.

        Raises:
            StoreError: there is no such split or view, or a link leads out of the results folder.
            DamagedFileError: the run has none for this split and view, or a line is not a prediction.
        """
        return self.predictions_of(identity, split, view, None)

    def predictions_of(self, identity: str, split: str, view: str, tweets: Sequence[int] | None) -> list[Prediction]:
        """The same of some tweets only, by their place in the split; None for all."""
        path = self.predictions_path(identity, split, view)
        content = read_stored(path, identity=identity, most=_MOST_PREDICTIONS)
        if content is None:
            remedy = f"the run did not evaluate {split} in view {view}; see its record.json"
            raise DamagedFileError(Damage(path, "no such predictions", remedy, identity, excludes=False))
        lines = content.split(b"\n")
        lines = lines if lines[-1] else lines[:-1]
        wanted = range(len(lines)) if tweets is None else tweets
        predictions = []
        for place in wanted:
            try:
                predictions.append(parse_stored(Prediction, lines[place], "a prediction"))
            except (IndexError, ValueError) as error:
                reason = "no such line" if isinstance(error, IndexError) else str(error)
                raise DamagedFileError(
                    Damage(path, reason, REPEAT, identity, line=place + 1, excludes=False)
                ) from error
        return predictions
