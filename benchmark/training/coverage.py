"""Coverage of each split's words by a word-vector file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from mnerbench.benchmark.results.record import Coverage
from mnerbench.benchmark.training.build import TRAIN, RunInputs, word_vectors


def covered(tweets: Iterable[Sequence[str]], vocabulary: Container[str]) -> Coverage:
    """Count the words that have a vector, ignoring case.

    Args:
        tweets: words of each tweet.
        vocabulary: words with a vector, in lower case.
    """
    counts = Counter(word.lower() for words in tweets for word in words)
    matched = [word for word in counts if word in vocabulary]
    return Coverage(
        words=len(counts), found=len(matched), written=counts.total(), read=sum(counts[word] for word in matched)
    )


def coverage(run_inputs: RunInputs) -> dict[str, Coverage]:
    """Coverage by split; empty for a run without word vectors from a file."""
    if not (vectors := word_vectors(run_inputs)):
        return {}
    splits = (TRAIN, *run_inputs.spec.scored)
    return {split: covered((tweet.words for tweet in run_inputs.examples(split)), vectors) for split in splits}
