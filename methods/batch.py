"""Tokenised splits and the batches that methods receive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mnerbench.datasets.corpus import Example, ImageRef
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.tagging import Scheme, recode
from mnerbench.datasets.visual.features import Features
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.encoders.characters import collate_characters, encode_tweets
from mnerbench.methods.encoders.subword_batch import SubwordBatch, collate
from mnerbench.methods.encoders.tokenizer import SubwordIds, Tokenizer
from mnerbench.methods.encoders.windows import LimitCounts, Window, WindowLayout
from mnerbench.methods.encoders.word_table import WordTable
from mnerbench.methods.visual_batch import VisualBatch, collate_visual

_UNKNOWN = -1  # relation of a tweet and a picture without a label


@dataclass(frozen=True)
class Batch:
    """A batch of tweets in one view.

    Attributes:
        subwords: subwords of the tweets and of their contexts.
        labels: label numbers, [tweets, words]; 0 at padding.
        visual: picture vectors of the kinds that the method reads.
        word_rows: row of each word in the encoder's `word_table`, 0 for words without a vector and at padding,
            [tweets, words]; None if the method reads no word vectors beside a text encoder.
        related: 1 if text and picture are related, 0 if not, -1 if unknown, [tweets]; None if the method does not learn
            relations, or no tweet of the split has such a label.
    """

    subwords: SubwordBatch
    labels: Tensor
    visual: VisualBatch = field(default_factory=VisualBatch)
    word_rows: Tensor | None = None
    related: Tensor | None = None

    @property
    def mask(self) -> Tensor:
        """True for words, False for padding, [tweets, words]."""
        return self.subwords.words

    def mapped(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """Apply a function to every tensor of the batch."""
        rows = change(self.word_rows) if self.word_rows is not None else None
        related = change(self.related) if self.related is not None else None
        return Batch(self.subwords.mapped(change), change(self.labels), self.visual.mapped(change), rows, related)

    def to(self, device: torch.device) -> Batch:
        """Move the batch to a device."""
        return self.mapped(lambda tensor: tensor.to(device, non_blocking=True))

    def staged(self, device: torch.device) -> Batch:
        """For a GPU, copy the batch to pinned memory, so that transfers run asynchronously."""
        return self.mapped(Tensor.pin_memory) if device.type == "cuda" else self


@dataclass
class EncodedSplit:
    """The tweets of one split as subwords and label numbers, with the context and picture of each view.

    Attributes:
        words: subwords per word, per tweet.
        labels: label numbers per tweet.
        contexts: per view, context subwords per tweet.
        image_ids: per view, the picture of each tweet.
        features: sources of picture vectors, read when a batch needs them.
        layout: puts tweets and contexts into windows.
        counts: tweets, words and contexts that exceed a limit; contexts of the first view.
        characters: character ids per word, per tweet; None if the method reads none.
        word_rows: row of each word in a table of word vectors, per tweet; None if the method reads none.
        related: per view, whether each tweet and its picture are related, as numbers (see `Batch`); None as there.
    """

    words: list[list[SubwordIds]]
    labels: list[list[int]]
    contexts: Mapping[View, list[SubwordIds]]
    image_ids: Mapping[View, Sequence[ImageRef]]
    features: Mapping[InputKind, Features]
    layout: WindowLayout
    counts: LimitCounts
    characters: list[list[list[int]]] | None = None
    word_rows: list[list[int]] | None = None
    related: Mapping[View, Sequence[int]] | None = None
    _windows: dict[tuple[View, int], list[Window]] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.words)

    @property
    def tweet_lengths(self) -> list[int]:
        """Subwords per tweet without context. Training buckets by them, so that all methods see the same batches."""
        return [sum(map(len, tweet)) for tweet in self.words]

    def lengths(self, view: View) -> list[int]:
        """Subwords per tweet, context included. Evaluation buckets by them."""
        return [
            sum(map(len, tweet)) + len(context) for tweet, context in zip(self.words, self.contexts[view], strict=True)
        ]

    def batch(self, index: Sequence[int], view: View) -> Batch:
        """Collate the tweets at `index` in one view."""
        return self.crossed(index, index, view)

    def shown(self, pictured: Sequence[int], view: View) -> VisualBatch:
        """Collate the pictures of some tweets in one view."""
        return collate_visual(self.features, [self.image_ids[view][i] for i in pictured])

    def crossed(
        self, index: Sequence[int], pictured: Sequence[int], view: View, visual: VisualBatch | None = None
    ) -> Batch:
        """Collate the tweets at `index`, each with the context and picture of the tweet at `pictured`, in one view.

        Args:
            index: the tweets.
            pictured: the tweets whose contexts and pictures they have.
            view: the view.
            visual: `shown(pictured, view)`, if the caller has it.
        """
        windows = [self._windows_of(tweet, other, view) for tweet, other in zip(index, pictured, strict=True)]
        sizes = [len(self.words[i]) for i in index]
        width = max(sizes, default=0)
        characters = self.characters
        character_ids = collate_characters([characters[i] for i in index], width) if characters is not None else None
        subwords = collate(windows, sizes, self.layout.pad, character_ids)
        visual = visual if visual is not None else self.shown(pictured, view)
        rows = self.word_rows
        word_rows = _padded([rows[i] for i in index], width) if rows is not None else None
        labels = _padded([self.labels[i] for i in index], width)
        return Batch(subwords, labels, visual, word_rows, self._related(index, pictured, view))

    def _related(self, index: Sequence[int], pictured: Sequence[int], view: View) -> Tensor | None:
        """Relation labels of pairs of tweets and pictures, [tweets]; unknown for another tweet's picture."""
        if self.related is None:
            return None
        pairs = zip(index, pictured, strict=True)
        return torch.tensor([self.related[view][tweet] if tweet == other else _UNKNOWN for tweet, other in pairs])

    def _windows_of(self, tweet: int, pictured: int, view: View) -> list[Window]:
        """Windows of a tweet with the context of another tweet; those with its own context are cached."""
        if tweet != pictured and self.contexts[view][tweet] != self.contexts[view][pictured]:
            return self.layout.windows(self.words[tweet], self.contexts[view][pictured])
        if (view, tweet) not in self._windows:
            self._windows[view, tweet] = self.layout.windows(self.words[tweet], self.contexts[view][tweet])
        return self._windows[view, tweet]


def _padded(numbers: Sequence[Sequence[int]], width: int) -> Tensor:
    """[tweets, width], with 0 at padding."""
    return torch.tensor([[*row, *[0] * (width - len(row))] for row in numbers]).view(len(numbers), width)


def encode_split(
    examples: Sequence[Example],
    image_ids: Mapping[View, Sequence[ImageRef]],
    reads: tuple[MethodConfig, VisualInputs],
    tokenizer: Tokenizer,
    labels: Sequence[str],
    *,
    limit: int,
    scheme: Scheme = Scheme.BIO,
    repair: bool = False,
    word_table: WordTable | None = None,
) -> EncodedSplit:
    """Tokenise a split.

    Args:
        examples: the tweets.
        image_ids: per view, the picture of each tweet.
        reads: the method's settings, which name the inputs it reads, and the inputs.
        tokenizer: tokenizer of the encoder.
        labels: the label set; label numbers are positions in it.
        limit: maximum number of subwords per window.
        scheme: tagging scheme of the labels.
        repair: convert labels to the scheme, reading a stray `I-` as conlleval does.
        word_table: word vectors of the encoder, if the method reads them.

    Raises:
        ValueError: the scheme is not BIO and `repair` is off: a stray `I-` has no label in it.
    """
    config, inputs = reads
    number = {label: position for position, label in enumerate(labels)}
    if scheme is not Scheme.BIO and not repair:
        raise ValueError(f"scheme {scheme.value} cannot hold a stray I-; it needs repair")
    layout = WindowLayout(tokenizer, limit)
    tokenizer.learn(word for example in examples for word in example.words)
    words = [tokenizer.words(example.words) for example in examples]
    subwords = {
        view: [tokenizer.context(config.context_texts(inputs, image)) for image in images]
        for view, images in image_ids.items()
    }
    first = next(iter(subwords.values()))
    return EncodedSplit(
        words=words,
        labels=[[number[x] for x in (recode(e.labels, scheme) if repair else e.labels)] for e in examples],
        contexts=subwords,
        image_ids=image_ids,
        features={kind: inputs.features[kind] for kind in config.inputs if kind in inputs.features},
        layout=layout,
        counts=sum((layout.counts(*tweet) for tweet in zip(words, first, strict=True)), LimitCounts()),
        characters=encode_tweets(example.words for example in examples) if config.reads_characters else None,
        word_rows=[word_table.rows(example.words) for example in examples] if word_table is not None else None,
        related=_relations(examples, image_ids) if config.learns_relations else None,
    )


def _relations(
    examples: Sequence[Example], image_ids: Mapping[View, Sequence[ImageRef]]
) -> Mapping[View, Sequence[int]] | None:
    """Relation labels by view; unknown where a tweet shows another picture than its own. None if there is no label."""
    if all(example.related is None for example in examples):
        return None

    def label(example: Example, shown: ImageRef) -> int:
        return _UNKNOWN if example.related is None or shown != example.image_id else int(example.related)

    return {view: list(map(label, examples, images)) for view, images in image_ids.items()}
