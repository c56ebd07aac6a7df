"""One run of a method that asks a language model: choose examples, ask about every tweet, read the answers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.external.type_names import TypeNames
from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.benchmark.training.answers import AnswerCounts
from mnerbench.benchmark.training.context import RunContext
from mnerbench.benchmark.training.conversation import Conversation
from mnerbench.benchmark.training.events import RunStarted
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.chat.settings import open_asker
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.inputs import View, viewed_images
from mnerbench.datasets.seeds import derive_seed
from mnerbench.datasets.subsets import training_tweets
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.word_vectors import read_word_vectors
from mnerbench.methods.base.family import PromptedMethod

_DEV = "valid"
_BETWEEN_HEARTBEATS = 50  # questions: their pictures are decoded


def run_prompted(method: PromptedMethod, context: RunContext) -> None:
    """Ask about the tweets of all scored splits, and score the answers. Dev is read only by trials of a search.

    Raises:
        ChatError: the server or the budget ends it, or most answers are unusable; answers that arrived are kept.
    """
    spec, provider, model = context.job.spec, context.provider, str(method.config.asked_model)
    context.listen(RunStarted(spec.identity, spec.title, 0))
    start = time.perf_counter()
    inputs = provider.inputs(spec.dataset)
    train = training_tweets(provider.tweets(spec.dataset)["train"], spec.dataset.train_tweets, spec.seed)
    method.draw_examples(train, spec.dataset.types, inputs, spec.seed, _vectors(method, train, context))
    context.timings["train"] = time.perf_counter() - start
    asker = open_asker(provider.paths.cache, provider.paths.out, provider.paths.chat)
    conversation = Conversation(asker, model, context.progress)
    labels: dict[tuple[str, View], list[list[str]]] = {}
    try:
        for split, (data, name) in _scored(context).items():
            start, tweets = time.perf_counter(), provider.tweets(data)[name]
            shown = inputs if data == spec.dataset else provider.inputs(data)
            for view in method.config.evaluation_views if spec.diagnosis else (method.config.primary_view,):
                requests = list(_requests(method, tweets, shown, (view, split), context))
                labels[split, view] = _labels(conversation, requests, tweets, (split, view), context)
            if split != _DEV:
                conversation.recall(split, tweets, provider.paths.chat.recall)
            context.timings["dev" if split == _DEV else split] = time.perf_counter() - start
        # Last, since it replaces the record of an earlier run.
        for (split, view), rows in labels.items():
            context.store_predictions(split, view.value, rows)
    finally:
        context.facts["asked"] = conversation.summary()
        context.facts["policies"] = {**inputs.counts, "pictures_unusable": method.unusable_pictures}


def _scored(context: RunContext) -> Mapping[str, tuple[DatasetRef, str]]:
    """The splits to ask about: nothing is selected on dev."""
    spec = context.job.spec
    return {split: part for split, part in spec.scored.items() if spec.dev_only or split != _DEV}


def _labels(
    conversation: Conversation,
    requests: Sequence[ChatRequest],
    tweets: Sequence[Example],
    part: tuple[str, View],
    context: RunContext,
) -> list[list[str]]:
    """Ask about a split in a view; the labels that the answers give."""
    split, view = part
    types, name = TypeNames(context.job.spec.dataset.types, {}), f"{split}.{view.value}"
    counts = conversation.counts[name] = AnswerCounts()
    answers = conversation.ask(requests, f"{split}, view {view.value}")
    labels = [counts.labels(answer, tweet.words, types) for answer, tweet in zip(answers, tweets, strict=True)]
    conversation.require_usable(name)
    return labels


def _vectors(
    method: PromptedMethod, train: Sequence[Example], context: RunContext
) -> Mapping[str, NDArray[np.float32]]:
    """The vectors of the words of all tweets; empty if the method reads none."""
    name, ref, provider = context.job.word_vectors, context.job.spec.word_vectors, context.provider
    if not method.config.reads_word_vectors or name is None or ref is None:
        return {}
    path = provider.planned_encoder(name, ref).folder
    scored = [tweet for data, split in _scored(context).values() for tweet in provider.tweets(data)[split]]
    words = frozenset(word.lower() for tweet in [*train, *scored] for word in tweet.words)
    return read_word_vectors(path, words) if path is not None else {}


def _requests(
    method: PromptedMethod,
    tweets: Sequence[Example],
    inputs: VisualInputs,
    part: tuple[View, str],
    context: RunContext,
) -> Iterator[ChatRequest]:
    """The question about each tweet of a split in a view."""
    view, split = part
    seed = derive_seed(context.job.spec.seed, "shuffled pictures", split)
    images = viewed_images(view, [tweet.image_id for tweet in tweets], seed)
    for number, (tweet, image) in enumerate(zip(tweets, images, strict=True)):
        if number % _BETWEEN_HEARTBEATS == 0:
            context.heartbeat()
        yield method.request(tweet, image, inputs)
