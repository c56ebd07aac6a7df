"""ITA: the position of the context, and eq. 5."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from mnerbench.datasets.inputs import View
from mnerbench.methods.conformance import Case, sentences
from mnerbench.methods.ita.model import cross_view_alignment
from mnerbench.methods.layers.crf.linear_chain import LinearChainCRF
from mnerbench.methods.registry import methods


def case(name="ita-ga+cva"):
    return Case(methods()[name], train=lambda *_: None)


def posteriors_by_enumeration(crf, emissions):
    """p(y_i = k) from all label sequences, in float64."""
    words, labels = emissions.shape
    start, end, between = crf.start.double(), crf.end.double(), crf.transitions.double()
    total = torch.zeros(words, labels, dtype=torch.float64)
    for path in itertools.product(range(labels), repeat=words):
        score = start[path[0]] + end[path[-1]] + sum(emissions[i, y] for i, y in enumerate(path))
        score = score + sum(between[a, b] for a, b in itertools.pairwise(path))
        for i, y in enumerate(path):
            total[i, y] += score.exp()
    return total / total.sum(1, keepdim=True)


def test_eq_5_is_the_kl_of_brute_force_posteriors_and_only_the_student_gets_gradient():
    torch.manual_seed(0)
    crf = LinearChainCRF(3).double()
    teacher, student = torch.randn(2, 4, 3).double(), torch.randn(2, 4, 3).double().requires_grad_()
    mask = torch.tensor([[True] * 4, [True] * 2 + [False] * 2])
    actual = cross_view_alignment(crf.log_marginals(teacher, mask).detach(), crf.log_marginals(student, mask), mask)
    expected = 0.0
    for row, words in enumerate((4, 2)):
        p = posteriors_by_enumeration(crf, teacher[row, :words])
        q = posteriors_by_enumeration(crf, student[row, :words].detach())
        expected += (p * (p.log() - q.log())).sum().item()
    assert actual.item() == pytest.approx(expected / 2, rel=1e-6)
    actual.backward()
    assert student.grad[mask].abs().min() > 0
    assert (student.grad[~mask] == 0).all()


def test_no_gradient_flows_into_the_teacher():
    variant = case()
    method = variant.build().eval()
    split = variant.split(method)
    joint, text = split.batch(range(8), View.IT), split.batch(range(8), View.T)
    emissions = {}

    def keep(batch):
        emissions[batch is joint] = out = type(method).forward(method, batch)
        out.retain_grad()
        return out

    method.forward = keep
    terms = method.losses({View.IT: joint, View.T: text})
    terms["cva"].backward()
    assert emissions[True].grad is None
    assert emissions[False].grad.abs().sum() > 0


def test_the_context_reaches_the_encoder_but_never_the_labels():
    variant = case("ita-ga")
    method = variant.build()
    split = variant.split(method)
    joint, text = split.batch(range(8), View.IT), split.batch(range(8), View.T)
    assert joint.subwords.ids.shape[1] > text.subwords.ids.shape[1]
    assert torch.equal(joint.mask, text.mask)
    assert torch.equal(joint.labels, text.labels)
    assert joint.mask.sum() == sum(len(example.words) for example in sentences())
    context = joint.subwords.segments == 1
    assert context.any()
    assert (joint.subwords.owner[context] == -1).all()


def test_a_tweet_with_a_missing_picture_equals_the_text_view():
    variant = case("ita-ga")
    method = variant.build().eval()
    split = variant.split(method)
    with torch.no_grad():
        torch.testing.assert_close(method(split.batch([7], View.IT)), method(split.batch([7], View.T)))


def test_the_temperature_of_the_released_code_scales_the_loss():
    torch.manual_seed(0)
    variant = methods()["ita-ga+cva"]
    warm = Case(
        variant._replace(variant=variant.variant.__class__("t", {**variant.variant.settings, "temperature": 4.0})),
        lambda *_: None,
    )
    method = warm.build().double().eval()
    split = warm.split(method)
    views = {View.IT: split.batch(range(8), View.IT), View.T: split.batch(range(8), View.T)}
    with torch.no_grad():
        actual = float(method.losses(views)["cva"])
        p, q = (method.head.log_posteriors(method(views[v]), views[v].mask) for v in (View.IT, View.T))
    soft = [torch.softmax(x[views[View.IT].mask] / 4.0, -1) for x in (p, q)]
    expected = 16 * float((soft[0] * (soft[0] / soft[1]).log()).sum()) / 8
    assert math.isclose(actual, expected, rel_tol=1e-6)
