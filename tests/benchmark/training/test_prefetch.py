"""Prefetching yields the same batches in the same order."""

import threading

import pytest
import torch

from mnerbench.benchmark.training.prefetch import prefetch

CPU, GPU = torch.device("cpu"), torch.device("cuda")  # only named: nothing is moved to a GPU


@pytest.mark.parametrize("device", [CPU, GPU])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_every_item_is_yielded_once_and_in_order(device, count):
    assert list(prefetch(lambda n: n * n, range(count), device)) == [(n, n * n) for n in range(count)]


def test_items_are_made_in_a_thread_only_for_a_gpu():
    for device, most, same_thread in [(GPU, 3, False), (CPU, 1, True)]:
        keys, threads = [], set()

        def make(key, keys=keys, threads=threads):
            keys.append(key)
            threads.add(threading.get_ident())

        items = prefetch(make, range(10), device)
        next(items)
        assert (threads == {threading.get_ident()}) is same_thread
        items.close()
        assert len(keys) <= most


@pytest.mark.parametrize("device", [CPU, GPU])
def test_none_is_yielded_for_an_item_that_does_not_fit_into_memory(device):
    def make(key):
        if key == 1:
            raise MemoryError
        return key

    assert list(prefetch(make, range(3), device)) == [(0, 0), (1, None), (2, 2)]


def test_an_error_is_raised_where_its_item_is_used():
    def make(key):
        if key == 2:
            raise ValueError("no such picture")
        return key

    items = prefetch(make, range(5), GPU)
    assert [next(items)[0], next(items)[0]] == [0, 1]
    with pytest.raises(ValueError, match="no such picture"):
        next(items)
