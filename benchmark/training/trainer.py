"""The training loop, the same for every neural method."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from mnerbench.benchmark.results.record import EpochPoint
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.benchmark.training.checkpoint import Checkpoint, random_state, restore_random_state
from mnerbench.benchmark.training.checkpoint_check import why_no_state
from mnerbench.benchmark.training.gradient import Gradient, TrainingError, Views, require_finite
from mnerbench.benchmark.training.optimizer import make_optimizer, rate_share, set_rates
from mnerbench.benchmark.training.prefetch import prefetch
from mnerbench.datasets.batching import bucketed_batches
from mnerbench.datasets.seeds import derive_seed
from mnerbench.methods.batch import EncodedSplit
from mnerbench.methods.tagger import NeuralMethod

_OF_CORPUS = "corpus "  # begins the names of loss terms of a relation corpus


@dataclass
class Progress:
    """Progress of training; with the weights, the optimizer and the random state it makes up a checkpoint.

    Attributes:
        epoch: completed epochs.
        step: completed steps.
        best_f1: highest dev F1 so far.
        best_epoch: its epoch; 0 before the first.
        seconds: spent on training, without evaluation on dev.
        resumed: how often training was resumed.
        parts: micro-batches into which a batch is cut to fit into memory.
        curve: one point per epoch.
    """

    epoch: int = 0
    step: int = 0
    best_f1: float = -1.0
    best_epoch: int = 0
    seconds: float = 0.0
    resumed: int = 0
    parts: int = 1
    curve: list[EpochPoint] = field(default_factory=list)


@dataclass(frozen=True)
class Reports:
    """Callbacks of the training loop.

    Attributes:
        started: called with the total steps and the steps that a checkpoint completed.
        step: called after every step.
        epoch: called after every epoch and its evaluation on dev.
    """

    started: Callable[[int, int], None]
    step: Callable[[], None]
    epoch: Callable[[EpochPoint], None]


class Trainer:
    """Trains a method and leaves it with the weights of the epoch that is best on dev.

    Args:
        method: on its device.
        split: the training tweets.
        settings: training settings.
        seed: of the run; data order and dropout derive from it.
        relations: pairs of a relation corpus, which every epoch learns first; None for none.
    """

    def __init__(
        self,
        method: NeuralMethod[Any],
        split: EncodedSplit,
        settings: TrainingSettings,
        seed: int,
        relations: EncodedSplit | None = None,
    ) -> None:
        self._method, self._split, self._settings, self._seed = method, split, settings, seed
        self._device = next(method.parameters()).device
        self._optimizer = make_optimizer(method, settings)
        self._gradient = Gradient(method, split, settings.precision)
        self._relations = relations
        self._relation_gradient = (
            Gradient(method, relations, settings.precision, method.relation_losses) if relations is not None else None
        )
        self._lengths = split.tweet_lengths
        self._relation_steps = math.ceil(len(relations) / settings.batch_size) if relations is not None else 0
        self._per_epoch = self._relation_steps + math.ceil(len(split) / settings.batch_size)
        self._steps = self._per_epoch * settings.epochs
        self._best: dict[str, Tensor] = {}
        self._sums: dict[str, Tensor] = {}
        self._tick = 0.0
        self.progress = Progress()

    def run(self, dev_f1: Callable[[], float], checkpoint: Checkpoint, reports: Reports) -> Progress:
        """Train from the beginning or from the checkpoint.

        Args:
            dev_f1: evaluates the method on dev in its primary view; the best epoch is selected, the earliest at ties.
            checkpoint: stores the state of the unfinished run.
            reports: callbacks.

        Raises:
            TrainingError: the loss is not finite, or a batch that cannot be cut does not fit into memory.
        """
        torch.manual_seed(derive_seed(self._seed, "training"))
        self._resume(checkpoint)
        reports.started(self._steps, self.progress.step)
        while self.progress.epoch < self._settings.epochs:
            try:
                losses = self._epoch(checkpoint, reports)
            except TrainingError as error:
                position = f"epoch {self.progress.epoch + 1}, step {self.progress.step + 1}"
                raise TrainingError(f"{position}: {error}") from error
            reports.epoch(self._end_epoch(losses, dev_f1))
            if checkpoint.due:
                self.save(checkpoint)
        self._method.load_state_dict(self._best)
        self.progress.parts = self._gradient.parts
        return self.progress

    def _epoch(self, checkpoint: Checkpoint, reports: Reports) -> dict[str, float]:
        progress = self.progress
        self._tick = time.perf_counter()
        self._method.train()
        remaining = self._order()[progress.step - progress.epoch * self._per_epoch :]
        for (gradient, index), microbatches in prefetch(_make_batches, remaining, self._device):
            self._step(gradient, index, microbatches)
            progress.step += 1
            self._add_seconds()
            reports.step()
            if checkpoint.due:
                self.save(checkpoint)
                self._tick = time.perf_counter()
        steps = {True: self._relation_steps, False: self._per_epoch - self._relation_steps}
        losses = {name: float(total) / steps[name.startswith(_OF_CORPUS)] for name, total in self._sums.items()}
        require_finite(sum(losses.values()))
        self._add_seconds()
        return losses

    def _order(self) -> list[tuple[Gradient, list[int]]]:
        """The batches of the current epoch: first those of the relation corpus, then those of tagging."""
        size, epoch = self._settings.batch_size, self.progress.epoch
        order = bucketed_batches(self._lengths, size, derive_seed(self._seed, "order", epoch))
        tagging = [(self._gradient, index) for index in order]
        if self._relations is None or self._relation_gradient is None:
            return tagging
        seed = derive_seed(self._seed, "order of relations", epoch)
        first = bucketed_batches(self._relations.tweet_lengths, size, seed)
        return [(self._relation_gradient, index) for index in first] + tagging

    def _add_seconds(self) -> None:
        """Add the time since the last call to the training time."""
        now = time.perf_counter()
        self.progress.seconds += now - self._tick
        self._tick = now

    def _step(self, gradient: Gradient, index: list[int], microbatches: list[Views] | None) -> None:
        set_rates(self._optimizer, rate_share(self.progress.step, self._steps, self._settings.warmup))
        losses = gradient(index, microbatches)
        if gradient is self._relation_gradient:
            losses = {_OF_CORPUS + name: term for name, term in losses.items()}
        torch.nn.utils.clip_grad_norm_(self._method.parameters(), self._settings.clip_norm)
        self._optimizer.step()
        for name, term in losses.items():
            self._sums[name] = self._sums.get(name, torch.zeros((), device=self._device)) + term

    def _end_epoch(self, losses: dict[str, float], dev_f1: Callable[[], float]) -> EpochPoint:
        """Evaluate on dev; keep the weights if the epoch is the best so far."""
        progress, start = self.progress, time.perf_counter()
        score = dev_f1()
        trained = progress.seconds - sum(point.train_seconds for point in progress.curve)
        progress.epoch += 1
        point = EpochPoint(
            epoch=progress.epoch,
            loss=sum(losses.values()),
            losses=losses,
            dev_f1=score,
            train_seconds=trained,
            dev_seconds=time.perf_counter() - start,
        )
        progress.curve.append(point)
        self._sums = {}
        if score > progress.best_f1:
            progress.best_f1, progress.best_epoch = score, progress.epoch
            self._best = {name: value.detach().cpu().clone() for name, value in self._method.state_dict().items()}
        return point

    def save(self, checkpoint: Checkpoint) -> None:
        """Save the state; call it between two steps."""
        self.progress.parts = self._gradient.parts
        checkpoint.save(self._state())

    def _state(self) -> dict[str, Any]:
        progress = {**vars(self.progress), "curve": [point.model_dump() for point in self.progress.curve]}
        return {
            "progress": progress,
            "model": self._method.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "best": self._best,
            "sums": self._sums,
            "random": random_state(self._device),
        }

    def _resume(self, checkpoint: Checkpoint) -> None:
        state = checkpoint.load()
        if state is None:
            return
        if (fault := why_no_state(state, self._state(), (self._settings.epochs, self._per_epoch))) is not None:
            checkpoint.ignore(f"checkpoint is not a state of this run ({fault})")
            return
        curve = [EpochPoint.model_validate(point) for point in state["progress"].pop("curve")]
        self.progress = Progress(**state["progress"], curve=curve)
        self.progress.resumed += 1
        self._gradient.parts = self.progress.parts
        self._method.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._best, self._sums = state["best"], {k: v.to(self._device) for k, v in state["sums"].items()}
        restore_random_state(state["random"], self._device)


def _make_batches(batch: tuple[Gradient, list[int]]) -> list[Views]:
    gradient, index = batch
    return gradient.make_batches(index)
