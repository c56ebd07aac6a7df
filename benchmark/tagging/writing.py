"""Writes tagged tweets; `benchmark score` reads every format back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from mnerbench.benchmark.tagging.reading import NewTweet
from mnerbench.benchmark.tagging.tagged import TaggedTweet
from mnerbench.datasets.columns import IMAGE_PREFIX
from mnerbench.datasets.corpus import ids_of


class OutputFormat(StrEnum):
    """Formats of predictions.

    `jsonl`: an object per tweet with words, labels and entities. `conll`: a word and its label per line, a space
    between. `columns`: an `IMGID:` line per tweet, then lines of a word, its gold label if the input has labels, and
    its predicted label, with tabs between.
    """

    JSONL = "jsonl"
    CONLL = "conll"
    COLUMNS = "columns"


def lines_of(tweet: TaggedTweet, source: NewTweet, form: OutputFormat) -> Iterator[str]:
    """The lines of a tweet, without line ends; column formats end it by an empty line."""
    if form is OutputFormat.JSONL:
        yield json.dumps(_object(tweet, source), ensure_ascii=False)
        return
    if form is OutputFormat.COLUMNS:
        yield f"{IMAGE_PREFIX}{','.join(ids_of(source.image)) or 'none'}"
    for word, columns in zip(tweet.words, _columns(tweet, source, form), strict=True):
        yield ("\t" if form is OutputFormat.COLUMNS else " ").join([word, *columns])
    yield ""


def _columns(tweet: TaggedTweet, source: NewTweet, form: OutputFormat) -> Sequence[tuple[str, ...]]:
    if form is OutputFormat.COLUMNS and source.gold is not None:
        return list(zip(source.gold, tweet.labels, strict=True))
    return [(label,) for label in tweet.labels]


def _object(tweet: TaggedTweet, source: NewTweet) -> dict[str, Any]:
    images = ids_of(source.image)
    named = {"id": source.id} if source.id is not None else {}
    pictured = {"image_id": list(images) if len(images) > 1 else images[0]} if images else {}
    text = {"text": tweet.text} if isinstance(source.content, str) else {}
    gold = {"gold": list(source.gold)} if source.gold is not None else {}
    labelled = {"words": list(tweet.words), "predicted": list(tweet.labels), **gold}
    return {**named, **pictured, **text, **labelled, "entities": [asdict(entity) for entity in tweet.entities]}
