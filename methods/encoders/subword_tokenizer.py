"""Any transformers tokenizer, asked word by word: slow ones (no `word_ids`) work like fast ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.needs import Need
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.methods.encoders.tokenizer import Pieces, Template

_TOGETHER = "copy the tokenizer's files again, all from where the weights are from"


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


class SubwordTokenizer:
    """A transformers tokenizer, asked word by word.

    Args:
        tokenizer: of transformers.
        limit: pieces per row that the encoder takes, special ones included.
        known: pieces of words by the same tokenizer, from an earlier run; what is asked here is added.

    Attributes:
        limit: as given, less what methods reserve.
        vocabulary: how many pieces the model has vectors for; None where nobody says.
    """

    def __init__(self, tokenizer: Any, limit: int, known: dict[str, Pieces] | None = None) -> None:
        self._tokenizer = tokenizer
        self._words = known if known is not None else {}
        self.limit = limit
        self.vocabulary: int | None = None
        self.pad, self.unknown = int(tokenizer.pad_token_id or 0), int(tokenizer.unk_token_id or 0)
        self._has_unknown = tokenizer.unk_token_id is not None
        self.separator: int | None = (
            tokenizer.sep_token_id if tokenizer.sep_token_id is not None else tokenizer.eos_token_id
        )
        self.template = _find_template(tokenizer)

    def _pieces(self, word: str) -> Pieces:
        if word not in self._words:
            self._learn([word], lambda: [self._cut(word)])
        return self._words[word]

    def _cut(self, word: str) -> Pieces:
        if getattr(self._tokenizer, "is_fast", False):
            return list(self._tokenizer([word], is_split_into_words=True, add_special_tokens=False)["input_ids"])
        return list(self._tokenizer.convert_tokens_to_ids(self._tokenizer.tokenize(word)))

    def _learn(self, words: Sequence[str], cut: Callable[[], Sequence[Pieces]]) -> None:
        """Keep the pieces of words, which have to be ones that the model knows.

        Raises:
            MissingInputError: the tokenizer fails, or gives numbers that the model has no vectors for.
        """
        try:
            pieces = cut()
        except Exception as error:  # of its library; `tokenizers` raises no kind of its own
            reason = f"the encoder's tokenizer cannot cut {one_line(words[0], 40)!r}: {one_line(error)}"
            raise MissingInputError(Need(reason, (_TOGETHER,), "tokenizer of the encoder")) from error
        own = [*self.template.before, *self.template.after, self.pad, self.unknown]
        largest = max((max(ids) for ids in (own, *pieces) if ids), default=0)
        if self.vocabulary is not None and largest >= self.vocabulary:
            reason = f"the encoder's tokenizer knows piece {largest:,}, its model {self.vocabulary:,} pieces"
            raise MissingInputError(Need(reason, (_TOGETHER,), "tokenizer of the encoder"))
        self._words.update(zip(words, pieces, strict=True))

    def learn(self, words: Iterable[str]) -> None:
        """Ask for many words at once: a fast tokenizer then needs a third of the time."""
        fast = getattr(self._tokenizer, "is_fast", False)
        new = list(dict.fromkeys(word for word in words if word not in self._words)) if fast else []
        if new:
            backend, given = self._tokenizer.backend_tokenizer, [[word] for word in new]
            backend.no_truncation()
            backend.no_padding()
            self._learn(
                new,
                lambda: [
                    cut.ids for cut in backend.encode_batch_fast(given, is_pretokenized=True, add_special_tokens=False)
                ],
            )

    def words(self, words: Iterable[str]) -> list[Pieces]:
        """Pieces per word; never empty, an unknown piece where the tokenizer has none."""
        return [self._pieces(word) or [self.unknown] for word in words]

    def count(self, word: str) -> int:
        """How many pieces the tokenizer has for a word; 0 where it maps it to nothing."""
        return len(self._pieces(word))

    def count_unknown(self, word: str) -> int:
        """How many of a word's pieces are the unknown one; 1 of a word without any, which a run makes unknown."""
        pieces = self._pieces(word)
        return pieces.count(self.unknown) * self._has_unknown if pieces else 1

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
