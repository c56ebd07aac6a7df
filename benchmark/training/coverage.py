"""How many of each split's words a file of word vectors has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from mnerbench.benchmark.results.record import Coverage
from mnerbench.benchmark.training.build import TRAIN, RunInputs, word_vectors


def covered(tweets: Iterable[Sequence[str]], known: Container[str]) -> Coverage:
    """Count; case does not.

    Args:
        tweets: their words.
        known: words with a vector, in lower case.
    """
    counts = Counter(word.lower() for words in tweets for word in words)
    found = [word for word in counts if word in known]
    return Coverage(
        words=len(counts), found=len(found), written=counts.total(), read=sum(counts[word] for word in found)
    )


def coverage(made_of: RunInputs) -> dict[str, Coverage]:
    """By split, of a run whose word vectors come from a file; of others nothing."""
    if not made_of.encoder.words or not (known := word_vectors(made_of)):
        return {}
    splits = (TRAIN, *made_of.spec.scored)
    return {split: covered((one.words for one in made_of.examples(split)), known) for split in splits}
