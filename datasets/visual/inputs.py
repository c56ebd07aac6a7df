"""The visual inputs of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.visual.features import Features


@dataclass(frozen=True)
class VisualInputs:
    """The inputs that one run may read, by image id. What a method did not declare is not there."""

    texts: Mapping[InputKind, Texts[str]] = field(default_factory=dict)
    tags: Texts[Tag] | None = None
    features: Mapping[InputKind, Features] = field(default_factory=dict)
    # Tweets that show the replacement of a lost picture, by kind of input.
    replaced: Mapping[InputKind, int] = field(default_factory=dict)

    def texts_of(self, kind: InputKind, image_id: str | None, count: int | None = None) -> tuple[str, ...]:
        """The first `count` texts of a picture; none when the picture or its texts are missing."""
        found = self.texts.get(kind)
        return found.of(image_id)[:count] if found is not None else ()

    @property
    def counts(self) -> dict[str, int]:
        """How often each policy about absent and unusable inputs applied, by name."""
        found: dict[str, int] = {}
        named: dict[InputKind, Texts[Any]] = {**self.texts, **({InputKind.TAGS: self.tags} if self.tags else {})}
        for kind, texts in named.items():
            found[f"{kind.value}_of_lost_pictures_dropped"] = texts.dropped
            found[f"tweets_without_{kind.value}"] = texts.missing + texts.empty
        for kind, features in self.features.items():
            found[f"tweets_without_{kind.value}"] = features.missing
            found[f"pictures_unusable_for_{kind.value}"] = len(features.bad)
        for kind, tweets in self.replaced.items():
            found[f"tweets_with_replacement_for_{kind.value}"] = tweets
        return found

    def tags_of(self, image_id: str | None) -> tuple[Tag, ...]:
        """The tags of a picture, in the order of their source."""
        return self.tags.of(image_id) if self.tags is not None else ()
