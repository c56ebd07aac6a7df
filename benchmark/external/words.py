"""Words of a prediction file beside ours: which is which, where they are not the same."""

from __future__ import annotations

from collections.abc import Sequence

from mnerbench.benchmark.external.spelling import Pieces, spell

# Of the words of a tweet, so many have to be the same before two tweets count as one that was edited or cut.
_ALIKE = 0.5


def word_positions(theirs: Sequence[str], ours: Sequence[str], pieces: Pieces) -> list[int | None] | None:
    """Which of our words each word of the file is; None for one that is none of ours.

    Args:
        theirs: words, or pieces of words, of a tweet of the file.
        ours: words of a tweet of ours.
        pieces: how words are cut.

    Returns:
        None when the two are not one tweet: neither as many words of which half are the same but for case, nor the
        beginning of ours, nor ours with fewer than half left out, nor pieces that spell ours.
    """
    folded, wanted = [word.casefold() for word in theirs], [word.casefold() for word in ours]
    same = sum(a == b for a, b in zip(folded, wanted, strict=False))
    if len(theirs) == len(ours) and same >= _ALIKE * len(ours):
        return [*range(len(ours))]
    if len(theirs) < len(ours):
        if same == len(theirs):
            return [*range(len(theirs))]
        kept = _kept(folded, wanted)
        if kept is not None and len(kept) >= _ALIKE * len(ours):
            return list(kept)
    return spell(theirs, ours, pieces)


def _kept(theirs: Sequence[str], ours: Sequence[str]) -> list[int] | None:
    """The places at which their words follow one another in ours; None when they do not."""
    indices, index = [], 0
    for word in theirs:
        while index < len(ours) and ours[index] != word:
            index += 1
        if index == len(ours):
            return None
        indices.append(index)
        index += 1
    return indices
