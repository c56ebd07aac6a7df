"""Our training step against that of the papers' released code: every tweet padded to 128 pieces, ResNet-152 inside.

Both sides are the same method with the same weights, optimizer and precision. Ours takes batches of tweets of like
length and vectors from the store; the rival takes tweets as they come, pads words and pieces to 128, and (UMT, MAF)
runs ResNet-152 over the batch's pictures, without gradient, to get the vectors that ours reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, BertConfig

from mnerbench.benchmark.perf.pairs import Pair, milliseconds
from mnerbench.benchmark.perf.pictures import CELLS, WIDTH, noise_inputs
from mnerbench.benchmark.perf.resnet import as_torch_computes, resnet152
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
PADDED = 128  # pieces, and words, of each tweet in released code
_LOOKING = ("umt", "maf")  # that run ResNet-152 in each step


@dataclass(frozen=True)
class Setting:
    """What is timed.

    Attributes:
        corpus: whose training tweets are taken; lengths are what matters.
        encoder: folder of the tokenizer, and of the encoder's sizes where `base` is not set.
        base: an encoder of BERT-base's size; weights are random in any case.
        batch_size: tweets per step.
        steps: of each side.
        device: where.
        precision: arithmetic.
        folder: for what is made on the way.
        rounds: how often all steps are timed, for the spread.
        pixels: per side of the pictures that the rival looks at.
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
    """A pair per method; milliseconds are of single steps, a mean for each round."""
    for name in names:
        yield _StepPair(setting, name).measure()


class _StepPair:
    def __init__(self, setting: Setting, name: str) -> None:
        self._setting, self._name = setting, name
        examples = setting.corpus["train"]
        self._config = methods()[name].configure({})
        images = list(dict.fromkeys(example.image_id for example in examples if example.image_id is not None))
        inputs = noise_inputs(images, setting.folder / name)
        labels = label_set(setting.corpus.types)
        torch.manual_seed(0)
        encoder = _encoder(setting)
        shapes = {kind: features.shape for kind, features in inputs.features.items()}
        kind = method_class(methods()[name].family)
        self._method: NeuralMethod[Any] = kind(self._config, encoder, labels, shapes).to(setting.device).train()
        shown = dict.fromkeys(self._config.training_views, tuple(example.image_id for example in examples))
        reads = (self._config, inputs)
        self._split = encode_split(examples, shown, reads, encoder.tokenizer, labels, limit=PADDED)
        self._gradient = Gradient(self._method, self._split, setting.precision)
        self._optimizer = make_optimizer(self._method, TrainingSettings())
        self._pixels = torch.randn(setting.batch_size, 3, setting.pixels, setting.pixels, device=setting.device)
        self._resnet: nn.Module | None = None
        self._looks = ""
        if name in _LOOKING:
            network, self._looks = resnet152()
            self._resnet = network.to(setting.device)

    def measure(self) -> Pair:
        """Steps of both in turns; ours are evenly spread over the lengths of an epoch's batches."""
        setting, lengths = self._setting, self._split.tweet_lengths
        batches = bucketed_batches(lengths, setting.batch_size, 0)
        batches = sorted(
            (one for one in batches if len(one) == setting.batch_size), key=lambda one: max(lengths[i] for i in one)
        )
        if not batches:
            raise ConfigError(
                f"{setting.batch_size} tweets per step: there are {len(lengths):,}\n  -> a smaller --batch-size"
            )
        picked = [batches[(2 * n + 1) * len(batches) // (2 * setting.steps)] for n in range(setting.steps)]
        order = torch.randperm(len(self._split), generator=torch.Generator().manual_seed(0)).tolist()
        plain = [
            [order[place % len(order)] for place in range(n * setting.batch_size, (n + 1) * setting.batch_size)]
            for n in range(setting.steps)
        ]
        self._ours(picked[0])  # allocates
        self._theirs(plain[0])
        ours, theirs = zip(*(self._round(picked, plain) for _ in range(setting.rounds)), strict=True)
        size = "BERT base" if setting.base else setting.encoder.name
        rival = f"padded to {PADDED}{self._looks}; {size}, {setting.batch_size} tweets, {setting.precision.value}"
        return Pair(f"{self._name}, training step", rival, ours, theirs)

    def _round(self, picked: Sequence[Sequence[int]], plain: Sequence[Sequence[int]]) -> tuple[float, float]:
        """Means of both, not medians: batches differ in length, and an epoch pays for all of them."""
        ours, theirs = 0.0, 0.0
        for own, other in zip(picked, plain, strict=True):
            ours += milliseconds(lambda own=own: self._ours(own), self._setting.device)  # type: ignore[misc]
            theirs += milliseconds(lambda other=other: self._theirs(other), self._setting.device)  # type: ignore[misc]
        return ours / len(picked), theirs / len(plain)

    def _ours(self, index: Sequence[int]) -> None:
        self._finish(self._gradient(index))

    def _theirs(self, index: Sequence[int]) -> None:
        views = {view: padded(self._split.batch(index, view)) for view in self._config.training_views}
        if self._resnet is not None:
            views = {view: self._looked_at(batch) for view, batch in views.items()}
        self._finish(self._gradient(index, [views]))
        if self._gradient.parts > 1:  # from then on the rival would not be padded
            raise ConfigError("no memory for a padded batch\n  -> a smaller --batch-size")

    def _looked_at(self, batch: Batch) -> Batch:
        assert self._resnet is not None
        bf16 = self._setting.precision is Precision.BF16
        autocast = torch.autocast(self._setting.device.type, torch.bfloat16, enabled=bf16)
        with torch.no_grad(), as_torch_computes(), autocast:
            cells = self._resnet(self._pixels).flatten(2).mT.float()
        vectors = {InputKind.GRID: cells.expand(-1, CELLS, WIDTH), InputKind.GLOBAL: cells.mean(1, keepdim=True)}
        kept = {kind: vectors.get(kind, own) for kind, own in batch.visual.vectors.items()}
        return replace(batch, visual=replace(batch.visual, vectors=kept))

    def _finish(self, losses: dict[str, Tensor]) -> None:
        nn.utils.clip_grad_norm_(self._method.parameters(), 1.0)
        self._optimizer.step()


def _encoder(setting: Setting) -> TextEncoder:
    tokenizer = load_tokenizer(setting.encoder)
    config = BertConfig()
    if not setting.base:
        config = AutoConfig.from_pretrained(setting.encoder, local_files_only=True, trust_remote_code=False)
    # In fp32 like those of runs, whatever its files hold.
    model = AutoModel.from_config(config, dtype=torch.float32, trust_remote_code=False)  # type: ignore[no-untyped-call]
    model.pooler = None
    return TextEncoder(model, SubwordTokenizer(tokenizer, 512))


def padded(batch: Batch) -> Batch:
    """The batch with pieces and words padded to 128, as released code has every batch."""
    pieces = batch.pieces
    width, words = pieces.ids.shape[1], pieces.words.shape[1]
    wide, tall = max(0, PADDED - width), max(0, PADDED - words)

    def moved(places: Tensor) -> Tensor:
        return places // width * (width + wide) + places % width

    def further(tensor: Tensor, more: int, value: int = 0) -> Tensor:
        return nn.functional.pad(tensor, (0, more), value=value)

    owner = torch.where(pieces.owner >= 0, pieces.owner // words * (words + tall) + pieces.owner % words, pieces.owner)
    padded = replace(
        pieces,
        ids=further(pieces.ids, wide),
        mask=further(pieces.mask, wide),
        segments=further(pieces.segments, wide),
        owner=further(owner, wide, -1),
        first=further(moved(pieces.first), tall),
        words=further(pieces.words, tall),
        units=further(moved(pieces.units), wide),
        unit_mask=further(pieces.unit_mask, wide),
        full=False,
    )
    return replace(batch, pieces=padded, labels=further(batch.labels, tall))
