"""Visual inputs of new tweets: pictures through the extractors of the training, everything else by image id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.tagger_file import TaggerFile
from mnerbench.benchmark.training.kept_tagger import describe
from mnerbench.datasets.card import DatasetCard, FileCard
from mnerbench.datasets.corpus import Corpus, Example, ImageRef, image_ref
from mnerbench.datasets.errors import DataError, MnerbenchError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.textfile import image_key
from mnerbench.datasets.untrusted.files import sha256_of
from mnerbench.datasets.visual.extractors.catalog import is_extractor, parse_extractor
from mnerbench.datasets.visual.features import Features, InMemoryRows
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.visual.picture_files import PictureFiles
from mnerbench.datasets.visual.pictures import Picture, Pictures
from mnerbench.datasets.visual.sources.base import Loaded, Setting
from mnerbench.datasets.visual.sources.extracted import ExtractedSource

_FILE = "the file of {dataset!r} that the method read in training is not here; all its tweets were masked"
ImageSource = str | Path | None  # a file, or an image id


@dataclass
class TweetPictures:
    """The pictures of new tweets.

    Attributes:
        refs: per tweet, the ids of its pictures.
        files: file by image id, for pictures that exist as files.
    """

    refs: list[ImageRef] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)

    def add(self, images: ImageSource | Sequence[ImageSource]) -> None:
        """Add the pictures of the next tweet: a file or an image id, several of them, or None."""
        several = [images] if isinstance(images, str | Path) or images is None else list(images)
        self.refs.append(image_ref(list(dict.fromkeys(self._id(image) for image in several if image is not None))))

    def _id(self, image: str | Path) -> str:
        path = Path(image)
        name = image_key(path.name) if path.is_file() else str(image)
        number, unique = 1, name
        while path.is_file() and self.files.setdefault(unique, path) != path:  # another file of the same name
            number += 1
            unique = f"{name}#{number}"
        return unique


@dataclass(frozen=True)
class LoadedInputs:
    """Visual inputs, with notes on what could not be read."""

    inputs: VisualInputs
    notes: tuple[str, ...]


class InputLoader:
    """Loads the visual inputs of new tweets for one tagger. What is missing is masked and counted.

    Args:
        tagger: the tagger's file.
        kinds: that its method reads.
        resources: of this machine.
    """

    def __init__(self, tagger: TaggerFile, kinds: Sequence[InputKind], resources: LocalResources) -> None:
        self._tagger, self._data, self._kinds, self._resources = tagger, tagger.spec.dataset, kinds, resources

    def load(
        self, pictures: TweetPictures, progress: Callable[[str, int, int], None] = lambda _what, _done, _total: None
    ) -> LoadedInputs:
        """The inputs.

        Args:
            pictures: those of the tweets.
            progress: called with `pictures`, the number of pictures that an extractor has processed, and that of all.

        Raises:
            MissingInputError: an extractor lacks its weights or its program.
            DataError: an extractor here is not the one of the training, or a picture cannot be read.
        """
        examples = tuple(Example(str(n), ("",), ("O",), ref) for n, ref in enumerate(pictures.refs))
        corpus = Corpus("these tweets", {"test": examples}, self._data.types)
        files = {image: Picture(path, sha256_of(path)) for image, path in pictures.files.items()}
        loaded: dict[InputKind, Loaded] = {}
        notes = []
        for kind in self._kinds:
            source, values = self._data.sources[kind.value], None
            if is_extractor(source):
                # Without any picture, no extractor and no weights are needed.
                values = self._extracted(kind, corpus, files, progress) if files else None
            elif any(pictures.refs) and (values := self._of_file(kind, corpus)) is None:
                notes.append(f"{kind.value} of {source}: {_FILE.format(dataset=self._data.name)}")
            loaded[kind] = values if values is not None else self._nothing(kind, len(examples))
        features = {kind: self._checked(value) for kind, value in loaded.items() if isinstance(value, Features)}
        tags: Any = loaded.get(InputKind.TAGS)
        texts: dict[InputKind, Any] = {
            kind: value for kind, value in loaded.items() if kind not in features and kind is not InputKind.TAGS
        }
        return LoadedInputs(VisualInputs(texts, tags, features), tuple(notes))

    def _extracted(
        self,
        kind: InputKind,
        corpus: Corpus,
        files: Mapping[str, Picture],
        progress: Callable[[str, int, int], None],
    ) -> Loaded:
        name, paths = self._data.sources[kind.value], self._resources.paths
        card, trained = parse_extractor(name), self._tagger.extractors.get(kind)
        if card.needs_fetch(paths.models):
            card.fetch(paths.models)
        if trained is not None and (here := describe(name, paths.models)) is not None and here != dict(trained):
            other = ", ".join(sorted(key for key in {*here, *trained} if here.get(key) != trained.get(key)))
            reason = f"{name}: not the extractor of the training: it differs in {other}"
            raise DataError(f"{reason}\n  -> get the weights and versions of the training (tagger.json names them)")
        pictures = Pictures(files, corpus.tweets_without(files))
        setting = Setting(_card(corpus), corpus, paths.out, paths.cache, paths.models, given=pictures)
        source = ExtractedSource(kind, name, card, setting)
        if total := source.missing:
            done: list[int] = []

            def advance(number: int) -> None:
                done.append(number)
                progress("pictures", sum(done), total)

            source.make(str(pick_device(paths)), advance)
        return source.load()

    def _of_file(self, kind: InputKind, corpus: Corpus) -> Loaded | None:
        """What the training's file has for these image ids; None if it is not here, or has another content."""
        data = self._data
        try:
            source = self._resources.source(data.name, kind, data.sources[kind.value], data.lost_pictures)
            loaded = source.load() if source.fingerprint == data.inputs[kind.value] else None
        except MnerbenchError:
            return None
        if loaded is None or isinstance(loaded, PictureFiles):  # methods that read the files are not kept
            return None
        if isinstance(loaded, Features):
            return replace(loaded, missing=corpus.tweets_without(loaded.keys))
        return replace(loaded, missing=corpus.tweets_without(loaded.items), empty=0, dropped=0)

    def _nothing(self, kind: InputKind, tweets: int) -> Loaded:
        """An input of which every tweet lacks its part."""
        source, fingerprint = self._data.sources[kind.value], "0" * 64
        if kind.is_text:
            return Texts[str]({}, source, fingerprint, missing=tweets)
        return Features(kind, InMemoryRows({}), {}, source, fingerprint, self._tagger.shapes[kind].shape, tweets)

    def _checked(self, features: Features) -> Features:
        trained, shape = self._tagger.shapes[features.kind].shape, features.shape
        if (shape.width, shape.labels) != (trained.width, trained.labels):
            reason = f"{features.kind.value} of {features.source}: vectors of width {shape.width}, not {trained.width}"
            raise DataError(f"{reason}, or other labels\n  -> use the extractor of the training")
        return features


def _card(corpus: Corpus) -> DatasetCard:
    """A card for messages about pictures."""
    split = {"path": "none"}
    return DatasetCard(name="tweets", title="new tweets", types=corpus.types, files={"test": FileCard(**split)})
