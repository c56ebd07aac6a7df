"""The setting of the check: device, tweets, encoder and sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mnerbench.benchmark.perf.gpu import synthetic
from mnerbench.benchmark.planning.expand import expand
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.methods.registry import methods

SMALL = "scratch"  # encoder of untimed checks


@dataclass(frozen=True)
class Sizes:
    """Sizes of the workloads.

    Attributes:
        tweets: tweets of synthetic corpora, by split.
        few: training tweets of untimed runs.
        epochs: epochs of the whole run in bf16.
        epochs_fp32: epochs of the one in fp32, which comes last.
        batch: tweets per timed training step.
        steps, rounds: number of training steps, and of repetitions of them.
        times: repetitions of all other timings.
        methods: methods whose training steps are timed.
        pixels: side length of the pictures for ResNet-152.
        pictures: pictures in the feature store.
        grid: training tweets and epochs of each run of the grid.
    """

    tweets: Mapping[str, int]
    few: int
    epochs: int
    epochs_fp32: int
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
        """Tweets by split of untimed runs; few test tweets, as each is paired with the pictures of all others."""
        return {"train": self.few, "valid": self.few // 4, "test": self.few // 4}


_FULL = Sizes(
    tweets={"train": 4000, "valid": 1000, "test": 3257},
    few=64,
    epochs=10,
    epochs_fp32=3,
    batch=32,
    steps=6,
    rounds=3,
    times=12,
    methods=("umt", "maf", "hamlearning", "ita-all+cva"),
    pixels=224,
    pictures=500,
    grid=(480, 2),
)
_TINY = Sizes(
    tweets={"train": 48, "valid": 12, "test": 12},
    few=16,
    epochs=2,
    epochs_fp32=2,
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
    """The setting of the check.

    Attributes:
        device: `cuda`, `cuda:1`, `cpu`.
        tiny: whether to use minimal sizes, to rehearse.
        folder: folder for temporary files.
        data: data folder with Twitter-2015, or None for synthetic tweets.
        encoder: encoder folder, or None for a synthetic one.
        few: whether to use few, synthetic tweets, for untimed checks.
    """

    device: str
    tiny: bool
    folder: Path
    data: Path | None = None
    encoder: Path | None = None
    few: bool = False

    @property
    def sizes(self) -> Sizes:
        """Sizes of the workloads."""
        return _TINY if self.tiny else _FULL

    @property
    def on_gpu(self) -> bool:
        """Whether the device is a GPU."""
        return self.device != "cpu"

    @property
    def dataset(self) -> str:
        """Name of the training corpus."""
        return synthetic.NAME if self.data is None or self.few else "twitter15"

    @property
    def checked(self) -> Setting:
        """The setting of untimed checks."""
        return replace(self, few=True)

    @property
    def data_folder(self) -> Path:
        """Folder of the corpus; synthetic ones are written by the first part."""
        return self.folder / "few" if self.few else self.data or self.folder / "data"

    @property
    def encoder_folder(self) -> Path:
        """Folder of the timed encoder; a synthetic one is written by the first part."""
        return self.encoder or self.folder / "encoder"

    def paths(self, out: str, **machine: Any) -> RunPaths:
        """Folders and machine settings of runs with a separate results folder."""
        threads = 1 if self.tiny and not self.on_gpu else None
        settings = {"device": self.device, "threads": threads, **machine}
        return RunPaths(self.data_folder, None, self.folder / "runs" / out, self.folder / "cache", **settings)

    @cached_property
    def resources(self) -> LocalResources:
        """Corpora and encoders outside of runs."""
        return LocalResources(self.paths("none"))

    def jobs(
        self, names: Sequence[str], resources: LocalResources, encoder: str = SMALL, seeds: int = 1, **training: Any
    ) -> tuple[Job, ...]:
        """Plan runs of methods on the corpus.

        Args:
            names: names of the methods.
            resources: identify corpus and encoder.
            encoder: `scratch`, or a folder.
            seeds: number of seeds.
            training: training settings, and `tweets`, the size of the training set (default: all).
        """
        tweets = training.pop("tweets", "all")
        raw = {"name": "gpu", "title": "GPU check", "datasets": (self.dataset,), "methods": tuple(names)}
        suite = Suite.model_validate(
            {**raw, "seeds": seeds, "encoder": encoder, "training": training, "train_tweets": (tweets,)}
        )
        return expand(suite, resources, methods()).jobs
