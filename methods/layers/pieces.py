"""From words to padded rows of word pieces, and back to one slot per word.

Words are tokenised one by one, so slow tokenizers (no `word_ids`) work like fast ones and every word is tokenised once
per process. A word that maps to nothing becomes the unknown piece; a tweet longer than the encoder's limit continues in
further rows. So every word of every tweet has a vector, and no gold entity can drop out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import torch
from torch import Tensor

Pieces = list[int]


class Template(NamedTuple):
    """The special pieces around one text and around a pair of texts."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    between: tuple[int, ...]
    after_pair: tuple[int, ...]
    second_segment: int

    @property
    def single(self) -> int:
        """Special pieces of a row with one text."""
        return len(self.before) + len(self.after)

    @property
    def pair(self) -> int:
        """Special pieces of a row with two texts."""
        return len(self.before) + len(self.between) + len(self.after_pair)


def _find_template(tokenizer: Any, text: str = "a") -> Template:
    """Read the special pieces off two examples, which works for every tokenizer, fast or slow."""
    plain = list(tokenizer(text, add_special_tokens=False)["input_ids"])
    single = list(tokenizer(text)["input_ids"])
    pair = tokenizer(text, text, return_token_type_ids=True)
    ids, width = list(pair["input_ids"]), len(plain)

    def find(row: list[int], start: int) -> int:
        return next(i for i in range(start, len(row)) if row[i : i + width] == plain)

    here = find(single, 0)
    first = find(ids, 0)
    second = find(ids, first + width)
    segments = pair.get("token_type_ids")
    return Template(
        before=tuple(single[:here]),
        after=tuple(single[here + width :]),
        between=tuple(ids[first + width : second]),
        after_pair=tuple(ids[second + width :]),
        second_segment=segments[second] if segments is not None else 0,
    )


class PieceTokenizer:
    """A transformers tokenizer, asked word by word.

    Attributes:
        limit: pieces per row that the encoder takes, special ones included.
        unknown_words: how many words of the tokenised tweets had no piece of their own.
    """

    def __init__(self, tokenizer: Any, limit: int) -> None:
        self._tokenizer = tokenizer
        self._words: dict[str, Pieces] = {}
        self.limit = limit
        self.pad, self.unknown = int(tokenizer.pad_token_id or 0), int(tokenizer.unk_token_id or 0)
        self.separator: int | None = (
            tokenizer.sep_token_id if tokenizer.sep_token_id is not None else tokenizer.eos_token_id
        )
        self.template = _find_template(tokenizer)

    def _pieces(self, word: str) -> Pieces:
        if word not in self._words:
            if getattr(self._tokenizer, "is_fast", False):
                ids = self._tokenizer([word], is_split_into_words=True, add_special_tokens=False)["input_ids"]
            else:
                ids = self._tokenizer.convert_tokens_to_ids(self._tokenizer.tokenize(word))
            self._words[word] = list(ids)
        return self._words[word]

    def words(self, words: Iterable[str]) -> list[Pieces]:
        """Pieces per word; never empty, an unknown piece where the tokenizer has none."""
        return [self._pieces(word) or [self.unknown] for word in words]

    def zero_piece_words(self, words: Iterable[str]) -> int:
        """How many of `words` the tokenizer maps to nothing."""
        return sum(not self._pieces(word) for word in words)

    def context(self, texts: Sequence[str]) -> Pieces:
        """Pieces of free texts, with the separator between them (ITA §2.2: `[X]`)."""
        pieces: Pieces = []
        for text in texts:
            if pieces and self.separator is not None:
                pieces.append(self.separator)
            for word in text.split():
                pieces.extend(self._pieces(word))
        return pieces


@dataclass(frozen=True)
class PieceBatch:
    """Padded rows of pieces and where the words are in them.

    Attributes:
        ids: piece ids, [rows, pieces].
        mask: True for real pieces, [rows, pieces].
        segments: 0 for the tweet, the template's number for context, [rows, pieces].
        owner: flat slot `tweet * words + word` of the word a piece belongs to, -1 for others, [rows, pieces].
        first: flat position `row * pieces + piece` of each word's first piece, 0 at padding, [tweets, words].
        words: True for real words, [tweets, words].
    """

    ids: Tensor
    mask: Tensor
    segments: Tensor
    owner: Tensor
    first: Tensor
    words: Tensor

    def to(self, device: torch.device) -> PieceBatch:
        """The same batch on a device."""
        return PieceBatch(*(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self)))


class _Row(NamedTuple):
    ids: Pieces
    segments: list[int]
    owners: list[int]


@dataclass
class RowCounts:
    """How often a limit was met while building batches."""

    split_tweets: int = 0
    shortened_words: int = 0
    cut_contexts: int = 0


def split_tweet(words: Sequence[Pieces], room: int) -> list[list[tuple[int, Pieces]]]:
    """Cut a tweet between words into windows of at most `room` pieces; a longer single word keeps its first ones."""
    windows: list[list[tuple[int, Pieces]]] = [[]]
    used = 0
    for number, pieces in enumerate(words):
        kept = pieces[:room]
        if used + len(kept) > room:
            windows.append([])
            used = 0
        windows[-1].append((number, kept))
        used += len(kept)
    return windows


class BatchLayout:
    """Puts tweets, and context where there is one, into rows."""

    def __init__(self, tokenizer: PieceTokenizer, limit: int) -> None:
        self._template, self._pad = tokenizer.template, tokenizer.pad
        self._limit = min(limit, tokenizer.limit)

    def rows(self, words: Sequence[Pieces], context: Pieces, offset: int, counts: RowCounts) -> list[_Row]:
        """The rows of one tweet; context follows its last window.

        Args:
            words: pieces per word.
            context: pieces behind the tweet, possibly none.
            offset: flat slot of the tweet's first word.
            counts: increased where a limit is met.
        """
        frame = self._template
        windows = split_tweet(words, self._limit - frame.single)
        counts.split_tweets += len(windows) > 1
        counts.shortened_words += sum(len(pieces) > self._limit - frame.single for pieces in words)
        rows = []
        for window in windows:
            ids, owners = [*frame.before], [-1] * len(frame.before)
            for number, pieces in window:
                ids += pieces
                owners += [offset + number] * len(pieces)
            tail = [*frame.after]
            segments = [0] * (len(ids) + len(tail))
            if context and window is windows[-1]:
                room = max(0, self._limit - frame.pair - (len(ids) - len(frame.before)))
                counts.cut_contexts += len(context) > room
                if room:
                    tail = [*frame.between, *context[:room], *frame.after_pair]
                    second = len(tail) - len(frame.between)
                    segments = [0] * (len(ids) + len(frame.between)) + [frame.second_segment] * second
            rows.append(_Row(ids + tail, segments, owners + [-1] * len(tail)))
        return rows

    def collate(self, tweets: Sequence[Sequence[Pieces]], contexts: Sequence[Pieces], counts: RowCounts) -> PieceBatch:
        """A batch of tweets, padded to its longest row and its longest tweet.

        Args:
            tweets: pieces per word, per tweet.
            contexts: context pieces per tweet; empty lists for none.
            counts: increased where a limit is met.
        """
        width = max(map(len, tweets), default=0)
        rows: list[_Row] = []
        for number, (words, context) in enumerate(zip(tweets, contexts, strict=True)):
            rows += self.rows(words, context, number * width, counts)
        length = max(len(row.ids) for row in rows)
        pad = [(length - len(row.ids)) for row in rows]
        owner = torch.tensor([row.owners + [-1] * n for row, n in zip(rows, pad, strict=True)])
        first = torch.zeros(len(tweets) * width, dtype=torch.long)
        flat = owner.flatten()
        # Written from the back, so that the first piece of a word is the one that stays.
        places = torch.arange(flat.numel() - 1, -1, -1)[flat.flip(0) >= 0]
        first[flat[places]] = places
        lengths = torch.tensor([len(words) for words in tweets])
        return PieceBatch(
            ids=torch.tensor([row.ids + [self._pad] * n for row, n in zip(rows, pad, strict=True)]),
            mask=torch.tensor([[True] * len(row.ids) + [False] * n for row, n in zip(rows, pad, strict=True)]),
            segments=torch.tensor([row.segments + [0] * n for row, n in zip(rows, pad, strict=True)]),
            owner=owner,
            first=first.view(len(tweets), width),
            words=torch.arange(width) < lengths[:, None],
        )
