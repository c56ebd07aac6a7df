"""Cases on padding: neither values at masked positions nor the other tweets of a batch may have an effect.

A failure names the tensor whose padding has an effect, and its mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.methods.batch import Batch
from mnerbench.methods.conformance.case import Case, sentences
from mnerbench.methods.tagger import NeuralMethod

_EMISSIONS = "emissions"
_ANY_MASK = (
    "  -> mask words with `batch.mask` [tweets, words], subwords with `batch.subwords.mask` [windows, subwords] and "
    "picture vectors with `batch.visual.masks[kind]` [tweets, cells]; compute nothing across tweets, as batch "
    "normalisation does"
)


class _Padding(NamedTuple):
    """Padding of one tensor of a batch.

    Attributes:
        tensor, mask: where they are in the batch.
        fill: writes other values to the padding.
    """

    tensor: str
    mask: str
    fill: Callable[[Batch], Batch]

    @property
    def remedy(self) -> str:
        where = f"`{self.tensor}` where `{self.mask}` is False"
        return f"  -> a mask was forgotten: ignore {where}, in attention, sums, means and maxima"


def check_padding(case: Case) -> None:
    """A tweet's emissions depend neither on longer tweets in the batch nor on its position in it."""
    method = case.build().eval()
    for view in case.config.evaluation_views:
        split = case.split(method)
        # Fewer words than the longest tweet, and fewer regions than the picture with most: padding of both differs.
        together, index = split.batch(range(8), view), [3, 1, 7]
        apart = split.batch(index, view)
        with torch.no_grad():
            whole, part = method(together), method(apart)
        units = method.targets(apart)[1].sum(1).tolist()
        for row, number in enumerate(index):
            alone, among = part[row, : units[row]], whole[number, : units[row]]
            if torch.allclose(alone, among, rtol=1e-4, atol=1e-5):
                continue
            tweet = " ".join(sentences()[number].words)
            effects = _effects(method, {view: together})
            remedies = [padding.remedy for padding, output, _ in effects if output.startswith(_EMISSIONS)]
            raise AssertionError(
                f"view {view.value}: emissions of the tweet {tweet!r} depend on the other tweets of the batch, "
                f"by up to {_difference(alone, among):.1g}\n" + "\n".join(remedies or [_ANY_MASK])
            )


def check_masked(case: Case) -> None:
    """Values at padding change neither emissions nor losses."""
    method = case.build().eval()
    split = case.split(method)
    views = dict.fromkeys((*case.config.training_views, case.config.primary_view))
    for padding, output, difference in _effects(method, {view: split.batch(range(8), view) for view in views}):
        raise AssertionError(
            f"values of `{padding.tensor}` at padding change {output}, by up to {difference:.1g}\n{padding.remedy}"
        )


def _effects(method: NeuralMethod[Any], views: Mapping[View, Batch]) -> Iterator[tuple[_Padding, str, float]]:
    """Paddings whose values have an effect, with the output that changes and by how much."""
    plain = _outputs(method, views)
    for padding in _paddings(next(iter(views.values()))):
        filled = _outputs(method, {view: padding.fill(batch) for view, batch in views.items()})
        for output, expected in plain.items():
            if not torch.allclose(filled[output], expected, rtol=1e-5, atol=1e-6):
                yield padding, output, _difference(filled[output], expected)


def _outputs(method: NeuralMethod[Any], views: Mapping[View, Batch]) -> dict[str, Tensor]:
    """Emissions of units in each view, and losses if all training views are there."""
    outputs: dict[str, Tensor] = {}
    with torch.no_grad():
        for view, batch in views.items():
            outputs[f"{_EMISSIONS} in view {view.value}"] = method(batch)[method.targets(batch)[1]]
        if set(method.config.training_views) <= views.keys():
            torch.manual_seed(0)
            outputs |= {f"the loss {name!r}": term for name, term in method.losses(views).items()}
    return outputs


def _paddings(batch: Batch) -> Iterator[_Padding]:
    """Every tensor of a batch that has padding."""
    yield _Padding("batch.labels", "batch.mask", _fill_labels)
    yield _Padding("batch.subwords.ids", "batch.subwords.mask", _fill_subwords)
    yield _Padding("batch.subwords.first", "batch.mask", _fill_words)
    if batch.subwords.characters is not None:
        yield _Padding("batch.subwords.characters", "batch.mask", _fill_characters)
    for kind in batch.visual.vectors:
        name = f"InputKind.{kind.name}"
        fill = partial(_fill_vectors, kind=kind)
        yield _Padding(f"batch.visual.vectors[{name}]", f"batch.visual.masks[{name}]", fill)
    for name in batch.visual.regions.keys() - {"sizes"}:
        mask = "batch.visual.masks[InputKind.REGIONS]"
        yield _Padding(f"batch.visual.regions[{name!r}]", mask, partial(_fill_regions, name=name))


def _fill_subwords(batch: Batch) -> Batch:
    subwords = batch.subwords
    return replace(batch, subwords=replace(subwords, ids=subwords.ids.masked_fill(~subwords.mask, 1)))


def _fill_words(batch: Batch) -> Batch:
    subwords = batch.subwords
    return replace(batch, subwords=replace(subwords, first=subwords.first.masked_fill(~batch.mask, 1)))


def _fill_characters(batch: Batch) -> Batch:
    characters = batch.subwords.characters
    assert characters is not None
    filled = characters.masked_fill(~batch.mask.unsqueeze(-1), ord("x"))
    return replace(batch, subwords=replace(batch.subwords, characters=filled))


def _fill_labels(batch: Batch) -> Batch:
    return replace(batch, labels=batch.labels.masked_fill(~batch.mask, 1))


def _fill_vectors(batch: Batch, kind: InputKind) -> Batch:
    vectors = _filled(batch.visual.vectors[kind], batch.visual.masks[kind])
    return replace(batch, visual=replace(batch.visual, vectors={**batch.visual.vectors, kind: vectors}))


def _fill_regions(batch: Batch, name: str) -> Batch:
    mask, values = batch.visual.masks[InputKind.REGIONS], batch.visual.regions[name]
    filled = _filled(values, mask) if values.is_floating_point() else values.masked_fill(~mask, 1)
    return replace(batch, visual=replace(batch.visual, regions={**batch.visual.regions, name: filled}))


def _filled(values: Tensor, mask: Tensor) -> Tensor:
    """Write random numbers to the padding: a layer norm would turn any constant into zeros.

    Args:
        values: [tweets, cells] or [tweets, cells, width].
        mask: False at padding, [tweets, cells].
    """
    noise = 9 * torch.randn(values.shape, generator=torch.Generator().manual_seed(0))
    return torch.where(mask if values.dim() == mask.dim() else mask.unsqueeze(-1), values, noise.to(values))


def _difference(actual: Tensor, expected: Tensor) -> float:
    return float((actual - expected).abs().max())
