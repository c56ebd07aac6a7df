"""What reports count in predictions, counted once: per tweet, per gold entity, per slice, per kind of mistake.

Everything here is derived from predictions and the description of their split, and can be made again from them: a new
slice needs no training. It is kept so that a report over a thousand runs need not read a million tweets.
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
from mnerbench.benchmark.results.error_types import ErrorType, find_mistakes
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

_SPLITS = 32  # held at once; one of the size of Twitter-2015 takes some MB
_VERSION = 1  # raised whenever the same predictions would be counted otherwise


@dataclass(frozen=True)
class PredictionStats:
    """Counts of one run, split and view, in the conlleval reading.

    Attributes:
        tweets: correct, predicted and gold entities per tweet, int [tweets, 3].
        found: whether each gold entity was found, in the order of the split, bool [gold entities].
        slices: counts by slice; those without any entity are left out.
        mistakes: how many of each kind.
    """

    tweets: NDArray[np.int32]
    found: NDArray[np.bool_]
    slices: Mapping[str, Counts]
    mistakes: Mapping[ErrorType, int]


def tally(predictions: Sequence[Prediction], split: ScoredSplit, known: KnownNames) -> PredictionStats:
    """Count the predictions of a split.

    Args:
        predictions: of all its tweets, in order.
        split: says what is known of the tweets.
        known: the entities that the run saw in training.

    Raises:
        StoreError: the predictions are not of these tweets.
    """
    if not tweets_in_order(split, [item.id for item in predictions]):
        raise StoreError(
            f"predictions of {len(predictions)} tweets are not of the {len(split.tweets)} tweets of "
            f"{split.split} of {split.tested_on}\n  -> {REPEAT}"
        )
    tweets, found = np.zeros((len(predictions), 3), np.int32), []
    slices: dict[str, list[int]] = {}
    mistakes = dict.fromkeys(ErrorType, 0)
    for place, (item, words, own) in enumerate(zip(predictions, split.words, split.slices, strict=True)):
        if not len(item.gold) == len(item.predicted) == len(words):
            labels = f"{len(item.gold)} gold and {len(item.predicted)} predicted labels for {len(words)} words"
            raise StoreError(f"tweet {one_line(item.id, 60)} has {labels}\n  -> {REPEAT}")
        gold, guessed = _spans(item.gold), _spans(item.predicted)
        if not gold and not guessed:
            continue
        right = [span for span in gold if span in guessed]
        tweets[place] = len(right), len(guessed), len(gold)
        found += [span in guessed for span in gold]
        if len(right) < max(len(gold), len(guessed)):
            for finding in find_mistakes(item.gold, item.predicted):
                mistakes[finding.mistake] += 1
        for column, spans in enumerate((right, guessed, gold)):
            for span in spans:
                for name in (*known.slices(words[span.start : span.end], span.type), *own):
                    slices.setdefault(name, [0, 0, 0])[column] += 1
    counts = {name: Counts(*slices[name]) for name in SLICES if name in slices}
    return PredictionStats(tweets, np.array(found, np.bool_), counts, mistakes)


# Most tweets are labelled as many others are.
@lru_cache(maxsize=1 << 16)
def _spans(labels: tuple[str, ...]) -> tuple[Span, ...]:
    return tuple(conll_spans(labels))


class PredictionStatsStore:
    """The tallies of a results folder: kept beside the predictions, made when they are missing or of something else.

    Attributes:
        store: the results folder; one that cannot be written is read all the same.
    """

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.split = lru_cache(maxsize=_SPLITS)(self._split)  # tables are made one after the other
        self._known = lru_cache(maxsize=64)(self._known_names)
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
        """The tweets that a run's split is of, or None for a folder that holds no usable description of them."""
        tested, name = spec.scored[split]
        try:
            path = split_path(self.store.root, spec.dataset, tested, name)
        except StoreError as error:
            self.store.damage.add(damage_of(error, self.store.root / SPLITS, excludes=False))
            return None
        described = self.split(path)
        if described is not None and described.fingerprint != tested.fingerprints[name]:
            reason = "the description of another split than its name says"
            self.store.damage.add(Damage(path, reason, "delete it and run the suite again", excludes=False))
            return None
        return described

    def _known_names(self, path: Path, train_tweets: int | None, seed: int) -> KnownNames:
        split = self.split(path)
        return split.known_names(train_tweets, seed) if split is not None else KnownNames(())

    def of(self, record: RunRecord, split: str, view: str) -> PredictionStats | None:
        """The tally of a run in a split and view of its record; None where its tweets are not described.

        Raises:
            DamagedFileError: there are no predictions, they are not of this split, or do not give the record's score.
        """
        described = self.described(record.spec, split)
        if described is None:
            return None
        store, identity = self.store, record.identity
        try:
            kept = _read(store.tally_path(identity, split, view), described)
        except StoreError as error:  # a link that leads elsewhere: nothing is read or written there
            store.damage.add(damage_of(error, store.root, identity=identity, excludes=False))
            kept = None
        if kept is not None and _agrees(kept, record, split, view):
            self._note_fit(record, split, True, store.root)
            self._note_gold(kept, record, split)
            return kept
        path = self.store.root / identity / "predictions" / f"{split}.{view}.jsonl"
        try:
            path = store.predictions_path(identity, split, view)
            _require_predictions(path, identity)
            predictions = store.predictions(identity, split, view)
            self._note_fit(record, split, tweets_in_order(described, [item.id for item in predictions]), path)
            made = tally(predictions, described, self._known_to(record.spec, split))
        except StoreError as error:
            owner = identity if not isinstance(error, DamagedFileError) or error.damage.identity else None
            raise DamagedFileError(damage_of(error, path, identity=owner, excludes=False)) from error
        if not _agrees(made, record, split, view):
            said = record.metrics[split][view][PRIMARY.value].overall.counts()
            raise DamagedFileError(Damage(path, difference(_totals(made), said), REPEAT, identity))
        self._note_gold(made, record, split)
        # A folder that is only read: the next report counts again.
        with suppress(StoreError):
            _write(store.tally_path(identity, split, view), made, described.digest)
        return made

    def readable(self, record: RunRecord, split: str, view: str) -> PredictionStats | None:
        """The same; None also where predictions are damaged, which the store's `damage` then says."""
        try:
            return self.of(record, split, view)
        except DamagedFileError as error:
            self.store.damage.add(error.damage)
            return None

    def _note_fit(self, record: RunRecord, split: str, fits: bool, path: Path) -> None:
        """Name the description of a split where no predictions are of its tweets, and else the predictions.

        Raises:
            DamagedFileError: they do not fit.
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
            reason = "no predictions are of the tweets that it describes"
            damage = Damage(description, reason, "delete it and run the suite again", excludes=False)
        raise DamagedFileError(damage)

    def _note_gold(self, read: PredictionStats, record: RunRecord, split: str) -> None:
        """Remember who has which gold entities on which tweets."""
        tested, name = record.spec.scored[split]
        digest = hashlib.blake2b(read.tweets[:, 2].tobytes(), digest_size=16).digest()
        key = tested.name, tested.fingerprints[name]
        self._gold.setdefault(key, {}).setdefault(digest, set()).add(record.identity)

    def disputed(self) -> set[str]:
        """Runs that were scored on one split, some of them on other gold entities than others."""
        several = [known for known in self._gold.values() if len(known) > 1]
        return {identity for known in several for identities in known.values() for identity in identities}

    def _known_to(self, spec: RunSpec, split: str) -> KnownNames:
        """The entities that a run saw in training."""
        tested, name = spec.scored[split]
        # All training tweets are the same for every seed.
        size, seed = spec.dataset.train_tweets, spec.seed if spec.dataset.train_tweets is not None else 0
        return self._known(split_path(self.store.root, spec.dataset, tested, name), size, seed)

    def keep(self, record: RunRecord) -> None:
        """Make the tallies of a run that has just ended, so that reports need not."""
        for split in record.spec.tests if record.status is Status.DONE else ():
            for view in record.metrics.get(split, {}):
                self.readable(record, split, view)


def _require_predictions(path: Path, identity: str) -> None:
    """Raise a DamagedFileError where predictions are gone that a record has scores of."""
    if not os.path.lexists(path):
        reason = "these predictions are gone: without them there are no slices, mistakes and tests over tweets"
        raise DamagedFileError(Damage(path, reason, f"put them back, or {REPEAT}", identity, excludes=False))


def _agrees(made: PredictionStats, record: RunRecord, split: str, view: str) -> bool:
    """Whether a tally adds up to the score of the record."""
    stored = record.score(split, view, PRIMARY.value)
    return stored is None or _totals(made) == stored.overall.counts()


def _totals(made: PredictionStats) -> Counts:
    return Counts(*made.tweets.sum(0, dtype=np.int64).tolist())


def difference(counted: Counts, said: Counts) -> str:
    """What predictions give, and what a record says that they give."""
    return f"these predictions give {_in_words(counted)}, the record says {_in_words(said)}"


def _in_words(counts: Counts) -> str:
    return f"F1 {100 * counts.f1:.2f} ({counts.correct:,} of {counts.gold:,} found, {counts.predicted:,} predicted)"


def _write(path: Path, made: PredictionStats, digest: str) -> None:
    slices = {name: (one.correct, one.predicted, one.gold) for name, one in made.slices.items()}
    text = json.dumps({"version": _VERSION, "of": digest, "slices": slices, "mistakes": made.mistakes})
    write_bytes_atomically(path, save({"tweets": made.tweets, "found": made.found}, {"tally": text}))


def _read(path: Path, described: ScoredSplit) -> PredictionStats | None:
    """None where there is none, where it is of something else, and where it is damaged: it can be made again."""
    if not path.is_file():  # nor a FIFO, which would wait for a writer
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            text = parse_json((file.metadata() or {}).get("tally", "{}"))
            if text.get("version") != _VERSION or text.get("of") != described.digest:
                return None
            found = PredictionStats(
                file.get_tensor("tweets"),
                file.get_tensor("found"),
                {name: Counts(*counts) for name, counts in text["slices"].items()},
                {ErrorType(kind): number for kind, number in text["mistakes"].items()},
            )
            return found if _is_sound(found, len(described.tweets)) else None
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_sound(read: PredictionStats, tweets: int) -> bool:
    """Whether a tally that was read has the form of one that was made."""
    counts, found = read.tweets, read.found
    if counts.dtype != np.dtype(np.int32) or counts.shape != (tweets, 3):
        return False
    if found.dtype != np.dtype(np.bool_) or found.ndim != 1:
        return False
    numbers = [read.mistakes.get(kind) for kind in ErrorType]
    numbers += [number for one in read.slices.values() for number in (one.correct, one.predicted, one.gold)]
    return (
        bool((counts >= 0).all())
        and len(found) == counts[:, 2].sum()
        and found.sum() == counts[:, 0].sum()
        and set(read.slices) <= set(SLICES)
        and all(type(number) is int and 0 <= number < 1 << 31 for number in numbers)
    )
