"""Words as their characters: a convolution (Ma and Hovy 2016, §2.1) or an LSTM in both directions (Lample et al. 2016).

Characters have fixed numbers, so that no vocabulary has to be made: those of Latin-1 their own, all others share 256.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from mnerbench.methods.base.choices import Spelling
from mnerbench.methods.encoders.recurrent import run_lstm

CHARACTERS = 512  # numbers; 0 is padding
LONGEST = 40  # characters of a word that are read; what is longer is an address
_OWN = 256


def spelled(word: str) -> list[int]:
    """Numbers of a word's first characters, at least one."""
    return [ord(one) if 0 < ord(one) < _OWN else _OWN + ord(one) % _OWN for one in word[:LONGEST]] or [_OWN]


def collate_characters(tweets: Sequence[Sequence[Sequence[int]]], words: int) -> Tensor:
    """Characters of the words of some tweets, padded, [tweets, words, longest].

    Args:
        tweets: numbers of characters per word.
        words: of the longest tweet.
    """
    longest = max((len(word) for tweet in tweets for word in tweet), default=1)
    found = np.zeros((len(tweets), words, longest), np.int64)
    for row, tweet in enumerate(tweets):
        for place, word in enumerate(tweet):
            found[row, place, : len(word)] = word
    return torch.from_numpy(found)


class CharacterEncoder(nn.Module, ABC):
    """A vector per word from its characters.

    Attributes:
        width: of the vector.
    """

    width: int

    @abstractmethod
    def forward(self, characters: Tensor) -> Tensor:
        """[tweets, words, width] from [tweets, words, longest]; finite, and meaningless, at padded words."""


class CharacterCNN(CharacterEncoder):
    """Convolution over three characters, the largest answer of each filter (Ma and Hovy 2016, Fig. 1).

    Args:
        embedded: width of a character's vector.
        filters: width of the word's.
        dropout: on vectors of characters.
    """

    def __init__(self, embedded: int, filters: int, dropout: float) -> None:
        super().__init__()
        self.width = filters
        self.embed = character_table(embedded)
        self.dropout = nn.Dropout(dropout)
        self.convolve = nn.Conv1d(embedded, filters, kernel_size=3, padding=1)

    def forward(self, characters: Tensor) -> Tensor:
        """The largest answers among the real characters."""
        flat = characters.flatten(0, 1)
        answers = self.convolve(self.dropout(self.embed(flat)).mT)
        best = answers.masked_fill((flat == 0).unsqueeze(1), -torch.inf).amax(-1)
        # At padded words nothing is real.
        found: Tensor = best.masked_fill(flat[:, :1] == 0, 0).view(*characters.shape[:2], -1)
        return found


class CharacterLSTM(CharacterEncoder):
    """An LSTM from each end; the two last states together (Lample et al. 2016, Fig. 4).

    Args:
        embedded: width of a character's vector.
        hidden: of each direction; the word's vector has twice as many numbers.
        dropout: on vectors of characters.
    """

    def __init__(self, embedded: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.width = 2 * hidden
        self.embed = character_table(embedded)
        self.dropout = nn.Dropout(dropout)
        self.forth, self.back = (nn.LSTM(embedded, hidden, batch_first=True) for _ in range(2))

    def forward(self, characters: Tensor) -> Tensor:
        """Both directions run over all positions; the state at the last real character is taken.

        The way back reads the word turned round, so that padding is behind it on both ways: no length is asked for.
        """
        flat = characters.flatten(0, 1)
        real = (flat != 0).sum(1)
        place = torch.arange(flat.shape[1], device=flat.device)
        turned = flat.gather(1, (real[:, None] - 1 - place).clamp_min(0))
        last = (real - 1).clamp_min(0)
        rows = torch.arange(len(flat), device=flat.device)
        ends = [
            run_lstm(way, self.dropout(self.embed(one)))[0][rows, last]
            for way, one in ((self.forth, flat), (self.back, turned))
        ]
        return torch.cat(ends, -1).view(*characters.shape[:2], -1)


def character_table(width: int) -> nn.Embedding:
    """Vectors of characters, uniform within sqrt(3 / width) (Ma and Hovy 2016, §3.1)."""
    table = nn.Embedding(CHARACTERS, width, padding_idx=0)
    with torch.no_grad():
        bound = (3 / width) ** 0.5
        table.weight[1:].uniform_(-bound, bound)
    return table


def build_spelling(kind: Spelling, embedded: int, width: int, dropout: float) -> CharacterEncoder | None:
    """What a config names; None for nothing.

    Args:
        kind: which.
        embedded: width of a character's vector.
        width: of a word's; even for an LSTM.
        dropout: on vectors of characters.
    """
    if kind is Spelling.CNN:
        return CharacterCNN(embedded, width, dropout)
    return CharacterLSTM(embedded, width // 2, dropout) if kind is Spelling.LSTM else None


def spell(tweets: Iterable[Sequence[str]]) -> list[list[list[int]]]:
    """Characters of each word of each tweet."""
    return [[spelled(word) for word in words] for words in tweets]
