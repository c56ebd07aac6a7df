"""Batches ahead of their step: the same ones in the same order, and none left over."""

import threading

import pytest
import torch

from mnerbench.benchmark.training.prefetch import ahead

CPU, GPU = torch.device("cpu"), torch.device("cuda")  # the device is only named: nothing is moved


@pytest.mark.parametrize("device", [CPU, GPU])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_everything_comes_once_and_in_order(device, count):
    assert list(ahead(lambda n: n * n, range(count), device)) == [(n, n * n) for n in range(count)]


def test_on_a_gpu_a_thread_is_ahead_and_on_a_cpu_nobody():
    for device, most, alone in [(GPU, 3, False), (CPU, 1, True)]:
        made, makers = [], set()

        def make(one, made=made, makers=makers):
            made.append(one)
            makers.add(threading.get_ident())

        feed = ahead(make, range(10), device)
        next(feed)
        assert (makers == {threading.get_ident()}) is alone
        feed.close()
        assert len(made) <= most


@pytest.mark.parametrize("device", [CPU, GPU])
def test_where_memory_is_short_the_step_makes_it_itself(device):
    def make(one):
        if one == 1:
            raise MemoryError
        return one

    assert list(ahead(make, range(3), device)) == [(0, 0), (1, None), (2, 2)]


def test_what_fails_fails_where_it_is_used():
    def make(one):
        if one == 2:
            raise ValueError("no such picture")
        return one

    feed = ahead(make, range(5), GPU)
    assert [next(feed)[0], next(feed)[0]] == [0, 1]
    with pytest.raises(ValueError, match="no such picture"):
        next(feed)
