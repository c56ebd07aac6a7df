"""Invented names and sentences. A sentence is independent of the types of its names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnerbench.datasets.probe_settings import TYPES, ProbeSettings
from mnerbench.datasets.probes.chance import Chance

_STARTS = ("Bra", "Cor", "Dal", "El", "Fen", "Gar", "Hol", "Ja", "Kel", "Lor", "Mar", "Nor", "Or", "Pel", "Ros", "Tav")
_ENDS = ("den", "ding", "ester", "iana", "in", "ley", "mont", "o", "ora", "ow", "port", "ring", "ton", "vale", "vin")
_SECOND = ("Arlo", "Brook", "Cross", "Frost", "Gale", "Hart", "Lane", "Moor", "North", "Reed", "Stone", "West")

# Sentence templates by number of names; `_` stands for a name.
_SENTENCES: dict[int, tuple[str, ...]] = {
    0: (
        "good morning everyone",
        "what a day",
        "cannot sleep again",
        "coffee first , then the rest",
        "who else is awake ?",
        "so tired of this rain",
        "new week , new luck",
    ),
    1: (
        "so much _ today",
        "_ is trending again",
        "cannot stop thinking about _",
        "who else likes _ ?",
        "RT @friend : _ !",
        "finally , _",
        "everybody talks about _ this week",
        "this is so _",
        "all I want is _",
    ),
    2: (
        "_ and _ , what a day",
        "from _ to _",
        "I prefer _ over _",
        "_ or _ ? you decide",
        "RT @friend : first _ , now _",
        "_ reminds me of _",
    ),
    3: (
        "_ , _ and _ all at once",
        "first _ , then _ , now _",
        "_ again , no _ , no _",
        "my top three : _ , _ , _",
    ),
}
_TAILS = ("", "", "", "#tbt", "#love", "lol", "!!", "http://t.co/xyz", "via @news")


@dataclass(frozen=True)
class Name:
    """A name and the types it can have.

    Attributes:
        words: one or two words.
        candidates: its possible types, in the order of `prior`; one for an unambiguous name.
        prior: probability of each candidate.
    """

    words: tuple[str, ...]
    candidates: tuple[str, ...]
    prior: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class Lexicon:
    """All names of a probe."""

    ambiguous: tuple[Name, ...]
    plain: tuple[Name, ...]


def make_lexicon(settings: ProbeSettings) -> Lexicon:
    """Make the names of a probe; no name is part of another, and a third of them have two words."""
    choices = [types for types in settings.candidates for _ in range(settings.names)]
    kinds = [kind for kind in TYPES for _ in range(settings.plain_names)]
    words = _names(len(choices) + len(kinds), Chance(settings.seed, "names"))
    ambiguous = tuple(Name(words.pop(), types, settings.prior) for types in choices)
    return Lexicon(ambiguous, tuple(Name(words.pop(), (kind,)) for kind in kinds))


def _names(count: int, chance: Chance) -> list[tuple[str, ...]]:
    firsts = [start + end for start in _STARTS for end in _ENDS]
    return [
        (first, chance.choice(_SECOND)) if chance.happens(1 / 3) else (first,) for first in chance.sample(firsts, count)
    ]


def make_sentence(names: Sequence[Name], chance: Chance) -> tuple[list[str], list[tuple[int, int]]]:
    """Make a sentence with the names in the given order.

    Returns:
        The words, and for each name the indices of its first word and after its last word.
    """
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    remaining = list(names)
    for word in f"{chance.choice(_SENTENCES[len(names)])} {chance.choice(_TAILS)}".split():
        if word != "_":
            words.append(word)
            continue
        name = remaining.pop(0)
        spans.append((len(words), len(words) + len(name.words)))
        words.extend(name.words)
    return words, spans
