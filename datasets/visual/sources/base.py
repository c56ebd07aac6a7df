"""What a source of a visual input is: identified before anything is made, made when it is needed, then loaded."""

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
from mnerbench.datasets.visual.picture_needs import pictures_need, ways_to_images
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, LostPictures, Pictures, corpus_pictures

Loaded = Texts[str] | Texts[Tag] | Features


@dataclass(frozen=True)
class Setting:
    """Where a dataset's inputs are looked for and kept.

    Attributes:
        card: of the dataset.
        corpus: its tweets.
        folder: of the dataset.
        cache: everything that is made from pictures is kept below it.
        models: folder of pretrained models, or None.
        lost: what stands for a lost picture.
    """

    card: DatasetCard
    corpus: Corpus
    folder: Path
    cache: Path
    models: Path | None
    lost: LostPictures = LostPictures.MASK

    @cached_property
    def pictures(self) -> Pictures:
        """The corpus' pictures; of a corpus that is not here nobody knows which they are.

        Raises:
            MissingInputError: there are none.
        """
        ways = ways_to_images(self.card)
        if self.corpus.splits:
            return corpus_pictures(self.corpus, self.folder, self.lost, ways)
        if files_below(self.folder / IMAGE_FOLDER):
            return Pictures({}, 0)
        raise MissingInputError(pictures_need(self.card.name, self.folder / IMAGE_FOLDER, (), ways))


class Source(ABC):
    """One visual input of one dataset, identified; what it lacks may still have to be made.

    Attributes:
        kind: of input.
        name: what tables call it.
        fingerprint: sha256 over everything that decides its content.
    """

    kind: InputKind
    name: str
    fingerprint: str

    def refresh(self) -> None:  # noqa: B027 - nothing, where nothing has to be made
        """Look again at what is kept; another source or process may have added to it."""

    @property
    def missing(self) -> int:
        """Pictures that are still to be looked at."""
        return 0

    @property
    def damage(self) -> str | None:
        """Why what is kept cannot be used, so that all of it is missing and will be made anew; None where it can."""
        return None

    @property
    def bad(self) -> Mapping[str, str]:
        """Pictures that could not be used: reason by image id."""
        return {}

    @property
    def bad_files(self) -> Mapping[str, str]:
        """The same by what a person looks for: the file's path where there is one, else the image id."""
        return self.bad

    @property
    def named(self) -> int:
        """Pictures that it is asked of, bad ones included; 0 where it does not look at pictures itself."""
        return 0

    @property
    def replaced(self) -> int:
        """Tweets that show the replacement of a lost picture (policy `umt`)."""
        return 0

    @property
    def looks(self) -> bool:
        """Whether it looks at the picture files, so that the policy about lost ones decides what it says."""
        return False

    @property
    def carries(self) -> frozenset[InputKind] | None:
        """Inputs of a probe whose evidence it can hold, for ceilings; None where nobody knows what it says."""
        return None

    @property
    @abstractmethod
    def summary(self) -> str:
        """How much is there, in words: `4,998 pictures, 2 unusable, 0 tweets without one`."""

    @property
    def to_fetch(self) -> bool:
        """Whether weights have to be fetched before the pictures can be looked at."""
        return False

    def fetch(self) -> None:  # noqa: B027 - nothing, where nothing has to be fetched
        """Get the weights that `to_fetch` speaks of.

        Raises:
            MissingInputError: they cannot be fetched.
        """

    def make(self, device: str, advance: Callable[[int], None]) -> None:  # noqa: B027 - nothing, where nothing has to be made
        """Look at the pictures that are still missing.

        Args:
            device: `cpu`, `cuda`, ...
            advance: told how many pictures were done.

        Raises:
            MissingInputError: weights or a program are not there.
        """

    @abstractmethod
    def load(self) -> Loaded:
        """The input, for runs.

        Raises:
            MissingInputError: something is still to be made.
        """


def gather_inputs(sources: Mapping[InputKind, Source]) -> VisualInputs:
    """Load sources, each into its place.

    Raises:
        MissingInputError: some are still to be made.
    """
    texts: dict[InputKind, Texts[str]] = {}
    features: dict[InputKind, Features] = {}
    tags: Texts[Tag] | None = None
    for kind, source in sources.items():
        loaded = source.load()
        if isinstance(loaded, Features):
            features[kind] = loaded
        elif kind is InputKind.TAGS:
            tags = loaded  # type: ignore[assignment]
        else:
            texts[kind] = loaded  # type: ignore[assignment]
    replaced = {kind: source.replaced for kind, source in sources.items() if source.replaced}
    return VisualInputs(texts, tags, features, replaced)
