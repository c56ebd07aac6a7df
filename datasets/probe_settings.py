"""Settings of a probe corpus: the `[probe]` table of a dataset card."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from itertools import permutations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mnerbench.datasets.inputs import InputKind

# Increased whenever the same settings give another corpus, other pixels or other files than before.
GENERATOR = 3
TYPES = ("PER", "LOC", "ORG", "MISC")
# Number of first words of names that can be invented; no two names of a probe share one.
NAMES = 240
# Each tweet has a picture; a larger number would fill the disk.
MOST_TWEETS = 100_000


class Evidence(StrEnum):
    """The kind of visual evidence that determines the type of an ambiguous name."""

    OBJECT = "object"
    RELATION = "relation"
    SCENE_TEXT = "scene-text"
    SCENE = "scene"
    CAPTION = "caption"


_PIXELS = frozenset({InputKind.GLOBAL, InputKind.GRID})

# The visual inputs that carry each kind of evidence. Pixels carry everything that is drawn; whether a method can
# extract it (a relation from one global vector, say) is what the probe tests.
CARRIED_BY: Mapping[Evidence, frozenset[InputKind]] = {
    Evidence.OBJECT: _PIXELS | {InputKind.REGIONS, InputKind.TAGS},
    Evidence.RELATION: _PIXELS | {InputKind.REGIONS},
    Evidence.SCENE_TEXT: _PIXELS | {InputKind.OCR},
    Evidence.SCENE: _PIXELS,
    Evidence.CAPTION: frozenset({InputKind.CAPTIONS}),
}


class Noise(BaseModel):
    """Error rates of a source of visual input, independent of everything else.

    Attributes:
        miss: share of pictures whose evidence the source does not report.
        confuse: share of the other pictures for which it reports a type drawn uniformly from all types.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    miss: float = Field(0.0, ge=0, le=1)
    confuse: float = Field(0.0, ge=0, le=1)


class ProbeSettings(BaseModel):
    """Settings of a probe; equal settings give equal words, labels, pixels and files on any machine.

    Attributes:
        evidence: kinds of evidence for the type; each picture has one of them, drawn uniformly.
        train, valid, test: tweets per split, at most `MOST_TWEETS`; a smaller split is a prefix of a larger one.
        seed: seed of everything random.
        unrelated: share of pictures drawn without regard to the tweet (33.8 % in Twitter data, cited by MAF and
            HamLearning).
        entity_free: share of tweets without an entity.
        ambiguous: share of the other tweets that contain an ambiguous name; never more than one per tweet.
        prior: probabilities of an ambiguous name's types, in the order of its candidates.
        names: ambiguous names per ordered choice of candidates.
        plain_names: unambiguous names per type; together with the ambiguous ones at most `NAMES`.
        pixels: width and height of a picture.
        detector: error rates of tags and regions.
        captioner: error rates of captions.
        reader: error rates of the text recognised in pictures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    evidence: tuple[Evidence, ...] = Field(min_length=1)
    train: int = Field(700, ge=1, le=MOST_TWEETS)
    valid: int = Field(150, ge=1, le=MOST_TWEETS)
    test: int = Field(500, ge=1, le=MOST_TWEETS)
    seed: int = Field(0, ge=0, le=2**32 - 1)
    unrelated: float = Field(0.338, ge=0, le=1)
    entity_free: float = Field(0.1, ge=0, lt=1)
    ambiguous: float = Field(0.85, ge=0, le=1)
    prior: tuple[float, ...] = Field((0.5, 0.5), min_length=2, max_length=len(TYPES))
    names: int = Field(2, ge=1, le=10)
    plain_names: int = Field(8, ge=1, le=40)
    pixels: int = Field(96, ge=64, le=512, multiple_of=2)
    detector: Noise = Noise()
    captioner: Noise = Noise()
    reader: Noise = Noise()

    @model_validator(mode="after")
    def _sound(self) -> ProbeSettings:
        if len(set(self.evidence)) < len(self.evidence):
            raise ValueError("name each evidence once")
        if min(self.prior) <= 0 or abs(sum(self.prior) - 1) > 1e-9:
            raise ValueError(f"prior {self.prior} must be positive and sum to 1")
        return self

    @model_validator(mode="after")
    def _nameable(self) -> ProbeSettings:
        choices, types = len(self.candidates), len(TYPES)
        total = self.names * choices + self.plain_names * types
        if total > NAMES:
            names, plain_names = (NAMES - self.plain_names * types) // choices, (NAMES - self.names * choices) // types
            other = f", or plain_names to at most {plain_names}" if plain_names > 0 else ""
            raise ValueError(
                f"names {self.names} for each of {choices} choices of candidates and plain_names {self.plain_names} "
                f"for each of {types} types are {total} names, and only {NAMES} can be invented\n"
                f"  -> lower names to at most {names}{other}"
            )
        return self

    @property
    def candidates(self) -> list[tuple[str, ...]]:
        """All ordered choices of types, as many types as the prior has numbers; so all types are equally frequent."""
        return list(permutations(TYPES, len(self.prior)))

    @property
    def digest(self) -> str:
        """sha256 of the generator's version and the settings."""
        return hashlib.sha256(f"{GENERATOR}:{self.model_dump_json()}".encode()).hexdigest()

    def noise_of(self, kind: InputKind) -> Noise:
        """Error rates of the source of an input; none for vectors, which are computed from the picture itself."""
        if kind in (InputKind.REGIONS, InputKind.TAGS):
            return self.detector
        return {InputKind.CAPTIONS: self.captioner, InputKind.OCR: self.reader}.get(kind, Noise())
