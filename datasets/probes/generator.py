"""Generates a probe: tweets, the content of their pictures, and the reports of each source of visual input.

A picture shows one type by one kind of evidence. A related picture shows the type of the tweet's ambiguous name (or of
its first name); an unrelated one shows a type drawn uniformly from all types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probe_settings import CARRIED_BY, TYPES, Evidence, Noise, ProbeSettings
from mnerbench.datasets.probes.chance import Chance
from mnerbench.datasets.probes.lexicon import Lexicon, Name, make_lexicon, make_sentence


@dataclass(frozen=True)
class Mention:
    """A name in a tweet: words `start` to `end` (exclusive), and its gold type."""

    start: int
    end: int
    type: str
    name: Name


@dataclass(frozen=True)
class PictureContent:
    """What a picture shows: a type, by one kind of evidence; `related` says whether it depends on the tweet."""

    evidence: Evidence
    type: str
    related: bool


@dataclass(frozen=True)
class ProbeTweet:
    """A tweet with the hidden variables of the generator.

    Attributes:
        example: the tweet, as readers return it.
        mentions: its names; at most one is ambiguous.
        picture: the content of its picture.
        reports: the type that the source of each input reports; None if it reports none, or the input does not carry
            the evidence.
    """

    example: Example
    mentions: tuple[Mention, ...]
    picture: PictureContent
    reports: Mapping[InputKind, str | None]

    @property
    def ambiguous(self) -> Mention | None:
        """The mention of an ambiguous name, if there is one."""
        return next((mention for mention in self.mentions if len(mention.name.candidates) > 1), None)


@dataclass(frozen=True)
class Probe:
    """A generated corpus: its settings and its tweets by split."""

    settings: ProbeSettings
    splits: Mapping[str, tuple[ProbeTweet, ...]]

    def corpus(self, name: str) -> Corpus:
        """The corpus: of the generator's hidden variables, it holds whether pictures are related to their tweets."""
        splits = {
            split: tuple(replace(tweet.example, related=tweet.picture.related) for tweet in tweets)
            for split, tweets in self.splits.items()
        }
        return Corpus(name, splits, TYPES)


@lru_cache(maxsize=8)
def generate(settings: ProbeSettings) -> Probe:
    """Generate the probe of some settings: a pure function, equal on any machine."""
    lexicon = make_lexicon(settings)
    sizes = {"train": settings.train, "valid": settings.valid, "test": settings.test}
    return Probe(
        settings,
        {split: tuple(_tweet(settings, lexicon, split, i) for i in range(size)) for split, size in sizes.items()},
    )


def _tweet(settings: ProbeSettings, lexicon: Lexicon, split: str, number: int) -> ProbeTweet:
    chance = Chance(settings.seed, split, number, "tweet")
    names = _choose_names(settings, lexicon, chance)
    words, spans = make_sentence(names, chance)
    types = [chance.choice(name.candidates, name.prior) for name in names]
    labels = ["O"] * len(words)
    for (start, end), kind in zip(spans, types, strict=True):
        labels[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
    mentions = tuple(Mention(*span, kind, name) for span, kind, name in zip(spans, types, names, strict=True))
    example = Example(str(number), tuple(words), tuple(labels), f"{split}-{number}")
    picture = _draw_content(settings, mentions, Chance(settings.seed, split, number, "picture"))
    reports = _draw_reports(settings, picture, Chance(settings.seed, split, number, "sources"))
    return ProbeTweet(example, mentions, picture, reports)


def _choose_names(settings: ProbeSettings, lexicon: Lexicon, chance: Chance) -> list[Name]:
    if chance.happens(settings.entity_free):
        return []
    count = chance.choice((1, 2, 3), (0.6, 0.3, 0.1))
    if not chance.happens(settings.ambiguous):
        return chance.sample(lexicon.plain, count)
    names = [chance.choice(lexicon.ambiguous), *chance.sample(lexicon.plain, count - 1)]
    return chance.sample(names, count)


def _draw_content(settings: ProbeSettings, mentions: tuple[Mention, ...], chance: Chance) -> PictureContent:
    evidence, unrelated_type = chance.choice(settings.evidence), chance.choice(TYPES)
    # Always drawn, so that probes that differ only in `unrelated` have the same tweets.
    related = not chance.happens(settings.unrelated) and bool(mentions)
    if not related:
        return PictureContent(evidence, unrelated_type, related)
    tweet_type = next((m.type for m in mentions if len(m.name.candidates) > 1), mentions[0].type)
    return PictureContent(evidence, tweet_type, related)


def _draw_reports(settings: ProbeSettings, picture: PictureContent, chance: Chance) -> dict[InputKind, str | None]:
    """The reports of all sources; one detector makes tags and regions, so both err together."""
    carriers = CARRIED_BY[picture.evidence]
    reports: dict[InputKind, str | None] = {}
    sources = ((InputKind.REGIONS, InputKind.TAGS), (InputKind.CAPTIONS,), (InputKind.OCR,))
    for kinds in sources:
        reported = _noisy_report(settings.noise_of(kinds[0]), picture.type, chance)
        reports |= {kind: reported if kind in carriers else None for kind in kinds}
    pixels = (InputKind.GLOBAL, InputKind.GRID)
    return reports | {kind: picture.type if kind in carriers else None for kind in pixels}


def _noisy_report(noise: Noise, shown_type: str, chance: Chance) -> str | None:
    missed, confused, other = chance.happens(noise.miss), chance.happens(noise.confuse), chance.choice(TYPES)
    return None if missed else other if confused else shown_type
