"""MAF's self-supervised objectives: eqs. 1-3 against their definition, and the sampling of swapped pairs (§3.4)."""

from __future__ import annotations

import math

import pytest
import torch

from mnerbench.methods.maf.contrastive import contrastive_loss, swap_pairs


def pairs_of(count, width=6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(count, width, generator=generator) * 3 for _ in range(2))


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def one_way(queries, keys, temperature):
    """Eq. 1 (eq. 2 with the roles exchanged), summed over the pairs of a batch."""
    total = 0.0
    for i, vector in enumerate(queries):
        scores = [math.exp(cosine(vector, other) / temperature) for other in keys]
        total -= math.log(scores[i] / sum(scores))
    return total


def by_definition(images, texts, temperature, image_to_text):
    images, texts = images.double().tolist(), texts.double().tolist()
    there, back = one_way(images, texts, temperature), one_way(texts, images, temperature)
    return (image_to_text * there + (1 - image_to_text) * back) / len(images)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("temperature", [0.102, 0.179, 1.0])
def test_the_loss_is_that_of_eqs_1_to_3(temperature, share):
    images, texts = pairs_of(5)
    expected = by_definition(images, texts, temperature, share)
    assert float(contrastive_loss(images, texts, temperature, share)) == pytest.approx(expected, rel=1e-5)


def test_lambda_weighs_the_finding_of_a_pictures_text():
    images = torch.eye(3)
    texts = torch.tensor(
        [[2.0, 0, 0], [5.0, 0, 0], [0.1, 0, 0]]
    )  # equal cosines: the picture-to-text direction is uniform
    there = float(contrastive_loss(images, texts, 0.5, 1.0))
    back = float(contrastive_loss(images, texts, 0.5, 0.0))
    assert there == pytest.approx(math.log(3))
    assert back == pytest.approx(math.log(math.exp(2) + 2) - 2 / 3)
    assert float(contrastive_loss(images, texts, 0.5, 0.7)) == pytest.approx(0.7 * there + 0.3 * back)


def test_lengths_of_vectors_do_not_count():
    images, texts = pairs_of(4)
    stretch = torch.tensor([[0.1], [2.0], [7.0], [30.0]])
    plain = contrastive_loss(images, texts, 0.102, 0.7)
    torch.testing.assert_close(contrastive_loss(images * stretch, texts / stretch, 0.102, 0.7), plain)


def test_a_pair_alone_in_its_batch_gives_no_loss_and_no_gradient():
    images, texts = (vector.requires_grad_() for vector in pairs_of(1))
    loss = contrastive_loss(images, texts, 0.102, 0.7)
    loss.backward()
    assert loss == 0
    assert (images.grad == 0).all()
    assert (texts.grad == 0).all()


def test_the_gradient_is_the_slope_of_the_definition():
    images, texts = pairs_of(4, 3)
    images.requires_grad_()
    contrastive_loss(images, texts, 0.5, 0.7).backward()
    step = torch.zeros(4, 3, dtype=torch.float64)
    step[1, 2] = 1e-6
    with torch.no_grad():
        above, below = (by_definition(images.double() + s * step, texts, 0.5, 0.7) for s in (1, -1))
    assert float(images.grad[1, 2]) == pytest.approx((above - below) / 2e-6, rel=1e-3)


def test_low_precision_is_computed_in_float32():
    images, texts = (vector.bfloat16() for vector in pairs_of(6))
    loss = contrastive_loss(images, texts, 0.102, 0.7)
    assert loss.dtype == torch.float32
    assert float(loss) == pytest.approx(by_definition(images, texts, 0.102, 0.7), rel=1e-5)


def test_the_first_half_swaps_with_the_second_half():
    torch.manual_seed(0)
    candidates = torch.tensor([3, 5, 8, 13, 21, 34, 55, 89, 144])
    swapped, theirs = swap_pairs(candidates, 3)
    assert len(swapped) == len(set(swapped.tolist())) == 6
    assert set(swapped.tolist()) < set(candidates.tolist())
    gets = dict(zip(swapped.tolist(), theirs.tolist(), strict=True))
    for index in range(3):
        first, second = int(swapped[index]), int(swapped[index + 3])
        assert (gets[first], gets[second]) == (second, first)


@pytest.mark.parametrize(
    ("candidates", "pairs", "tweets"),
    [
        *((9, 3, 6), (64, 15, 30), (64, 32, 64), (8, 4, 8)),
        *((7, 15, 6), (3, 15, 2), (2, 15, 2), (1, 15, 0), (0, 15, 0), (6, 0, 0)),
    ],
)
def test_two_k_tweets_swap_or_as_many_pairs_as_fit(candidates, pairs, tweets):
    torch.manual_seed(1)
    swapped, theirs = swap_pairs(torch.arange(candidates), pairs)
    assert swapped.shape == theirs.shape == (tweets,)
    assert swapped.dtype == torch.long
    assert sorted(swapped.tolist()) == sorted(theirs.tolist())
    assert len(set(swapped.tolist())) == tweets
    assert (swapped != theirs).all()


def test_the_choice_follows_torchs_seed():
    def sample(seed):
        torch.manual_seed(seed)
        return [tensor.tolist() for tensor in swap_pairs(torch.arange(20), 5)]

    assert sample(4) == sample(4)
    assert sample(4) != sample(5)


def test_every_candidate_is_chosen_as_often_as_any_other():
    torch.manual_seed(2)
    draws = torch.zeros(6)
    for _ in range(3000):
        draws[swap_pairs(torch.arange(6), 1)[0]] += 1
    # 3000 draws of 2 in 6: 1000 each, with a deviation of 26.
    assert ((draws - 1000).abs() < 130).all()
