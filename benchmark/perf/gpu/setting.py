"""On what everything is checked and timed: device, tweets, encoder, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mnerbench.benchmark.perf.gpu import made
from mnerbench.benchmark.planning.expand import expand
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.methods.registry import methods

SMALL = "scratch"  # the encoder of what is checked, not timed


@dataclass(frozen=True)
class Sizes:
    """How much is done.

    Attributes:
        tweets: of made corpora, by split.
        few: training tweets of runs that are checked and not timed.
        epochs: of the whole run.
        batch: tweets per step of the training steps.
        steps, rounds: of training steps: so many, so often.
        times: of everything else that is timed.
        methods: whose training steps are timed.
        pixels: per side of pictures that ResNet-152 looks at.
        pictures: in the store that is read.
        grid: training tweets and epochs of each run of the grid.
    """

    tweets: Mapping[str, int]
    few: int
    epochs: int
    batch: int
    steps: int
    rounds: int
    times: int
    methods: Sequence[str]
    pixels: int
    pictures: int
    grid: tuple[int, int]

    @property
    def checked(self) -> Mapping[str, int]:
        """Tweets by split of runs that are checked; few are tested, for each is crossed with every other's picture."""
        return {"train": self.few, "valid": self.few // 4, "test": self.few // 4}


_WHOLE = Sizes(
    tweets={"train": 4000, "valid": 1000, "test": 3257},
    few=64,
    epochs=10,
    batch=32,
    steps=6,
    rounds=3,
    times=30,
    methods=("umt", "maf", "hamlearning", "ita-all+cva"),
    pixels=224,
    pictures=500,
    grid=(480, 2),
)
_TINY = Sizes(
    tweets={"train": 48, "valid": 12, "test": 12},
    few=16,
    epochs=2,
    batch=2,
    steps=1,
    rounds=2,
    times=2,
    methods=("umt", "ita-all+cva"),
    pixels=32,
    pictures=40,
    grid=(16, 1),
)


@dataclass(frozen=True)
class Setting:
    """What was asked for.

    Attributes:
        device: `cuda`, `cuda:1`, `cpu`.
        tiny: little of everything, to rehearse.
        folder: for what is made on the way.
        data: a data folder with Twitter-2015, or None for made tweets.
        encoder: a folder with an encoder, or None for a made one.
        few: made tweets in any case, and few of them, for what is checked and not timed.
    """

    device: str
    tiny: bool
    folder: Path
    data: Path | None = None
    encoder: Path | None = None
    few: bool = False

    @property
    def sizes(self) -> Sizes:
        """How much is done."""
        return _TINY if self.tiny else _WHOLE

    @property
    def on_gpu(self) -> bool:
        """Whether this is no rehearsal."""
        return self.device != "cpu"

    @property
    def dataset(self) -> str:
        """The corpus that is trained on."""
        return made.NAME if self.data is None or self.few else "twitter15"

    @property
    def checked(self) -> Setting:
        """The same for what is checked and not timed."""
        return replace(self, few=True)

    @property
    def data_folder(self) -> Path:
        """Where the corpus is; made ones are written by the first part."""
        return self.folder / "few" if self.few else self.data or self.folder / "data"

    @property
    def encoder_folder(self) -> Path:
        """Of the encoder that is timed; a made one is written by the first part."""
        return self.encoder or self.folder / "encoder"

    def places(self, out: str, **machine: Any) -> RunPaths:
        """Folders and machine settings of some runs, with a results folder of their own."""
        threads = 1 if self.tiny and not self.on_gpu else None
        settings = {"device": self.device, "threads": threads, **machine}
        return RunPaths(self.data_folder, None, self.folder / "runs" / out, self.folder / "cache", **settings)

    @cached_property
    def materials(self) -> LocalResources:
        """Corpora and encoders for what is no run."""
        return LocalResources(self.places("none"))

    def jobs(
        self, names: Sequence[str], materials: LocalResources, encoder: str = SMALL, seeds: int = 1, **training: Any
    ) -> tuple[Job, ...]:
        """Runs of methods on the corpus.

        Args:
            names: of the methods.
            materials: identify corpus and encoder.
            encoder: `scratch`, or a folder.
            seeds: how many.
            training: settings; `tweets` of the training set, all where it is left out.
        """
        tweets = training.pop("tweets", "all")
        raw = {"name": "gpu", "title": "GPU check", "datasets": (self.dataset,), "methods": tuple(names)}
        suite = Suite.model_validate(
            {**raw, "seeds": seeds, "encoder": encoder, "training": training, "train_tweets": (tweets,)}
        )
        return expand(suite, materials, methods()).jobs
