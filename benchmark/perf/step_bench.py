"""Training steps of a method over an encoder with random weights, on the lengths of real tweets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, BertConfig

from mnerbench.benchmark.perf.pictures import noise_inputs
from mnerbench.benchmark.results.spec import Precision, TrainingSettings
from mnerbench.benchmark.training.gradient import Gradient
from mnerbench.benchmark.training.optimizer import make_optimizer
from mnerbench.datasets.batching import bucketed_batches
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.tagging import label_set
from mnerbench.methods.batch import encode_split
from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer
from mnerbench.methods.encoders.text_encoder import TextEncoder, load_tokenizer
from mnerbench.methods.registry import method_class, methods
from mnerbench.methods.tagger import NeuralMethod

PADDED = 128  # subwords, and words, per tweet in released code


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


class StepBench:
    """A method with its optimizer and tokenised tweets.

    Args:
        setting: of the steps.
        name: of the method.
    """

    def __init__(self, setting: Setting, name: str) -> None:
        self.setting, self.name = setting, name
        examples = setting.corpus["train"]
        self.config = methods()[name].configure({})
        images = list(dict.fromkeys(image for example in examples for image in example.image_ids))
        inputs = noise_inputs(images, setting.folder / name)
        labels = label_set(setting.corpus.types)
        torch.manual_seed(0)
        encoder = _encoder(setting)
        shapes = {kind: features.shape for kind, features in inputs.features.items()}
        method_type = method_class(methods()[name].family)
        self.method: NeuralMethod[Any] = method_type(self.config, encoder, labels, shapes).to(setting.device).train()
        images_by_view = dict.fromkeys(self.config.training_views, tuple(example.image_id for example in examples))
        inputs_of_method = (self.config, inputs)
        self.split = encode_split(examples, images_by_view, inputs_of_method, encoder.tokenizer, labels, limit=PADDED)
        self.gradient = Gradient(self.method, self.split, setting.precision)
        self._optimizer = make_optimizer(self.method, TrainingSettings())

    def batches(self) -> list[list[int]]:
        """The batches to time: evenly spread over the lengths of an epoch's batches.

        Raises:
            ConfigError: there are too few tweets for a batch.
        """
        setting, lengths = self.setting, self.split.tweet_lengths
        full = [b for b in bucketed_batches(lengths, setting.batch_size, 0) if len(b) == setting.batch_size]
        if not full:
            raise ConfigError(
                f"{setting.batch_size} tweets per step, but only {len(lengths):,} tweets\n  -> a smaller --batch-size"
            )
        full.sort(key=lambda batch: max(lengths[i] for i in batch))
        return [full[(2 * n + 1) * len(full) // (2 * setting.steps)] for n in range(setting.steps)]

    def step(self, index: Sequence[int]) -> None:
        """Make one training step."""
        self.finish(self.gradient(index))

    def finish(self, losses: dict[str, Tensor]) -> None:
        """Clip the gradients and change the weights."""
        nn.utils.clip_grad_norm_(self.method.parameters(), 1.0)
        self._optimizer.step()

    def encoder_operations(self, index: Sequence[int]) -> int:
        """Floating-point operations of the text encoder's linear layers in the forward pass of a step."""
        views = {view: self.split.batch(index, view).to(self.setting.device) for view in self.config.training_views}
        operations = 0

        def count(layer: nn.Module, inputs: tuple[Tensor, ...], _: Tensor) -> None:
            nonlocal operations
            assert isinstance(layer, nn.Linear)
            operations += 2 * inputs[0].numel() * layer.out_features

        layers = [layer for layer in self.method.encoder.modules() if isinstance(layer, nn.Linear)]
        hooks = [layer.register_forward_hook(count) for layer in layers]
        try:
            self.method.losses(views)
        finally:
            for hook in hooks:
                hook.remove()
        return operations


def _encoder(setting: Setting) -> TextEncoder:
    tokenizer = load_tokenizer(setting.encoder)
    config = BertConfig()
    if not setting.base:
        config = AutoConfig.from_pretrained(setting.encoder, local_files_only=True, trust_remote_code=False)
    # In fp32 as in runs, regardless of the stored precision.
    model = AutoModel.from_config(config, dtype=torch.float32, trust_remote_code=False)  # type: ignore[no-untyped-call]
    model.pooler = None
    return TextEncoder(model, SubwordTokenizer(tokenizer, 512))
