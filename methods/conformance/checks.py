"""Cases on a method's interface, losses, weights and card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from mnerbench.datasets.inputs import View
from mnerbench.methods.conformance.case import LABELS, Case, sentences
from mnerbench.methods.conformance.determinism import NondeterministicOperators
from mnerbench.methods.conformance.sync_guard import SynchronizingOperators
from mnerbench.methods.kept_method import keep_neural, restore_neural


def check_shapes(case: Case) -> None:
    """Emissions are [tweets, units, columns] in every view and finite at units; every word gets a valid label.

    `project` is the last layer: diagnostics compare its inputs with and without pictures.
    """
    method = case.build().eval()
    assert isinstance(method.project, torch.nn.Linear)
    # The last layer may be applied once per entity type.
    assert method.head.columns % method.project.out_features == 0
    for view in case.config.evaluation_views:
        batch = case.batch(method, range(8), view)
        emissions = method(batch)
        targets, mask = method.targets(batch)
        assert emissions.shape == (*targets.shape, method.head.columns)
        assert torch.isfinite(emissions[mask]).all()
        paths = method.decode(batch)
        assert [len(path) for path in paths] == [len(example.words) for example in sentences()]
        assert method.labelling.outputs[: len(LABELS)] == LABELS
        assert all(0 <= label < len(method.labelling.outputs) for path in paths for label in path)


def check_losses(case: Case) -> None:
    """Loss terms are finite scalars, and their gradient reaches every parameter."""
    method = case.build().train()
    split = case.split(method)
    terms = method.losses({view: split.batch(range(8), view) for view in case.config.training_views})
    assert terms
    for term in terms.values():
        assert term.shape == ()
        assert torch.isfinite(term)
    torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
    untouched = [name for name, p in method.named_parameters() if p.grad is None or not torch.isfinite(p.grad).all()]
    assert not untouched, f"no finite gradient for {untouched}"


def check_no_device_sync(case: Case) -> None:
    """No training step synchronises with the device."""
    method = case.build().train()
    split = case.split(method)
    views = {view: split.batch(range(8), view) for view in case.config.training_views}
    with SynchronizingOperators() as operators:
        torch.stack(list(method.losses(views).values())).sum().backward()  # type: ignore[no-untyped-call]
    assert not operators.calls, f"a step waits for its device: {operators.calls}"


def check_deterministic(case: Case) -> None:
    """Training steps use only operators with a deterministic GPU kernel; `--deterministic` rejects others."""
    method = case.build().train()
    split = case.split(method)
    views = {view: split.batch(range(8), view) for view in case.config.training_views}
    with NondeterministicOperators() as operators:
        torch.stack(list(method.losses(views).values())).sum().backward()  # type: ignore[no-untyped-call]
    assert not operators.calls, f"no deterministic kernel on a GPU: {operators.calls}"


def check_parts(case: Case) -> None:
    """Losses of a batch's parts, weighted by `loss_denominator`, add up to its loss, unless it couples tweets."""
    if case.config.couples_tweets:
        return
    method = case.build().eval()
    split, views = case.split(method), case.config.training_views

    def loss(index: Sequence[int]) -> tuple[Tensor, int]:
        batches = {view: split.batch(index, view) for view in views}
        return torch.stack(list(method.losses(batches).values())).sum(), method.loss_denominator(
            batches[case.config.primary_view]
        )

    whole, total = loss(range(8))
    parts = [loss(index) for index in ([0, 1, 2], [3], [4, 5, 6, 7])]
    assert sum(weight for _, weight in parts) == total
    torch.testing.assert_close(sum(part * weight / total for part, weight in parts), whole, rtol=1e-5, atol=1e-6)


def check_pictures_differ(case: Case) -> None:
    """For methods that read pictures, another tweet's picture changes some emissions."""
    if not case.config.inputs:
        return
    method = case.build().eval()
    with torch.no_grad():
        original, other = (method(case.batch(method, range(8), view)) for view in (View.IT, View.IT_SHUFFLED))
    assert not torch.allclose(original, other), "the content of pictures changes nothing"


def check_reload(case: Case) -> None:
    """Saved weights, loaded into a method built from another seed, give the same emissions."""
    method, other = case.build(0).eval(), case.build(1).eval()
    other.load_state_dict(method.state_dict())
    batch = case.batch(method, range(8), case.config.primary_view)
    with torch.no_grad():
        assert torch.equal(method(batch), other(batch))


def check_seed(case: Case) -> None:
    """The same seed gives the same weights, another seed different ones."""
    first, same, other = (case.build(seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def check_card(case: Case) -> None:
    """The card has a citation and a summary, and its views are consistent."""
    assert case.entry.family.citation
    assert case.entry.variant.summary
    assert case.config.primary_view in case.config.evaluation_views
    assert set(case.config.training_views) <= set(case.config.evaluation_views)


def check_kept(case: Case) -> None:
    """A kept method, built again, gives the same emissions and predictions in every view, bit by bit."""
    method, family = case.build(0).eval(), case.entry.family
    with TemporaryDirectory(prefix="mnerbench-kept-") as name:
        keep_neural(method, None, Path(name))
        torch.manual_seed(1)
        kept = restore_neural(family, case.config, LABELS, method.visual, Path(name))
    for view in case.config.evaluation_views:
        batch, other = (case.batch(one, range(8), view) for one in (method, kept))
        with torch.no_grad():
            assert torch.equal(method(batch), kept(other)), "a kept method computes other emissions"
            assert method.decode(batch) == kept.decode(other)
