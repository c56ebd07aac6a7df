"""Builds the page of `benchmark data look`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import dataset_folder, load_card, load_corpus
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import ConfigError, MissingInputError, suggestion
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.probe_settings import TYPES
from mnerbench.datasets.probes.generator import Probe, generate
from mnerbench.datasets.untrusted.display import quoted
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures
from mnerbench.datasets.visual.sources.base import Setting
from mnerbench.datasets.visual.sources.open import open_source, usual_source
from mnerbench.reports.render.html.dataset_page import Section, TweetCard, page


def look_at(names: Sequence[str], data: Path, cache: Path, split: str, count: int) -> str:
    """Render an HTML page with the first tweets of some datasets.

    Raises:
        MissingInputError: a dataset is missing.
        ConfigError: a dataset has no such split.
    """
    cards = [load_card(name, data) for name in names]
    types = dict.fromkeys(kind for card in cards for kind in card.types)
    sections = [_section(card, data, cache, split, count) for card in cards]
    return page(", ".join(names), sections, list(types))


def _section(card: DatasetCard, data: Path, cache: Path, split: str, count: int) -> Section:

    corpus, folder = load_corpus(card.name, data), dataset_folder(card, data, cache)
    if split not in corpus.splits:
        reason = f"{card.name!r} has no split {quoted(split)}{suggestion(split, corpus.splits)}"
        raise ConfigError(f"{reason}\n  -> choose one of its splits by --split")
    examples = _select(card, corpus[split], split, count)
    images = {image for example in examples for image in example.image_ids} - corpus.missing_images
    pictures = find_pictures(folder / IMAGE_FOLDER, images)
    setting = Setting(card, corpus, folder, cache, None)
    texts = {kind: loaded for kind in InputKind if kind.is_text and (loaded := _texts(kind, setting)) is not None}
    probe = generate(card.probe) if card.probe is not None else None
    tweets = []
    for example in examples:
        lines = [(kind.value, _line(of_kind.of(example.image_id))) for kind, of_kind in texts.items()]
        truth = _truth(probe, split, example) if probe is not None else ()
        notes = [*truth, *((name, text) for name, text in lines if text)]
        tweets.append(TweetCard(example, [pictures[image] for image in example.image_ids if image in pictures], notes))
    return Section(card.title, card.summary, tweets)


def _select(card: DatasetCard, examples: Sequence[Example], split: str, count: int) -> list[Example]:
    """Select the first tweets; of a probe, ambiguous ones, by turns of each entity type and with unrelated pictures."""
    if card.probe is None:
        return list(examples[:count])
    counts: Counter[str] = Counter()
    ranked: list[tuple[int, int, int]] = []
    for number, tweet in enumerate(generate(card.probe).splits[split]):
        if tweet.ambiguous:
            kind = tweet.picture.type if tweet.picture.related else "unrelated"
            ranked.append((counts[kind], TYPES.index(kind) if kind in TYPES else len(TYPES), number))
            counts[kind] += 1
    return [examples[number] for _, _, number in sorted(ranked)[:count]]


def _texts(kind: InputKind, setting: Setting) -> Texts[str] | Texts[Tag] | None:
    """Load the texts about the pictures from a file, if there is one; extracts nothing."""
    name = usual_source(kind, setting.card)
    if not name:
        return None
    with suppress(MissingInputError):
        loaded = open_source(kind, name.partition("|")[0], setting).load()
        return loaded if isinstance(loaded, Texts) else None
    return None


def _line(items: Sequence[str | Tag]) -> str:
    return " | ".join(item.name if isinstance(item, Tag) else item for item in items)


def _truth(probe: Probe, split: str, example: Example) -> Iterator[tuple[str, str]]:
    tweet = probe.splits[split][int(example.id)]
    if tweet.ambiguous is not None:
        yield "ambiguous", f"{' '.join(tweet.ambiguous.name.words)}: {' or '.join(tweet.ambiguous.name.candidates)}"
    relation = "related" if tweet.picture.related else "unrelated"
    yield "picture", f"{relation}; shows {tweet.picture.type} by {tweet.picture.evidence.value}"
