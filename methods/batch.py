"""A split, tokenised once, and the batches that methods see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.tagging import Scheme, recode
from mnerbench.datasets.visual.features import Features
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.encoders.characters import collate_characters, spell
from mnerbench.methods.encoders.subword_batch import SubwordBatch, collate
from mnerbench.methods.encoders.tokenizer import Pieces, Tokenizer
from mnerbench.methods.encoders.windows import Row, RowCounts, RowLayout
from mnerbench.methods.visual_batch import VisualBatch, collate_visual


@dataclass(frozen=True)
class Batch:
    """Some tweets in one view.

    Attributes:
        pieces: the tweets, with context where the view has any.
        labels: label numbers, [tweets, words]; 0 at padding.
        visual: vectors of the tweets' pictures, of the kinds that the method reads.
    """

    pieces: SubwordBatch
    labels: Tensor
    visual: VisualBatch = field(default_factory=VisualBatch)

    @property
    def mask(self) -> Tensor:
        """True for real words, [tweets, words]."""
        return self.pieces.words

    def mapped(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """The same batch of changed tensors."""
        return Batch(self.pieces.mapped(change), change(self.labels), self.visual.mapped(change))

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return self.mapped(lambda tensor: tensor.to(device, non_blocking=True))

    def staged(self, device: torch.device) -> Batch:
        """The same batch, for a GPU in memory that it reads by itself while the host goes on."""
        return self.mapped(Tensor.pin_memory) if device.type == "cuda" else self


@dataclass
class EncodedSplit:
    """The tweets of one split as pieces and label numbers, with the context and picture of each view.

    Attributes:
        words: pieces per word, per tweet.
        labels: label numbers per tweet.
        contexts: per view, context pieces per tweet.
        shown: per view, the image id that each tweet shows.
        features: where the vectors of pictures are read, when a batch needs them.
        counts: tweets, words and contexts that meet a limit; contexts in the first view.
        spelled: numbers of characters per word, per tweet; None where nothing reads them.
    """

    words: list[list[Pieces]]
    labels: list[list[int]]
    contexts: Mapping[View, list[Pieces]]
    shown: Mapping[View, Sequence[str | None]]
    features: Mapping[InputKind, Features]
    layout: RowLayout
    counts: RowCounts
    spelled: list[list[list[int]]] | None = None
    _rows: dict[tuple[View, int], list[Row]] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.words)

    @property
    def tweet_lengths(self) -> list[int]:
        """Pieces per tweet without context: what training is bucketed by, so that all methods see the same batches."""
        return [sum(map(len, tweet)) for tweet in self.words]

    def lengths(self, view: View) -> list[int]:
        """Pieces per tweet, context included: what evaluation is bucketed by."""
        return [
            sum(map(len, tweet)) + len(context) for tweet, context in zip(self.words, self.contexts[view], strict=True)
        ]

    def batch(self, index: Sequence[int], view: View) -> Batch:
        """The tweets at `index` in one view."""
        return self.crossed(index, index, view)

    def crossed(self, index: Sequence[int], pictured: Sequence[int], view: View) -> Batch:
        """The tweets at `index`, each with the context and picture that the tweet at `pictured` has in a view."""
        rows = [self._rows_of(tweet, other, view) for tweet, other in zip(index, pictured, strict=True)]
        sizes = [len(self.words[i]) for i in index]
        width = max(sizes, default=0)
        spelled = self.spelled
        characters = collate_characters([spelled[i] for i in index], width) if spelled is not None else None
        pieces = collate(rows, sizes, self.layout.pad, characters)
        labels = [self.labels[i] + [0] * (width - len(self.labels[i])) for i in index]
        visual = collate_visual(self.features, [self.shown[view][i] for i in pictured])
        return Batch(pieces, torch.tensor(labels).view(len(index), width), visual)

    def _rows_of(self, tweet: int, pictured: int, view: View) -> list[Row]:
        """The rows of a tweet with the context of another; those with its own are made once."""
        if tweet != pictured:
            return self.layout.rows(self.words[tweet], self.contexts[view][pictured])
        if (view, tweet) not in self._rows:
            self._rows[view, tweet] = self.layout.rows(self.words[tweet], self.contexts[view][tweet])
        return self._rows[view, tweet]


def encode_split(
    examples: Sequence[Example],
    shown: Mapping[View, Sequence[str | None]],
    reads: tuple[MethodConfig, VisualInputs],
    tokenizer: Tokenizer,
    labels: Sequence[str],
    *,
    limit: int,
    scheme: Scheme = Scheme.BIO,
    repair: bool = False,
) -> EncodedSplit:
    """Tokenise a split.

    Args:
        examples: the tweets.
        shown: per view, the image id that each tweet shows.
        reads: the method's settings, which say what it reads of a picture, and the inputs to read.
        tokenizer: the encoder's.
        labels: the label set; numbers are positions in it.
        limit: pieces per row.
        scheme: of the labels.
        repair: rewrite labels in the scheme, an `I-` that BIO does not allow as the conlleval reading has it.

    Raises:
        ValueError: a scheme that cannot hold what is not to be repaired.
    """
    config, inputs = reads
    number = {label: position for position, label in enumerate(labels)}
    if scheme is not Scheme.BIO and not repair:
        raise ValueError(f"scheme {scheme.value} cannot hold a stray I-; it needs repair")
    layout = RowLayout(tokenizer, limit)
    tokenizer.learn(word for example in examples for word in example.words)
    words = [tokenizer.words(example.words) for example in examples]
    pieces = {
        view: [tokenizer.context(config.context_texts(inputs, image)) for image in images]
        for view, images in shown.items()
    }
    first = next(iter(pieces.values()))
    return EncodedSplit(
        words=words,
        labels=[[number[x] for x in (recode(e.labels, scheme) if repair else e.labels)] for e in examples],
        contexts=pieces,
        shown=shown,
        features={kind: inputs.features[kind] for kind in config.inputs if kind in inputs.features},
        layout=layout,
        counts=sum((layout.counts(*tweet) for tweet in zip(words, first, strict=True)), RowCounts()),
        spelled=spell(example.words for example in examples) if config.reads_characters else None,
    )
