"""Cached counts of predictions for reports: per tweet, gold entity, slice and error type.

All counts are derived from predictions and the description of their split, so a new slice needs no training. They are
stored so that a report over a thousand runs need not read a million tweets.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from mnerbench.benchmark.results.damage import Damage, DamagedFileError, damage_of
from mnerbench.benchmark.results.error_types import ErrorType, find_errors
from mnerbench.benchmark.results.record import Prediction, RunRecord, Status
from mnerbench.benchmark.results.scoring import PRIMARY, Counts
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.split_metadata import SPLITS, ScoredSplit, load_split, split_path, tweets_in_order
from mnerbench.benchmark.results.store import REPEAT, RunStore
from mnerbench.datasets.atomic_files import write_bytes_atomically
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.slices import SLICES, KnownNames
from mnerbench.datasets.tagging import Span, conll_spans
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.json_text import parse_json

_SPLITS = 32  # descriptions in memory at once; one of the size of Twitter-2015 takes some MB
_VERSION = 2  # raised whenever the same predictions would give other counts


@dataclass(frozen=True)
class PredictionStats:
    """Counts of one run, split and view, in the conlleval reading.

    Attributes:
        tweets: correct, predicted and gold entities per tweet, int [tweets, 3].
        gold_found: whether each gold entity was found, in the order of the split, bool [gold entities].
        slices: counts by slice, without empty slices.
        error_counts: number of errors by type.
    """

    tweets: NDArray[np.int32]
    gold_found: NDArray[np.bool_]
    slices: Mapping[str, Counts]
    error_counts: Mapping[ErrorType, int]


def compute_stats(predictions: Sequence[Prediction], split: ScoredSplit, training_names: KnownNames) -> PredictionStats:
    """Count the predictions of a split.

    Args:
        predictions: one per tweet of the split, in order.
        split: the tweets and their slices.
        training_names: the entities that the run saw in training.

    Raises:
        StoreError: The predictions are not of these tweets.
    """
    if not tweets_in_order(split, [item.id for item in predictions]):
        raise StoreError(
            f"predictions of {len(predictions)} tweets are not of the {len(split.tweets)} tweets of "
            f"{split.split} of {split.tested_on}\n  -> {REPEAT}"
        )
    tweets, gold_found = np.zeros((len(predictions), 3), np.int32), []
    slices: dict[str, list[int]] = {}
    error_counts = dict.fromkeys(ErrorType, 0)
    for index, (item, words, tweet_slices) in enumerate(zip(predictions, split.words, split.slices, strict=True)):
        if not len(item.gold) == len(item.predicted) == len(words):
            labels = f"{len(item.gold)} gold and {len(item.predicted)} predicted labels for {len(words)} words"
            raise StoreError(f"tweet {one_line(item.id, 60)} has {labels}\n  -> {REPEAT}")
        gold, predicted = _spans(item.gold), _spans(item.predicted)
        if not gold and not predicted:
            continue
        correct = [span for span in gold if span in predicted]
        tweets[index] = len(correct), len(predicted), len(gold)
        gold_found += [span in predicted for span in gold]
        if len(correct) < max(len(gold), len(predicted)):
            for error in find_errors(item.gold, item.predicted):
                error_counts[error.error_type] += 1
        for column, spans in enumerate((correct, predicted, gold)):
            for span in spans:
                for name in (*training_names.slices(words[span.start : span.end], span.type), *tweet_slices):
                    slices.setdefault(name, [0, 0, 0])[column] += 1
    counts = {name: Counts(*slices[name]) for name in SLICES if name in slices}
    return PredictionStats(tweets, np.array(gold_found, np.bool_), counts, error_counts)


# Many tweets have the same label sequence.
@lru_cache(maxsize=1 << 16)
def _spans(labels: tuple[str, ...]) -> tuple[Span, ...]:
    return tuple(conll_spans(labels))


class PredictionStatsStore:
    """The prediction statistics of a results folder, stored next to the predictions and recomputed if outdated.

    Attributes:
        store: the results folder; it may be read-only.
    """

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.split = lru_cache(maxsize=_SPLITS)(self._split)  # tables are built one at a time
        self._training_names = lru_cache(maxsize=64)(self._load_training_names)
        self._gold: dict[tuple[str, str], dict[bytes, set[str]]] = {}
        self._fitting: set[Path] = set()
        self._misfits: dict[Path, list[Damage]] = {}

    def _split(self, path: Path) -> ScoredSplit | None:
        try:
            return load_split(path)
        except DamagedFileError as error:
            self.store.damage.add(error.damage)
            return None

    def described(self, spec: RunSpec, split: str) -> ScoredSplit | None:
        """The description of a run's split; None if the folder has no usable one."""
        tested, name = spec.scored[split]
        try:
            path = split_path(self.store.root, spec.dataset, tested, name)
        except StoreError as error:
            self.store.damage.add(damage_of(error, self.store.root / SPLITS, excludes=False))
            return None
        described = self.split(path)
        if described is not None and described.fingerprint != tested.fingerprints[name]:
            reason = "describes another split than its name says"
            self.store.damage.add(Damage(path, reason, "delete it and run the suite again", excludes=False))
            return None
        return described

    def _load_training_names(self, path: Path, train_tweets: int | None, seed: int) -> KnownNames:
        split = self.split(path)
        return split.known_names(train_tweets, seed) if split is not None else KnownNames(())

    def of(self, record: RunRecord, split: str, view: str) -> PredictionStats | None:
        """The statistics of a run in a split and view of its record; None if the split has no description.

        Raises:
            DamagedFileError: The predictions are missing, are not of this split, or do not give the record's score.
        """
        described = self.described(record.spec, split)
        if described is None:
            return None
        store, identity = self.store, record.identity
        try:
            stored = _read(store.tally_path(identity, split, view), described)
        except StoreError as error:  # a link out of the folder: neither read nor written
            store.damage.add(damage_of(error, store.root, identity=identity, excludes=False))
            stored = None
        if stored is not None and _agrees(stored, record, split, view):
            self._note_fit(record, split, True, store.root)
            self._note_gold(stored, record, split)
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
            raise DamagedFileError(Damage(path, difference(_totals(stats), recorded), REPEAT, identity))
        self._note_gold(stats, record, split)
        # In a read-only folder, the next report recomputes them.
        with suppress(StoreError):
            _write(store.tally_path(identity, split, view), stats, described.digest)
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
        tested, name = record.spec.scored[split]
        description, log = split_path(self.store.root, record.spec.dataset, tested, name), self.store.damage
        if fits:
            self._fitting.add(description)
            for damage in (misfits := self._misfits.pop(description, [])):
                log.add(damage)
            if misfits:
                log.forget(description)
            return
        reason = f"these predictions are not of the tweets of {split} of {tested.name}, or not in their order"
        damage = Damage(path, reason, REPEAT, record.identity, excludes=False)
        if description not in self._fitting:
            self._misfits.setdefault(description, []).append(damage)
            reason = "it describes other tweets than all predictions"
            damage = Damage(description, reason, "delete it and run the suite again", excludes=False)
        raise DamagedFileError(damage)

    def _note_gold(self, stats: PredictionStats, record: RunRecord, split: str) -> None:
        """Remember the number of gold entities per tweet that a run was scored on."""
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
    return stored is None or _totals(stats) == stored.overall


def _totals(stats: PredictionStats) -> Counts:
    return Counts(*stats.tweets.sum(0, dtype=np.int64).tolist())


def difference(counted: Counts, recorded: Counts) -> str:
    """The difference between recounted and recorded scores, as a sentence."""
    return f"these predictions give {_format(counted)}, the record says {_format(recorded)}"


def _format(counts: Counts) -> str:
    return f"F1 {100 * counts.f1:.2f} ({counts.correct:,} of {counts.gold:,} found, {counts.predicted:,} predicted)"


def _write(path: Path, stats: PredictionStats, digest: str) -> None:
    slices = {name: (counts.correct, counts.predicted, counts.gold) for name, counts in stats.slices.items()}
    text = json.dumps({"version": _VERSION, "of": digest, "slices": slices, "mistakes": stats.error_counts})
    write_bytes_atomically(path, save({"tweets": stats.tweets, "found": stats.gold_found}, {"tally": text}))


def _read(path: Path, described: ScoredSplit) -> PredictionStats | None:
    """Stored statistics; None if they are missing, outdated or damaged, since they can be recomputed."""
    if not path.is_file():  # this also excludes a FIFO, which would block
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            text = parse_json((file.metadata() or {}).get("tally", "{}"))
            if text.get("version") != _VERSION or text.get("of") != described.digest:
                return None
            stats = PredictionStats(
                file.get_tensor("tweets"),
                file.get_tensor("found"),
                {name: Counts(*counts) for name, counts in text["slices"].items()},
                {ErrorType(kind): number for kind, number in text["mistakes"].items()},
            )
            return stats if _is_valid(stats, len(described.tweets)) else None
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_valid(stats: PredictionStats, tweets: int) -> bool:
    """Whether statistics read from a file are consistent and of the right shapes and types."""
    counts, is_found = stats.tweets, stats.gold_found
    if counts.dtype != np.dtype(np.int32) or counts.shape != (tweets, 3):
        return False
    if is_found.dtype != np.dtype(np.bool_) or is_found.ndim != 1:
        return False
    numbers = [stats.error_counts.get(kind) for kind in ErrorType]
    numbers += [number for part in stats.slices.values() for number in (part.correct, part.predicted, part.gold)]
    return (
        bool((counts >= 0).all())
        and len(is_found) == counts[:, 2].sum()
        and is_found.sum() == counts[:, 0].sum()
        and set(stats.slices) <= set(SLICES)
        and all(type(number) is int and 0 <= number < 1 << 31 for number in numbers)
    )
