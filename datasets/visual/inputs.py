"""All visual inputs of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.corpus import ImageRef
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.picture_texts import Tag, TextAmount, Texts, text_amount

if TYPE_CHECKING:
    from mnerbench.datasets.visual.features import Features
    from mnerbench.datasets.visual.picture_files import PictureFiles


@dataclass(frozen=True)
class VisualInputs:
    """The visual inputs of one run, by image id; contains only the kinds that the method declares."""

    texts: Mapping[InputKind, Texts[str]] = field(default_factory=dict)
    tags: Texts[Tag] | None = None
    features: Mapping[InputKind, Features] = field(default_factory=dict)
    # Number of tweets that use the replacement of a lost picture, by kind of input.
    replaced: Mapping[InputKind, int] = field(default_factory=dict)
    pictures: PictureFiles | None = None

    def texts_of(self, kind: InputKind, image: ImageRef, count: int | None = None) -> tuple[str, ...]:
        """The first `count` texts of each picture of a tweet, in order; () if pictures or their texts are missing."""
        texts = self.texts.get(kind)
        return texts.of(image, count) if texts is not None else ()

    @property
    def counts(self) -> dict[str, int]:
        """Counts of missing, dropped, unusable and replaced inputs, by name."""
        counts: dict[str, int] = {}
        by_kind: dict[InputKind, Texts[Any]] = {**self.texts, **({InputKind.TAGS: self.tags} if self.tags else {})}
        for kind, texts in by_kind.items():
            counts[f"{kind.value}_of_lost_pictures_dropped"] = texts.dropped
            counts[f"tweets_without_{kind.value}"] = texts.missing + texts.empty
        for kind, features in self.features.items():
            counts[f"tweets_without_{kind.value}"] = features.missing
            counts[f"pictures_unusable_for_{kind.value}"] = len(features.bad)
        if self.pictures is not None:
            counts["tweets_without_picture"] = self.pictures.missing
        for kind, tweets in self.replaced.items():
            counts[f"tweets_with_replacement_for_{kind.value}"] = tweets
        return counts

    def text_amounts(self) -> dict[InputKind, TextAmount]:
        """The amount of text by kind of input."""
        return {kind: text_amount(texts) for kind, texts in self.texts.items()}

    def tags_of(self, image: ImageRef) -> tuple[Tag, ...]:
        """The tags of a tweet's pictures, in source order."""
        return self.tags.of(image) if self.tags is not None else ()
