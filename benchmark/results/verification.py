"""Whether records say what their predictions give: every score counted again, and the gold labels against the data.

Predictions and records can both be edited. What cannot is the fingerprint of the data, a sha256 of words, labels and
pictures: it is part of the identity that names a run's folder.
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
from mnerbench.benchmark.results.prediction_stats import PredictionStatsStore, difference
from mnerbench.benchmark.results.predictions import stored_score
from mnerbench.benchmark.results.record import Diagnosed, Prediction, RunRecord, StoredScore
from mnerbench.benchmark.results.scoring import PRIMARY, Counts, Scorer, count_sentence
from mnerbench.benchmark.results.split_metadata import ScoredSplit, split_path, tweets_in_order
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
        identity: of its run.
        digest: sha256 of the labels.
        fits: whether words and labels have the fingerprint of the data; None where the words are not described.
        description: where they are described, or would be.
    """

    path: Path
    identity: str
    digest: str
    fits: bool | None
    description: Path


class Verifier:
    """Counts the scores of runs again, one run after the other, and in the end compares their gold labels.

    Args:
        store: the results folder. Nothing in it is changed.
        trusted: a results folder whose descriptions of splits are preferred to the store's own.

    Attributes:
        files: number of files of predictions that were read.
        refuted: names of descriptions of splits that do not fit predictions.
    """

    def __init__(self, store: RunStore, trusted: RunStore | None = None) -> None:
        self._store = store
        self._descriptions = [PredictionStatsStore(one) for one in (trusted, store) if one is not None]
        self._gold: dict[str, list[_Gold]] = {}
        self.files = 0
        self.refuted: set[str] = set()

    def check(self, record: RunRecord) -> list[Damage]:
        """What of a run differs from its predictions, a file each; nothing where all is as its record says.

        Dev scores decide nothing that is reported: they are compared where their predictions are there.
        """
        identity = record.identity
        if record.spec.identity != identity:
            reason = f"its settings are those of another run, {record.spec.identity}"
            return [Damage(self._store.record_path(identity), reason, REPEAT, identity)]
        places = [(split, view) for split, views in record.metrics.items() for view in views]
        return [*filter(None, (self._scores(record, *place) for place in places)), *self._sample(record)]

    def edited_gold(self) -> list[Damage]:
        """Files whose gold labels are not those of the data, among the predictions of all runs that were checked."""
        return [damage for files in self._gold.values() for damage in _edited(files)]

    def _scores(self, record: RunRecord, split: str, view: str) -> Damage | None:
        path = self._store.root / record.identity / "predictions" / f"{split}.{view}.jsonl"
        try:
            path = self._store.predictions_path(record.identity, split, view)
            if not os.path.lexists(path):
                if split == "valid":
                    return None
                gone = "these predictions are gone, so that nobody can count their scores again"
                return Damage(path, gone, f"put them back, or {REPEAT}", record.identity)
            reason = self._difference(record, split, view, path)
        except StoreError as error:
            return damage_of(error, path, identity=record.identity)
        return Damage(path, reason, REPEAT, record.identity) if reason is not None else None

    def _difference(self, record: RunRecord, split: str, view: str, path: Path) -> str | None:
        """Why predictions are not those that a record was made from; None where they are."""
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
                return "not of the tweets that splits/ describes, or not in their order: one was changed"
        labels = json.dumps([item.gold for item in predictions], separators=(",", ":"))
        gold = _Gold(path, record.identity, hashlib.sha256(labels.encode()).hexdigest(), fits, description)
        self._gold.setdefault(tested.fingerprints.get(name, ""), []).append(gold)
        return _miscounted(predictions) or _other_scores(record.metrics[split][view], predictions)

    def _described(self, record: RunRecord, split: str) -> ScoredSplit | None:
        known = (one.described(record.spec, split) for one in self._descriptions)
        return next((one for one in known if one is not None), None)

    def _sample(self, record: RunRecord) -> Iterator[Damage]:
        """The scores of a diagnosis, where its predictions are there; its distances cannot be measured again."""
        if record.diagnosis is None:
            return
        path = self._store.root / record.identity / "predictions" / f"test.{ADDITIVE}.jsonl"
        try:
            path = self._store.predictions_path(record.identity, "test", ADDITIVE)
            if os.path.lexists(path) and not self._is_sample(record.identity, record.diagnosis):
                reason = "these predictions do not give the record's scores without the interaction of text and picture"
                yield Damage(path, reason, REPEAT, record.identity)
        except StoreError as error:
            yield damage_of(error, path, identity=record.identity)

    def _is_sample(self, identity: str, diagnosis: Diagnosed) -> bool:
        projected = self._store.predictions(identity, "test", ADDITIVE)
        self.files += 1
        sample = {item.id for item in projected}
        own = [item for item in self._store.predictions(identity, "test", "it") if item.id in sample]
        if len(projected) != diagnosis.tweets or _miscounted(projected) or _miscounted(own):
            return False
        return [stored_score(items, PRIMARY).overall for items in (own, projected)] == [
            diagnosis.own,
            diagnosis.additive,
        ]


def _miscounted(predictions: Sequence[Prediction]) -> str | None:
    """The first line whose counts are not those of its labels."""
    for number, item in enumerate(predictions, start=1):
        if len(item.gold) != len(item.predicted):
            return f"line {number}: {len(item.gold)} gold labels but {len(item.predicted)} predicted ones"
        total = sum(count_sentence(item.gold, item.predicted).values(), Counts())
        if (total.correct, total.predicted, total.gold) != item.counts:
            return f"line {number}: its labels do not give its counts, so one of them was changed"
    return None


def _other_scores(stored: Mapping[str, StoredScore], predictions: Sequence[Prediction]) -> str | None:
    """The first scorer under which predictions do not give what a record says."""
    for scorer in Scorer:
        if scorer.value not in stored:
            continue
        said, counted = stored[scorer.value], stored_score(predictions, scorer)
        if counted.overall != said.overall:
            return f"{difference(counted.overall.counts(), said.overall.counts())}, by {scorer.value}"
        if counted != said:
            return f"these predictions do not give the record's scores of entity types, by {scorer.value}"
    return None


def _fits(described: ScoredSplit, predictions: Sequence[Prediction]) -> bool:
    """Whether the words of a split and these gold labels have the fingerprint of the data."""
    if any(len(tweet.words) != len(item.gold) for tweet, item in zip(described.tweets, predictions, strict=True)):
        return False
    examples = (
        Example(item.id, tweet.words, item.gold, tweet.image_id)
        for tweet, item in zip(described.tweets, predictions, strict=True)
    )
    return fingerprint(examples) == described.fingerprint


def _edited(files: Sequence[_Gold]) -> Iterator[Damage]:
    """Those of some files, all of one split, whose gold labels are not the data's.

    Labels that have the fingerprint are right. Where no words are described, most files are right; where none is in
    the majority, nobody can tell.
    """
    right = {file.digest for file in files if file.fits}
    for path in sorted({file.description for file in files if file.fits is False and file.digest in right}):
        words = "its words are not those of the data: they were changed"
        yield Damage(path, words, "delete it and run the suite again", excludes=False)
    counted = Counter(file.digest for file in files).most_common()
    alone = len(counted) == 1 or counted[0][1] > counted[1][1]
    for file in files:
        if file.fits or file.digest in right:
            continue
        if right:
            reason = "its gold labels are not those of the data: they were changed"
        elif file.fits is False:
            reason = "its gold labels and the words in splits/ do not have the fingerprint of the data: one was changed"
        elif alone and file.digest == counted[0][0]:
            continue
        elif alone:
            reason = f"its gold labels are not those of {counted[0][1]} other files of the same split"
        else:
            reason = "files of the same split have different gold labels, and nothing here says which are right"
        yield Damage(file.path, reason, REPEAT, file.identity)
