"""Aligns the words of a prediction file with ours where they differ."""

from __future__ import annotations

from collections.abc import Sequence

from mnerbench.benchmark.external.spelling import SubwordStyle, spell

# Minimal share of equal words for two tweets to count as the same tweet, edited or cut.
_ALIKE = 0.5


def word_positions(theirs: Sequence[str], ours: Sequence[str], subwords: SubwordStyle) -> list[int | None] | None:
    """Index of our word for each word of the file; None for a word without a counterpart.

    Args:
        theirs: words, or subwords, of a tweet of the file.
        ours: words of one of our tweets.
        subwords: how words are split.

    Returns:
        None if the two are not the same tweet: neither the same number of words with half of them equal up to case, nor
        a prefix of ours, nor ours with at most half of the words left out, nor subwords that spell ours.
    """
    their_folded, our_folded = [word.casefold() for word in theirs], [word.casefold() for word in ours]
    same = sum(a == b for a, b in zip(their_folded, our_folded, strict=False))
    if len(theirs) == len(ours) and same >= _ALIKE * len(ours):
        return [*range(len(ours))]
    if len(theirs) < len(ours):
        if same == len(theirs):
            return [*range(len(theirs))]
        indices = _subsequence(their_folded, our_folded)
        if indices is not None and len(indices) >= _ALIKE * len(ours):
            return list(indices)
    return spell(theirs, ours, subwords)


def _subsequence(theirs: Sequence[str], ours: Sequence[str]) -> list[int] | None:
    """Indices of their words as a subsequence of ours; None if they are not one."""
    indices, index = [], 0
    for word in theirs:
        while index < len(ours) and ours[index] != word:
            index += 1
        if index == len(ours):
            return None
        indices.append(index)
        index += 1
    return indices
