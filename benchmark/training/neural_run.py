"""A run of a method that is trained by gradient: build, train, evaluate in every view, count what policies did."""

from __future__ import annotations

import time

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.results.code_state import code_digest
from mnerbench.benchmark.results.environment import reset_gpu_peak
from mnerbench.benchmark.results.scoring import score
from mnerbench.benchmark.results.store import CHECKPOINT
from mnerbench.benchmark.training.build import DEV, TEST, TRAIN, RunInputs, Served, build_method, encode
from mnerbench.benchmark.training.checkpoint import Checkpoint
from mnerbench.benchmark.training.context import RunContext, keep
from mnerbench.benchmark.training.coverage import coverage
from mnerbench.benchmark.training.diagnosis_files import keep_diagnosis
from mnerbench.benchmark.training.diagnostics import Diagnosis
from mnerbench.benchmark.training.encoder_notes import encoder_notes
from mnerbench.benchmark.training.events import EpochDone, Interrupted, RunStarted
from mnerbench.benchmark.training.memory import is_out_of_memory, shortage
from mnerbench.benchmark.training.optimizer import count_parameters
from mnerbench.benchmark.training.predict import predict
from mnerbench.benchmark.training.trainer import Progress, Reports, Trainer
from mnerbench.datasets.inputs import View
from mnerbench.datasets.tagging import illegal_transitions
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.encoders.windows import LimitCounts


def train_and_evaluate(job: Job, config: MethodConfig, bench: RunContext) -> None:
    """Do a run; what it finds goes into the bench's findings, predictions into its store.

    Raises:
        ValueError: the job lacks what a trained method needs.
        DataError: the encoder changed since the run was planned.
        MissingInputError: a visual input has not been made.
        OutOfMemoryError: the run does not fit, and it is not a batch that could be cut.
    """
    if job.encoder is None or job.spec.encoder is None or job.spec.training is None:
        raise ValueError(f"{job.spec.title}: a trained method needs an encoder and training settings")
    data = job.spec.dataset
    made_of = RunInputs(
        spec=job.spec,
        settings=job.spec.training,
        config=config,
        corpus=bench.supplies.corpus(data.name),
        inputs=bench.supplies.inputs(data),
        encoder=bench.supplies.planned_encoder(job.encoder, job.spec.encoder),
        transfer={
            other.name: Served(bench.supplies.corpus(other.name), bench.supplies.inputs(other))
            for other in job.spec.transfer
        },
    )
    try:
        NeuralRun(made_of, bench).run()
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise shortage(error, bench.findings.device) from error


# What is counted is another thing where words have vectors of their own.
_UNKNOWN = {False: "zero_piece_words_to_unknown", True: "words_without_a_vector"}


class NeuralRun:
    """One method on its device with its tokenised splits.

    Args:
        made_of: spec, data and encoder.
        bench: loaders, store, findings, listener.
    """

    def __init__(self, made_of: RunInputs, bench: RunContext) -> None:
        self._made_of, self._bench, self._spec = made_of, bench, made_of.spec
        device = pick_device(bench.supplies.places)
        bench.findings.device = str(device)
        reset_gpu_peak(str(device))
        self._method = build_method(made_of).to(device)
        self._splits = encode(made_of, self._method)
        self._dev_entities = 0  # predicted on dev after the last epoch
        # Now, while the file is the one that was read.
        bench.findings.facts["coverage"] = coverage(made_of)

    def run(self) -> None:
        """Train and evaluate; the checkpoint stays until somebody has the record.

        Raises:
            Interrupted: the run was asked to end; its state is kept.
        """
        findings, places = self._bench.findings, self._bench.supplies.places
        findings.facts["parameters"] = count_parameters(self._method)
        if self._spec.encoder is not None:
            notes = encoder_notes(self._spec.encoder.name, self._made_of.encoder, self._method.encoder)
            findings.facts["notes"] = (*findings.facts["notes"], *notes)
        path = self._bench.store.path(self._spec.identity, CHECKPOINT)
        checkpoint = Checkpoint(path, places.checkpoint_seconds, code_digest(findings.facts.get("code", {})))
        trainer = Trainer(self._method, self._splits[TRAIN], self._made_of.settings, self._spec.seed)
        try:
            self._train(trainer, checkpoint)
            self._evaluate()
            self._diagnose()
        except Interrupted:
            trainer.save(checkpoint)
            raise
        findings.facts["policies"] = self._policies()

    def _train(self, trainer: Trainer, checkpoint: Checkpoint) -> None:
        identity, listen, findings = self._spec.identity, self._bench.listen, self._bench.findings
        reports = Reports(
            started=lambda steps, done: listen(RunStarted(identity, self._spec.title, steps, done, checkpoint.ignored)),
            step=lambda: self._bench.alive(identity, 1),
            epoch=lambda point: listen(EpochDone(identity, self._made_of.settings.epochs, point, self._dev_entities)),
        )
        try:
            progress = trainer.run(self._dev_f1, checkpoint, reports)
        finally:  # a run that fails or is interrupted keeps its curve as far as it came
            self._keep_curve(trainer.progress)
        cut = f"for want of memory, batches were computed in {progress.parts} parts; their gradients add up to the same"
        notes = (checkpoint.ignored, cut if progress.parts > 1 else "")
        findings.facts["notes"] = (*findings.facts["notes"], *filter(None, notes))

    def _keep_curve(self, progress: Progress) -> None:
        best = progress.best_epoch or None
        findings = self._bench.findings
        findings.facts |= {"curve": tuple(progress.curve), "best_epoch": best, "resumed": progress.resumed}
        findings.timings |= {"train": progress.seconds, "dev": sum(point.dev_seconds for point in progress.curve)}

    def _labels(self, split: str, view: View) -> list[list[str]]:
        settings = self._made_of.settings
        split_at = self._splits[split]
        return predict(self._method, split_at, view, settings.precision, settings.scheme, alive=self._alive)

    def _alive(self) -> None:
        self._bench.alive(self._spec.identity)

    def _dev_f1(self) -> float:
        labels = self._labels(DEV, self._made_of.config.primary_view)
        gold = [example.labels for example in self._made_of.corpus[DEV]]
        counts = score(zip(gold, labels, strict=True)).overall
        self._dev_entities = counts.predicted
        return counts.f1

    def _evaluate(self) -> None:
        timings = self._bench.findings.timings
        for split in self._spec.scored:
            begun, name = time.perf_counter(), "dev" if split == DEV else split
            for view in self._splits[split].image_ids:
                keep(self._bench, self._spec, (split, view.value), self._labels(split, view))
            timings[name] = timings.get(name, 0.0) + time.perf_counter() - begun

    def _diagnose(self) -> None:
        """Look at what pictures do, for methods that are scored on test with and without them."""
        if TEST not in self._splits:
            return
        test, settings = self._splits[TEST], self._made_of.settings
        if not {View.IT, View.T} <= test.image_ids.keys():
            return
        begun = time.perf_counter()
        diagnosis = Diagnosis(self._method, test, settings.precision, settings.scheme, alive=self._alive)
        if diagnosis.blocks:
            facts = keep_diagnosis(self._bench.store, self._spec.identity, diagnosis, self._made_of.examples(TEST))
            self._bench.findings.facts["diagnosis"] = facts
        self._bench.findings.timings["diagnosis"] = time.perf_counter() - begun

    def _policies(self) -> dict[str, int]:
        """Named data policies and how often each applied; nothing is dropped silently."""
        tokenizer, examples = self._method.encoder.tokenizer, self._made_of.examples
        stray = sum(sum(illegal_transitions(example.labels)) for example in examples(TRAIN))
        everything = [example.words for split in self._splits for example in examples(split)]
        counts = sum((split.counts for split in self._splits.values()), LimitCounts())
        found = {
            f"stray_inside_{self._made_of.settings.stray_inside.value}": stray,
            _UNKNOWN[self._made_of.encoder.words]: sum(tokenizer.zero_piece_words(words) for words in everything),
            "tweets_split_over_rows": counts.split_tweets,
            "words_shortened": counts.shortened_words,
            "contexts_cut": counts.cut_contexts,
        }
        return found | self._made_of.inputs.counts
