"""How cost grows with tweets, runs and seeds: in proportion, or something is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mnerbench.benchmark.perf.commands import seconds_of
from mnerbench.benchmark.perf.made_predictions import make_predictions
from mnerbench.benchmark.perf.made_runs import TWEETS, make_runs

_SIZES = (10, 100, 1000)
_COUNTED = ("--suite", "demo", "--datasets", "probe-object", "--methods", "lookup,majority", "--baseline", "majority")


@dataclass(frozen=True)
class Growth:
    """Seconds for more and more of something.

    Attributes:
        what: takes the time.
        unit: what there is more of: `tweets`, `runs`, `seeds`.
        amounts: rising.
        seconds: for each.
    """

    what: str
    unit: str
    amounts: Sequence[int]
    seconds: Sequence[float]

    @property
    def steepest(self) -> float:
        """The most by which time outgrew the amount from one to the next; 1 is linear, below it something is fixed."""
        times = zip(self.seconds, self.seconds[1:], strict=False)
        more = zip(self.amounts, self.amounts[1:], strict=False)
        return max((late / early) / (many / few) for (early, late), (few, many) in zip(times, more, strict=True))


def growth_of_runs(folder: Path, sizes: Sequence[int] = _SIZES, tweets: int = TWEETS) -> Iterator[Growth]:
    """Commands over results folders of more and more runs.

    Args:
        folder: for what is made on the way.
        sizes: numbers of runs: 10, or multiples of 20.
        tweets: of the test split, in reports.
    """
    found: dict[str, list[float]] = {}
    for runs in sizes:
        grid = (*_COUNTED, *_grid(runs), "--out", str(folder / f"grid-{runs}"), "--cache", str(folder / "cache"))
        for name, command in (
            ("run of lookup and majority on a probe", ("run", *grid, "--no-mlflow")),
            ("run, nothing to do, with report", ("run", *grid, "--no-mlflow")),
            ("plan", ("plan", *grid)),
            ("status", ("status", "--out", folder / f"grid-{runs}")),
        ):
            found.setdefault(name, []).append(seconds_of(*command))
        made = folder / f"made-{runs}"
        make_runs(made, runs, tweets)
        for kind in ("markdown", "html"):
            name = f"report --format {kind}, {tweets:,} test tweets, four views"
            spent = seconds_of("report", "--out", made, "--baseline", "method-0", "--format", kind)
            found.setdefault(name, []).append(spent)
    yield from (Growth(name, "runs", sizes, seconds) for name, seconds in found.items())


def _grid(runs: int) -> tuple[str, ...]:
    """Flags for as many runs: two methods, ten sizes of the training set (five for ten runs), and seeds."""
    sizes = min(10, runs // 2)
    if runs != 2 * sizes * (runs // 2 // sizes):
        raise ValueError(f"{runs} runs are not two methods, {sizes} sizes and whole seeds")
    return "--train-tweets", ",".join(str(70 * n) for n in range(1, sizes + 1)), "--seeds", str(runs // 2 // sizes)


def growth_of_predictions(
    folder: Path, sizes: Sequence[int] = (10_000, 40_000, 160_000), of_test: int = TWEETS
) -> Iterator[Growth]:
    """`score` over larger and larger prediction files, most of whose tweets are none of the test split's.

    Args:
        folder: for what is made on the way.
        sizes: tweets of the files.
        of_test: of the test split.
    """
    seconds: dict[str, list[float]] = {}
    for tweets in sizes:
        with TemporaryDirectory(dir=folder) as made:
            files = make_predictions(Path(made), tweets, of_test)
            for kind, file in files.items():
                flags = ("--dataset", "made", "--name", "made", "--data", made, "--out", Path(made) / kind)
                seconds.setdefault(kind, []).append(seconds_of("score", file, *flags))
    for kind, spent in seconds.items():
        yield Growth(f"score of {kind}, {of_test:,} test tweets", "tweets", sizes, spent)


def growth_of_seeds(folder: Path, seeds: Sequence[int] = (1, 2, 4, 8)) -> Growth:
    """A trained method on a probe with more and more seeds, one run at a time, from command to report."""
    seconds = []
    grid = ("--suite", "demo", "--datasets", "probe-object", "--methods", "bert-crf", "--no-mlflow", "--workers", "1")
    for count in seeds:
        with TemporaryDirectory(dir=folder) as out:
            seconds.append(seconds_of("run", *grid, "--seeds", str(count), "--out", out, "--cache", folder / "cache"))
    return Growth("run of bert-crf on a probe, with report", "seeds", seeds, seconds)
