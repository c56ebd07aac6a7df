"""Which words have no label, where a tweet has fewer labels than words."""

from __future__ import annotations

from collections.abc import Sequence

from mnerbench.datasets.invisible import is_invisible

Cost = tuple[int, int]


def labelled_words(
    count: int, words: Sequence[str], theirs: Sequence[str] | None, ours: Sequence[str], *, drops_invisible: bool
) -> list[int]:
    """The words that a tweet's labels are of, in order.

    The file's own gold labels decide: words are left out such that as many of these as possible are the labels of our
    gold. Where that leaves a choice, words that a tokenizer makes no piece of are left out first, if the file never
    labels such, and then words at the end, as a length limit does.

    Args:
        count: of labels, at most as many as words.
        words: ours.
        theirs: the file's gold labels, `count` of them; None when it has none.
        ours: our gold labels.
        drops_invisible: whether invisible words are likely to have none.
    """
    skipping = [0 if drops_invisible and is_invisible(word) else 1 for word in words]
    # costs[j][i]: how wrong gold labels are, and visible words left out, of the first j words with the first i labels.
    costs: list[list[Cost | None]] = [[None] * (count + 1) for _ in range(len(words) + 1)]
    costs[0][0] = (0, 0)
    for index, step in enumerate(skipping):
        for taken in range(min(index + 1, count) + 1):
            options = []
            before = costs[index][taken]
            if before is not None:
                options.append((before[0], before[1] + step))
            before = costs[index][taken - 1] if taken else None
            if before is not None:
                wrong = _difference(theirs[taken - 1], ours[index]) if theirs is not None else 0
                options.append((before[0] + wrong, before[1]))
            costs[index + 1][taken] = min(options, default=None)
    return _path(costs, skipping, count)


def _difference(theirs: str, ours: str) -> int:
    """An edited type is less of a difference than an entity that only one of the two has."""
    return 0 if theirs == ours else 1 if theirs[:1] == ours[:1] else 2


def _path(costs: Sequence[Sequence[Cost | None]], skipping: Sequence[int], count: int) -> list[int]:
    """The way back, on which words are left out as late as possible."""
    positions = []
    taken = count
    for index in range(len(skipping) - 1, -1, -1):
        best, without = costs[index + 1][taken], costs[index][taken]
        if without is not None and (without[0], without[1] + skipping[index]) == best:
            continue
        positions.append(index)
        taken -= 1
    return positions[::-1]
