"""Measures how cost grows with tweets, runs and seeds; it should be at most proportional."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from harness_perf.synthetic_predictions import make_predictions
from harness_perf.synthetic_runs import TWEETS, make_runs
from mnerbench.benchmark.perf.commands import seconds_of

_SIZES = (10, 100, 1000)
_PROBE = ("--suite", "demo", "--datasets", "probe-object")
_COUNT_BASED = (*_PROBE, "--methods", "lookup,majority", "--baseline", "majority")


@dataclass(frozen=True)
class Growth:
    """Seconds for increasing amounts of work.

    Attributes:
        what: the timed operation.
        unit: unit of the amounts: `tweets`, `runs`, `seeds`.
        amounts: increasing amounts.
        seconds: seconds for each amount.
    """

    what: str
    unit: str
    amounts: Sequence[int]
    seconds: Sequence[float]

    @property
    def steepest(self) -> float:
        """Largest ratio of relative time to relative amount between neighbours; 1 is linear, less means fixed costs."""
        times = zip(self.seconds, self.seconds[1:], strict=False)
        amounts = zip(self.amounts, self.amounts[1:], strict=False)
        return max((late / early) / (many / few) for (early, late), (few, many) in zip(times, amounts, strict=True))


def growth_of_runs(folder: Path, sizes: Sequence[int] = _SIZES, tweets: int = TWEETS) -> Iterator[Growth]:
    """Time commands over results folders with increasing numbers of runs.

    Args:
        folder: folder for temporary files.
        sizes: numbers of runs: 10, or multiples of 20.
        tweets: size of the test split in reports.
    """
    seconds_by_command: dict[str, list[float]] = {}
    for runs in sizes:
        grid = (*_COUNT_BASED, *_grid(runs), "--out", str(folder / f"grid-{runs}"), "--cache", str(folder / "cache"))
        for name, command in (
            ("run of lookup and majority on a probe", ("run", *grid, "--no-mlflow")),
            ("run, nothing to do, with report", ("run", *grid, "--no-mlflow")),
            ("plan", ("plan", *grid)),
            ("status", ("status", "--out", folder / f"grid-{runs}")),
        ):
            seconds_by_command.setdefault(name, []).append(seconds_of(*command))
        results = folder / f"synthetic-{runs}"
        make_runs(results, runs, tweets)
        for kind in ("markdown", "html"):
            name = f"report --format {kind}, {tweets:,} test tweets, four views"
            seconds = seconds_of("report", "--out", results, "--baseline", "method-0", "--format", kind)
            seconds_by_command.setdefault(name, []).append(seconds)
    yield from (Growth(name, "runs", sizes, times) for name, times in seconds_by_command.items())


def _grid(runs: int) -> tuple[str, ...]:
    """Flags that yield this number of runs: two methods, ten training set sizes (five for ten runs), and seeds."""
    sizes = min(10, runs // 2)
    if runs != 2 * sizes * (runs // 2 // sizes):
        raise ValueError(f"{runs} runs are not divisible into two methods and {sizes} training set sizes")
    return "--train-tweets", ",".join(str(70 * n) for n in range(1, sizes + 1)), "--seeds", str(runs // 2 // sizes)


def growth_of_predictions(
    folder: Path, sizes: Sequence[int] = (10_000, 40_000, 160_000), of_test: int = TWEETS
) -> Iterator[Growth]:
    """Time `score` over prediction files of increasing size, most of whose tweets are not in the test split.

    Args:
        folder: folder for temporary files.
        sizes: numbers of tweets in the files.
        of_test: number of tweets in the test split.
    """
    seconds: dict[str, list[float]] = {}
    for tweets in sizes:
        with TemporaryDirectory(dir=folder) as data:
            files = make_predictions(Path(data), tweets, of_test)
            for kind, file in files.items():
                flags = ("--dataset", "made", "--name", "made", "--data", data, "--out", Path(data) / kind)
                seconds.setdefault(kind, []).append(seconds_of("score", file, *flags))
    for kind, times in seconds.items():
        yield Growth(f"score of {kind}, {of_test:,} test tweets", "tweets", sizes, times)


def growth_of_seeds(folder: Path, seeds: Sequence[int] = (1, 2, 4, 8)) -> Growth:
    """Time a `run` of a neural method on a probe, including its report, with increasing numbers of seeds."""
    seconds = []
    grid = (*_PROBE, "--methods", "bert-crf", "--no-mlflow", "--workers", "1")
    for count in seeds:
        with TemporaryDirectory(dir=folder) as out:
            seconds.append(seconds_of("run", *grid, "--seeds", str(count), "--out", out, "--cache", folder / "cache"))
    return Growth("run of bert-crf on a probe, with report", "seeds", seeds, seconds)
