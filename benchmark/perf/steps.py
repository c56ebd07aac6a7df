"""Times our training steps against those of the papers' released code (tweets padded to 128 subwords, ResNet-152).

Both sides are the same method with the same weights, optimizer and precision. Ours uses batches of tweets of similar
length and vectors from the store; the rival takes tweets in random order, pads words and subwords to 128, and (UMT,
MAF) runs ResNet-152 over the batch's pictures, without gradient, to get the vectors that ours reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, BertConfig

from mnerbench.benchmark.perf.pairs import Pair, milliseconds
from mnerbench.benchmark.perf.pictures import CELLS, WIDTH, noise_inputs
from mnerbench.benchmark.perf.resnet import default_tf32, resnet152
from mnerbench.benchmark.results.spec import Precision, TrainingSettings
from mnerbench.benchmark.training.gradient import Gradient
from mnerbench.benchmark.training.optimizer import make_optimizer
from mnerbench.datasets.batching import bucketed_batches
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.tagging import label_set
from mnerbench.methods.batch import Batch, encode_split
from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer
from mnerbench.methods.encoders.text_encoder import TextEncoder, load_tokenizer
from mnerbench.methods.registry import method_class, methods
from mnerbench.methods.tagger import NeuralMethod

METHODS = ("umt", "maf", "hamlearning", "ita-all+cva")
PADDED = 128  # subwords, and words, per tweet in released code
_WITH_RESNET = ("umt", "maf")  # released code runs ResNet-152 in each step


@dataclass(frozen=True)
class Setting:
    """Settings of the timed steps.

    Attributes:
        corpus: the corpus whose training tweets are used, for their lengths.
        encoder: folder of the tokenizer, and of the encoder config unless `base` is set.
        base: whether to use an encoder of BERT-base's size; weights are always random.
        batch_size: tweets per step.
        steps: number of steps of each side.
        device: the device.
        precision: arithmetic of both sides.
        folder: folder for temporary files.
        rounds: number of repetitions of all steps, for the spread.
        pixels: side length of the rival's pictures.
    """

    corpus: Corpus
    encoder: Path
    base: bool
    batch_size: int
    steps: int
    device: torch.device
    precision: Precision
    folder: Path
    rounds: int = 1
    pixels: int = 224


def step_pairs(setting: Setting, names: Sequence[str] = METHODS) -> Iterator[Pair]:
    """A pair per method; milliseconds are the mean step of each round."""
    for name in names:
        yield _StepPair(setting, name).measure()


class _StepPair:
    def __init__(self, setting: Setting, name: str) -> None:
        self._setting, self._name = setting, name
        examples = setting.corpus["train"]
        self._config = methods()[name].configure({})
        images = list(dict.fromkeys(image for example in examples for image in example.image_ids))
        inputs = noise_inputs(images, setting.folder / name)
        labels = label_set(setting.corpus.types)
        torch.manual_seed(0)
        encoder = _encoder(setting)
        shapes = {kind: features.shape for kind, features in inputs.features.items()}
        method_type = method_class(methods()[name].family)
        self._method: NeuralMethod[Any] = method_type(self._config, encoder, labels, shapes).to(setting.device).train()
        images_by_view = dict.fromkeys(self._config.training_views, tuple(example.image_id for example in examples))
        inputs_of_method = (self._config, inputs)
        self._split = encode_split(examples, images_by_view, inputs_of_method, encoder.tokenizer, labels, limit=PADDED)
        self._gradient = Gradient(self._method, self._split, setting.precision)
        self._optimizer = make_optimizer(self._method, TrainingSettings())
        self._pixels = torch.randn(setting.batch_size, 3, setting.pixels, setting.pixels, device=setting.device)
        self._resnet: nn.Module | None = None
        self._resnet_note = ""
        if name in _WITH_RESNET:
            network, self._resnet_note = resnet152()
            self._resnet = network.to(setting.device)

    def measure(self) -> Pair:
        """Time steps of both sides alternately; ours are evenly spread over the lengths of an epoch's batches."""
        setting, lengths = self._setting, self._split.tweet_lengths
        batches = bucketed_batches(lengths, setting.batch_size, 0)
        batches = sorted(
            (batch for batch in batches if len(batch) == setting.batch_size),
            key=lambda batch: max(lengths[i] for i in batch),
        )
        if not batches:
            raise ConfigError(
                f"{setting.batch_size} tweets per step, but only {len(lengths):,} tweets\n  -> a smaller --batch-size"
            )
        our_batches = [batches[(2 * n + 1) * len(batches) // (2 * setting.steps)] for n in range(setting.steps)]
        order = torch.randperm(len(self._split), generator=torch.Generator().manual_seed(0)).tolist()
        their_batches = [
            [order[index % len(order)] for index in range(n * setting.batch_size, (n + 1) * setting.batch_size)]
            for n in range(setting.steps)
        ]
        self._ours(our_batches[0])  # warm up allocations
        self._theirs(their_batches[0])
        ours, theirs = zip(*(self._round(our_batches, their_batches) for _ in range(setting.rounds)), strict=True)
        size = "BERT base" if setting.base else setting.encoder.name
        rival = f"padded to {PADDED}{self._resnet_note}; {size}, {setting.batch_size} tweets, {setting.precision.value}"
        return Pair(f"{self._name}, training step", rival, ours, theirs)

    def _round(
        self, our_batches: Sequence[Sequence[int]], their_batches: Sequence[Sequence[int]]
    ) -> tuple[float, float]:
        """Mean milliseconds of both, not medians: batches differ in length, and an epoch consists of all of them."""
        ours, theirs = 0.0, 0.0
        for our_batch, their_batch in zip(our_batches, their_batches, strict=True):
            ours += milliseconds(partial(self._ours, our_batch), self._setting.device)
            theirs += milliseconds(partial(self._theirs, their_batch), self._setting.device)
        return ours / len(our_batches), theirs / len(their_batches)

    def _ours(self, index: Sequence[int]) -> None:
        self._finish(self._gradient(index))

    def _theirs(self, index: Sequence[int]) -> None:
        views = {view: padded(self._split.batch(index, view)) for view in self._config.training_views}
        if self._resnet is not None:
            views = {view: self._with_resnet(batch) for view, batch in views.items()}
        self._finish(self._gradient(index, [views]))
        if self._gradient.parts > 1:  # the rival's batch would no longer be padded as a whole
            raise ConfigError("out of memory with a padded batch\n  -> a smaller --batch-size")

    def _with_resnet(self, batch: Batch) -> Batch:
        assert self._resnet is not None
        bf16 = self._setting.precision is Precision.BF16
        autocast = torch.autocast(self._setting.device.type, torch.bfloat16, enabled=bf16)
        with torch.no_grad(), default_tf32(), autocast:
            cells = self._resnet(self._pixels).flatten(2).mT.float()
        vectors = {InputKind.GRID: cells.expand(-1, CELLS, WIDTH), InputKind.GLOBAL: cells.mean(1, keepdim=True)}
        merged = {kind: vectors.get(kind, stored) for kind, stored in batch.visual.vectors.items()}
        return replace(batch, visual=replace(batch.visual, vectors=merged))

    def _finish(self, losses: dict[str, Tensor]) -> None:
        nn.utils.clip_grad_norm_(self._method.parameters(), 1.0)
        self._optimizer.step()


def _encoder(setting: Setting) -> TextEncoder:
    tokenizer = load_tokenizer(setting.encoder)
    config = BertConfig()
    if not setting.base:
        config = AutoConfig.from_pretrained(setting.encoder, local_files_only=True, trust_remote_code=False)
    # In fp32 as in runs, regardless of the stored precision.
    model = AutoModel.from_config(config, dtype=torch.float32, trust_remote_code=False)  # type: ignore[no-untyped-call]
    model.pooler = None
    return TextEncoder(model, SubwordTokenizer(tokenizer, 512))


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
