"""What tallies of predictions say beyond a score: slices, mistakes, counts per tweet, which entities were found."""

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
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.datasets.slices import SLICES
from mnerbench.reports.analysis.runs import Series

# A run's tally by its record, split and view; None where nobody described the tweets.
TallyOf = Callable[[RunRecord, str, str], PredictionStats | None]

ROOM = 256 << 20

# A method, and the view it was scored in.
Place = tuple[str, str | None]


@dataclass(frozen=True)
class Details:
    """The tallies of a row's runs together, seeds in ascending order; all in the conlleval reading.

    Attributes:
        seeds: of the runs.
        tweets: correct, predicted and gold entities, int [seeds, tweets, 3].
        found: whether each gold entity was found, bool [seeds, gold entities].
        slices: mean F1 by slice.
        sizes: gold entities by slice, mean over seeds (what is seen depends on the seed of a smaller training set).
        mistakes: mean number by kind.
    """

    seeds: tuple[int, ...]
    tweets: NDArray[np.int32]
    found: NDArray[np.bool_]
    slices: Mapping[str, float]
    sizes: Mapping[str, float]
    mistakes: Mapping[str, float]

    @property
    def size(self) -> int:
        """Bytes of the arrays."""
        return self.tweets.nbytes + self.found.nbytes

    def places(self, seeds: Iterable[int]) -> list[int]:
        """Where the runs with these seeds stand in `tweets` and `found`."""
        return [self.seeds.index(seed) for seed in seeds]


def shared_seeds(several: Collection[Details]) -> list[int]:
    """The seeds that all of them have, ascending."""
    return sorted(set.intersection(*(set(one.seeds) for one in several))) if several else []


def details_of(series: Series, view: str | None, tally_of: TallyOf) -> Details | None:
    """The details of a series in one view; None unless every finished run that was scored in it has a tally of it."""
    records = [
        record
        for record in series.ended(Status.DONE)
        if view is not None and view in record.metrics.get(series.split, {})
    ]
    tallies = [tally_of(record, series.split, view or "") for record in records]
    known = [one for one in tallies if one is not None]
    if not known or len(known) != len(tallies) or not _same_gold(known):
        return None
    return Details(
        seeds=tuple(record.spec.seed for record in records),
        tweets=np.stack([one.tweets for one in known]),
        found=np.stack([one.found for one in known]),
        slices=_slices(known),
        sizes={name: fmean([one.slices.get(name, Counts()).gold for one in known]) for name in _named(known)},
        mistakes={kind.value: fmean([one.mistakes[kind] for one in known]) for kind in ErrorType},
    )


def _same_gold(tallies: Sequence[PredictionStats]) -> bool:
    """Whether all were counted on the same gold entities: what was edited has others, and is named elsewhere."""
    return all(np.array_equal(one.tweets[:, 2], tallies[0].tweets[:, 2]) for one in tallies)


def _named(tallies: Sequence[PredictionStats]) -> list[str]:
    return [name for name in SLICES if any(name in one.slices for one in tallies)]


def _slices(tallies: Sequence[PredictionStats]) -> dict[str, float]:
    """Mean F1 of the slices that hold a gold entity in every run: without one there is nothing to find."""
    names = [name for name in _named(tallies) if all(name in one.slices and one.slices[name].gold for one in tallies)]
    return {name: fmean([one.slices[name].f1 for one in tallies]) for name in names}


class DetailsOfRows(Mapping[Place, Details]):
    """The details of the rows of a table, read from tallies when they are asked for, and kept as far as there is room.

    Those of ten thousand runs take gigabytes, and no two tables are compared.

    Args:
        series: by the method that rows name.
        tally_of: gives what was counted in a run's predictions.
        room: bytes that may be kept.
    """

    def __init__(self, series: Mapping[str, Series], tally_of: TallyOf, room: int = ROOM) -> None:
        self._series, self._tally_of, self._room = series, tally_of, room
        self._places: dict[Place, None] = {}
        self._kept: OrderedDict[Place, Details] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places)

    def __getitem__(self, place: Place) -> Details:
        if place in self._kept:
            self._kept.move_to_end(place)
            return self._kept[place]
        if place not in self._places:
            raise KeyError(place)
        found = details_of(self._series[place[0]], place[1], self._tally_of)
        if found is None:  # somebody has deleted them since
            raise KeyError(place)
        self.add(place, found)
        return found

    def add(self, place: Place, details: Details) -> None:
        """Add what was read of a row, and let go of what nobody asked for longest where there is no room."""
        self._places[place] = None
        self._kept[place] = details
        self._size += details.size
        while len(self._kept) > 1 and self._size > self._room:
            self._size -= self._kept.popitem(last=False)[1].size

    def forget(self) -> None:
        """Give the room back; what is asked for is read again."""
        self._kept.clear()
        self._size = 0
