"""Conformance cases of methods that ask a language model: what questions contain, and what they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.chat.pictures import ChatPicture
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.inputs import InputKind, View, viewed_images
from mnerbench.methods.base.family import PromptedMethod
from mnerbench.methods.conformance.case import TYPES, sentences
from mnerbench.methods.conformance.synthetic_inputs import picture_files, pictures
from mnerbench.methods.registry import Entry, method_class


def check_prompted(entry: Entry, alternatives: Mapping[str, Sequence[Any]]) -> None:
    """Run every check.

    Args:
        entry: the method.
        alternatives: other valid values of each active setting, by name.
    """
    check_no_gold(entry)
    check_views(entry)
    check_repeatable(entry)
    check_settings(entry, alternatives)


def check_no_gold(entry: Entry) -> None:
    """A question does not depend on the labels of its tweet."""
    for number, tweet in enumerate(sentences()):
        blank = replace(tweet, labels=("O",) * len(tweet.words), related=None)
        kept, changed = (_ask(entry, tweets={number: version})[View.IT][number] for version in (tweet, blank))
        assert kept.key == changed.key, f"{entry.name}: the question about a tweet holds its gold labels"


def check_views(entry: Entry) -> None:
    """Without pictures none is shown; with them, a picture is, if the method reads pictures, and texts likewise."""
    asked, config = _ask(entry), entry.configure({})
    shown = {view: sum(map(_pictures_in, requests)) for view, requests in asked.items()}
    assert shown[View.T] == _pictures_in_examples(asked[View.T][0]) * len(asked[View.T]), f"{entry.name}: view t"
    if config.inputs:
        keys = {view: [request.key for request in requests] for view, requests in asked.items()}
        for view in (View.T, View.IT_SHUFFLED):
            message = f"{entry.name}: questions of {view.value} are those of it"
            assert keys[view] != keys[View.IT], message
    if InputKind.PICTURE in config.inputs:
        assert shown[View.IT] > shown[View.T], f"{entry.name}: shows no picture"
        assert keys[View.IT_BLANK] != keys[View.IT], f"{entry.name}: the grey picture is not shown"


def check_repeatable(entry: Entry) -> None:
    """Equal seeds give equal questions; other seeds other ones, exactly if the config says so."""
    first, again, other = (_keys(_ask(entry, seed=seed)) for seed in (0, 0, 1))
    assert first == again, f"{entry.name}: the same seed gives other questions"
    seeded = entry.configure({}).is_seeded
    assert (first != other) == seeded, f"{entry.name}: is_seeded is {seeded}, which is not true of its questions"


def check_settings(entry: Entry, alternatives: Mapping[str, Sequence[Any]]) -> None:
    """Every active setting changes the questions; otherwise equal runs would have two identities."""
    config, base = entry.configure({}), _keys(_ask(entry))
    for name in type(config).model_fields:
        if name in config.inactive_settings or name in entry.variant.settings:
            continue
        values = [value for value in alternatives[name] if value != getattr(config, name)]
        changed = [_keys(_ask(entry, settings={name: value})) for value in values]
        assert any(keys != base for keys in changed), f"{entry.name}: setting {name} changes no question"


def _ask(
    entry: Entry,
    *,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    tweets: Mapping[int, Example] | None = None,
) -> dict[View, list[ChatRequest]]:
    """The questions about all sentences, by view; the first half of them is the training split."""
    method: PromptedMethod = method_class(entry.family)(entry.configure({"model": "some", **(settings or {})}))
    examples = [(tweets or {}).get(number, tweet) for number, tweet in enumerate(sentences())]
    inputs = replace(pictures(), pictures=picture_files())
    method.draw_examples(sentences(), TYPES, inputs, seed, _vectors())
    images = [tweet.image_id for tweet in examples]
    return {
        view: [
            method.request(tweet, image, inputs)
            for tweet, image in zip(examples, viewed_images(view, images, 0), strict=True)
        ]
        for view in View
    }


@cache
def _vectors() -> dict[str, NDArray[np.float32]]:
    """Random vectors of the words of all sentences, in lower case."""
    random = np.random.default_rng(0)
    words = sorted({word.lower() for tweet in sentences() for word in tweet.words})
    return {word: random.normal(size=6).astype(np.float32) for word in words}


def _keys(by_view: Mapping[View, Sequence[ChatRequest]]) -> list[str]:
    return [request.key for requests in by_view.values() for request in requests]


def _pictures_in(request: ChatRequest) -> int:
    return sum(isinstance(part, ChatPicture) for message in request.messages for part in message.parts)


def _pictures_in_examples(request: ChatRequest) -> int:
    return sum(isinstance(part, ChatPicture) for message in request.messages[:-1] for part in message.parts)
