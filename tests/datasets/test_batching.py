"""Bucketed batches: every index once, fixed size, little padding, reproducible in other processes."""

import random
import subprocess
import sys
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.datasets.batching import bucketed_batches

LENGTHS = st.lists(st.integers(1, 60), max_size=300)


@given(LENGTHS, st.integers(1, 40), st.one_of(st.none(), st.integers(0, 5)))
def test_every_position_once_in_batches_of_the_given_size(lengths, size, seed):
    batches = bucketed_batches(lengths, size, seed)
    assert sorted(chain.from_iterable(batches)) == list(range(len(lengths)))
    assert sorted((len(batch) for batch in batches), reverse=True)[: len(lengths) // size] == [size] * (
        len(lengths) // size
    )
    assert len(batches) == -(-len(lengths) // size)


@given(LENGTHS, st.integers(1, 40))
def test_without_a_seed_batches_are_sorted_by_length_and_ties_by_index(lengths, size):
    flat = list(chain.from_iterable(bucketed_batches(lengths, size, None)))
    assert flat == sorted(range(len(lengths)), key=lambda index: (lengths[index], index))


def test_padding_is_far_below_that_of_random_batches():
    rng = random.Random(0)
    lengths = [rng.randint(5, 78) for _ in range(4000)]

    def padded(batches):
        return sum(len(batch) * max(lengths[index] for index in batch) for batch in batches) / sum(lengths)

    order = list(range(len(lengths)))
    rng.shuffle(order)
    assert padded([order[cut : cut + 16] for cut in range(0, 4000, 16)]) > 1.7
    assert padded(bucketed_batches(lengths, 16, 1)) < 1.1


def test_seeds_give_different_batches_of_different_neighbours():
    lengths = [index % 30 for index in range(2000)]
    first, second = (bucketed_batches(lengths, 16, seed) for seed in (1, 2))
    assert {frozenset(batch) for batch in first}.isdisjoint(frozenset(batch) for batch in second)


def test_batches_of_one_pool_do_not_come_in_order_of_length():
    lengths = list(range(160))
    by_length = [lengths[batch[0]] for batch in bucketed_batches(lengths, 16, 1)]
    assert by_length != sorted(by_length)
    assert sorted(by_length) == list(range(0, 160, 16))


def test_same_seed_same_batches_in_another_process():
    code = "from mnerbench.datasets.batching import bucketed_batches as b; print(b([i % 7 for i in range(99)], 4, 3))"
    command = [sys.executable, "-c", code]
    other = subprocess.run(command, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(bucketed_batches([i % 7 for i in range(99)], 4, 3))


def test_batch_size_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        bucketed_batches([1, 2], 0, None)
