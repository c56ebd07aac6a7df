"""What a tagger finds: entities with their positions, as objects and as a data frame."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, overload

from mnerbench.datasets.corpus import ImageRef

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Entity:
    """An entity.

    Attributes:
        type: its type.
        text: its characters in the tweet.
        start: its first word, from 0.
        end: the word after its last one.
        start_char: its first character in the tweet's text, from 0.
        end_char: the character after its last one.
        posterior: of a head over spans the probability of the entity. Otherwise the least of the marginal probabilities
            of its words' labels, which the probability of the entity cannot exceed. None if there is none.
    """

    type: str
    text: str
    start: int
    end: int
    start_char: int
    end_char: int
    posterior: float | None


@dataclass(frozen=True)
class TaggedTweet:
    """A tweet with its entities.

    Attributes:
        text: its text; of a list of words, the words joined by spaces.
        words: its words, or those into which the text was split.
        labels: predicted label of each word, in BIO; as predicted, so that a method may have others (`X`).
        entities: in the conlleval reading of the labels, from left to right.
        images: ids of its pictures, or None.
    """

    text: str
    words: tuple[str, ...]
    labels: tuple[str, ...]
    entities: tuple[Entity, ...]
    images: ImageRef = None


@dataclass(frozen=True, repr=False)
class Tagged(Sequence[TaggedTweet]):
    """Tagged tweets, in the order of the input.

    Attributes:
        tweets: the tweets.
        counts: number of tweets whose pictures or texts were masked or unusable, by name, as in the records of runs.
        notes: what was masked and why, in words.
    """

    tweets: tuple[TaggedTweet, ...]
    counts: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @overload
    def __getitem__(self, index: int) -> TaggedTweet: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[TaggedTweet, ...]: ...

    def __getitem__(self, index: int | slice) -> TaggedTweet | tuple[TaggedTweet, ...]:
        return self.tweets[index]

    def __len__(self) -> int:
        return len(self.tweets)

    def __iter__(self) -> Iterator[TaggedTweet]:
        return iter(self.tweets)

    @property
    def entities(self) -> list[Entity]:
        """The entities of all tweets."""
        return [entity for tweet in self.tweets for entity in tweet.entities]

    def to_frame(self) -> pd.DataFrame:
        """A row per entity: `tweet` (its index), `type`, `text`, positions and `posterior`."""
        import pandas as pd

        columns = ["tweet", "type", "text", "start", "end", "start_char", "end_char", "posterior"]
        rows = [{"tweet": number, **asdict(e)} for number, tweet in enumerate(self.tweets) for e in tweet.entities]
        return pd.DataFrame(rows, columns=columns).astype({"posterior": float})

    def __repr__(self) -> str:
        return f"<Tagged: {len(self.tweets):,} tweets, {len(self.entities):,} entities>"

    def _repr_html_(self) -> str:
        """The tweets with their entities marked, for notebooks; the first 100."""
        lines = [_marked(tweet) for tweet in self.tweets[:100]]
        notes = [html.escape(note) for note in self.notes]
        more = [f"and {len(self.tweets) - 100:,} more"] if len(self.tweets) > 100 else []
        return "".join(f"<p>{line}</p>" for line in [*notes, *lines, *more])


def _marked(tweet: TaggedTweet) -> str:
    parts, position = [], 0
    for entity in tweet.entities:
        title = "" if entity.posterior is None else f' title="{entity.posterior:.2f}"'
        parts.append(html.escape(tweet.text[position : entity.start_char]))
        parts.append(f"<mark{title}>{html.escape(entity.text)} <small>{html.escape(entity.type)}</small></mark>")
        position = entity.end_char
    return "".join([*parts, html.escape(tweet.text[position:])])
