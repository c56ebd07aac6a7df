"""One run of a method that asks a language model: choose examples, ask about every tweet, read the answers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.external.type_names import TypeNames
from mnerbench.benchmark.results.record import Asked, Recalled
from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.benchmark.training.answers import UNREADABLE, AnswerCounts
from mnerbench.benchmark.training.context import RunContext
from mnerbench.benchmark.training.events import RunStarted
from mnerbench.datasets.chat.answer import Answer, Outcome
from mnerbench.datasets.chat.asking import Asker
from mnerbench.datasets.chat.budget import Spent
from mnerbench.datasets.chat.errors import NoAnswerError
from mnerbench.datasets.chat.recall import halves, recall_request, recalled
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.chat.settings import open_asker
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.inputs import View, viewed_images
from mnerbench.datasets.seeds import derive_seed
from mnerbench.datasets.subsets import training_tweets
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.word_vectors import read_word_vectors
from mnerbench.methods.base.family import PromptedMethod

_FEWEST_USABLE = 0.5  # of the answers: with fewer, the server or its model is broken, and a score would mislead
_SHOWN = 4000  # characters of a question in the record


@dataclass
class _Totals:
    """What a run asked, over all splits and views."""

    answers: dict[str, Answer] = field(default_factory=dict)
    bought: int = 0
    counts: dict[str, AnswerCounts] = field(default_factory=dict)
    recalled: dict[str, Recalled] = field(default_factory=dict)
    first: ChatRequest | None = None


def run_prompted(method: PromptedMethod, context: RunContext) -> None:
    """Ask about the tweets of all scored splits, and score the answers. Dev is read only by trials of a search.

    Raises:
        ChatError: the server or the budget ends it; answers that arrived are kept.
        DataError: most answers are unusable.
    """
    spec, provider, timings = context.job.spec, context.provider, context.timings
    scored = {split: part for split, part in spec.scored.items() if spec.dev_only or split != "valid"}
    context.listen(RunStarted(spec.identity, spec.title, 0))
    inputs = provider.inputs(spec.dataset)
    start = time.perf_counter()
    train = training_tweets(provider.corpus(spec.dataset.name)["train"], spec.dataset.train_tweets, spec.seed)
    method.draw_examples(train, spec.dataset.types, inputs, spec.seed, _vectors(method, train, scored, context))
    timings["train"] = time.perf_counter() - start
    totals, asker = _Totals(), open_asker(provider.paths.cache, provider.paths.out, provider.paths.chat)
    try:
        for split, (data, name) in scored.items():
            tweets, shown = provider.corpus(data.name)[name], inputs if data == spec.dataset else provider.inputs(data)
            types = TypeNames(data.types, {})
            start = time.perf_counter()
            for view in method.config.evaluation_views:
                requests = list(_requests(method, tweets, shown, (view, split), context))
                totals.first = totals.first or requests[0]
                answers = asker.ask(requests, lambda _: context.heartbeat())
                totals.bought += answers.bought
                totals.answers |= {request.key: item for request, item in zip(requests, answers.answers, strict=True)}
                counts = totals.counts[f"{split}.{view.value}"] = AnswerCounts()
                labels = [
                    counts.labels(answer, tweet.words, types)
                    for answer, tweet in zip(answers.answers, tweets, strict=True)
                ]
                _require_usable(counts, asker.server_name)
                context.store_predictions(split, view.value, labels)
            timings["dev" if split == "valid" else split] = time.perf_counter() - start
            if split != "valid":
                _recall(str(method.config.asked_model), tweets, split, (totals, asker, context))
    finally:
        context.facts["asked"] = _asked(totals, asker, str(method.config.asked_model))
        context.facts["policies"] = {**inputs.counts, "pictures_unusable": method.unusable_pictures}


def _vectors(
    method: PromptedMethod, train: Sequence[Example], scored: Mapping[str, tuple[DatasetRef, str]], context: RunContext
) -> Mapping[str, NDArray[np.float32]]:
    """The vectors of the words of all tweets; empty if the method reads none."""
    name, ref, provider = context.job.word_vectors, context.job.spec.word_vectors, context.provider
    if not method.config.reads_word_vectors or name is None or ref is None:
        return {}
    path = provider.planned_encoder(name, ref).folder
    tweets = [*train, *(tweet for data, split in scored.values() for tweet in provider.corpus(data.name)[split])]
    words = frozenset(word.lower() for tweet in tweets for word in tweet.words)
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
        if number % 50 == 0:
            context.heartbeat()  # pictures are decoded here
        yield method.request(tweet, image, inputs)


def _recall(model: str, tweets: Sequence[Example], split: str, state: tuple[_Totals, Asker, RunContext]) -> None:
    """Ask for the second halves of a sample of tweets, which tells whether the model has read them."""
    totals, asker, context = state
    items = halves(tweets, context.provider.paths.chat.recall)
    if items:
        requests = [recall_request(model, half) for half in items]
        answers = asker.ask(requests, lambda _: context.heartbeat())
        totals.bought += answers.bought
        totals.answers |= {request.key: item for request, item in zip(requests, answers.answers, strict=True)}
        own, others = recalled([answer.text for answer in answers.answers], items)
        totals.recalled[split] = Recalled(tweets=len(items), own=own, others=others)


def _require_usable(counts: AnswerCounts, server: str) -> None:
    """Raise if most answers are unusable.

    Raises:
        NoAnswerError: they are.
    """
    bad = {Outcome.REJECTED.value, Outcome.UNUSABLE.value, UNREADABLE}
    total, unusable = counts.outcomes.total(), sum(counts.outcomes[name] for name in bad)
    if unusable > (1 - _FEWEST_USABLE) * total:
        listed = ", ".join(f"{number:,} {name}" for name, number in sorted(counts.outcomes.items()) if number)
        reason = f"{server}: {unusable:,} of {total:,} answers cannot be used ({listed})"
        raise NoAnswerError(f"{reason}\n  -> look at an answer in the cache, and choose another model or prompt")


def _asked(totals: _Totals, asker: Asker, model: str) -> Asked:
    answers = totals.answers.values()
    spent = sum((asker.ledger.cost_of(model, answer) for answer in answers), Spent())
    priced = asker.ledger.prices.of(model, 0, 0) is not None
    messages = totals.first.shown["messages"] if totals.first is not None else []
    return Asked(
        server=asker.server_name,
        model=", ".join(sorted({answer.model for answer in answers if answer.model})) or model,
        requests=len(totals.answers),
        bought=totals.bought,
        outcomes={part: _filled(counts.outcomes) for part, counts in totals.counts.items()},
        entities={part: _filled(counts.entities) for part, counts in totals.counts.items()},
        prompt_tokens=spent.prompt_tokens,
        completion_tokens=spent.completion_tokens,
        uncounted=sum(answer.prompt_tokens is None or answer.completion_tokens is None for answer in answers),
        seconds=sum(answer.seconds for answer in answers),
        money=spent.money if priced else None,
        currency=asker.ledger.prices.currency if priced else "",
        recalled=totals.recalled,
        system_prompt=str(messages[0]["content"])[:_SHOWN] if messages else "",
        example=_text_of(messages[-1]["content"])[:_SHOWN] if messages else "",
    )


def _filled(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in sorted(counts.items()) if number}


def _text_of(content: object) -> str:
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part["type"] == "text")
    return str(content)
