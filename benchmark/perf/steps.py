"""Times our training steps against those of the papers' released code (tweets padded to 128 subwords, ResNet-152).

Both sides are the same method with the same weights, optimizer and precision. Ours uses batches of tweets of similar
length and vectors from the store; the rival takes tweets in random order, pads words and subwords to 128, and (UMT,
MAF) runs ResNet-152 over the batch's pictures, without gradient, to get the vectors that ours reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from mnerbench.benchmark.perf.pairs import Pair, milliseconds
from mnerbench.benchmark.perf.pictures import CELLS, WIDTH
from mnerbench.benchmark.perf.resnet import default_tf32, resnet152
from mnerbench.benchmark.perf.step_bench import PADDED, Setting, StepBench
from mnerbench.benchmark.results.spec import Precision
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.batch import Batch

METHODS = ("umt", "maf", "hamlearning", "ita-all+cva")
_WITH_RESNET = ("umt", "maf")  # released code runs ResNet-152 in each step


def step_pairs(setting: Setting, names: Sequence[str] = METHODS) -> Iterator[Pair]:
    """A pair per method; milliseconds are the mean step of each round."""
    for name in names:
        yield _StepPair(setting, name).measure()


class _StepPair(StepBench):
    def __init__(self, setting: Setting, name: str) -> None:
        super().__init__(setting, name)
        self._pixels = torch.randn(setting.batch_size, 3, setting.pixels, setting.pixels, device=setting.device)
        self._resnet: nn.Module | None = None
        self._resnet_note = ""
        if name in _WITH_RESNET:
            network, self._resnet_note = resnet152()
            self._resnet = network.to(setting.device)

    def measure(self) -> Pair:
        """Time steps of both sides alternately; ours are evenly spread over the lengths of an epoch's batches."""
        setting, our_batches = self.setting, self.batches()
        order = torch.randperm(len(self.split), generator=torch.Generator().manual_seed(0)).tolist()
        their_batches = [
            [order[index % len(order)] for index in range(n * setting.batch_size, (n + 1) * setting.batch_size)]
            for n in range(setting.steps)
        ]
        self.step(our_batches[0])  # warm up allocations
        self._theirs(their_batches[0])
        ours, theirs = zip(*(self._round(our_batches, their_batches) for _ in range(setting.rounds)), strict=True)
        size = "BERT base" if setting.base else setting.encoder.name
        rival = f"padded to {PADDED}{self._resnet_note}; {size}, {setting.batch_size} tweets, {setting.precision.value}"
        return Pair(f"{self.name}, training step", rival, ours, theirs)

    def _round(
        self, our_batches: Sequence[Sequence[int]], their_batches: Sequence[Sequence[int]]
    ) -> tuple[float, float]:
        """Mean milliseconds of both, not medians: batches differ in length, and an epoch consists of all of them."""
        ours, theirs = 0.0, 0.0
        for our_batch, their_batch in zip(our_batches, their_batches, strict=True):
            ours += milliseconds(partial(self.step, our_batch), self.setting.device)
            theirs += milliseconds(partial(self._theirs, their_batch), self.setting.device)
        return ours / len(our_batches), theirs / len(their_batches)

    def _theirs(self, index: Sequence[int]) -> None:
        views = {view: padded(self.split.batch(index, view)) for view in self.config.training_views}
        if self._resnet is not None:
            views = {view: self._with_resnet(batch) for view, batch in views.items()}
        self.finish(self.gradient(index, [views]))
        if self.gradient.parts > 1:  # the rival's batch would no longer be padded as a whole
            raise ConfigError("out of memory with a padded batch\n  -> a smaller --batch-size")

    def _with_resnet(self, batch: Batch) -> Batch:
        assert self._resnet is not None
        bf16 = self.setting.precision is Precision.BF16
        autocast = torch.autocast(self.setting.device.type, torch.bfloat16, enabled=bf16)
        with torch.no_grad(), default_tf32(), autocast:
            cells = self._resnet(self._pixels).flatten(2).mT.float()
        vectors = {InputKind.GRID: cells.expand(-1, CELLS, WIDTH), InputKind.GLOBAL: cells.mean(1, keepdim=True)}
        merged = {kind: vectors.get(kind, stored) for kind, stored in batch.visual.vectors.items()}
        return replace(batch, visual=replace(batch.visual, vectors=merged))


def padded(batch: Batch) -> Batch:
    """Pad the subwords and words of a batch to 128, as released code does."""
    pieces = batch.subwords
    width, words = pieces.ids.shape[1], pieces.words.shape[1]
    wide, tall = max(0, PADDED - width), max(0, PADDED - words)

    def shifted(positions: Tensor) -> Tensor:
        return positions // width * (width + wide) + positions % width

    def extended(tensor: Tensor, more: int, value: int = 0) -> Tensor:
        return nn.functional.pad(tensor, (0, more), value=value)

    owner = torch.where(pieces.owner >= 0, pieces.owner // words * (words + tall) + pieces.owner % words, pieces.owner)
    padded = replace(
        pieces,
        ids=extended(pieces.ids, wide),
        mask=extended(pieces.mask, wide),
        segments=extended(pieces.segments, wide),
        owner=extended(owner, wide, -1),
        first=extended(shifted(pieces.first), tall),
        words=extended(pieces.words, tall),
        units=extended(shifted(pieces.units), wide),
        unit_mask=extended(pieces.unit_mask, wide),
        full=False,
    )
    return replace(batch, subwords=padded, labels=extended(batch.labels, tall))
