"""The nearest free number: the same as by looking at all of them, and in almost constant time."""

import random

from mnerbench.benchmark.external.nearest import NearestFree


def test_it_is_the_one_that_a_search_through_all_finds():
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


def test_taken_numbers_are_not_walked_through_again():
    def looks(count, expected):
        asked, free = [], bytearray(b"\1" * count)
        nearest = NearestFree(range(count), lambda number: asked.append(number) or free[number])
        for turn in range(count):
            free[nearest.nearest(expected(turn))] = 0
        return len(asked)

    for expected in (lambda _: 0, lambda _: 10**6, lambda turn: turn, lambda turn: turn * 7919 % 1000):
        small, large = looks(1000, expected), looks(4000, expected)
        assert large < 5 * small
        assert large < 6 * 4000
