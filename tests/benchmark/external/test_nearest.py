"""The nearest free number: agrees with a linear search, in almost constant time."""

import random

from mnerbench.benchmark.external.nearest import NearestFree


def test_it_agrees_with_a_linear_search():
    draw = random.Random(1)
    for _ in range(200):
        numbers = sorted(draw.sample(range(60), draw.randint(1, 30)))
        free = set(numbers)
        nearest = NearestFree(numbers, free.__contains__)
        while free:
            expected = draw.randint(-5, 65)
            best = min(sorted(free), key=lambda number: abs(number - expected))
            assert nearest.nearest(expected) == best
            free.remove(best if draw.random() < 0.7 else draw.choice(sorted(free)))
        assert nearest.nearest(7) is None


def test_occupied_numbers_are_not_traversed_again():
    def lookups(count, expected):
        queries, free = [], bytearray(b"\1" * count)
        nearest = NearestFree(range(count), lambda number: queries.append(number) or free[number])
        for turn in range(count):
            free[nearest.nearest(expected(turn))] = 0
        return len(queries)

    for expected in (lambda _: 0, lambda _: 10**6, lambda turn: turn, lambda turn: turn * 7919 % 1000):
        small, large = lookups(1000, expected), lookups(4000, expected)
        assert large < 5 * small
        assert large < 6 * 4000
