"""What a trained method does with pictures, looked at on a sample of the test split while its weights are there.

The sample is the same for all methods and seeds, so that results pair.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mnerbench.benchmark.results.spec import Precision, derive_seed
from mnerbench.datasets.inputs import View
from mnerbench.datasets.tagging import Scheme, recode
from mnerbench.methods.batch import Batch, EncodedSplit
from mnerbench.methods.tagger import NeuralMethod

# Sixteen tweets with each other's pictures, sixteen times: 4,096 passes; the Twitter-2015 test split has 3,257 tweets.
BLOCK = 16
BLOCKS = 16


def sample_blocks(split: EncodedSplit) -> list[list[int]]:
    """Tweets with a picture, in blocks of equal size; as many of both as there are, if less than the constants."""
    order = [place for place, image in enumerate(split.image_ids[View.IT]) if image is not None]
    random.Random(derive_seed(0, "diagnosed tweets")).shuffle(order)  # noqa: S311 - not for secrets
    size = min(BLOCK, len(order))
    count = min(BLOCKS, len(order) // size) if size > 1 else 0
    return [sorted(order[start * size : (start + 1) * size]) for start in range(count)]


@dataclass(frozen=True)
class Distance:
    """How far a picture moves the vectors of words (ITA, Fig. 3).

    Attributes:
        l2: mean over words of the distance between the vector with the tweet's picture and the one without.
        norm: mean length of the vectors without, in the same unit.
    """

    l2: float
    norm: float


@dataclass(frozen=True)
class Look:
    """Where the words of one tweet look.

    Attributes:
        weights: share of each cell, mean over heads, [words, cells]; zeros for a tweet without a picture.
        boxes: of the cells in pixels (x1 y1 x2 y2), [cells, 4]; None where cells are a raster over the whole picture.
        size: width and height of the picture that boxes are in; None without boxes.
    """

    weights: Tensor
    boxes: Tensor | None = None
    size: Tensor | None = None


class Diagnosis:
    """Looks at one trained method.

    Args:
        method: on its device.
        split: the test split, with the views `it` and `t`.
        precision: arithmetic of the run.
        scheme: of the method's labels.
        alive: called now and then.
    """

    def __init__(
        self,
        method: NeuralMethod[Any],
        split: EncodedSplit,
        precision: Precision,
        scheme: Scheme,
        *,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._method, self._split, self._precision, self._scheme = method.eval(), split, precision, scheme
        self._device = next(method.parameters()).device
        self._alive = alive
        self.blocks = sample_blocks(split)

    @property
    def tweets(self) -> list[int]:
        """The tweets that are looked at."""
        return [place for block in self.blocks for place in block]

    @torch.inference_mode()
    def additive(self) -> list[list[str]]:
        """BIO labels of `tweets` by the additive projection of the method (EMAP, Hessel and Lee 2020), for tagging.

        With e_p(t, v) the emissions at position p of text t under picture v, the projection is

            E_v' e_p(t, v')  +  E_t' E_p' e_p'(t', v)  -  E_t' E_v' E_p' e_p'(t', v')

        with means over the texts and pictures of a block. What text and picture add up to stays; what only their
        combination says goes. A method whose projection scores as well as itself uses the picture, if at all,
        without regard to the words.
        """
        labels: list[list[str]] = []
        for block in self.blocks:
            self._alive()
            texts = [self._emissions(text, block) for text in block]
            # [texts, pictures, labels]: positions are averaged within a tweet, so that long ones do not weigh more.
            means = torch.stack([emissions.mean(1) for emissions in texts])
            pictures, everything = means.mean(0), means.mean((0, 1))
            for place, (text, emissions) in enumerate(zip(block, texts, strict=True)):
                projected = emissions.mean(0) + pictures[place] - everything
                labels.append(self._decode(projected[None], self._split.batch([text], View.IT)))
        return labels

    def _emissions(self, text: int, pictured: Sequence[int]) -> Tensor:
        """Of one tweet under several pictures, [pictures, units, labels]."""
        batch = self._split.crossed([text] * len(pictured), pictured, View.IT).to(self._device)
        with self._arithmetic():
            emissions: Tensor = self._method(batch)
        return emissions.float()

    def _decode(self, emissions: Tensor, batch: Batch) -> list[str]:
        _, mask = self._method.targets(batch)
        paths = self._method.head.decode(emissions, mask.to(self._device))
        [path] = self._method.labelling.words(paths, batch.subwords)
        names = [self._method.labelling.outputs[number] for number in path]
        return names if self._scheme is Scheme.BIO else recode(names, Scheme.BIO)

    @torch.inference_mode()
    def distance(self) -> Distance:
        """Between what the last layer is given with and without the picture."""
        moved = length = count = 0.0
        for block in self.blocks:
            self._alive()
            seen, unseen = (self._states(block, view) for view in (View.IT, View.T))
            moved += float((seen - unseen).norm(dim=-1).sum())
            length += float(unseen.norm(dim=-1).sum())
            count += len(seen)
        return Distance(moved / count, length / count)

    def _states(self, block: Sequence[int], view: View) -> Tensor:
        """Vectors of the real units of some tweets, [units, width]."""
        batch = self._split.batch(block, view).to(self._device)
        with _given_to(self._method.project) as given, self._arithmetic():
            self._method(batch)
        _, mask = self._method.targets(batch)
        states: Tensor = given[-1][0].float()
        return states[mask]

    @torch.inference_mode()
    def attention(self) -> list[Look]:
        """Where the words of each of `tweets` look; nothing for methods that do not look at cells."""
        layer = self._method.visual_attention
        found: list[Look] = []
        if layer is None:
            return found
        for block in self.blocks:
            self._alive()
            batch = self._split.batch(block, View.IT).to(self._device)
            with _given_to(layer) as given, self._arithmetic():
                self._method(batch)
            queries, keys, real = given[-1]
            weights = layer.attention(queries.float(), keys.float(), real)
            if queries.shape[:2] == batch.subwords.ids.shape:  # a word has the weights of its first subword
                weights = weights.flatten(0, 1)[batch.subwords.first]
            if weights.shape[1] == 1:  # a tweet looks as a whole, and each of its words with it
                weights = weights.expand(-1, batch.mask.shape[1], -1)
            shown = real[batch.subwords.first_rows] if len(real) != len(block) else real
            regions, cells = batch.visual.regions, weights.shape[-1]
            for place, words in enumerate(batch.mask.sum(1).tolist()):
                look = (weights[place, :words] * shown[place]).cpu()
                if not regions:
                    found.append(Look(look))
                    continue
                found.append(Look(look, regions["boxes"][place, :cells].cpu(), regions["sizes"][place].cpu()))
        return found

    def _arithmetic(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._precision is Precision.BF16)


@contextmanager
def _given_to(layer: nn.Module) -> Iterator[list[tuple[Tensor, ...]]]:
    """The arguments of every call of a layer."""
    calls: list[tuple[Tensor, ...]] = []
    handle = layer.register_forward_pre_hook(lambda _, arguments: calls.append(arguments))
    try:
        yield calls
    finally:
        handle.remove()
