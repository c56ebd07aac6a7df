"""Health report of a corpus: counts of its content and its irregularities; nothing here changes or skips data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.folders import files_below
from mnerbench.datasets.invisible import is_invisible
from mnerbench.datasets.leakage import Overlap, overlaps, repeats
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.slices import count_mentions
from mnerbench.datasets.tagging import OUTSIDE, Span, conll_spans, illegal_transitions, strict_spans
from mnerbench.datasets.textfile import image_key

PieceCount = Callable[[str], int]


@dataclass(frozen=True)
class SplitHealth:
    """Counts of one split. None means that an optional input needed for the count was not given.

    Attributes:
        tweets: number of tweets.
        words: number of words in all tweets.
        characters: of all words, without the spaces between them.
        longest_words: words of the longest tweet.
        longest_pieces: subwords of the longest tweet, without special tokens; needs a tokenizer.
        pieces: subwords of all tweets; needs a tokenizer.
        unknown_pieces: subwords that are the tokenizer's unknown token.
        b_tags: `B-` labels by type.
        entities: entities by type, conlleval reading.
        strict_entities: entities by type, strict IOB2 reading.
        sliced: entities by training slice (see :mod:`mnerbench.datasets.slices`); None for train itself.
        stray_after_outside: `I-` after `O` or at the start of a tweet.
        stray_after_other_type: `I-` after another type.
        no_piece_words: words without any subword; without a tokenizer by the rule of uncased BERT.
        no_piece_entity_words: those of them that are part of an entity.
        blank_words: words of white space only, such as a no-break space.
        repeated: tweets with the same words as an earlier tweet of the split.
        repeated_normalised: the same for normalised texts (see :mod:`mnerbench.datasets.leakage`).
        repeated_images: tweets with an image id of an earlier tweet of the split.
        without_image_id: tweets that name no image.
        several_images: tweets that name several images; each of the counts below is of tweets with any such image.
        lost_images: tweets whose image is known to be lost.
        absent_pictures: tweets whose image is not known to be lost but is not in the image folder.
        unusable_pictures: tweets whose image is in the image folder but cannot be decoded.
        without_caption: tweets (image not lost) that have no caption of any image.
    """

    tweets: int
    words: int
    characters: int
    longest_words: int
    longest_pieces: int | None
    b_tags: Mapping[str, int]
    entities: Mapping[str, int]
    strict_entities: Mapping[str, int]
    sliced: Mapping[str, int] | None
    stray_after_outside: int
    stray_after_other_type: int
    no_piece_words: int
    no_piece_entity_words: int
    blank_words: int
    repeated: int
    repeated_normalised: int
    repeated_images: int
    without_image_id: int
    several_images: int
    lost_images: int
    absent_pictures: int | None
    unusable_pictures: int | None
    without_caption: int | None
    pieces: int | None = None
    unknown_pieces: int | None = None


@dataclass(frozen=True)
class HealthReport:
    """Counts of all splits of a corpus, and the overlaps between its splits."""

    name: str
    types: tuple[str, ...]
    splits: Mapping[str, SplitHealth]
    overlaps: tuple[Overlap, ...]


def health_report(
    corpus: Corpus,
    *,
    captions: Texts[str] | None = None,
    image_folder: Path | None = None,
    unusable_images: Collection[str] | None = None,
    piece_count: PieceCount | None = None,
    unknown_count: PieceCount | None = None,
) -> HealthReport:
    """Make the health report of a corpus.

    Args:
        corpus: the corpus.
        captions: its captions, to count tweets without one.
        image_folder: its pictures, `<image id>.<extension>` at any depth, to count absent ones.
        unusable_images: ids of pictures that cannot be decoded.
        piece_count: number of subwords of a word in an encoder (called once per distinct word).
        unknown_count: number of unknown tokens among them.
    """
    pictures = None
    if image_folder is not None:
        pictures = {image_key(path.name) for path in files_below(image_folder)}
    pieces, unknown = _piece_table(corpus, piece_count), _piece_table(corpus, unknown_count)
    images = _Images(pictures, unusable_images)
    splits = {split: _split_health(split, corpus, pieces, images, captions) for split in corpus.splits}
    if pieces is not None and unknown is not None:
        splits = {split: _with_unknown(health, corpus[split], pieces, unknown) for split, health in splits.items()}
    return HealthReport(corpus.name, corpus.types, splits, tuple(overlaps([corpus])))


@dataclass(frozen=True)
class _Images:
    """Ids of the existing pictures, and of those that cannot be decoded; None where this was not checked."""

    present: Collection[str] | None
    broken: Collection[str] | None

    def absent(self, tweets: Sequence[tuple[str, ...]]) -> int | None:
        return None if self.present is None else sum(any(i not in self.present for i in images) for images in tweets)

    def unusable(self, tweets: Sequence[tuple[str, ...]]) -> int | None:
        return None if self.broken is None else sum(any(i in self.broken for i in images) for images in tweets)


def _piece_table(corpus: Corpus, piece_count: PieceCount | None) -> dict[str, int] | None:
    if piece_count is None:
        return None
    distinct = {word for examples in corpus.splits.values() for example in examples for word in example.words}
    return {word: piece_count(word) for word in distinct}


def _with_unknown(
    health: SplitHealth, examples: Sequence[Example], pieces: Mapping[str, int], unknown: Mapping[str, int]
) -> SplitHealth:
    words = [word for example in examples for word in example.words]
    # A word without any subword becomes one unknown token.
    total = sum(pieces[word] or 1 for word in words)
    return replace(health, pieces=total, unknown_pieces=sum(unknown[word] for word in words))


def _split_health(
    split: str,
    corpus: Corpus,
    pieces: Mapping[str, int] | None,
    picture_files: _Images,
    captions: Texts[str] | None,
) -> SplitHealth:
    examples = corpus[split]
    tagged = [(word, label) for example in examples for word, label in zip(example.words, example.labels, strict=True)]
    no_piece = [label for word, label in tagged if (is_invisible(word) if pieces is None else not pieces[word])]
    stray = [illegal_transitions(example.labels) for example in examples]
    images = [example.image_ids for example in examples if example.image_ids]
    available = [tuple(image for image in ids if image not in corpus.missing_images) for ids in images]
    exact, normalised = repeats(examples)
    train = corpus.splits.get("train") if split != "train" else None
    return SplitHealth(
        tweets=len(examples),
        words=len(tagged),
        characters=sum(len(word) for word, _ in tagged),
        longest_words=max((len(example.words) for example in examples), default=0),
        longest_pieces=None if pieces is None else _longest(examples, pieces),
        b_tags=_in_order(corpus.types, (label[2:] for _, label in tagged if label.startswith("B-"))),
        entities=_by_type(corpus.types, examples, conll_spans),
        strict_entities=_by_type(corpus.types, examples, strict_spans),
        sliced=None if train is None else {kind.value: n for kind, n in count_mentions(train, examples).items()},
        stray_after_outside=sum(count.after_outside for count in stray),
        stray_after_other_type=sum(count.after_other_type for count in stray),
        no_piece_words=len(no_piece),
        no_piece_entity_words=sum(label != OUTSIDE for label in no_piece),
        blank_words=sum(word.isspace() for word, _ in tagged),
        repeated=exact,
        repeated_normalised=normalised,
        repeated_images=_repeated_images(images),
        without_image_id=len(examples) - len(images),
        several_images=sum(len(ids) > 1 for ids in images),
        lost_images=sum(ids != kept for ids, kept in zip(images, available, strict=True)),
        absent_pictures=picture_files.absent(available),
        unusable_pictures=picture_files.unusable(available),
        without_caption=None if captions is None else sum(bool(ids) and not captions.of(ids) for ids in available),
    )


def _repeated_images(tweets: Sequence[tuple[str, ...]]) -> int:
    earlier: set[str] = set()
    repeated = 0
    for images in tweets:
        repeated += not earlier.isdisjoint(images)
        earlier.update(images)
    return repeated


def _longest(examples: Sequence[Example], pieces: Mapping[str, int]) -> int:
    return max((sum(pieces[word] for word in example.words) for example in examples), default=0)


def _by_type(
    types: Sequence[str], examples: Sequence[Example], spans: Callable[[Sequence[str]], list[Span]]
) -> dict[str, int]:
    return _in_order(types, (span.type for example in examples for span in spans(example.labels)))


def _in_order(types: Sequence[str], kinds: Iterable[str]) -> dict[str, int]:
    counts = Counter(kinds)
    return {kind: counts[kind] for kind in types}
