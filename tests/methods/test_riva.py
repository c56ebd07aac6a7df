"""RIVA: attention behind the student's gate tweet by tweet, and what teacher and student learn."""

from __future__ import annotations

import math

import pytest
import torch
from relation_methods import GRID, build, label, windows, word_means
from small_methods import make

from mnerbench.datasets.inputs import View
from mnerbench.methods.conformance import sentences


def judge(classifier, sentence, picture):
    """Probability of a relation by the teacher or the student."""
    first, _, last = classifier
    hidden = (first.weight @ torch.cat([sentence, picture]) + first.bias).clamp(min=0)
    return 1 / (1 + math.exp(-(last.weight @ hidden + last.bias).item()))


@pytest.mark.parametrize("view", [View.IT, View.T])
def test_emissions_are_those_of_gated_attention(view):
    method, batch = build("riva", {"heads": 2}, view)
    present, real = batch.visual.present(GRID), torch.ones(1, 4, dtype=torch.bool)
    with torch.no_grad():
        emissions, gates = method(batch), method.judged_relation(batch)
        for tweet, length in enumerate(batch.mask.sum(1).tolist()):
            cells = batch.visual.vectors[GRID][tweet] @ method.see.weight.T + method.see.bias
            fused, first = [], None
            for number, (ids, segments, words) in enumerate(windows(batch, tweet)):
                kinds = {"token_type_ids": segments[None]}
                states = method.encoder.model(input_ids=ids[None], **kinds).last_hidden_state[0]
                seen = torch.zeros_like(states)
                if present[tweet]:
                    first = states[0] if number == 0 else first
                    probability = judge(method.relation.student, first, cells.mean(0))
                    seen = probability * method.look(states[None], cells[None], real)[0]
                    assert gates[tweet].item() == pytest.approx(probability)
                fused.append((torch.cat([states, seen], -1), words))
            expected = label(method, word_means(fused, length))
            torch.testing.assert_close(emissions[tweet, :length], expected, rtol=1e-9, atol=1e-9)


def test_the_teacher_learns_labels_and_the_student_the_teacher():
    method, batch = build("riva", {"relation_weight": 0.3}, limit=64)
    cells = batch.visual.vectors[GRID] @ method.see.weight.T + method.see.bias
    teacher = student = 0.0
    with torch.no_grad():
        terms = method.losses({View.IT: batch})
        states = method.encoder.encode_subwords(batch.subwords)
        for tweet, example in enumerate(sentences()):
            if not batch.visual.present(GRID)[tweet]:
                continue
            taught, gate = (
                judge(classifier, states[tweet, 0], cells[tweet].mean(0))
                for classifier in (method.relation.teacher, method.relation.student)
            )
            if example.related is not None:
                teacher -= math.log(taught if example.related else 1 - taught)
            student -= taught * math.log(gate) + (1 - taught) * math.log(1 - gate)
    assert terms["relation"].item() == pytest.approx(0.3 * teacher / 8, rel=1e-6)
    assert terms["student"].item() == pytest.approx(0.3 * student / 8, rel=1e-6)


def test_the_student_does_not_teach():
    method, split = make("riva")
    batch = split.batch(range(8), View.IT)
    method.losses({View.IT: batch})["student"].backward()
    assert all(parameter.grad is None for parameter in method.relation.teacher.parameters())
    assert all(parameter.grad.abs().sum() > 0 for parameter in method.relation.student.parameters())
