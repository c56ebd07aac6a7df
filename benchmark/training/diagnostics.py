"""Diagnoses how a trained method uses pictures on the test split, while its weights are in memory.

Distances and the relation are over all tweets with a picture; the rest is over a sample, which is the same for all
methods and seeds, so that results are paired.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mnerbench.benchmark.results.record import JudgedRelation
from mnerbench.benchmark.results.relation import roc_auc
from mnerbench.benchmark.results.spec import Precision
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.inputs import View
from mnerbench.datasets.seeds import derive_seed
from mnerbench.datasets.tagging import Scheme, recode
from mnerbench.methods.batch import Batch, EncodedSplit
from mnerbench.methods.label_scheme import SubwordLabels
from mnerbench.methods.tagger import NeuralMethod
from mnerbench.methods.visual_batch import VisualBatch

# 16 blocks of 16 tweets, each under every picture of its block: 4,096 passes; the Twitter-2015 test split has 3,257
# tweets.
BLOCK = 16
BLOCKS = 16
_BATCH = 32  # tweets per pass for distances


def pictured_tweets(split: EncodedSplit) -> list[int]:
    """Indices of the tweets with a picture."""
    return [index for index, image in enumerate(split.image_ids[View.IT]) if image is not None]


def sample_blocks(split: EncodedSplit) -> list[list[int]]:
    """Sample tweets with a picture, in at most `BLOCKS` blocks of equal size, at most `BLOCK`."""
    order = pictured_tweets(split)
    random.Random(derive_seed(0, "diagnosed tweets")).shuffle(order)  # noqa: S311 - not for secrets
    size = min(BLOCK, len(order))
    count = min(BLOCKS, len(order) // size) if size > 1 else 0
    return [sorted(order[start * size : (start + 1) * size]) for start in range(count)]


@dataclass(frozen=True)
class Distance:
    """Distance by which a picture moves the vectors of words (ITA, Fig. 3).

    Attributes:
        tweets: number of tweets with a picture, to which the words belong.
        l2: mean over words of the distance between the vector with the tweet's picture and the one without.
        norm: mean length of the vectors without, in the same unit.
    """

    tweets: int
    l2: float
    norm: float


@dataclass(frozen=True)
class TweetAttention:
    """Attention of one tweet's words over the cells of its picture.

    Attributes:
        weights: weight of each cell, mean over heads, [words, cells]; zeros for a tweet without a picture.
        boxes: of the cells in pixels (x1 y1 x2 y2), [cells, 4]; None if cells are a grid over the whole picture.
        size: width and height of the picture that the boxes refer to; None without boxes.
    """

    weights: Tensor
    boxes: Tensor | None = None
    size: Tensor | None = None


class Diagnosis:
    """Diagnoses one trained method.

    Args:
        method: on its device.
        split: the test split, with the views `it` and `t`.
        precision: arithmetic of the run.
        scheme: of the method's labels.

    Attributes:
        blocks: the sampled tweets.
        advance: called after every batch with its number of tweets; may be replaced.
    """

    def __init__(
        self,
        method: NeuralMethod[Any],
        split: EncodedSplit,
        precision: Precision,
        scheme: Scheme,
    ) -> None:
        self._method, self._split, self._precision, self._scheme = method.eval(), split, precision, scheme
        self._device = next(method.parameters()).device
        self.advance: Callable[[int], None] = lambda _: None
        self.blocks = sample_blocks(split)

    @property
    def tweets(self) -> list[int]:
        """Indices of the sampled tweets."""
        return [index for block in self.blocks for index in block]

    @property
    def passes(self) -> int:
        """How many tweets pass through the method: each text of a block with each picture, and twice for distances."""
        sizes = [len(block) for block in self.blocks]
        looks = 0 if self._method.visual_attention is None else sum(sizes)
        return sum(size * size for size in sizes) + looks + 2 * len(pictured_tweets(self._split))

    @torch.inference_mode()
    def additive(self) -> list[list[str]]:
        """BIO labels of `tweets` by the method's additive projection (EMAP, Hessel and Lee 2020), adapted to tagging.

        With e_p(t, v) the emissions at position p of text t under picture v, the projection is

            E_v' e_p(t, v')  +  E_t' E_p' e_p'(t', v)  -  E_t' E_v' E_p' e_p'(t', v')

        with means over the texts and pictures of a block. It keeps additive contributions of text and picture and
        removes their interaction. A method whose projection scores as well as the method itself uses the picture, if
        at all, independently of the words.
        """
        labels: list[list[str]] = []
        for block in self.blocks:
            # A block's pictures are read once, and each of its texts is encoded once, where it has no context.
            shown = self._split.shown(block, View.IT).mapped(lambda tensor: tensor.to(self._device))
            with self._method.encoder.encoding_equal_windows_once():
                texts = [self._emissions(text, block, shown) for text in block]
            # [texts, pictures, labels]: positions are averaged within a tweet, so that long ones do not weigh more.
            means = torch.stack([emissions.mean(1) for emissions in texts])
            pictures, overall = means.mean(0), means.mean((0, 1))
            for position, (text, emissions) in enumerate(zip(block, texts, strict=True)):
                projected = emissions.mean(0) + pictures[position] - overall
                words = self._split.crossed([text], [text], View.IT, VisualBatch())  # decoding needs no picture
                labels.append(self._decode(projected[None], words))
        return labels

    def _emissions(self, text: int, pictured: Sequence[int], shown: VisualBatch) -> Tensor:
        """Emissions of one tweet under several pictures, [pictures, units, labels]."""
        batch = self._split.crossed([text] * len(pictured), pictured, View.IT, shown).to(self._device)
        with self._arithmetic():
            emissions: Tensor = self._method(batch)
        self.advance(len(pictured))
        return emissions.float()

    def _decode(self, emissions: Tensor, batch: Batch) -> list[str]:
        _, mask = self._method.targets(batch)
        paths = self._method.head.decode(emissions, mask.to(self._device))
        [path] = self._method.labelling.words(paths, batch.subwords)
        names = [self._method.labelling.outputs[number] for number in path]
        return names if self._scheme is Scheme.BIO else recode(names, Scheme.BIO)

    @torch.inference_mode()
    def distance(self) -> Distance:
        """Distance between the last layer's inputs with and without the picture, over all tweets with a picture."""
        moved = length = count = 0.0
        # Tweets of like length need less padding.
        tweets = sorted(pictured_tweets(self._split), key=lambda index: len(self._split.words[index]))
        for start in range(0, len(tweets), _BATCH):
            batch = tweets[start : start + _BATCH]
            with_picture, without = (self._states(batch, view) for view in (View.IT, View.T))
            self.advance(2 * len(batch))
            moved += float((with_picture - without).norm(dim=-1).sum())
            length += float(without.norm(dim=-1).sum())
            count += len(with_picture)
        return Distance(len(tweets), moved / count, length / count)

    @torch.inference_mode()
    def relation(self, examples: Sequence[Example]) -> JudgedRelation | None:
        """How well the method's judgement tells related pictures from unrelated ones.

        Over the tweets with their own picture and a relation label. None if there are none of either kind, or if the
        method does not judge the relation.

        Args:
            examples: the test split.
        """
        images = self._split.image_ids[View.IT]
        labels = {
            index: label
            for index in pictured_tweets(self._split)
            if (label := examples[index].related) is not None and images[index] == examples[index].image_id
        }
        tweets = sorted(labels, key=lambda index: len(self._split.words[index]))
        judgements: dict[bool, list[float]] = {True: [], False: []}
        for start in range(0, len(tweets), _BATCH):
            self.advance(0)  # few tweets: not all methods judge the relation, and splits rarely have labels
            numbers = tweets[start : start + _BATCH]
            batch = self._split.batch(numbers, View.IT).to(self._device)
            with self._arithmetic():
                judged = self._method.judged_relation(batch)
            if judged is None:
                return None
            shown = torch.stack([mask.any(-1) for mask in batch.visual.masks.values()]).any(0).tolist()
            for index, value, has_picture in zip(numbers, judged.float().tolist(), shown, strict=True):
                if has_picture:
                    judgements[labels[index]].append(value)
        related, unrelated = judgements[True], judgements[False]
        if not related or not unrelated:
            return None
        return JudgedRelation(related=len(related), unrelated=len(unrelated), auc=roc_auc(related, unrelated))

    def _states(self, tweets: Sequence[int], view: View) -> Tensor:
        """Inputs of the last layer for the units of some tweets, without padding, [units, width].

        Those of a layer that is applied once per entity type are concatenated.
        """
        batch = self._split.batch(tweets, view).to(self._device)
        with _recorded_inputs(self._method.project) as calls, self._arithmetic():
            self._method(batch)
        _, mask = self._method.targets(batch)
        states: Tensor = calls[-1][0].float()
        return states[mask].flatten(1)

    @torch.inference_mode()
    def attention(self) -> list[TweetAttention]:
        """Attention of each of `tweets` over picture cells; empty for methods without such attention."""
        layer, labelling = self._method.visual_attention, self._method.labelling
        attention: list[TweetAttention] = []
        if layer is None:
            return attention
        for block in self.blocks:
            batch = self._split.batch(block, View.IT).to(self._device)
            with _recorded_inputs(layer) as calls, self._arithmetic():
                self._method(batch)
            self.advance(len(block))
            queries, keys, real = calls[-1]
            weights = layer.attention(queries.float(), keys.float(), real)
            if queries.shape[:2] == batch.subwords.ids.shape:  # queries are subwords: a word has those of its first
                weights = weights.flatten(0, 1)[batch.subwords.first]
            elif isinstance(labelling, SubwordLabels) and queries.shape[:2] == batch.subwords.units.shape:
                weights = labelling.of_words(weights, batch.subwords)
            if weights.shape[1] == 1:  # one query per tweet: all its words share it
                weights = weights.expand(-1, batch.mask.shape[1], -1)
            cell_mask = real[batch.subwords.first_rows] if len(real) != len(block) else real
            regions, cells = batch.visual.regions, weights.shape[-1]
            for row, words in enumerate(batch.mask.sum(1).tolist()):
                masked = (weights[row, :words] * cell_mask[row]).cpu()
                if not regions:
                    attention.append(TweetAttention(masked))
                    continue
                boxes, size = regions["boxes"][row, :cells].cpu(), regions["sizes"][row].cpu()
                attention.append(TweetAttention(masked, boxes, size))
        return attention

    def _arithmetic(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._precision is Precision.BF16)


@contextmanager
def _recorded_inputs(layer: nn.Module) -> Iterator[list[tuple[Tensor, ...]]]:
    """Record the arguments of every call of a layer."""
    calls: list[tuple[Tensor, ...]] = []
    handle = layer.register_forward_pre_hook(lambda _, arguments: calls.append(arguments))
    try:
        yield calls
    finally:
        handle.remove()
