"""Times epochs of `bert-crf`, including the harness's overhead per step, against a hand-written training loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness_perf.growth import Growth
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.spec import Precision, RunSpec, TrainingSettings
from mnerbench.benchmark.training.build import TRAIN, RunInputs, build_method, encode
from mnerbench.benchmark.training.checkpoint import Checkpoint
from mnerbench.benchmark.training.trainer import Reports, Trainer
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.methods.registry import methods

_BATCH = 16


@dataclass(frozen=True)
class Training:
    """Training of `bert-crf` on tweets of Twitter-2015.

    Attributes:
        resources: provide the corpus, the encoder and the device.
        encoder: name of the encoder.
        epochs: epochs of each side, at least one.
        precision: our precision.
        folder: folder for temporary files.
    """

    resources: LocalResources
    encoder: str
    epochs: int
    precision: Precision
    folder: Path

    def first(self, tweets: int) -> Corpus:
        """A corpus of the first tweets of the training set."""
        whole = self.resources.corpus("twitter15")
        return Corpus(whole.name, {TRAIN: whole[TRAIN][:tweets], "valid": (), "test": ()}, whole.types)

    def epoch_seconds(self, corpus: Corpus, between: Callable[[], float]) -> list[float]:
        """Train; returns the seconds of each epoch.

        Args:
            corpus: the training corpus.
            between: called after each epoch, where a run would evaluate on dev.
        """
        resources, config = self.resources, methods()["bert-crf"].configure({})
        settings = TrainingSettings(epochs=self.epochs, batch_size=_BATCH, lr_encoder=1e-4, precision=self.precision)
        spec = RunSpec(
            method="bert-crf",
            family="bert",
            config=config.model_dump(mode="json"),
            dataset=resources.dataset_ref("twitter15", (), {}, LostPictures.MASK),
            encoder=resources.encoder_ref(self.encoder),
            training=settings,
            protocol="equal",
            seed=0,
        )
        run_inputs = RunInputs(spec, settings, config, corpus, VisualInputs(), resources.encoder(self.encoder))
        method = build_method(run_inputs).to(pick_device(resources.paths))
        trainer = Trainer(method, encode(run_inputs, method)[TRAIN], settings, seed=0)
        reports = Reports(started=lambda *_: None, step=lambda: None, epoch=lambda _: None)
        progress = trainer.run(between, Checkpoint(self.folder / "checkpoint", 1e9), reports)
        return [point.train_seconds for point in progress.curve]


def epoch_pair(training: Training, tweets: int) -> Pair:
    """Time epochs alternately; the rival tokenises in every step, as is usual."""
    # Imported late: it needs pytorch-crf, unlike the other measurements.
    from harness_perf.plain_loop import PlainLoop

    corpus, resources = training.first(tweets), training.resources
    folder, device = resources.encoder(training.encoder).folder, pick_device(resources.paths)
    assert folder is not None
    plain = PlainLoop(corpus, folder, training.epochs, _BATCH, device)
    theirs: list[float] = []

    def between() -> float:
        theirs.append(1000 * plain.epoch())
        return 0.0

    ours = [1000 * seconds for seconds in training.epoch_seconds(corpus, between)]
    rival = f"plain loop, pytorch-crf, fp32; {folder.name}, {_BATCH} tweets, {training.precision.value}"
    return Pair(f"bert-crf, epoch of {len(corpus[TRAIN]):,} tweets", rival, ours, theirs)


def growth_of_tweets(training: Training, sizes: Sequence[int] = (250, 500, 1000, 2000, 4000)) -> Growth:
    """Time an epoch, including batch preparation, over increasing numbers of tweets."""
    single = replace(training, epochs=1)
    single.epoch_seconds(single.first(4 * _BATCH), lambda: 0.0)  # warm up allocations
    seconds = [sum(single.epoch_seconds(single.first(tweets), lambda: 0.0)) for tweets in sizes]
    return Growth("an epoch of bert-crf", "tweets", sizes, seconds)
