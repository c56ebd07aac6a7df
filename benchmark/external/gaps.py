"""Finds the unlabelled words of a tweet with fewer labels than words."""

from __future__ import annotations

from collections.abc import Sequence

from mnerbench.datasets.invisible import is_invisible

Cost = tuple[int, int]


def labelled_words(
    count: int, words: Sequence[str], file_gold: Sequence[str] | None, gold: Sequence[str], *, drops_invisible: bool
) -> list[int]:
    """Indices of the words that a tweet's labels belong to, in order.

    The file's gold labels decide: words are left out such that as many of these labels as possible agree with our gold.
    Ties are broken by leaving out first words for which a tokenizer yields no subword, if the file never labels such
    words, and then words at the end, as a length limit does.

    Args:
        count: number of labels, at most the number of words.
        words: our words.
        file_gold: the file's `count` gold labels, or None.
        gold: our gold labels.
        drops_invisible: whether invisible words are likely to be unlabelled.
    """
    skipping = [0 if drops_invisible and is_invisible(word) else 1 for word in words]
    # costs[j][i]: disagreement of gold labels, and visible words left out, for the first j words and i labels.
    costs: list[list[Cost | None]] = [[None] * (count + 1) for _ in range(len(words) + 1)]
    costs[0][0] = (0, 0)
    for index, step in enumerate(skipping):
        for used in range(min(index + 1, count) + 1):
            options = []
            before = costs[index][used]
            if before is not None:
                options.append((before[0], before[1] + step))
            before = costs[index][used - 1] if used else None
            if before is not None:
                wrong = _difference(file_gold[used - 1], gold[index]) if file_gold is not None else 0
                options.append((before[0] + wrong, before[1]))
            costs[index + 1][used] = min(options, default=None)
    return _path(costs, skipping, count)


def _difference(theirs: str, ours: str) -> int:
    """Cost of two labels: a changed type costs less than an entity that only one side has."""
    return 0 if theirs == ours else 1 if theirs[:1] == ours[:1] else 2


def _path(costs: Sequence[Sequence[Cost | None]], skipping: Sequence[int], count: int) -> list[int]:
    """Trace back the cheapest path, leaving out words as late as possible."""
    positions = []
    used = count
    for index in range(len(skipping) - 1, -1, -1):
        best, without = costs[index + 1][used], costs[index][used]
        if without is not None and (without[0], without[1] + skipping[index]) == best:
            continue
        positions.append(index)
        used -= 1
    return positions[::-1]
