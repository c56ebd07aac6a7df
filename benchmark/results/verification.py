"""Verifies records against predictions by recounting all scores, and gold labels against the data.

Predictions and records can be edited. The fingerprint of the data, a sha256 of words, labels and pictures, cannot: it
is part of the identity that names a run's folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnerbench.benchmark.results.damage import Damage, damage_of
from mnerbench.benchmark.results.predictions import stored_score
from mnerbench.benchmark.results.record import Diagnosed, Prediction, RunRecord, StoredScore
from mnerbench.benchmark.results.scoring import NO_ENTITIES, PRIMARY, Scorer, count_sentence
from mnerbench.benchmark.results.split_metadata import ScoredSplit, split_path, tweets_in_order
from mnerbench.benchmark.results.stats_store import PredictionStatsStore, difference
from mnerbench.benchmark.results.store import REPEAT, RunStore
from mnerbench.benchmark.results.stored_files import ADDITIVE
from mnerbench.datasets.corpus import Example, fingerprint
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.display import one_line


@dataclass(frozen=True)
class _Gold:
    """The gold labels in one file of predictions.

    Attributes:
        path: the file.
        identity: identity of its run.
        digest: sha256 of the labels.
        fits: whether words and labels have the fingerprint of the data; None without a description of the words.
        description: the file of the split's description, which may not exist.
    """

    path: Path
    identity: str
    digest: str
    fits: bool | None
    description: Path


class Verifier:
    """Recounts the scores of runs, one run at a time, and finally compares their gold labels.

    Args:
        store: the results folder; it is not changed.
        trusted: a results folder whose split descriptions take precedence over the store's.

    Attributes:
        files: number of prediction files read.
        refuted: file names of split descriptions that do not fit the predictions.
    """

    def __init__(self, store: RunStore, trusted: RunStore | None = None) -> None:
        self._store = store
        self._descriptions = [PredictionStatsStore(folder) for folder in (trusted, store) if folder is not None]
        self._gold: dict[str, list[_Gold]] = {}
        self.files = 0
        self.refuted: set[str] = set()

    def check(self, record: RunRecord) -> list[Damage]:
        """The damages of a run, at most one per file; empty if its predictions give the recorded scores.

        Dev scores are not reported, so they are compared only if their predictions exist.
        """
        identity = record.identity
        if (computed := record.spec.identity) != identity:
            reason = f"its settings are those of another run, {computed}"
            return [Damage(self._store.record_path(identity), reason, REPEAT, identity)]
        scored = [(split, view) for split, views in record.metrics.items() for view in views]
        return [*filter(None, (self._check_scores(record, *key) for key in scored)), *self._check_diagnosis(record)]

    def edited_gold(self) -> list[Damage]:
        """Damages of files whose gold labels are not those of the data, among all checked runs."""
        return [damage for files in self._gold.values() for damage in _edited(files)]

    def _check_scores(self, record: RunRecord, split: str, view: str) -> Damage | None:
        path = self._store.root / record.identity / "predictions" / f"{split}.{view}.jsonl"
        try:
            path = self._store.predictions_path(record.identity, split, view)
            if not os.path.lexists(path):
                if split == "valid":
                    return None
                gone = "these predictions are gone, so their scores cannot be verified"
                return Damage(path, gone, f"put them back, or {REPEAT}", record.identity)
            reason = self._difference(record, split, view, path)
        except StoreError as error:
            return damage_of(error, path, identity=record.identity)
        return Damage(path, reason, REPEAT, record.identity) if reason is not None else None

    def _difference(self, record: RunRecord, split: str, view: str, path: Path) -> str | None:
        """Why predictions do not give the scores of a record; None if they do."""
        if split not in record.spec.scored:
            return f"the run has no split {one_line(split)}"
        predictions = self._store.predictions(record.identity, split, view)
        self.files += 1
        described, fits = self._described(record, split), None
        tested, name = record.spec.scored[split]
        description = split_path(self._store.root, record.spec.dataset, tested, name)
        if described is not None:
            ordered = tweets_in_order(described, [item.id for item in predictions])
            fits = ordered and _fits(described, predictions)
            if not fits:
                self.refuted.add(description.name)
            if not ordered:
                return "not of the tweets described in splits/, or not in their order: one of the two was changed"
        labels = json.dumps([item.gold for item in predictions], separators=(",", ":"))
        gold = _Gold(path, record.identity, hashlib.sha256(labels.encode()).hexdigest(), fits, description)
        self._gold.setdefault(tested.fingerprints.get(name, ""), []).append(gold)
        return _miscounted(predictions) or _score_difference(record.metrics[split][view], predictions)

    def _described(self, record: RunRecord, split: str) -> ScoredSplit | None:
        candidates = (stats_store.described(record, split) for stats_store in self._descriptions)
        return next((described for described in candidates if described is not None), None)

    def _check_diagnosis(self, record: RunRecord) -> Iterator[Damage]:
        """Check the scores of a diagnosis if its predictions exist; its distances cannot be recomputed."""
        if record.diagnosis is None:
            return
        path = self._store.root / record.identity / "predictions" / f"test.{ADDITIVE}.jsonl"
        try:
            path = self._store.predictions_path(record.identity, "test", ADDITIVE)
            if os.path.lexists(path) and not self._gives_diagnosis(record.identity, record.diagnosis):
                reason = "these predictions do not give the record's scores of the additive projection"
                yield Damage(path, reason, REPEAT, record.identity)
        except StoreError as error:
            yield damage_of(error, path, identity=record.identity)

    def _gives_diagnosis(self, identity: str, diagnosis: Diagnosed) -> bool:
        projected = self._store.predictions(identity, "test", ADDITIVE)
        self.files += 1
        sample = {item.id for item in projected}
        paired = [item for item in self._store.predictions(identity, "test", "it") if item.id in sample]
        if len(projected) != diagnosis.tweets or _miscounted(projected) or _miscounted(paired):
            return False
        return [stored_score(items, PRIMARY).overall for items in (paired, projected)] == [
            diagnosis.own,
            diagnosis.additive,
        ]


def _miscounted(predictions: Sequence[Prediction]) -> str | None:
    """The first line whose counts do not match its labels, as a sentence; None if there is none."""
    for number, item in enumerate(predictions, start=1):
        if len(item.gold) != len(item.predicted):
            return f"line {number}: {len(item.gold)} gold labels but {len(item.predicted)} predicted ones"
        total = sum(count_sentence(item.gold, item.predicted).values(), NO_ENTITIES)
        if (total.correct, total.predicted, total.gold) != item.counts:
            return f"line {number}: its labels do not give its counts: one of the two was changed"
    return None


def _score_difference(stored: Mapping[str, StoredScore], predictions: Sequence[Prediction]) -> str | None:
    """The first difference between recounted and recorded scores, as a sentence; None if there is none."""
    for scorer in Scorer:
        if scorer.value not in stored:
            continue
        recorded, counted = stored[scorer.value], stored_score(predictions, scorer)
        if counted.overall != recorded.overall:
            return f"{difference(counted.overall, recorded.overall)}, by {scorer.value}"
        if counted != recorded:
            return f"these predictions do not give the record's scores of entity types, by {scorer.value}"
    return None


def _fits(described: ScoredSplit, predictions: Sequence[Prediction]) -> bool:
    """Whether the words of a split with the gold labels of predictions have the fingerprint of the data."""
    if any(len(tweet.words) != len(item.gold) for tweet, item in zip(described.tweets, predictions, strict=True)):
        return False
    examples = (
        Example(item.id, tweet.words, item.gold, tweet.image_id)
        for tweet, item in zip(described.tweets, predictions, strict=True)
    )
    return fingerprint(examples) == described.fingerprint


def _edited(files: Sequence[_Gold]) -> Iterator[Damage]:
    """Damages of the files of one split whose gold labels are not those of the data.

    Labels with the fingerprint of the data are correct. Without descriptions of the words, the majority of files is
    taken as correct; without a majority, all files are reported.
    """
    correct = {file.digest for file in files if file.fits}
    for path in sorted({file.description for file in files if file.fits is False and file.digest in correct}):
        reason = "its words are not those of the data: they were changed"
        yield Damage(path, reason, "delete it and run the suite again", excludes=False)
    ranked = Counter(file.digest for file in files).most_common()
    has_majority = len(ranked) == 1 or ranked[0][1] > ranked[1][1]
    for file in files:
        if file.fits or file.digest in correct:
            continue
        if correct:
            reason = "its gold labels are not those of the data: they were changed"
        elif file.fits is False:
            reason = "its gold labels and the words in splits/ do not have the fingerprint of the data: one was changed"
        elif has_majority and file.digest == ranked[0][0]:
            continue
        elif has_majority:
            reason = f"its gold labels are not those of {ranked[0][1]} other files of the same split"
        else:
            reason = "files of the same split have different gold labels, and nothing shows which are correct"
        yield Damage(file.path, reason, REPEAT, file.identity)
