"""A run of a method that is trained by gradient: build, train, evaluate in every view, count what policies did."""

from __future__ import annotations

import time

from mnerbench.benchmark.checkpoint import Checkpoint
from mnerbench.benchmark.construction import DEV, TEST, TRAIN, Ingredients, build_method, encode
from mnerbench.benchmark.device import pick_device
from mnerbench.benchmark.evaluation import predict
from mnerbench.benchmark.events import EpochDone, RunStarted, StepDone
from mnerbench.benchmark.job import Bench, Job
from mnerbench.benchmark.optimisation import count_parameters
from mnerbench.benchmark.predictions import keep, pair_up
from mnerbench.benchmark.records import CHECKPOINT
from mnerbench.benchmark.scoring import Counts
from mnerbench.benchmark.training import Progress, Reports, Trainer
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.tagging import illegal_transitions
from mnerbench.datasets.visual.inputs import View
from mnerbench.methods.base import MethodConfig
from mnerbench.methods.layers.pieces import RowCounts


def train_and_evaluate(job: Job, config: MethodConfig, bench: Bench) -> None:
    """Do a run; what it finds goes into the bench's findings, predictions into its store.

    Raises:
        ValueError: the job lacks what a trained method needs.
        DataError: data or encoder changed since the run was planned.
    """
    if job.encoder is None or job.spec.training is None:
        raise ValueError(f"{job.spec.title}: a trained method needs an encoder and training settings")
    data = job.spec.dataset
    if bench.materials.encoder_ref(job.encoder) != job.spec.encoder:
        raise DataError(f"encoder {job.encoder!r} changed after the run was planned\n  -> run the command again")
    made_of = Ingredients(
        spec=job.spec,
        settings=job.spec.training,
        config=config,
        corpus=bench.materials.require_same(data, config.inputs),
        inputs=bench.materials.inputs(data.name, config.inputs, data.captions),
        encoder=bench.materials.encoder(job.encoder),
    )
    NeuralRun(made_of, bench).run()


class NeuralRun:
    """One method on its device with its tokenised splits.

    Args:
        made_of: spec, data and encoder.
        bench: loaders, store, findings, listener.
    """

    def __init__(self, made_of: Ingredients, bench: Bench) -> None:
        self._made_of, self._bench, self._spec = made_of, bench, made_of.spec
        device = pick_device(bench.materials.places)
        bench.findings.device = str(device)
        self._method = build_method(made_of).to(device)
        self._splits = encode(made_of, self._method)

    def run(self) -> None:
        """Train, evaluate, and delete the checkpoint."""
        findings, places = self._bench.findings, self._bench.materials.places
        findings.facts["parameters"] = count_parameters(self._method)
        path = self._bench.store.folder(self._spec.identity) / CHECKPOINT
        checkpoint = Checkpoint(path, places.checkpoint_seconds)
        progress = self._train(checkpoint)
        if checkpoint.ignored:
            findings.facts["notes"] = (*findings.facts["notes"], checkpoint.ignored)
        findings.facts |= {"curve": progress.curve, "best_epoch": progress.best_epoch, "resumed": progress.resumed}
        findings.timings |= {"train": progress.seconds, "dev": sum(point.dev_seconds for point in progress.curve)}
        self._evaluate()
        findings.facts["policies"] = self._policies()
        checkpoint.remove()

    def _labels(self, split: str, view: View) -> list[list[str]]:
        settings = self._made_of.settings
        return predict(self._method, self._splits[split], view, settings.precision, settings.scheme)

    def _dev_f1(self) -> float:
        labels = self._labels(DEV, self._made_of.config.primary_view)
        return sum((Counts(*item.counts) for item in pair_up(self._made_of.corpus[DEV], labels)), Counts()).f1

    def _train(self, checkpoint: Checkpoint) -> Progress:
        identity, listen, settings = self._spec.identity, self._bench.listen, self._made_of.settings
        reports = Reports(
            started=lambda steps, done: listen(RunStarted(identity, self._spec.title, steps, done)),
            step=lambda: listen(StepDone(identity)),
            epoch=lambda point: listen(EpochDone(identity, settings.epochs, point)),
        )
        trainer = Trainer(self._method, self._splits[TRAIN], settings, self._spec.seed)
        return trainer.run(self._dev_f1, checkpoint, reports)

    def _evaluate(self) -> None:
        begun, corpus = time.perf_counter(), self._made_of.corpus
        for split in (DEV, TEST):
            for view in self._made_of.config.evaluation_views:
                keep(self._bench, self._spec.identity, (split, view.value), corpus[split], self._labels(split, view))
        self._bench.findings.timings["test"] = time.perf_counter() - begun

    def _policies(self) -> dict[str, int]:
        """Named data policies and how often each applied; nothing is dropped silently."""
        tokenizer, corpus, captions = (
            self._method.encoder.tokenizer,
            self._made_of.corpus,
            self._made_of.inputs.captions,
        )
        stray = sum(sum(illegal_transitions(example.labels)) for example in corpus[TRAIN])
        everything = [example.words for examples in corpus.splits.values() for example in examples]
        counts = sum((split.counts for split in self._splits.values()), RowCounts())
        found = {
            f"stray_inside_{self._made_of.settings.stray_inside.value}": stray,
            "zero_piece_words_to_unknown": sum(tokenizer.zero_piece_words(words) for words in everything),
            "tweets_split_over_rows": counts.split_tweets,
            "words_shortened": counts.shortened_words,
            "contexts_cut": counts.cut_contexts,
        }
        if captions is not None:
            found["captions_of_lost_images_dropped"] = captions.dropped
            found["tweets_without_caption"] = captions.missing + captions.empty
        return found
