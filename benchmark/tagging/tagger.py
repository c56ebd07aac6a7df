"""Kept taggers, applied to new tweets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mnerbench.benchmark.resources.device import check_device, pick_device
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.spec import RunSpec, StrayInside, TrainingSettings
from mnerbench.benchmark.results.taggers import find_tagger
from mnerbench.benchmark.tagging.pictures import ImageSource, InputLoader, TweetPictures
from mnerbench.benchmark.tagging.positions import Predicted, Tweet, split_words, tagged_tweets
from mnerbench.benchmark.tagging.posteriors import entity_posteriors
from mnerbench.benchmark.tagging.tagged import Tagged
from mnerbench.benchmark.tagging.tokens import Token
from mnerbench.benchmark.training.kept_tagger import LoadedTagger, load_kept
from mnerbench.benchmark.training.predict import predict
from mnerbench.datasets.corpus import Example, ImageRef
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import View, viewed_images
from mnerbench.datasets.seeds import derive_seed
from mnerbench.datasets.tagging import OUTSIDE, conll_spans
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.family import CountingMethod
from mnerbench.methods.batch import Batch, EncodedSplit, encode_split
from mnerbench.methods.tagger import NeuralMethod

Images = Sequence[ImageSource | Sequence[ImageSource]]
Progress = Callable[[str, int, int], None]


class Tagger:
    """A trained method that tags new tweets.

    Attributes:
        spec: of its run: method, settings, data, seed.
    """

    def __init__(self, loaded: LoadedTagger, resources: LocalResources) -> None:
        self.spec: RunSpec = loaded.file.spec
        self._loaded, self._inputs = loaded, InputLoader(loaded.file, loaded.config.inputs, resources)
        if isinstance(loaded.method, NeuralMethod):
            loaded.method.to(pick_device(resources.paths))

    @property
    def types(self) -> tuple[str, ...]:
        """The entity types that it finds."""
        return self.spec.dataset.types

    @property
    def reads_pictures(self) -> bool:
        """Whether it reads pictures, or texts about them."""
        return bool(self._loaded.config.inputs)

    def tag(
        self,
        tweets: Sequence[Tweet],
        images: Images | None = None,
        *,
        posteriors: bool = True,
        progress: Progress = lambda _what, _done, _total: None,
    ) -> Tagged:
        """Find the entities of tweets.

        Args:
            tweets: each as a list of words, or as raw text, which `tokenise` splits.
            images: the picture of each tweet: a file, an image id (for inputs that are files of the training's
                dataset), several of these, or None. A missing picture is masked.
            posteriors: compute the posteriors of entities, which takes up to half of the time.
            progress: called with what is done (`pictures`, `tweets`, `posteriors`), how many of them are, and of how
                many.

        Raises:
            ConfigError: the numbers of tweets and pictures differ, or a word is no text.
            MissingInputError: an extractor of pictures lacks its weights.
            DataError: an extractor here is not the one of the training.
        """
        split, pictures = _read(tweets, images)
        words = [[text[token.start : token.end] for token in tokens] for text, tokens in split]
        method = self._loaded.method
        if isinstance(method, CountingMethod):
            labels = [method.tag(tweet) for tweet in words]
            return tagged_tweets(split, [(row, [None] * len(row)) for row in labels], pictures.refs, {}, ())
        loaded = self._inputs.load(pictures, progress)
        some = [number for number, tweet in enumerate(words) if tweet]
        predicted: list[Predicted] = [([], []) for _ in words]  # of tweets without words
        if some:
            encoded = self._encode(method, words, pictures.refs, loaded.inputs)
            predictions = self._predict(method, encoded, progress, posteriors=posteriors)
            for number, of_tweet in zip(some, predictions, strict=True):
                predicted[number] = of_tweet
        return tagged_tweets(split, predicted, pictures.refs, loaded.inputs.counts, loaded.notes)

    def batch(self, tweets: Sequence[Tweet], images: Images | None = None) -> Batch:
        """Some tweets as one batch on the CPU, in the method's main view: what its `forward` reads.

        Arguments and errors as in `tag`.

        Raises:
            ConfigError: also if a tweet has no words, or the method is no network.
        """
        split, pictures = _read(tweets, images)
        words = [[text[token.start : token.end] for token in tokens] for text, tokens in split]
        method = self._loaded.method
        if isinstance(method, CountingMethod):
            raise ConfigError(f"{self.spec.method} is no network: it reads no batches\n  -> use `tag`")
        if not words or not all(words):
            raise ConfigError("a batch needs tweets, each with at least one word\n  -> leave out the empty ones")
        encoded = self._encode(method, words, pictures.refs, self._inputs.load(pictures).inputs)
        return encoded.batch(range(len(words)), self._loaded.config.primary_view)

    def _predict(
        self, method: NeuralMethod[Any], split: EncodedSplit, progress: Progress, *, posteriors: bool
    ) -> list[Predicted]:
        """Labels of all tweets, and the posteriors of their entities."""
        training, view, total = self._training, self._loaded.config.primary_view, len(split)
        done = 0

        def advance(tweets: int) -> None:
            nonlocal done
            done += tweets
            progress("tweets", done, total)

        rows = predict(method, split, view, training.precision, training.scheme, advance=advance)
        pairs = [(row, conll_spans(row)) for row in rows]
        if not posteriors:
            return [(row, [None] * len(spans)) for row, spans in pairs]
        settings = (training.precision, training.scheme)
        posteriors_of_tweets = entity_posteriors(method, split, view, pairs, settings, progress=progress)
        return [(row, list(of_entities)) for row, of_entities in zip(rows, posteriors_of_tweets, strict=True)]

    def _encode(
        self, method: NeuralMethod[Any], tweets: list[list[str]], refs: list[ImageRef], inputs: VisualInputs
    ) -> EncodedSplit:
        """Tokenise the tweets that have words."""
        config, training = self._loaded.config, self._training
        words = [tweet for tweet in tweets if tweet]
        shown: Sequence[ImageRef] = [ref for tweet, ref in zip(tweets, refs, strict=True) if tweet]
        if config.random_pictures:  # a control: pictures are exchanged as in its run
            shown = viewed_images(View.IT_SHUFFLED, shown, derive_seed(self.spec.seed, "random pictures", "test"))
        return encode_split(
            [Example(str(number), tuple(tweet), (OUTSIDE,) * len(tweet)) for number, tweet in enumerate(words)],
            {config.primary_view: viewed_images(config.primary_view, shown, 0)},
            (config, inputs),
            method.encoder.tokenizer,
            method.labels,
            limit=training.max_pieces,
            scheme=training.scheme,
            repair=training.stray_inside is StrayInside.REPAIR,
            word_table=method.encoder.word_table,
        )

    @property
    def _training(self) -> TrainingSettings:
        assert self.spec.training is not None  # only count-based methods have none
        return self.spec.training

    def __repr__(self) -> str:
        return f"<Tagger {self.spec.title}: {', '.join(self.types)}>"


def _read(tweets: Sequence[Tweet], images: Images | None) -> tuple[list[tuple[str, list[Token]]], TweetPictures]:
    """Text and words of tweets, and their pictures.

    Raises:
        ConfigError: the numbers of tweets and pictures differ, or a word is no text.
    """
    if isinstance(tweets, str) or (images is not None and len(images) != len(tweets)):
        reason = "one text" if isinstance(tweets, str) else f"{len(tweets):,} tweets, {len(images or ()):,} pictures"
        raise ConfigError(f"{reason}\n  -> give a list of tweets, and a picture or None for each")
    split, pictures = [split_words(tweet) for tweet in tweets], TweetPictures()
    for number in range(len(tweets)):
        pictures.add(images[number] if images is not None else None)
    return split, pictures


def load_tagger(run: str | Path, paths: RunPaths) -> Tagger:
    """Load a kept tagger.

    Args:
        run: as for `find_tagger`.
        paths: folders and device of this machine.

    Raises:
        StoreError: there is no such tagger, or it is damaged.
        MissingInputError: the run has no kept tagger.
        ConfigError: its method is not installed, or the device is unknown.
    """
    check_device(paths.device)
    return Tagger(load_kept(find_tagger(run, paths.out)), LocalResources(paths))
