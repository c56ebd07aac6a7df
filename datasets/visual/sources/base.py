"""Interface of sources of visual inputs: identified first, extracted if needed, then loaded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.folders import files_below
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.visual.features import Features
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.datasets.visual.picture_files import PictureFiles
from mnerbench.datasets.visual.picture_needs import pictures_need, ways_to_images
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, Pictures, corpus_pictures

Loaded = Texts[str] | Texts[Tag] | Features | PictureFiles


@dataclass(frozen=True)
class Setting:
    """A dataset and the folders of its visual inputs.

    Attributes:
        card: the dataset's card.
        corpus: its tweets.
        folder: the dataset's folder.
        cache: parent folder of everything derived from pictures.
        models: folder of pretrained models, or None.
        lost: policy for lost pictures.
        given: the pictures, if they are not those of the folder.
    """

    card: DatasetCard
    corpus: Corpus
    folder: Path
    cache: Path
    models: Path | None
    lost: LostPictures = LostPictures.MASK
    given: Pictures | None = None

    @cached_property
    def pictures(self) -> Pictures:
        """The given pictures, else the corpus'.

        There are none if the corpus itself is missing, since their ids are then unknown.

        Raises:
            MissingInputError: there are no pictures.
        """
        if self.given is not None:
            return self.given
        ways = ways_to_images(self.card)
        if self.corpus.splits:
            return corpus_pictures(self.corpus, self.folder, self.lost, ways)
        if files_below(self.folder / IMAGE_FOLDER):
            return Pictures({}, 0)
        raise MissingInputError(pictures_need(self.card.name, self.folder / IMAGE_FOLDER, (), ways))


class Source(ABC):
    """One visual input of one dataset; identified on construction, possibly before its extraction.

    Attributes:
        kind: kind of input.
        name: name shown in tables.
        fingerprint: sha256 over everything that determines its content.
    """

    kind: InputKind
    name: str
    fingerprint: str

    def refresh(self) -> None:  # noqa: B027 - no-op unless results are stored
        """Read the store again; another source or process may have added rows."""

    @property
    def missing(self) -> int:
        """Number of pictures still to be processed."""
        return 0

    @property
    def damage(self) -> str | None:
        """Why the stored results are unusable, so that all pictures are processed again; None if they are usable."""
        return None

    @property
    def bad(self) -> Mapping[str, str]:
        """Unusable pictures: reason by image id."""
        return {}

    @property
    def bad_files(self) -> Mapping[str, str]:
        """Unusable pictures: reason by file path, or by image id if there is no file."""
        return self.bad

    @property
    def named(self) -> int:
        """Number of pictures it covers, bad ones included; 0 if it does not read picture files."""
        return 0

    @property
    def replaced(self) -> int:
        """Number of tweets that use the replacement of a lost picture (policy `umt`)."""
        return 0

    @property
    def reads_pictures(self) -> bool:
        """Whether it reads picture files, so that the policy for lost pictures affects its content."""
        return False

    @property
    def evidence_kinds(self) -> frozenset[InputKind] | None:
        """Inputs of a probe whose evidence it can contain, for ceilings; None if its content is unknown."""
        return None

    @property
    @abstractmethod
    def summary(self) -> str:
        """Counts in words: `4,998 pictures, 2 unusable, 0 tweets without one`."""

    @property
    def needs_fetch(self) -> bool:
        """Whether weights have to be downloaded before the pictures can be processed."""
        return False

    def fetch(self) -> None:  # noqa: B027 - no-op unless weights are needed
        """Download the weights if `needs_fetch`.

        Raises:
            MissingInputError: the weights cannot be downloaded.
        """

    def make(self, device: str, advance: Callable[[int], None]) -> None:  # noqa: B027 - no-op unless pictures are processed
        """Process the missing pictures.

        Args:
            device: `cpu`, `cuda`, ...
            advance: progress callback: the number of pictures just processed.

        Raises:
            MissingInputError: weights or a program are missing.
        """

    @abstractmethod
    def load(self) -> Loaded:
        """Load the input for runs.

        Raises:
            MissingInputError: pictures are still to be processed.
        """


def gather_inputs(sources: Mapping[InputKind, Source]) -> VisualInputs:
    """Load all sources.

    Raises:
        MissingInputError: a source has pictures still to be processed.
    """
    texts: dict[InputKind, Texts[str]] = {}
    features: dict[InputKind, Features] = {}
    tags: Texts[Tag] | None = None
    pictures: PictureFiles | None = None
    for kind, source in sources.items():
        loaded = source.load()
        if isinstance(loaded, Features):
            features[kind] = loaded
        elif isinstance(loaded, PictureFiles):
            pictures = loaded
        elif kind is InputKind.TAGS:
            tags = loaded  # type: ignore[assignment]
        else:
            texts[kind] = loaded  # type: ignore[assignment]
    replaced = {kind: source.replaced for kind, source in sources.items() if source.replaced}
    return VisualInputs(texts, tags, features, replaced, pictures)
