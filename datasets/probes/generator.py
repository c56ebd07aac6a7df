"""Generate a probe: tweets, what their pictures show, and what each source of visual input says of them.

A picture shows one type by one kind of evidence. A related picture shows the type of the tweet's ambiguous name (or of
its first name); an unrelated one is drawn from the pool of all pictures, in which every type is equally frequent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probe_settings import CARRIED_BY, TYPES, Evidence, Noise, ProbeSettings
from mnerbench.datasets.probes.chance import Chance
from mnerbench.datasets.probes.lexicon import Lexicon, Name, make_lexicon, make_sentence


@dataclass(frozen=True)
class Mention:
    """A name in a tweet: words `start` to `end` (not included), and its true type."""

    start: int
    end: int
    type: str
    name: Name


@dataclass(frozen=True)
class Shown:
    """What a picture shows: a type, by one kind of evidence; `related` says whether with regard to the tweet."""

    evidence: Evidence
    type: str
    related: bool


@dataclass(frozen=True)
class ProbeTweet:
    """A tweet with everything that is known about it.

    Attributes:
        example: as any reader gives it.
        mentions: at most one of them of an ambiguous name.
        shown: what its picture shows.
        said: by input that carries the evidence, the type that its source says; None when it says nothing of a type.
    """

    example: Example
    mentions: tuple[Mention, ...]
    shown: Shown
    said: Mapping[InputKind, str | None]

    @property
    def ambiguous(self) -> Mention | None:
        """The mention of an ambiguous name, if there is one."""
        return next((mention for mention in self.mentions if len(mention.name.candidates) > 1), None)


@dataclass(frozen=True)
class Probe:
    """A generated corpus: tweets by split."""

    settings: ProbeSettings
    splits: Mapping[str, tuple[ProbeTweet, ...]]

    def corpus(self, name: str) -> Corpus:
        """The tweets without what only the generator knows."""
        splits = {split: tuple(tweet.example for tweet in tweets) for split, tweets in self.splits.items()}
        return Corpus(name, splits, TYPES)


@lru_cache(maxsize=8)
def generate(settings: ProbeSettings) -> Probe:
    """The probe of some settings: a pure function, the same on any machine."""
    lexicon = make_lexicon(settings)
    sizes = {"train": settings.train, "valid": settings.valid, "test": settings.test}
    return Probe(
        settings,
        {split: tuple(_tweet(settings, lexicon, split, i) for i in range(size)) for split, size in sizes.items()},
    )


def _tweet(settings: ProbeSettings, lexicon: Lexicon, split: str, number: int) -> ProbeTweet:
    chance = Chance(settings.seed, split, number, "tweet")
    names = _choose_names(settings, lexicon, chance)
    words, places = make_sentence(names, chance)
    types = [chance.one(name.candidates, name.prior) for name in names]
    labels = ["O"] * len(words)
    for (start, end), kind in zip(places, types, strict=True):
        labels[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
    mentions = tuple(Mention(*place, kind, name) for place, kind, name in zip(places, types, names, strict=True))
    example = Example(str(number), tuple(words), tuple(labels), f"{split}-{number}")
    shown = _show(settings, mentions, Chance(settings.seed, split, number, "picture"))
    said = _say(settings, shown, Chance(settings.seed, split, number, "sources"))
    return ProbeTweet(example, mentions, shown, said)


def _choose_names(settings: ProbeSettings, lexicon: Lexicon, chance: Chance) -> list[Name]:
    if chance.happens(settings.entity_free):
        return []
    count = chance.one((1, 2, 3), (0.6, 0.3, 0.1))
    if not chance.happens(settings.ambiguous):
        return chance.several(lexicon.plain, count)
    names = [chance.one(lexicon.ambiguous), *chance.several(lexicon.plain, count - 1)]
    return chance.several(names, count)


def _show(settings: ProbeSettings, mentions: tuple[Mention, ...], chance: Chance) -> Shown:
    evidence, pool = chance.one(settings.evidence), chance.one(TYPES)
    # Drawn in any case, so that tweets of two probes which differ in `unrelated` alone stay the same tweets.
    related = not chance.happens(settings.unrelated) and bool(mentions)
    told = next((m.type for m in mentions if len(m.name.candidates) > 1), mentions[0].type if mentions else pool)
    return Shown(evidence, told if related else pool, related)


def _say(settings: ProbeSettings, shown: Shown, chance: Chance) -> dict[InputKind, str | None]:
    """One detector makes tags and regions, so both err together."""
    said: dict[InputKind, str | None] = {}
    sources = ((InputKind.REGIONS, InputKind.TAGS), (InputKind.CAPTIONS,), (InputKind.OCR,))
    for kinds in sources:
        told = _through(settings.noise_of(kinds[0]), shown.type, chance)
        said |= {kind: told if kind in CARRIED_BY[shown.evidence] else None for kind in kinds}
    pixels = (InputKind.GLOBAL, InputKind.GRID)
    return said | {kind: shown.type if kind in CARRIED_BY[shown.evidence] else None for kind in pixels}


def _through(noise: Noise, told: str, chance: Chance) -> str | None:
    missed, confused, other = chance.happens(noise.miss), chance.happens(noise.confuse), chance.one(TYPES)
    return None if missed else other if confused else told
