"""Word-by-word subword tokenisation with any transformers tokenizer, slow (without `word_ids`) or fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.needs import Need
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.methods.encoders.tokenizer import SubwordIds, Template

_TOGETHER = "copy the tokenizer's files again, from the same source as the weights"


def _find_template(tokenizer: Any, text: str = "a") -> Template:
    """Derive the special tokens from two examples; works for slow and fast tokenizers."""
    plain = list(tokenizer(text, add_special_tokens=False)["input_ids"])
    single = list(tokenizer(text)["input_ids"])
    pair = tokenizer(text, text, return_token_type_ids=True)
    ids, width = list(pair["input_ids"]), len(plain)

    def find(row: list[int], start: int) -> int:
        return next(i for i in range(start, len(row)) if row[i : i + width] == plain)

    start = find(single, 0)
    first = find(ids, 0)
    second = find(ids, first + width)
    segments = pair.get("token_type_ids")
    return Template(
        before=tuple(single[:start]),
        after=tuple(single[start + width :]),
        between=tuple(ids[first + width : second]),
        after_pair=tuple(ids[second + width :]),
        second_segment=segments[second] if segments is not None else 0,
    )


class SubwordTokenizer:
    """Tokenises single words with a transformers tokenizer, and caches their subwords.

    Args:
        tokenizer: a tokenizer of transformers.
        limit: maximum number of subwords per window, special tokens included.
        cache: subwords by word, from earlier runs with the same tokenizer; new words are added.

    Attributes:
        limit: the limit, less the positions that methods reserve.
        vocabulary: number of the model's subword embeddings; None if unknown.
    """

    def __init__(self, tokenizer: Any, limit: int, cache: dict[str, SubwordIds] | None = None) -> None:
        self._tokenizer = tokenizer
        self._words = cache if cache is not None else {}
        self.limit = limit
        self.vocabulary: int | None = None
        self.pad, self.unknown = int(tokenizer.pad_token_id or 0), int(tokenizer.unk_token_id or 0)
        self._has_unknown = tokenizer.unk_token_id is not None
        self.separator: int | None = (
            tokenizer.sep_token_id if tokenizer.sep_token_id is not None else tokenizer.eos_token_id
        )
        self.template = _find_template(tokenizer)

    @property
    def pretrained(self) -> Any:
        """The tokenizer of transformers."""
        return self._tokenizer

    def _subwords(self, word: str) -> SubwordIds:
        if word not in self._words:
            self._remember([word], lambda: [self._split(word)])
        return self._words[word]

    def _split(self, word: str) -> SubwordIds:
        if getattr(self._tokenizer, "is_fast", False):
            return list(self._tokenizer([word], is_split_into_words=True, add_special_tokens=False)["input_ids"])
        return list(self._tokenizer.convert_tokens_to_ids(self._tokenizer.tokenize(word)))

    def _remember(self, words: Sequence[str], split: Callable[[], Sequence[SubwordIds]]) -> None:
        """Cache the subwords of words.

        Raises:
            MissingInputError: the tokenizer fails, or returns ids beyond the model's vocabulary.
        """
        try:
            subwords = split()
        except Exception as error:  # `tokenizers` raises plain Exceptions
            reason = f"the encoder's tokenizer fails on {one_line(words[0], 40)!r}: {one_line(error)}"
            raise MissingInputError(Need(reason, (_TOGETHER,), "tokenizer of the encoder")) from error
        special_ids = [*self.template.before, *self.template.after, self.pad, self.unknown]
        largest = max((max(ids) for ids in (special_ids, *subwords) if ids), default=0)
        if self.vocabulary is not None and largest >= self.vocabulary:
            reason = f"the encoder's tokenizer has subword id {largest:,}, its model only {self.vocabulary:,} subwords"
            raise MissingInputError(Need(reason, (_TOGETHER,), "tokenizer of the encoder"))
        self._words.update(zip(words, subwords, strict=True))

    def fast_file(self) -> str:
        """The content of `tokenizer.json` of a fast tokenizer."""
        content: str = self._tokenizer.backend_tokenizer.to_str()
        return content

    def learn(self, words: Iterable[str]) -> None:
        """Tokenise many words in one call, which takes a fast tokenizer a third of the time."""
        fast = getattr(self._tokenizer, "is_fast", False)
        new = list(dict.fromkeys(word for word in words if word not in self._words)) if fast else []
        if new:
            backend, inputs = self._tokenizer.backend_tokenizer, [[word] for word in new]
            backend.no_truncation()
            backend.no_padding()
            self._remember(
                new,
                lambda: [
                    encoding.ids
                    for encoding in backend.encode_batch_fast(inputs, is_pretokenized=True, add_special_tokens=False)
                ],
            )

    def words(self, words: Iterable[str]) -> list[SubwordIds]:
        """Subwords per word; the unknown token for words without subwords."""
        return [self._subwords(word) or [self.unknown] for word in words]

    def count(self, word: str) -> int:
        """Number of subwords of a word; 0 if the tokenizer returns none."""
        return len(self._subwords(word))

    def count_unknown(self, word: str) -> int:
        """Number of unknown subwords of a word; 1 for a word without subwords, since it is encoded as unknown."""
        subwords = self._subwords(word)
        return subwords.count(self.unknown) * self._has_unknown if subwords else 1

    def zero_piece_words(self, words: Iterable[str]) -> int:
        """Number of words without subwords."""
        return sum(not self._subwords(word) for word in words)

    def context(self, texts: Sequence[str]) -> SubwordIds:
        """Subwords of free texts, joined by the separator (ITA §2.2: `[X]`)."""
        subwords: SubwordIds = []
        for text in texts:
            if subwords and self.separator is not None:
                subwords.append(self.separator)
            for word in text.split():
                subwords.extend(self._subwords(word))
        return subwords
