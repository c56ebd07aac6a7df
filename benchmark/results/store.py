"""The truth on disk: `<out>/<identity>/{spec.json, record.json, predictions/<split>.<view>.jsonl}`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mnerbench.benchmark.results.damage import Damage, DamagedFileError, DamageLog, damage_of
from mnerbench.benchmark.results.record import OtherRunError, OtherVersionError, Prediction, RunRecord, parse_record
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.stored_files import (
    ASIDE,
    parse_stored,
    predictions_name,
    read_stored,
    run_folder,
    set_aside,
    store_path,
)
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, why_unreadable
from mnerbench.datasets.untrusted.names import is_identity
from mnerbench.datasets.write_errors import cannot_write

CHECKPOINT = "checkpoint.pt"  # in a run's folder, until the run is done
# What to do about one run whose files are damaged.
REPEAT = "move the folder of the run away, then run its suite again"
_MOST_PREDICTIONS = 4 << 30  # bytes


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
            return parse_record(content, identity)
        except ValueError as error:
            ours = not isinstance(error, OtherRunError | OtherVersionError)
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

    def is_blocked(self, identity: str) -> bool:
        """Whether a run cannot be done, since its record is damaged and may be somebody's result."""
        damage = self.damage.of(identity)
        return damage is not None and not damage.replaceable

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
