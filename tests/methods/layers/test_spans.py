"""The head over spans against sums over all sets of non-overlapping typed spans, listed one by one."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
import torch

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.tagging import Scheme, Span, conll_spans, label_set, write_spans
from mnerbench.methods.layers.crf.inputs import LEAST
from mnerbench.methods.layers.spans import semi_markov
from mnerbench.methods.layers.spans.head import RANK, SpanHead
from mnerbench.methods.layers.spans.labels import SpanLabels

TYPES = ("PER", "LOC")


def all_sets(words, types):
    """Every set of non-overlapping typed spans, as tuples (first, last, type), from left to right."""
    spans = [(i, j, t) for i in range(words) for j in range(i, words) for t in range(types)]
    for size in range(words + 1):
        for chosen in combinations(spans, size):
            ordered = sorted(chosen)
            if all(a[1] < b[0] for a, b in pairwise(ordered)):
                yield tuple(ordered)


def scored(seed=0, lengths=(4, 1, 3, 0), types=2):
    """Random scores of impossible and possible spans, and the mask."""
    generator = torch.Generator().manual_seed(seed)
    words = max(lengths)
    scores = 2 * torch.randn(len(lengths), words, words, types, generator=generator, dtype=torch.float64)
    mask = torch.arange(words) < torch.tensor(lengths)[:, None]
    return semi_markov.only_possible(scores, mask), mask, lengths


def weight(scores, chosen):
    return sum((scores[i, j, t] for i, j, t in chosen), torch.zeros((), dtype=torch.float64))


def test_there_are_as_many_sets_as_the_recurrence_counts():
    # a(n) = a(n - 1) + 2 * (a(0) + ... + a(n - 1)): the last word is outside, or ends a span of two types.
    assert [len(list(all_sets(words, 2))) for words in range(5)] == [1, 3, 11, 41, 153]


@pytest.mark.parametrize("seed", range(3))
def test_the_partition_sums_over_all_sets(seed):
    scores, _, lengths = scored(seed)
    for row, words in enumerate(lengths):
        expected = torch.stack([weight(scores[row], s) for s in all_sets(words, 2)]).logsumexp(0)
        torch.testing.assert_close(semi_markov.log_partition(scores)[row], expected)


@pytest.mark.parametrize("seed", range(3))
def test_posteriors_are_shares_of_the_sets_with_a_span_and_of_those_without_a_word(seed):
    scores, mask, lengths = scored(seed)
    of_spans, outside = semi_markov.log_posteriors(scores)
    for row, words in enumerate(lengths):
        sets = list(all_sets(words, 2))
        p = torch.stack([weight(scores[row], s) for s in sets]).softmax(0)
        expected = torch.zeros_like(of_spans[row])
        for share, chosen in zip(p, sets, strict=True):
            for i, j, t in chosen:
                expected[i, j, t] += share
        torch.testing.assert_close(of_spans[row].exp(), expected)
        for word in range(words):
            free = sum(x for x, s in zip(p, sets, strict=True) if not any(i <= word <= j for i, j, _ in s))
            torch.testing.assert_close(outside[row, word].exp(), free)
    assert (outside[~mask].exp() - 1).abs().max() < 1e-12


@pytest.mark.parametrize("seed", range(5))
def test_the_best_set_has_the_highest_score_of_all(seed):
    scores, _, lengths = scored(seed)
    for row, (words, best) in enumerate(zip(lengths, semi_markov.best_sets(scores), strict=True)):
        assert tuple(best) == max(all_sets(words, 2), key=lambda s: float(weight(scores[row], s)))


def test_gradients_of_the_partition_are_the_posteriors():
    scores, _, _ = scored()
    scores.requires_grad_()
    [gradient] = torch.autograd.grad(semi_markov.log_partition(scores).sum(), scores)
    torch.testing.assert_close(gradient, semi_markov.log_posteriors(scores)[0].detach().exp())


@pytest.mark.parametrize("scheme", list(Scheme))
def test_labels_are_read_as_conlleval_reads_them(scheme):
    # All labellings of three words, with strays, and a padded word behind them that also has a label.
    names = label_set(TYPES, scheme)
    head = SpanLabels(names)
    numbers = torch.cartesian_prod(*[torch.arange(len(names))] * 3)
    labels = torch.cat([numbers, torch.ones(len(numbers), 1, dtype=torch.long)], 1)
    mask = torch.tensor([True, True, True, False]).expand(len(numbers), -1)
    for row, spans in zip(numbers.tolist(), head.spans(labels, mask), strict=True):
        found = {Span(i, j + 1, TYPES[t]) for i, j, t in spans.nonzero().tolist()}
        assert found == set(conll_spans([names[number] for number in row]))


@pytest.mark.parametrize("scheme", list(Scheme))
def test_log_posteriors_of_labels_sum_over_the_sets_that_write_them(scheme):
    names = label_set(TYPES, scheme)
    head, (scores, mask, lengths) = SpanLabels(names), scored(7)
    actual = head.log_posteriors(*semi_markov.log_posteriors(scores)).exp()
    for row, words in enumerate(lengths):
        sets = list(all_sets(words, 2))
        p = torch.stack([weight(scores[row], s) for s in sets]).softmax(0)
        expected = torch.zeros(words, len(names), dtype=torch.float64)
        for share, chosen in zip(p, sets, strict=True):
            written = write_spans([Span(i, j + 1, TYPES[t]) for i, j, t in chosen], words, scheme)
            assert [names[number] for number in head.write(chosen, words)] == written
            for word, label in enumerate(written):
                expected[word, names.index(label)] += share
        torch.testing.assert_close(actual[row, :words], expected)
    torch.testing.assert_close(actual[mask].sum(-1), torch.ones(int(mask.sum()), dtype=torch.float64))


def test_the_head_scores_spans_by_their_ends_and_a_product_of_factors():
    head = SpanHead(label_set(TYPES))
    emissions = torch.randn(1, 3, head.columns, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[True, True, False]])
    scores = head.scores(emissions, mask)
    for i in range(3):
        for j in range(3):
            for t in range(2):
                columns = emissions[0].view(3, 2, 2 + 2 * RANK)[:, t]
                left, right = columns[i, 2 : 2 + RANK], columns[j, 2 + RANK :]
                value = float(columns[i, 0] + columns[j, 1] + (left * right).sum() / RANK**0.5)
                assert float(scores[0, i, j, t]) == pytest.approx(value if i <= j < 2 else LEAST)


def test_the_loss_is_the_mean_negative_log_probability_of_the_gold_sets():
    names = label_set(TYPES)
    head = SpanHead(names)
    emissions = torch.randn(2, 3, head.columns, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    mask = torch.tensor([[True, True, True], [True, False, False]])
    labels = torch.tensor([[names.index(label) for label in row] for row in (["B-PER", "I-PER", "B-LOC"], ["O"] * 3)])
    scores = head.scores(emissions, mask)
    p = [
        torch.stack([weight(scores[row], s) for s in all_sets(words, 2)]).logsumexp(0) - weight(scores[row], gold)
        for row, (words, gold) in enumerate([(3, ((0, 1, 0), (2, 2, 1))), (1, ())])
    ]
    torch.testing.assert_close(head.loss(emissions, labels, mask).double(), sum(p) / 2, rtol=1e-6, atol=1e-6)
    assert head.decode(emissions[:, :0], mask[:, :0]) == [[], []]


@pytest.mark.parametrize("scheme", list(Scheme))
def test_gradients_of_log_posteriors_are_right_and_finite(scheme):
    head = SpanHead(label_set(TYPES, scheme))
    emissions = torch.randn(2, 3, head.columns, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    mask = torch.tensor([[True, True, True], [True, False, False]])
    direction = torch.randn(emissions.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))

    def expected_score(values):
        log_p = head.log_posteriors(values, mask)
        return (log_p.exp() * torch.arange(log_p.shape[-1])).sum()  # impossible labels weigh nothing

    emissions.requires_grad_()
    [gradient] = torch.autograd.grad(expected_score(emissions), emissions)
    with torch.no_grad():
        slope = (expected_score(emissions + 1e-5 * direction) - expected_score(emissions - 1e-5 * direction)) / 2e-5
    torch.testing.assert_close((gradient * direction).sum(), slope, rtol=1e-6, atol=1e-8)


def test_labels_of_subwords_are_refused_with_the_remedy():
    with pytest.raises(ConfigError, match="label_rule=first"):
        SpanHead(("[PAD]", *label_set(TYPES), "X"))
