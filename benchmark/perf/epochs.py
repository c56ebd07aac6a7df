"""Whole epochs of `bert-crf`, with all that the harness does around a step, against a loop written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mnerbench.benchmark.perf.growth import Growth
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.spec import Precision, RunSpec, TrainingSettings
from mnerbench.benchmark.training.build import TRAIN, RunInputs, build_method, encode
from mnerbench.benchmark.training.checkpoint import Checkpoint
from mnerbench.benchmark.training.trainer import Reports, Trainer
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.visual.pictures import LostPictures
from mnerbench.methods.registry import methods

_BATCH = 16


@dataclass(frozen=True)
class Training:
    """What is trained: `bert-crf` on tweets of Twitter-2015.

    Attributes:
        materials: where the corpus, the encoder and the device are.
        encoder: as the user names it.
        epochs: of each side, at least one.
        precision: of ours.
        folder: for what is made on the way.
    """

    materials: LocalResources
    encoder: str
    epochs: int
    precision: Precision
    folder: Path

    def first(self, tweets: int) -> Corpus:
        """The first tweets of the training set."""
        whole = self.materials.corpus("twitter15")
        return Corpus(whole.name, {TRAIN: whole[TRAIN][:tweets], "valid": (), "test": ()}, whole.types)

    def epoch_seconds(self, corpus: Corpus, between: Callable[[], float]) -> list[float]:
        """Train; seconds of each epoch.

        Args:
            corpus: to train on.
            between: called after each epoch, where a run would score dev.
        """
        materials, config = self.materials, methods()["bert-crf"].configure({})
        settings = TrainingSettings(epochs=self.epochs, batch_size=_BATCH, lr_encoder=1e-4, precision=self.precision)
        spec = RunSpec(
            method="bert-crf",
            family="bert",
            config=config.model_dump(mode="json"),
            dataset=materials.dataset_ref("twitter15", (), {}, LostPictures.MASK),
            encoder=materials.encoder_ref(self.encoder),
            training=settings,
            protocol="equal",
            seed=0,
        )
        made_of = RunInputs(spec, settings, config, corpus, VisualInputs(), materials.encoder(self.encoder))
        method = build_method(made_of).to(pick_device(materials.places))
        trainer = Trainer(method, encode(made_of, method)[TRAIN], settings, seed=0)
        reports = Reports(started=lambda *_: None, step=lambda: None, epoch=lambda _: None)
        progress = trainer.run(between, Checkpoint(self.folder / "checkpoint", 1e9), reports)
        return [point.train_seconds for point in progress.curve]


def epoch_pair(training: Training, tweets: int) -> Pair:
    """Epochs in turns; the rival tokenises in every step, as usual."""
    # Late: it needs pytorch-crf, which the other measurements do without.
    from mnerbench.benchmark.perf.plain_loop import PlainLoop

    corpus, materials = training.first(tweets), training.materials
    folder, device = materials.encoder(training.encoder).folder, pick_device(materials.places)
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
    """An epoch, with the rows of its batches made, of more and more tweets."""
    once = replace(training, epochs=1)
    once.epoch_seconds(once.first(4 * _BATCH), lambda: 0.0)  # allocates
    seconds = [sum(once.epoch_seconds(once.first(tweets), lambda: 0.0)) for tweets in sizes]
    return Growth("an epoch of bert-crf", "tweets", sizes, seconds)
