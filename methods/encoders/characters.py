"""Character encoders of words: a convolution (Ma and Hovy 2016, §2.1) or a bidirectional LSTM (Lample et al. 2016).

Character ids are fixed, so that no vocabulary is needed: one per Latin-1 character; all others share 256.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from mnerbench.methods.base.choices import Spelling
from mnerbench.methods.encoders.recurrent import run_lstm

CHARACTERS = 512  # ids; 0 is padding
LONGEST = 40  # characters read per word; longer words are mostly URLs
_LATIN_1 = 256


def encode_word(word: str) -> list[int]:
    """Ids of a word's first characters, at least one."""
    return [
        ord(character) if 0 < ord(character) < _LATIN_1 else _LATIN_1 + ord(character) % _LATIN_1
        for character in word[:LONGEST]
    ] or [_LATIN_1]


def collate_characters(tweets: Sequence[Sequence[Sequence[int]]], words: int) -> Tensor:
    """Pad character ids, [tweets, words, longest word].

    Args:
        tweets: character ids per word, per tweet.
        words: number of words of the longest tweet.
    """
    longest = max((len(word) for tweet in tweets for word in tweet), default=1)
    padded = np.zeros((len(tweets), words, longest), np.int64)
    for row, tweet in enumerate(tweets):
        for position, word in enumerate(tweet):
            padded[row, position, : len(word)] = word
    return torch.from_numpy(padded)


class CharacterEncoder(nn.Module, ABC):
    """Computes a vector per word from its characters.

    Attributes:
        width: width of the vector.
    """

    width: int

    @abstractmethod
    def forward(self, characters: Tensor) -> Tensor:
        """[tweets, words, width] from ids, [tweets, words, longest word]; undefined but finite at padding."""


class CharacterCNN(CharacterEncoder):
    """Convolution over three characters, max-pooled (Ma and Hovy 2016, Fig. 1).

    Args:
        embedded: width of a character vector.
        filters: number of filters, the width of a word's vector.
        dropout: on character vectors.
    """

    def __init__(self, embedded: int, filters: int, dropout: float) -> None:
        super().__init__()
        self.width = filters
        self.embed = character_table(embedded)
        self.dropout = nn.Dropout(dropout)
        self.convolve = nn.Conv1d(embedded, filters, kernel_size=3, padding=1)

    def forward(self, characters: Tensor) -> Tensor:
        """Maximum of each filter over the characters of a word, without padding."""
        flat = characters.flatten(0, 1)
        answers = self.convolve(self.dropout(self.embed(flat)).mT)
        best = answers.masked_fill((flat == 0).unsqueeze(1), -torch.inf).amax(-1)
        # Padded words have no characters: the maximum would be -inf.
        vectors: Tensor = best.masked_fill(flat[:, :1] == 0, 0).view(*characters.shape[:2], -1)
        return vectors


class CharacterLSTM(CharacterEncoder):
    """Forward and backward LSTM; their last states are concatenated (Lample et al. 2016, Fig. 4).

    Args:
        embedded: width of a character vector.
        hidden: width of each direction; a word's vector has twice that width.
        dropout: on character vectors.
    """

    def __init__(self, embedded: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.width = 2 * hidden
        self.embed = character_table(embedded)
        self.dropout = nn.Dropout(dropout)
        self.forth, self.back = (nn.LSTM(embedded, hidden, batch_first=True) for _ in range(2))

    def forward(self, characters: Tensor) -> Tensor:
        """Run both directions over all positions and take the states at the last character of each word.

        The backward LSTM reads the reversed word, so that padding comes last in both directions and no packing by
        length, which would synchronise with the device, is needed.
        """
        flat = characters.flatten(0, 1)
        lengths = (flat != 0).sum(1)
        position = torch.arange(flat.shape[1], device=flat.device)
        reversed_ids = flat.gather(1, (lengths[:, None] - 1 - position).clamp_min(0))
        last = (lengths - 1).clamp_min(0)
        rows = torch.arange(len(flat), device=flat.device)
        states = [
            run_lstm(lstm, self.dropout(self.embed(ids)))[0][rows, last]
            for lstm, ids in ((self.forth, flat), (self.back, reversed_ids))
        ]
        return torch.cat(states, -1).view(*characters.shape[:2], -1)


def character_table(width: int) -> nn.Embedding:
    """Character embeddings, uniform within sqrt(3 / width) (Ma and Hovy 2016, §3.1)."""
    table = nn.Embedding(CHARACTERS, width, padding_idx=0)
    with torch.no_grad():
        bound = (3 / width) ** 0.5
        table.weight[1:].uniform_(-bound, bound)
    return table


def build_spelling(kind: Spelling, embedded: int, width: int, dropout: float) -> CharacterEncoder | None:
    """Build the character encoder of a config; None if it has none.

    Args:
        kind: type of the character encoder.
        embedded: width of a character vector.
        width: width of a word's vector; even for an LSTM.
        dropout: on character vectors.
    """
    if kind is Spelling.CNN:
        return CharacterCNN(embedded, width, dropout)
    return CharacterLSTM(embedded, width // 2, dropout) if kind is Spelling.LSTM else None


def encode_tweets(tweets: Iterable[Sequence[str]]) -> list[list[list[int]]]:
    """Character ids of each word of each tweet."""
    return [[encode_word(word) for word in words] for words in tweets]
