"""Words by vectors of their own, read by an LSTM in both directions: what there was before text encoders.

BiLSTM (Huang et al. 2015, §2.2), with a convolution over characters (Ma and Hovy 2016) or an LSTM over them (Lample et
al. 2016). It stands where a text encoder stands: it gives one vector per word.
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
from mnerbench.methods.encoders.tokenizer import Pieces, Template

_PAD, _UNKNOWN = 0, 1
_LIMIT = 1 << 20  # none of its own: the LSTM reads a tweet whole, over however many rows it lies


class WordTokenizer:
    """Words as single pieces; stands where `SubwordTokenizer` stands.

    Args:
        trained: words with a vector that is trained, in order.
        fixed: words that training has not, with a vector from a file.
    """

    template = Template((), (), (), (), 0)
    pad, unknown, limit = _PAD, _UNKNOWN, _LIMIT

    def __init__(self, trained: Sequence[str], fixed: Sequence[str] = ()) -> None:
        self._numbers = {word: _UNKNOWN + 1 + place for place, word in enumerate([*trained, *fixed])}

    def learn(self, words: Iterable[str]) -> None:
        """All are known."""

    def count(self, word: str) -> int:
        """1 for words with a vector; 0 for those that share the one of unknown words."""
        return int(word.lower() in self._numbers)

    def words(self, words: Iterable[str]) -> list[Pieces]:
        """One number per word; case is left to the characters."""
        return [[self._numbers.get(word.lower(), _UNKNOWN)] for word in words]

    def zero_piece_words(self, words: Iterable[str]) -> int:
        """How many of `words` have no vector of their own."""
        return sum(not self.count(word) for word in words)

    def context(self, texts: Sequence[str]) -> Pieces:
        """Texts of pictures are not for words.

        Raises:
            ValueError: there are some.
        """
        if texts:
            raise ValueError("a method over words reads no texts of pictures")
        return []


class WordEncoder(Encoder):
    """Vectors of words, beside them their spelling, through an LSTM in both directions.

    Args:
        tokenizer: numbers of words: pad, unknown, the trained ones, the fixed ones.
        trained: start of the trained vectors, [trained words, width].
        fixed: vectors of words that training has not, [fixed words, width].
        rare: True for trained words that training has once, [trained words].
        spelling: reads characters, or None.
        hidden: of each direction of the LSTM.
        dropout: on what the LSTM is given.

    Attributes:
        width: of a state, twice `hidden`.
        given: width of what the LSTM is given.
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
        self.tokenizer, self.spelling = tokenizer, spelling
        words = trained.shape[1]
        self.given = words + (spelling.width if spelling is not None else 0)
        self.width = 2 * hidden
        self.embed = nn.Embedding(_UNKNOWN + 1 + len(trained), words, padding_idx=_PAD)
        with torch.no_grad():
            self.embed.weight[_UNKNOWN] = 0
            self.embed.weight[_UNKNOWN + 1 :] = trained
        self.register_buffer("fixed", fixed, persistent=False)
        self.register_buffer("rare", nn.functional.pad(rare, (_UNKNOWN + 1, len(fixed))), persistent=False)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(self.given, hidden, batch_first=True, bidirectional=True)

    def embedded(self, batch: SubwordBatch) -> Tensor:
        """What the LSTM is given, [tweets, words, given]: vectors of words and, behind them, of their spelling.

        In training a word that training has once is unknown half of the time (Lample et al. 2016, §4.2), or the vector
        of unknown words would never be trained.
        """
        numbers = batch.ids.flatten()[batch.first].masked_fill(~batch.words, _PAD)
        if self.training:
            hidden = self.rare[numbers] & (torch.rand(numbers.shape, device=numbers.device) < 0.5)
            numbers = numbers.masked_fill(hidden, _UNKNOWN)
        table = torch.cat([self.embed.weight, self.fixed]) if len(self.fixed) else self.embed.weight
        found = nn.functional.embedding(numbers, table, padding_idx=_PAD)
        if self.spelling is None:
            return found
        assert batch.characters is not None
        return torch.cat([found, self.spelling(batch.characters)], -1)

    def forward(self, batch: SubwordBatch, pooling: Pooling = Pooling.FIRST) -> Tensor:
        """States of both directions, [tweets, words, width]; zero at padded words."""
        return self.read(self.embedded(batch), batch)

    def read(self, given: Tensor, batch: SubwordBatch) -> Tensor:
        """The LSTM over `embedded`; it ends, and on its way back begins, at each tweet's last word."""
        return read_packed(self.lstm, self.dropout(given), batch)[0]


def word_encoder(
    tweets: Iterable[Sequence[str]],
    vectors: Mapping[str, NDArray[np.float32]],
    spelling: CharacterEncoder | None,
    *,
    width: int,
    hidden: int,
    dropout: float,
) -> WordEncoder:
    """An encoder for the words of a training set, from torch's generator where a file says nothing.

    Args:
        tweets: words of the training tweets.
        vectors: from a file, by word in lower case: of training words, trained on; of others, fixed.
        spelling: reads characters, or None.
        width: of vectors, where no file gives it.
        hidden: of each direction of the LSTM.
        dropout: on what the LSTM is given.
    """
    counts = Counter(word.lower() for words in tweets for word in words)
    trained, fixed = sorted(counts), sorted(set(vectors) - counts.keys())
    width = len(next(iter(vectors.values()))) if vectors else width
    bound = (3 / width) ** 0.5  # Ma and Hovy 2016, §3.1
    start = torch.empty(len(trained), width).uniform_(-bound, bound)
    for place, word in enumerate(trained):
        if word in vectors:
            start[place] = torch.from_numpy(vectors[word])
    others = torch.from_numpy(np.stack([vectors[word] for word in fixed])) if fixed else torch.zeros(0, width)
    rare = torch.tensor([counts[word] == 1 and word not in vectors for word in trained], dtype=torch.bool)
    return WordEncoder(WordTokenizer(trained, fixed), start, others, rare, spelling, hidden=hidden, dropout=dropout)
