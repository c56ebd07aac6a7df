"""Details from prediction stats: slices, error types, counts per tweet, and which gold entities were found."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.results.error_types import ErrorType
from mnerbench.benchmark.results.prediction_stats import PredictionStats
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.scoring import NO_ENTITIES
from mnerbench.datasets.slices import SLICES
from mnerbench.reports.analysis.runs import Series

# Returns a run's prediction stats by record, split and view; None without tweet metadata.
StatsOf = Callable[[RunRecord, str, str], PredictionStats | None]

CACHE_BYTES = 256 << 20

# Method and view of a row.
RowKey = tuple[str, str | None]


@dataclass(frozen=True)
class Details:
    """The prediction stats of a row's runs, in ascending order of seeds, under the conlleval scorer.

    Attributes:
        seeds: of the runs.
        tweets: correct, predicted and gold entities, int [seeds, tweets, 3].
        detected: whether each gold entity was found, bool [seeds, gold entities].
        slices: mean F1 by slice.
        sizes: gold entities by slice, mean over seeds ("seen" depends on the seed of a reduced training set).
        errors: mean number by error type.
        seedless: whether it is the single run of a method without a seed, which stands beside every seed of others.
    """

    seeds: tuple[int, ...]
    tweets: NDArray[np.int32]
    detected: NDArray[np.bool_]
    slices: Mapping[str, float]
    sizes: Mapping[str, float]
    errors: Mapping[str, float]
    seedless: bool = False

    @property
    def size(self) -> int:
        """Size of the arrays in bytes."""
        return self.tweets.nbytes + self.detected.nbytes

    def indices(self, seeds: Iterable[int]) -> list[int]:
        """Indices of the runs with these seeds in `tweets` and `detected`."""
        return [self.seeds.index(seed) for seed in seeds]


def shared_seeds(several: Collection[Details]) -> list[int]:
    """The shared seeds, ascending."""
    return sorted(set.intersection(*(set(details.seeds) for details in several))) if several else []


def details_of(series: Series, view: str | None, stats_of: StatsOf) -> Details | None:
    """The details of a series in a view; None unless all finished runs scored in that view have prediction stats."""
    records = [
        record
        for record in series.ended(Status.DONE)
        if view is not None and view in record.metrics.get(series.split, {})
    ]
    optional = [stats_of(record, series.split, view or "") for record in records]
    stats = [of_run for of_run in optional if of_run is not None]
    if not stats or len(stats) != len(optional) or not _have_same_gold(stats):
        return None
    sizes = {
        name: fmean([of_run.slices.get(name, NO_ENTITIES).gold for of_run in stats]) for name in _slice_names(stats)
    }
    return Details(
        seeds=tuple(record.spec.seed for record in records),
        tweets=np.stack([of_run.tweets for of_run in stats]),
        detected=np.stack([of_run.gold_found for of_run in stats]),
        slices=_slices(stats),
        sizes=sizes,
        errors={kind.value: fmean([of_run.error_counts[kind] for of_run in stats]) for kind in ErrorType},
        seedless=series.deterministic,
    )


def _have_same_gold(stats: Sequence[PredictionStats]) -> bool:
    """Whether all runs were counted on the same gold entities; edited predictions are reported elsewhere."""
    return all(np.array_equal(of_run.tweets[:, 2], stats[0].tweets[:, 2]) for of_run in stats)


def _slice_names(stats: Sequence[PredictionStats]) -> list[str]:
    return [name for name in SLICES if any(name in of_run.slices for of_run in stats)]


def _slices(stats: Sequence[PredictionStats]) -> dict[str, float]:
    """Mean F1 of the slices with a gold entity in every run; without one, F1 is undefined."""
    names = [
        name
        for name in _slice_names(stats)
        if all(name in of_run.slices and of_run.slices[name].gold for of_run in stats)
    ]
    return {name: fmean([of_run.slices[name].f1 for of_run in stats]) for name in names}


class DetailsOfRows(Mapping[RowKey, Details]):
    """The details of the rows of a table, read on demand, with a cache of bounded size.

    The details of ten thousand runs take gigabytes, and only rows of the same table are compared.

    Args:
        series: by the method name of the rows.
        stats_of: returns the prediction stats of a run.
        cache_bytes: size of the cache.
    """

    def __init__(self, series: Mapping[str, Series], stats_of: StatsOf, cache_bytes: int = CACHE_BYTES) -> None:
        self._series, self._stats_of, self._cache_bytes = series, stats_of, cache_bytes
        self._keys: dict[RowKey, None] = {}
        self._cache: OrderedDict[RowKey, Details] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[RowKey]:
        return iter(self._keys)

    def __getitem__(self, key: RowKey) -> Details:
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        if key not in self._keys:
            raise KeyError(key)
        details = details_of(self._series[key[0]], key[1], self._stats_of)
        if details is None:  # deleted in the meantime
            raise KeyError(key)
        self.add(key, details)
        return details

    def add(self, key: RowKey, details: Details) -> None:
        """Add the details of a row, and evict the least recently used ones if the cache is full."""
        self._keys[key] = None
        self._cache[key] = details
        self._size += details.size
        while len(self._cache) > 1 and self._size > self._cache_bytes:
            self._size -= self._cache.popitem(last=False)[1].size

    def clear_cache(self) -> None:
        """Free the memory; details are read again on demand."""
        self._cache.clear()
        self._size = 0
