"""Whole epochs of `bert-crf`, with all that the harness does around a step, against a loop written by hand."""

from __future__ import annotations

from pathlib import Path

from mnerbench.benchmark.checkpoint import Checkpoint
from mnerbench.benchmark.construction import Ingredients, build_method, encode
from mnerbench.benchmark.materials import Materials
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.perf.plain_loop import PlainLoop
from mnerbench.benchmark.spec import RunSpec, TrainingSettings
from mnerbench.benchmark.training import Reports, Trainer
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.visual.pictures import LostPictures
from mnerbench.methods.registry import methods


def epoch_pair(materials: Materials, encoder: Path, epochs: int, tweets: int, folder: Path) -> Pair:
    """Epochs in turns on the first tweets of Twitter-2015; the rival tokenises in every step, as usual."""
    settings = TrainingSettings(epochs=epochs, batch_size=16, lr_encoder=1e-4)
    whole = materials.corpus("twitter15")
    corpus = Corpus(whole.name, {"train": whole["train"][:tweets], "valid": (), "test": ()}, whole.types)
    config = methods()["bert-crf"].configure({})
    spec = RunSpec(
        method="bert-crf",
        family="bert",
        config=config.model_dump(mode="json"),
        dataset=materials.dataset_ref("twitter15", (), {}, LostPictures.MASK),
        encoder=materials.encoder_ref(str(encoder)),
        training=settings,
        protocol="equal",
        seed=0,
    )
    made_of = Ingredients(spec, settings, config, corpus, VisualInputs(), materials.encoder(str(encoder)))
    method = build_method(made_of)
    trainer = Trainer(method, encode(made_of, method)["train"], settings, seed=0)
    plain = PlainLoop(corpus, encoder, epochs, 16, 0)
    theirs: list[float] = []

    def between() -> float:
        """An epoch of the rival after each of ours, where a run would score dev."""
        theirs.append(1000 * plain.epoch())
        return 0.0

    reports = Reports(started=lambda *_: None, step=lambda: None, epoch=lambda _: None)
    progress = trainer.run(between, Checkpoint(folder / "checkpoint", 1e9), reports)
    ours = [1000 * point.train_seconds for point in progress.curve]
    rival = f"plain loop, pytorch-crf; {encoder.name}, 16 tweets, CPU, fp32"
    return Pair(f"`bert-crf`, epoch of {len(corpus['train']):,} tweets", rival, ours, theirs)
