"""The prediction statistics of a results folder.

They are derived from predictions and the descriptions of their splits, so a new slice needs no training, and stored so
that a report over a thousand runs need not read a million tweets.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.results.damage import Damage, DamagedFileError, damage_of
from mnerbench.benchmark.results.prediction_stats import PredictionStats, compute_stats
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.scoring import PRIMARY, Counts
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.split_metadata import SPLITS, ScoredSplit, load_split, split_path, tweets_in_order
from mnerbench.benchmark.results.stats_files import read_stats, write_stats
from mnerbench.benchmark.results.store import REPEAT, RunStore
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.slices import KnownNames

_SPLITS = 32  # descriptions in memory at once; one of the size of Twitter-2015 takes some MB


class PredictionStatsStore:
    """The prediction statistics of a results folder, stored next to the predictions and recomputed if outdated.

    Attributes:
        store: the results folder; it may be read-only.
    """

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.split = lru_cache(maxsize=_SPLITS)(self._split)  # tables are built one at a time
        self._training_names = lru_cache(maxsize=64)(self._load_training_names)
        self._paths: dict[tuple[str, str], Path] = {}
        self._gold: dict[tuple[str, str], dict[bytes, set[str]]] = {}
        self._exact: dict[tuple[str, str, str], tuple[int, bytes]] = {}
        self._fitting: set[Path] = set()
        self._misfits: dict[Path, list[Damage]] = {}

    def _split(self, path: Path) -> ScoredSplit | None:
        try:
            return load_split(path)
        except DamagedFileError as error:
            self.store.damage.add(error.damage)
            return None

    def described(self, record: RunRecord, split: str) -> ScoredSplit | None:
        """The description of a run's split; None if the folder has no usable one."""
        tested, name = record.spec.scored[split]
        try:
            path = self._split_path(record, split)
        except StoreError as error:
            self.store.damage.add(damage_of(error, self.store.root / SPLITS, excludes=False))
            return None
        described = self.split(path)
        if described is not None and described.fingerprint != tested.fingerprints[name]:
            reason = "describes another split than its name says"
            self.store.damage.add(Damage(path, reason, "delete it and run the suite again", excludes=False))
            return None
        return described

    def _split_path(self, record: RunRecord, split: str) -> Path:
        """The file of a run's split; checked for links once, not for every view.

        Raises:
            StoreError: A link leads out of the results folder.
        """
        key = record.identity, split
        if key not in self._paths:
            tested, name = record.spec.scored[split]
            self._paths[key] = split_path(self.store.root, record.spec.dataset, tested, name)
        return self._paths[key]

    def _load_training_names(self, path: Path, train_tweets: int | None, seed: int) -> KnownNames:
        split = self.split(path)
        return split.known_names(train_tweets, seed) if split is not None else KnownNames(())

    def of(self, record: RunRecord, split: str, view: str) -> PredictionStats | None:
        """The statistics of a run in a split and view of its record; None if the split has no description.

        Raises:
            DamagedFileError: The predictions are missing, are not of this split, or do not give the record's score.
        """
        described = self.described(record, split)
        if described is None:
            return None
        store, identity = self.store, record.identity
        try:
            stored = read_stats(store.tally_path(identity, split, view), described)
        except StoreError as error:  # a link out of the folder: neither read nor written
            store.damage.add(damage_of(error, store.root, identity=identity, excludes=False))
            stored = None
        if stored is not None and _agrees(stored, record, split, view):
            self._note_fit(record, split, True, store.root)
            self._note(stored, record, split, view)
            return stored
        path = self.store.root / identity / "predictions" / f"{split}.{view}.jsonl"
        try:
            path = store.predictions_path(identity, split, view)
            _require_predictions(path, identity)
            predictions = store.predictions(identity, split, view)
            self._note_fit(record, split, tweets_in_order(described, [item.id for item in predictions]), path)
            stats = compute_stats(predictions, described, self._names_seen_by(record.spec, split))
        except StoreError as error:
            owner = identity if not isinstance(error, DamagedFileError) or error.damage.identity else None
            raise DamagedFileError(damage_of(error, path, identity=owner, excludes=False)) from error
        if not _agrees(stats, record, split, view):
            recorded = record.metrics[split][view][PRIMARY.value].overall
            raise DamagedFileError(Damage(path, difference(stats.totals, recorded), REPEAT, identity))
        self._note(stats, record, split, view)
        # In a read-only folder, the next report recomputes them.
        with suppress(StoreError):
            write_stats(store.tally_path(identity, split, view), stats, described.digest)
        return stats

    def readable(self, record: RunRecord, split: str, view: str) -> PredictionStats | None:
        """Like `of`, but damaged predictions give None and an entry in the store's `damage`."""
        try:
            return self.of(record, split, view)
        except DamagedFileError as error:
            self.store.damage.add(error.damage)
            return None

    def _note_fit(self, record: RunRecord, split: str, fits: bool, path: Path) -> None:
        """Check that predictions fit the description of their split.

        If no predictions fit a description, the description is reported as damaged, otherwise the predictions.

        Raises:
            DamagedFileError: They do not fit.
        """
        description, log = self._split_path(record, split), self.store.damage
        if fits:
            self._fitting.add(description)
            for damage in (misfits := self._misfits.pop(description, [])):
                log.add(damage)
            if misfits:
                log.forget(description)
            return
        tested, _ = record.spec.scored[split]
        reason = f"these predictions are not of the tweets of {split} of {tested.name}, or not in their order"
        damage = Damage(path, reason, REPEAT, record.identity, excludes=False)
        if description not in self._fitting:
            self._misfits.setdefault(description, []).append(damage)
            reason = "it describes other tweets than all predictions"
            damage = Damage(description, reason, "delete it and run the suite again", excludes=False)
        raise DamagedFileError(damage)

    def exact(self, record: RunRecord, split: str, view: str) -> NDArray[np.bool_] | None:
        """Whether exactly the gold entities of each tweet were predicted, bool [tweets]; None like `readable`.

        Remembered in a bit per tweet, since a page needs it after the tables and for all runs.
        """
        key = record.identity, split, view
        if key not in self._exact:
            stats = self.readable(record, split, view)
            return stats.exact if stats is not None else None
        tweets, bits = self._exact[key]
        return np.unpackbits(np.frombuffer(bits, np.uint8), count=tweets).view(np.bool_)

    def _note(self, stats: PredictionStats, record: RunRecord, split: str, view: str) -> None:
        """Remember the number of gold entities per tweet that a run was scored on, and which tweets are right."""
        self._exact[record.identity, split, view] = len(stats.tweets), np.packbits(stats.exact).tobytes()
        tested, name = record.spec.scored[split]
        digest = hashlib.blake2b(stats.tweets[:, 2].tobytes(), digest_size=16).digest()
        key = tested.name, tested.fingerprints[name]
        self._gold.setdefault(key, {}).setdefault(digest, set()).add(record.identity)

    def disputed(self) -> set[str]:
        """Runs on splits whose gold entities differ between runs."""
        conflicts = [by_digest for by_digest in self._gold.values() if len(by_digest) > 1]
        return {identity for by_digest in conflicts for identities in by_digest.values() for identity in identities}

    def _names_seen_by(self, spec: RunSpec, split: str) -> KnownNames:
        """The entities that a run saw in training."""
        tested, name = spec.scored[split]
        # The full training set is the same for all seeds.
        size, seed = spec.dataset.train_tweets, spec.seed if spec.dataset.train_tweets is not None else 0
        return self._training_names(split_path(self.store.root, spec.dataset, tested, name), size, seed)

    def keep(self, record: RunRecord) -> None:
        """Compute and store the statistics of a run that has just ended, so that reports need not."""
        for split in record.spec.tests if record.status is Status.DONE else ():
            for view in record.metrics.get(split, {}):
                self.readable(record, split, view)


def _require_predictions(path: Path, identity: str) -> None:
    """Raise a DamagedFileError if the predictions behind recorded scores are missing."""
    if not os.path.lexists(path):
        reason = "these predictions are gone: slices, error types and tests over tweets need them"
        raise DamagedFileError(Damage(path, reason, f"put them back, or {REPEAT}", identity, excludes=False))


def _agrees(stats: PredictionStats, record: RunRecord, split: str, view: str) -> bool:
    """Whether statistics add up to the score in the record."""
    stored = record.score(split, view, PRIMARY.value)
    return stored is None or stats.totals == stored.overall


def difference(counted: Counts, recorded: Counts) -> str:
    """The difference between recounted and recorded scores, as a sentence."""
    return f"these predictions give {_format(counted)}, the record says {_format(recorded)}"


def _format(counts: Counts) -> str:
    return f"F1 {100 * counts.f1:.2f} ({counts.correct:,} of {counts.gold:,} found, {counts.predicted:,} predicted)"
