"""A run of a neural method: build, train, evaluate in every view, diagnose, count the applied policies."""

from __future__ import annotations

from pathlib import Path

from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.results.code_state import code_digest
from mnerbench.benchmark.results.environment import reset_gpu_peak
from mnerbench.benchmark.results.record import PictureTexts
from mnerbench.benchmark.results.scoring import score
from mnerbench.benchmark.results.store import CHECKPOINT
from mnerbench.benchmark.training.build import (
    DEV,
    RELATIONS,
    TEST,
    TRAIN,
    LoadedDataset,
    RunInputs,
    build_method,
    encode,
)
from mnerbench.benchmark.training.checkpoint import Checkpoint
from mnerbench.benchmark.training.context import RunContext
from mnerbench.benchmark.training.coverage import coverage
from mnerbench.benchmark.training.encoder_notes import encoder_notes
from mnerbench.benchmark.training.evaluation import diagnose, evaluate, predicted_labels
from mnerbench.benchmark.training.events import EpochDone, Interrupted, RunStarted
from mnerbench.benchmark.training.kept_tagger import keep_trained
from mnerbench.benchmark.training.memory import is_out_of_memory, out_of_memory_error
from mnerbench.benchmark.training.optimizer import count_parameters
from mnerbench.benchmark.training.trainer import Progress, Reports, Trainer
from mnerbench.benchmark.training.transfer_scoring import complete, earlier_run
from mnerbench.datasets.tagging import illegal_transitions
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.encoders.windows import LimitCounts


def train_and_evaluate(config: MethodConfig, context: RunContext) -> None:
    """Execute a run: its metrics and facts go into the context, its predictions into the context's store.

    A run that lacks only the scores of transfer targets or the diagnosis is completed with its kept tagger instead of
    being trained again.

    Raises:
        ValueError: the job has no encoder or no training settings.
        DataError: the encoder changed since the run was planned.
        MissingInputError: a visual input has not been computed.
        OutOfMemoryError: the run does not fit into memory outside training steps, whose batches can be cut.
    """
    inputs = _load_inputs(config, context)
    earlier = earlier_run(context.job, context.store, code_digest(context.facts.get("code", {})))
    try:
        if earlier is not None:
            complete(earlier, inputs, context)
        else:
            NeuralRun(inputs, context).run()
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise out_of_memory_error(error, context.device) from error


def _load_inputs(config: MethodConfig, context: RunContext) -> RunInputs:
    job, spec, provider = context.job, context.job.spec, context.provider
    words = None
    if job.word_vectors is not None and spec.word_vectors is not None:
        words = provider.planned_encoder(job.word_vectors, spec.word_vectors)
    if job.encoder is None or spec.encoder is None or spec.training is None:
        raise ValueError(f"{spec.title}: a trained method needs an encoder and training settings")
    pairs = spec.relation_corpus
    return RunInputs(
        spec=spec,
        settings=spec.training,
        config=config,
        corpus=provider.tweets(spec.dataset),
        inputs=provider.inputs(spec.dataset),
        encoder=provider.planned_encoder(job.encoder, spec.encoder),
        transfer={other.name: LoadedDataset(provider.tweets(other), provider.inputs(other)) for other in spec.transfer},
        word_vectors=words,
        relations=None if pairs is None else LoadedDataset(provider.tweets(pairs), provider.inputs(pairs)),
    )


# Name of the policy, by whether a run is over word vectors, where it counts words that lack a vector.
_UNKNOWN_POLICY = {False: "zero_piece_words_to_unknown", True: "words_without_a_vector"}


class NeuralRun:
    """A method on its device with its tokenised splits.

    Args:
        inputs: spec, data and encoder.
        context: receives events, outputs and predictions.
    """

    def __init__(self, inputs: RunInputs, context: RunContext) -> None:
        self._inputs, self._context, self._spec = inputs, context, inputs.spec
        device = pick_device(context.provider.paths)
        context.device = str(device)
        reset_gpu_peak(str(device))
        self._method = build_method(inputs).to(device)
        self._splits = encode(inputs, self._method)
        self._dev_entities = 0  # predicted on dev after the last epoch
        # Computed now, before the file of word vectors can change.
        context.facts["coverage"] = coverage(inputs)
        context.facts["picture_texts"] = {
            kind.value: PictureTexts(**amount._asdict()) for kind, amount in inputs.inputs.text_amounts().items()
        }

    def run(self) -> None:
        """Train, evaluate and diagnose; the orchestrator deletes the checkpoint once it has written the record.

        Raises:
            Interrupted: a stop was requested; the run's state is kept.
        """
        facts, seconds = self._context.facts, self._context.provider.paths.checkpoint_seconds
        facts["parameters"] = count_parameters(self._method)
        if self._spec.encoder is not None:
            notes = encoder_notes(self._spec.encoder.name, self._inputs.encoder, self._method.encoder)
            facts["notes"] = (*facts["notes"], *notes)
        facts["notes"] = (*facts["notes"], *(f"{self._spec.method}: {note}" for note in self._method.notes))
        path = self._context.store.path(self._spec.identity, CHECKPOINT)
        checkpoint = Checkpoint(path, seconds, code_digest(facts.get("code", {})))
        settings, pairs = self._inputs.settings, self._splits.get(RELATIONS)
        trainer = Trainer(self._method, self._splits[TRAIN], settings, self._spec.seed, pairs)
        try:
            self._train(trainer, checkpoint)
            self._evaluate()
            keep_trained(self._method, self._encoder_folder, self._inputs.encoder.remote_code, self._context)
        except Interrupted:
            trainer.save(checkpoint)
            raise
        facts["policies"] = self._policies()

    @property
    def _encoder_folder(self) -> Path | None:
        """The folder of the text encoder; None for `scratch` and word vectors."""
        return None if self._inputs.encoder.words else self._inputs.encoder.folder

    def _train(self, trainer: Trainer, checkpoint: Checkpoint) -> None:
        identity, listen, facts = self._spec.identity, self._context.listen, self._context.facts
        reports = Reports(
            started=lambda steps, done: listen(RunStarted(identity, self._spec.title, steps, done, checkpoint.ignored)),
            step=lambda: self._context.heartbeat(1),
            epoch=lambda point: listen(EpochDone(identity, self._inputs.settings.epochs, point, self._dev_entities)),
        )
        try:
            progress = trainer.run(self._dev_f1, checkpoint, reports)
        finally:  # a failed or interrupted run keeps its partial curve
            self._record_curve(trainer.progress)
        cut = f"to fit into memory, batches were computed in {progress.parts} parts; their gradients sum to the same"
        notes = (checkpoint.ignored, cut if progress.parts > 1 else "")
        facts["notes"] = (*facts["notes"], *filter(None, notes))

    def _record_curve(self, progress: Progress) -> None:
        best, dev_seconds = progress.best_epoch or None, sum(point.dev_seconds for point in progress.curve)
        self._context.facts |= {"curve": tuple(progress.curve), "best_epoch": best, "resumed": progress.resumed}
        self._context.timings |= {"train": progress.seconds, "dev": dev_seconds}

    def _dev_f1(self) -> float:
        view, encoded = self._inputs.config.primary_view, self._splits[DEV]
        labels = predicted_labels(self._method, self._inputs, self._context, encoded, ("dev", view))
        gold = [example.labels for example in self._inputs.corpus[DEV]]
        counts = score(zip(gold, labels, strict=True)).overall
        self._dev_entities = counts.predicted
        return counts.f1

    def _evaluate(self) -> None:
        for split in self._spec.scored:
            evaluate(self._method, self._inputs, self._context, split, self._splits[split])
        if TEST in self._splits:
            diagnose(self._method, self._inputs, self._context, self._splits[TEST])

    def _policies(self) -> dict[str, int]:
        """How often each named data policy applied, so that nothing is dropped silently."""
        tokenizer, examples = self._method.encoder.tokenizer, self._inputs.examples
        stray = sum(sum(illegal_transitions(example.labels)) for example in examples(TRAIN))
        tweets = [example.words for split in self._splits for example in examples(split)]
        unknown = sum(tokenizer.zero_piece_words(words) for words in tweets)
        counts = sum((split.counts for split in self._splits.values()), LimitCounts())
        policies = {
            f"stray_inside_{self._inputs.settings.stray_inside.value}": stray,
            _UNKNOWN_POLICY[self._inputs.encoder.words]: unknown,
            "tweets_split_over_rows": counts.split_tweets,
            "words_shortened": counts.shortened_words,
            "contexts_cut": counts.cut_contexts,
        }
        return policies | self._inputs.inputs.counts
