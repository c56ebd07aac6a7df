"""What reports count in predictions, counted once: per tweet, per gold entity, per slice, per kind of mistake.

Everything here is derived from predictions and the description of their split, and can be made again from them: a new
slice needs no training. It is kept so that a report over a thousand runs need not read a million tweets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from mnerbench.benchmark.mistakes import Mistake, find_mistakes
from mnerbench.benchmark.records import Prediction, RunRecord, RunStore, Status, write_bytes_atomically
from mnerbench.benchmark.scoring import Counts
from mnerbench.benchmark.spec import RunSpec
from mnerbench.benchmark.splits import ScoredSplit, load_split, split_path, tweets_in_order
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.slices import SLICES, KnownNames
from mnerbench.datasets.tagging import Span, conll_spans

_VERSION = 1  # raised whenever the same predictions would be counted otherwise


@dataclass(frozen=True)
class Tally:
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
    mistakes: Mapping[Mistake, int]


def tally(predictions: Sequence[Prediction], split: ScoredSplit, known: KnownNames) -> Tally:
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
            f"{split.split} of {split.tested_on}\n  -> rerun with --rerun all"
        )
    tweets, found = np.zeros((len(predictions), 3), np.int32), []
    slices: dict[str, list[int]] = {}
    mistakes = dict.fromkeys(Mistake, 0)
    for place, (item, words, own) in enumerate(zip(predictions, split.words, split.slices, strict=True)):
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
    return Tally(tweets, np.array(found, np.bool_), counts, mistakes)


# Most tweets are labelled as many others are.
@lru_cache(maxsize=1 << 16)
def _spans(labels: tuple[str, ...]) -> tuple[Span, ...]:
    return tuple(conll_spans(labels))


class TallyStore:
    """The tallies of a results folder: kept beside the predictions, made when they are missing or of something else.

    Args:
        store: the results folder; one that cannot be written is read all the same.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self.split = cache(self._split)
        self._known = lru_cache(maxsize=64)(self._known_names)

    def _split(self, path: Path) -> ScoredSplit | None:
        return load_split(path)

    def described(self, spec: RunSpec, split: str) -> ScoredSplit | None:
        """The tweets that a run's split is of, or None for a folder that holds no description of them."""
        tested, name = spec.scored[split]
        return self.split(split_path(self._store.root, spec.dataset, tested, name))

    def _known_names(self, path: Path, train_tweets: int | None, seed: int) -> KnownNames:
        split = self.split(path)
        return split.known_names(train_tweets, seed) if split is not None else KnownNames(())

    def of(self, record: RunRecord, split: str, view: str) -> Tally | None:
        """The tally of a run in a split and view of its record; None where its tweets are not described.

        Raises:
            StoreError: there are no predictions, or they are not of this split.
        """
        spec = record.spec
        described = self.described(spec, split)
        if described is None:
            return None
        path = self._store.folder(record.identity) / "tallies" / f"{split}.{view}.safetensors"
        if (kept := _read(path, described.digest)) is not None:
            return kept
        tested, name = spec.scored[split]
        # All training tweets are the same for every seed.
        size, seed = spec.dataset.train_tweets, spec.seed if spec.dataset.train_tweets is not None else 0
        known = self._known(split_path(self._store.root, spec.dataset, tested, name), size, seed)
        made = tally(self._store.predictions(record.identity, split, view), described, known)
        # A folder that is only read: the next report counts again.
        with suppress(StoreError):
            _write(path, made, described.digest)
        return made

    def keep(self, record: RunRecord) -> None:
        """Make the tallies of a run that has just ended, so that reports need not."""
        for split in record.spec.tests if record.status is Status.DONE else ():
            for view in record.metrics.get(split, {}):
                self.of(record, split, view)


def _write(path: Path, made: Tally, digest: str) -> None:
    slices = {name: (one.correct, one.predicted, one.gold) for name, one in made.slices.items()}
    text = json.dumps({"version": _VERSION, "of": digest, "slices": slices, "mistakes": made.mistakes})
    write_bytes_atomically(path, save({"tweets": made.tweets, "found": made.found}, {"tally": text}))


def _read(path: Path, digest: str) -> Tally | None:
    """None where there is none, where it is of something else, and where it is damaged: it can be made again."""
    try:
        with safe_open(path, framework="numpy") as file:
            text = json.loads((file.metadata() or {}).get("tally", "{}"))
            if text.get("version") != _VERSION or text.get("of") != digest:
                return None
            return Tally(
                file.get_tensor("tweets"),
                file.get_tensor("found"),
                {name: Counts(*counts) for name, counts in text["slices"].items()},
                {Mistake(kind): number for kind, number in text["mistakes"].items()},
            )
    except (OSError, SafetensorError, ValueError, KeyError):
        return None
