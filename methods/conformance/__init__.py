"""Conformance cases that every method has to pass, in this package and outside.

    from mnerbench.methods.conformance import Case, check_all
    from mnerbench.methods.registry import methods
    check_all(Case(methods()["my-method"], train))

The case takes a trainer, `train(method, split, epochs)`, which minimises the sum of `method.losses(...)` on all tweets
of the split; tests/shared/small_methods.py has one in ten lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.inputs import View, viewed_images
from mnerbench.datasets.tagging import label_set
from mnerbench.methods.base.choices import TextSource
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.batch import Batch, EncodedSplit, encode_split
from mnerbench.methods.conformance.determinism import NondeterministicOperators
from mnerbench.methods.conformance.sync_guard import SynchronizingOperators
from mnerbench.methods.conformance.synthetic_inputs import picture_texts, pictures
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.choice import encoder_of_words
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.registry import Entry, method_class
from mnerbench.methods.tagger import NeuralMethod

TYPES = ("PER", "LOC", "ORG", "MISC")
LABELS = label_set(TYPES)
Train = Callable[[NeuralMethod[Any], EncodedSplit, int], None]

_SENTENCES = (
    ("Ada Kern met Bo in Lund", "B-PER I-PER O B-PER O B-LOC"),
    ("rain", "O"),
    ("Lund beats Velt United again tonight in the cup", "B-LOC O B-ORG I-ORG O O O O O"),
    ("the Harvest Fair opens", "O B-MISC I-MISC O"),
    ("\u00a0 \u200b \ufe0f", "O O O"),
    ("Bo and Ada", "B-PER O B-PER"),
    ("Velt", "B-LOC"),
    ("see you at Velt Arena Ada", "O O O B-LOC I-LOC B-PER"),
)


def sentences() -> tuple[Example, ...]:
    """Eight invented tweets: some of one word, one of words without subwords, the last without a picture."""
    return tuple(
        Example(str(n), tuple(text.split(" ")), tuple(labels.split()), f"p{n}" if n < 7 else None)
        for n, (text, labels) in enumerate(_SENTENCES)
    )


@dataclass(frozen=True)
class Case:
    """A variant under test.

    Attributes:
        entry: its entry in the registry.
        train: trains a method on a split for a number of epochs.
        learning_epochs: number of epochs to fit eight tweets.
    """

    entry: Entry
    train: Train
    learning_epochs: int = 60

    @property
    def config(self) -> MethodConfig:
        """The variant's settings."""
        return self.entry.configure({})

    def build(self, seed: int = 0) -> NeuralMethod[Any]:
        """Build the method over a scratch encoder, or over word vectors, from a seed."""
        torch.manual_seed(seed)
        encoder: Encoder
        if self.config.text_source is TextSource.WORD_VECTORS:
            encoder = encoder_of_words(self.config, [example.words for example in sentences()])
        else:
            texts = [*(" ".join(example.words) for example in sentences()), *picture_texts()]
            encoder = scratch_encoder(texts)
        shapes = {kind: features.shape for kind, features in pictures().features.items()}
        method: NeuralMethod[Any] = method_class(self.entry.family)(self.config, encoder, LABELS, shapes)
        return method

    def split(self, method: NeuralMethod[Any], examples: Sequence[Example] | None = None) -> EncodedSplit:
        """Encode tweets in all views of the method."""
        examples = sentences() if examples is None else examples
        images = [example.image_id for example in examples]
        views = dict.fromkeys((*self.config.training_views, *self.config.evaluation_views))
        image_ids = {view: viewed_images(view, images, 0) for view in views}
        return encode_split(examples, image_ids, (self.config, pictures()), method.encoder.tokenizer, LABELS, limit=64)

    def batch(self, method: NeuralMethod[Any], index: Sequence[int], view: View) -> Batch:
        """The tweets at `index` in a view."""
        return self.split(method).batch(index, view)

    def loss(self, method: NeuralMethod[Any]) -> float:
        """Sum of the loss terms over all tweets, in evaluation mode."""
        method.eval()
        split = self.split(method)
        with torch.no_grad():
            terms = method.losses({v: split.batch(range(len(split)), v) for v in self.config.training_views})
        return float(sum(terms.values()))


def check_shapes(case: Case) -> None:
    """Emissions are [tweets, units, labels] in every view and finite at units; every word gets a valid label.

    `project` is the last layer: diagnostics compare its inputs with and without pictures.
    """
    method = case.build().eval()
    assert isinstance(method.project, torch.nn.Linear)
    assert method.project.out_features == len(method.labelling.names)
    for view in case.config.evaluation_views:
        batch = case.batch(method, range(8), view)
        emissions = method(batch)
        targets, mask = method.targets(batch)
        assert emissions.shape == (*targets.shape, len(method.labelling.names))
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


def check_learns(case: Case) -> None:
    """Training overfits eight tweets."""
    method = case.build()
    before = case.loss(method)
    case.train(method, case.split(method), case.learning_epochs)
    after = case.loss(method)
    assert after < before / 4, f"loss went from {before} to {after} only"


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


def check_padding(case: Case) -> None:
    """A tweet's emissions depend neither on longer tweets in the batch nor on its position in it."""
    method = case.build().eval()
    for view in case.config.evaluation_views:
        split = case.split(method)
        together, index = split.batch(range(8), view), [5, 1, 7]
        apart = split.batch(index, view)
        with torch.no_grad():
            whole, part = method(together), method(apart)
        units = method.targets(apart)[1].sum(1).tolist()
        for row, number in enumerate(index):
            torch.testing.assert_close(part[row, : units[row]], whole[number, : units[row]], rtol=1e-4, atol=1e-5)


def check_masked(case: Case) -> None:
    """Picture vectors at masked positions have no effect."""
    method = case.build().eval()
    batch = case.batch(method, range(8), View.IT if View.IT in case.config.evaluation_views else View.T)
    visual = batch.visual
    noise = {
        kind: torch.where(visual.masks[kind][..., None], vectors, torch.full_like(vectors, 9.0))
        for kind, vectors in visual.vectors.items()
    }
    with torch.no_grad():
        plain, noisy = method(batch), method(replace(batch, visual=replace(visual, vectors=noise)))
    mask = method.targets(batch)[1]
    torch.testing.assert_close(noisy[mask], plain[mask], rtol=1e-5, atol=1e-6)


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


CHECKS: tuple[Callable[[Case], None], ...] = (
    check_card,
    check_shapes,
    check_losses,
    check_no_device_sync,
    check_deterministic,
    check_learns,
    check_parts,
    check_padding,
    check_masked,
    check_pictures_differ,
    check_reload,
    check_seed,
)


def check_all(case: Case) -> None:
    """Run every check."""
    for check in CHECKS:
        check(case)
