"""The case on settings: each has an observable effect, or the config declares it inactive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import cached_property
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import torch
from pydantic.fields import FieldInfo
from torch import Tensor

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.methods.base.search_space import OneOf, Range
from mnerbench.methods.conformance.case import Case, sentences
from mnerbench.methods.conformance.synthetic_inputs import pictures
from mnerbench.methods.tagger import NeuralMethod

# A value may pass validation and still not fit the encoder; then the next one is tried.
_UNFIT = (MnerbenchError, ValueError, RuntimeError, AssertionError)
_REMEDY = (
    "  -> use it in the model or the card, remove it, or return its name from the config's `inactive_settings` while "
    "it has no effect"
)


def check_no_inert_settings(case: Case) -> None:
    """Every setting has an observable effect, unless the config lists it in `inactive_settings`.

    A setting is part of a run's identity: without an effect, the same training would run under two identities.
    """
    base = _Observations(case)
    inactive = case.config.inactive_settings
    faults = [
        _fault(base, name, field) for name, field in type(case.config).model_fields.items() if name not in inactive
    ]
    message = "\n".join(fault for fault in faults if fault)
    assert not message, f"method {case.entry.name!r}:\n{message}"


def _fault(base: _Observations, name: str, field: FieldInfo) -> str:
    """What is wrong with a setting, with the remedy; empty if changing it has an effect, or if it cannot change."""
    current = getattr(base.case.config, name)
    values = list(_alternatives(base.case, name, field))
    if not values:
        return (
            f"setting {name} = {current!r}: no other value is known\n  -> Case(..., alternatives={{{name!r}: [...]}})"
        )
    tried: dict[str, None] = {}
    for value in values:
        try:
            if value != current and base.differ(_Observations(_changed(base.case, name, value))):
                return ""
        except _UNFIT:
            continue
        if value != current:
            tried[f"{value:g}" if isinstance(value, float) else repr(value)] = None
    if not tried:  # the other settings allow no other value
        return ""
    values_tried = ", ".join(tried)
    return f"setting {name} changes a run's identity and nothing else: {current!r} acts like {values_tried}\n{_REMEDY}"


def _changed(case: Case, name: str, value: object) -> Case:
    variant = case.entry.variant
    settings = {**variant.settings, name: value}
    return replace(case, entry=case.entry._replace(variant=replace(variant, settings=settings)))


class _Observations:
    """What can be observed of a variant, from cheap to expensive; each computed once, when it is needed."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def differ(self, other: _Observations) -> bool:
        """Whether any observation differs."""
        names = ("declared", "structure", "weights", "step", "emissions")
        return any(not _equal(getattr(self, name), getattr(other, name)) for name in names)

    @cached_property
    def method(self) -> NeuralMethod[Any]:
        return self.case.build()

    @cached_property
    def declared(self) -> object:
        """What the config declares, and the text contexts."""
        config = self.case.config
        views = (config.primary_view, config.training_views, config.evaluation_views)
        flags = (
            *(config.text_source, config.reads_word_vectors, config.nearest_words, config.reads_characters),
            *(config.random_pictures, config.couples_tweets),
            config.relation_corpus,
        )
        texts = [config.context_texts(pictures(), example.image_id) for example in sentences()]
        return config.inputs, views, flags, texts

    @cached_property
    def structure(self) -> object:
        """Shapes of parameters and buffers, labels of units, and the limit of subwords."""
        shapes = {name: tuple(value.shape) for name, value in self.method.state_dict().items()}
        return shapes, self.method.labelling.outputs, self.method.encoder.tokenizer.limit

    @cached_property
    def weights(self) -> object:
        """Initial values."""
        return self.method.state_dict()

    @cached_property
    def step(self) -> object:
        """Losses and gradients of a training step under a seed."""
        method, split = self.method.train(), self.case.split(self.method)
        torch.manual_seed(0)
        terms = method.losses({view: split.batch(range(8), view) for view in self.case.config.training_views})
        parameters = list(method.parameters())
        total = torch.stack(list(terms.values())).sum()
        return terms, torch.autograd.grad(total, parameters, allow_unused=True)

    @cached_property
    def emissions(self) -> object:
        """Emissions and predictions in evaluation mode."""
        method, split = self.method.eval(), self.case.split(self.method)
        batches = [split.batch(range(8), view) for view in self.case.config.evaluation_views]
        with torch.no_grad():
            return [(method(batch), method.decode(batch)) for batch in batches]


def _equal(left: object, right: object) -> bool:
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return torch.equal(left, right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(_equal, left, right))
    return bool(left == right)


def _alternatives(case: Case, name: str, field: FieldInfo) -> Iterator[object]:
    """Values of a setting to try: the case's, or those of its type, its bounds and its search space."""
    if name in case.alternatives:
        yield from case.alternatives[name]
        return
    yield from _values(field.annotation, field.metadata, getattr(case.config, name))
    space = case.entry.family.search.get(name)
    if isinstance(space, OneOf):
        yield from space.values
    elif isinstance(space, Range):
        yield from (space.low, space.high)


def _values(annotation: Any, bounds: Sequence[Any], current: object) -> Iterator[object]:
    if annotation is bool:
        yield from (True, False)
    elif annotation is NoneType:
        yield None
    elif annotation is str and current is None:  # an optional name
        yield "another"
    elif annotation in (int, float):
        yield from _numbers(annotation, bounds, current)
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from annotation
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) is tuple:
        yield from ((value,) for part in get_args(annotation)[:1] for value in _values(part, (), None))
    else:  # a union
        for part in get_args(annotation):
            yield from _values(part, bounds, current)


def _numbers(kind: type[int] | type[float], bounds: Sequence[Any], current: object) -> Iterator[int | float]:
    """Bounds first, which tend to switch something off, then values around the current one."""
    limits = {
        key: getattr(bound, key) for bound in bounds for key in ("ge", "le", "multiple_of") if hasattr(bound, key)
    }
    yield from (kind(limits[key]) for key in ("ge", "le") if key in limits)
    start = current if isinstance(current, int | float) else kind(1)
    step = limits.get("multiple_of", 1) if kind is int else start / 2 or 0.5
    yield from (kind(start - step), kind(start + step), kind(2 * start))
