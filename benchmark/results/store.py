"""The results folder: `<out>/<identity>/{spec.json, record.json, predictions/<split>.<view>.jsonl, tagger/}`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mnerbench.benchmark.results.damage import Damage, DamagedFileError, DamageLog, damage_of
from mnerbench.benchmark.results.record import OtherRunError, OtherVersionError, Prediction, RunRecord, parse_record
from mnerbench.benchmark.results.record_cache import RecordCache, record_state
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.stored_files import (
    ASIDE,
    parse_stored,
    predictions_name,
    read_stored,
    require_identity,
    run_folder,
    set_aside,
    store_path,
)
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, why_unreadable
from mnerbench.datasets.untrusted.names import is_identity
from mnerbench.datasets.write_errors import cannot_write

TAGGER = "tagger"  # folder of the kept tagger, in a run's folder
CHECKPOINT = "checkpoint.pt"  # in a run's folder, until the run is done
# Remedy for a run with damaged files.
REPEAT = "move the folder of the run away, then run its suite again"
_MOST_PREDICTIONS = 4 << 30  # bytes


class RunStore:
    """A results folder. Reading never changes it; a record is parsed again only if its file has changed.

    Attributes:
        damage: damaged files met while reading.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.damage = DamageLog()
        self._root, self._cache = os.fspath(root), RecordCache()

    def path(self, *parts: str) -> Path:
        """A path in the folder, after checking that no link leads out of the folder.

        Raises:
            StoreError: The path leads out of the folder.
        """
        return store_path(self.root, *parts)

    def folder(self, identity: str) -> Path:
        """The folder of a run.

        Raises:
            StoreError: The identity is malformed, or a link leads out of the results folder.
        """
        return run_folder(self.root, identity)

    def record_path(self, identity: str) -> Path:
        """The file of a run's record.

        Raises:
            StoreError: As for `folder`.
        """
        require_identity(identity)
        return self.path(identity, "record.json")

    def record(self, identity: str) -> RunRecord | None:
        """The record of a run; None if it has not ended, or if its record is damaged: `damage` then has an entry."""
        try:
            record = self.read_record(identity)
        except DamagedFileError as error:
            self.damage.add(error.damage)
            return None
        if self.damage:
            self.damage.forget(self.root / identity / "record.json")
        return record

    def read_record(self, identity: str) -> RunRecord | None:
        """The record of a run, or None if it has not ended.

        Raises:
            DamagedFileError: The file is not a record of this run and version, or cannot be read.
        """
        state = record_state(self._root, identity)
        if (cached := self._cache.get(identity, state)) is not None:
            return cached
        path = self.root / identity / "record.json"
        try:
            path = self.record_path(identity)
        except StoreError as error:
            raise DamagedFileError(damage_of(error, path, identity=identity)) from error
        content = read_stored(path, identity=identity)
        if content is None:
            return None
        try:
            record = parse_record(content, identity)
        except ValueError as error:
            replaceable = not isinstance(error, OtherRunError | OtherVersionError)
            rerun = f", or let `benchmark run` repeat the run; it keeps this file as record.json{ASIDE}"
            remedy = f"move the folder away; the run is then missing{rerun if replaceable else ''}"
            raise DamagedFileError(Damage(path, str(error), remedy, identity, replaceable=replaceable)) from error
        self._cache.put(identity, state, record)
        return record

    def records(self) -> Iterator[RunRecord]:
        """All readable records, ordered by folder name; `damage` lists the others."""
        for identity in self.recorded():
            record = self.record(identity)
            if record is not None:
                yield record

    def recorded(self) -> list[str]:
        """Identities of runs with a record, sorted; `damage` lists records in folders with other names.

        Raises:
            StoreError: The results folder cannot be read.
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
        """False only if there is certainly no record; an inaccessible one is reported when it is read."""
        try:
            os.lstat(self.root / identity / "record.json")
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        return True

    def delete_partial_files(self, identity: str) -> None:
        """Delete the half-written files of killed processes in the folder of a run."""
        for path in self.folder(identity).rglob(".*.part"):
            path.unlink(missing_ok=True)

    def is_blocked(self, identity: str) -> bool:
        """Whether a run cannot start because its damaged record may hold a result and must not be replaced."""
        damage = self.damage.of(identity)
        return damage is not None and not damage.replaceable

    def set_damaged_record_aside(self, identity: str) -> None:
        """Rename a damaged record before its run is repeated.

        Raises:
            DamagedFileError: The record must not be replaced.
            DiskError: The record cannot be renamed.
        """
        try:
            self.read_record(identity)
        except DamagedFileError as error:
            if not error.damage.replaceable:
                raise
            try:
                set_aside(error.damage.path)
            except OSError as os_error:
                raise cannot_write(error.damage.path, os_error) from os_error

    def save_spec(self, spec: RunSpec) -> None:
        """Write `spec.json`; the first step of a run."""
        self.folder(spec.identity)
        write_atomically(self.path(spec.identity, "spec.json"), spec.model_dump_json(indent=1))

    def withdraw_record(self, identity: str) -> None:
        """Delete the record of a run, its prediction statistics and its tagger before the predictions are replaced.

        A record is therefore never stored next to predictions or a tagger of another attempt.
        """
        self.record_path(identity).unlink(missing_ok=True)
        self.discard_tagger(identity)
        shutil.rmtree(self.path(identity, "tallies"), ignore_errors=True)

    def discard_tagger(self, identity: str) -> None:
        """Delete the kept tagger of a run, first the file that marks it as complete."""
        self.folder(identity)
        folder = self.path(identity, TAGGER)
        (folder / "tagger.json").unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)

    def save_record(self, record: RunRecord) -> None:
        """Write `record.json`, which marks the run as ended."""
        write_atomically(self.record_path(record.identity), record.model_dump_json(indent=1))

    def predictions_path(self, identity: str, split: str, view: str) -> Path:
        """The file of a run's predictions.

        Raises:
            StoreError: There is no such split or view, or as for `folder`.
        """
        require_identity(identity)
        return self.path(identity, "predictions", f"{predictions_name(split, view)}.jsonl")

    def tally_path(self, identity: str, split: str, view: str) -> Path:
        """The file of a run's prediction statistics.

        Raises:
            StoreError: As for `predictions_path`.
        """
        require_identity(identity)
        return self.path(identity, "tallies", f"{predictions_name(split, view)}.safetensors")

    def save_predictions(self, identity: str, split: str, view: str, predictions: Iterable[Prediction]) -> Path:
        """Write predictions as one JSON line per tweet, in the order of the split."""
        path = self.predictions_path(identity, split, view)
        write_atomically(path, "".join(item.model_dump_json() + "\n" for item in predictions))
        return path

    def predictions(self, identity: str, split: str, view: str) -> list[Prediction]:
        """Read predictions, in the order of the split.

        Raises:
            StoreError: There is no such split or view, or a link leads out of the results folder.
            DamagedFileError: The run has no predictions for this split and view, or a line is not a prediction.
        """
        return self.predictions_of(identity, split, view, None)

    def predictions_of(self, identity: str, split: str, view: str, tweets: Sequence[int] | None) -> list[Prediction]:
        """Like `predictions`, for some tweets only, given by their positions in the split; None for all."""
        path = self.predictions_path(identity, split, view)
        content = read_stored(path, identity=identity, most=_MOST_PREDICTIONS)
        if content is None:
            remedy = f"the run did not evaluate {split} in view {view}; see its record.json"
            raise DamagedFileError(Damage(path, "no such predictions", remedy, identity, excludes=False))
        lines = content.split(b"\n")
        lines = lines if lines[-1] else lines[:-1]
        predictions = []
        for index in range(len(lines)) if tweets is None else tweets:
            try:
                predictions.append(parse_stored(Prediction, lines[index], "a prediction"))
            except (IndexError, ValueError) as error:
                reason = "no such line" if isinstance(error, IndexError) else str(error)
                raise DamagedFileError(
                    Damage(path, reason, REPEAT, identity, line=index + 1, excludes=False)
                ) from error
        return predictions
