"""Whether a language model continues tweets word for word, as it could only if it had read them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from mnerbench.datasets.chat.request import ChatMessage, ChatRequest
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.seeds import derive_seed

TWEETS = 100  # asked about, unless the user wants another number
WORDS = 3  # of the second half that the continuation has to begin with
_FEWEST = 4  # words of a half
_MAX_TOKENS = 64
_SYSTEM = (
    "You continue tweets. You get the first half of a tweet from a public dataset. Answer with the rest of it, word "
    "for word, and with nothing else."
)


@dataclass(frozen=True)
class Half:
    """A tweet in two halves, each of at least four words."""

    first: tuple[str, ...]
    second: tuple[str, ...]


def halves(tweets: Sequence[Example], count: int) -> list[Half]:
    """Draw tweets that are long enough; the same ones for all methods and seeds.

    Args:
        tweets: a split.
        count: most of them; at least two are needed.
    """
    long = [tweet.words for tweet in tweets if len(tweet.words) >= 2 * _FEWEST]
    random.Random(derive_seed("recalled tweets")).shuffle(long)  # noqa: S311 - not for secrets
    items = [Half(words[: len(words) // 2], words[len(words) // 2 :]) for words in long]
    # Of tweets that end in punctuation alone, any answer would be the rest; and chance needs another tweet.
    items = [half for half in items if _letters(half.second[:WORDS])][:count]
    return items if len(items) > 1 else []


def recall_request(model: str, half: Half) -> ChatRequest:
    """The question for the rest of a tweet; it depends on nothing else, so that all methods share its answer."""
    messages = ChatMessage("system", (_SYSTEM,)), ChatMessage("user", (" ".join(half.first),))
    return ChatRequest(model, messages, max_tokens=_MAX_TOKENS)


def recalled(answers: Sequence[str], items: Sequence[Half]) -> tuple[int, int]:
    """How many answers continue their own tweet, and how many continue the next one instead, which is chance.

    An answer continues a tweet if it begins with the first three words of the second half, in any case and spacing; it
    may repeat the first half before.
    """
    shifted = [*items[1:], *items[:1]]
    own = sum(_continues(text, half, half) for text, half in zip(answers, items, strict=True))
    others = sum(_continues(text, half, other) for text, half, other in zip(answers, items, shifted, strict=True))
    return own, others


def _continues(text: str, asked: Half, rest: Half) -> bool:
    said, before = _letters(text.split()), _letters(asked.first)
    said = said.removeprefix(before) if said != before else ""
    return said.startswith(_letters(rest.second[:WORDS]))


def _letters(words: Sequence[str]) -> str:
    """Words without spaces, since tokenisers split them otherwise than corpora do, nor quotes around them."""
    return "".join(words).casefold().strip("\"'\u201c\u201d")
