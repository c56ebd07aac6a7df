"""Word vectors read by a bidirectional LSTM, as before pretrained text encoders.

BiLSTM (Huang et al. 2015, §2.2), with a convolution (Ma and Hovy 2016) or an LSTM (Lample et al. 2016) over characters.
It has the interface of a text encoder: one vector per word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.characters import CharacterEncoder
from mnerbench.methods.encoders.recurrent import read_packed
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.tokenizer import SubwordIds, Template

_PAD, _UNKNOWN = 0, 1
_LIMIT = 1 << 20  # effectively none: the LSTM reads whole tweets, across windows


class WordTokenizer:
    """Maps each word to one id; same interface as `SubwordTokenizer`.

    Args:
        trained: words whose vectors are trained, in the order of their ids.
        fixed: words that do not occur in training, with vectors from a file.

    Attributes:
        trained: words whose vectors are trained.
        fixed: words whose vectors are fixed.
    """

    template = Template((), (), (), (), 0)
    pad, unknown, limit = _PAD, _UNKNOWN, _LIMIT

    def __init__(self, trained: Sequence[str], fixed: Sequence[str] = ()) -> None:
        self.trained, self.fixed = tuple(trained), tuple(fixed)
        self._numbers = {word: _UNKNOWN + 1 + index for index, word in enumerate([*trained, *fixed])}

    def learn(self, words: Iterable[str]) -> None:
        """Do nothing: the vocabulary is fixed."""

    def count(self, word: str) -> int:
        """1 for words with a vector, 0 for unknown words."""
        return int(word.lower() in self._numbers)

    def words(self, words: Iterable[str]) -> list[SubwordIds]:
        """One id per word, looked up in lower case."""
        return [[self._numbers.get(word.lower(), _UNKNOWN)] for word in words]

    def zero_piece_words(self, words: Iterable[str]) -> int:
        """Number of unknown words."""
        return sum(not self.count(word) for word in words)

    def context(self, texts: Sequence[str]) -> SubwordIds:
        """Return no subwords: word encoders read no text contexts.

        Raises:
            ValueError: `texts` is not empty.
        """
        if texts:
            raise ValueError("a method over word vectors reads no texts of pictures")
        return []


class WordEncoder(Encoder):
    """Bidirectional LSTM over word vectors, concatenated with character representations.

    Args:
        tokenizer: maps words to ids: padding, unknown, trained, fixed.
        trained: initial values of the trained vectors, [trained words, width].
        fixed: vectors of words that do not occur in training, [fixed words, width].
        rare: True for trained words that occur once in training, [trained words].
        spelling: character encoder, or None.
        hidden: width of each direction of the LSTM.
        dropout: on the inputs of the LSTM.

    Attributes:
        width: width of a state, twice `hidden`.
        input_width: width of the LSTM's inputs.
    """

    rare: Tensor
    fixed: Tensor

    def __init__(
        self,
        tokenizer: WordTokenizer,
        trained: Tensor,
        fixed: Tensor,
        rare: Tensor,
        spelling: CharacterEncoder | None,
        *,
        hidden: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.tokenizer: WordTokenizer = tokenizer
        self.spelling = spelling
        words = trained.shape[1]
        self.input_width = words + (spelling.width if spelling is not None else 0)
        self.width = 2 * hidden
        self.embed = nn.Embedding(_UNKNOWN + 1 + len(trained), words, padding_idx=_PAD)
        with torch.no_grad():
            self.embed.weight[_UNKNOWN] = 0
            self.embed.weight[_UNKNOWN + 1 :] = trained
        self.register_buffer("fixed", fixed, persistent=False)
        self.register_buffer("rare", nn.functional.pad(rare, (_UNKNOWN + 1, len(fixed))), persistent=False)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(self.input_width, hidden, batch_first=True, bidirectional=True)

    def embedded(self, batch: SubwordBatch) -> Tensor:
        """Inputs of the LSTM, [tweets, words, input_width]: word vectors, then character representations.

        In training mode, a word that occurs once in training is replaced by the unknown word half of the time (Lample
        et al. 2016, §4.2); otherwise the vector of the unknown word would never be trained.
        """
        numbers = batch.ids.flatten()[batch.first].masked_fill(~batch.words, _PAD)
        if self.training:
            hidden = self.rare[numbers] & (torch.rand(numbers.shape, device=numbers.device) < 0.5)
            numbers = numbers.masked_fill(hidden, _UNKNOWN)
        table = torch.cat([self.embed.weight, self.fixed]) if len(self.fixed) else self.embed.weight
        vectors = nn.functional.embedding(numbers, table, padding_idx=_PAD)
        if self.spelling is None:
            return vectors
        assert batch.characters is not None
        return torch.cat([vectors, self.spelling(batch.characters)], -1)

    def forward(self, batch: SubwordBatch, pooling: Pooling = Pooling.FIRST) -> Tensor:
        """States of both directions, [tweets, words, width]; zero at padding."""
        return self.read(self.embedded(batch), batch)

    def read(self, inputs: Tensor, batch: SubwordBatch) -> Tensor:
        """Run the LSTM over the output of `embedded`, up to each tweet's last word."""
        return read_packed(self.lstm, self.dropout(inputs), batch.sizes)[0]


def word_encoder(
    tweets: Iterable[Sequence[str]],
    vectors: Mapping[str, NDArray[np.float32]],
    spelling: CharacterEncoder | None,
    *,
    width: int,
    hidden: int,
    dropout: float,
) -> WordEncoder:
    """Build an encoder for the words of a training set; words without a pretrained vector start from random values.

    Args:
        tweets: words of the training tweets.
        vectors: pretrained vectors by word in lower case: trained for words of the training set, fixed for others.
        spelling: character encoder, or None.
        width: width of word vectors; ignored with pretrained vectors.
        hidden: width of each direction of the LSTM.
        dropout: on the inputs of the LSTM.
    """
    counts = Counter(word.lower() for words in tweets for word in words)
    trained, fixed = sorted(counts), sorted(set(vectors) - counts.keys())
    width = len(next(iter(vectors.values()))) if vectors else width
    bound = (3 / width) ** 0.5  # Ma and Hovy 2016, §3.1
    start = torch.empty(len(trained), width).uniform_(-bound, bound)
    for index, word in enumerate(trained):
        if word in vectors:
            start[index] = torch.from_numpy(vectors[word])
    others = torch.from_numpy(np.stack([vectors[word] for word in fixed])) if fixed else torch.zeros(0, width)
    rare = torch.tensor([counts[word] == 1 and word not in vectors for word in trained], dtype=torch.bool)
    return WordEncoder(WordTokenizer(trained, fixed), start, others, rare, spelling, hidden=hidden, dropout=dropout)
