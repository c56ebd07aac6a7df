"""Methods with the encoder and the tweets of the conformance cases."""

from __future__ import annotations

import torch

from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.benchmark.training.optimizer import make_optimizer
from mnerbench.methods.base.family import Variant
from mnerbench.methods.conformance import Case
from mnerbench.methods.registry import methods


def train(method, split, epochs):
    """A bare training loop: one batch per epoch, no schedule, no clipping."""
    optimizer = make_optimizer(method, TrainingSettings(lr_encoder=1e-3, lr_new=1e-3, lr_crf=1e-2))
    method.train()
    for _ in range(epochs):
        views = {view: split.batch(range(len(split)), view) for view in method.config.training_views}
        loss = torch.stack(list(method.losses(views).values())).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def make(name, settings=None):
    """A method in evaluation mode, and its tweets; `settings` replace those of its variant."""
    entry = methods()[name]
    if settings is not None:
        entry = entry._replace(variant=Variant("t", settings))
    case = Case(entry, train)
    method = case.build().eval()
    return method, case.split(method)
