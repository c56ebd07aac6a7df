"""Hand-made batches of subwords."""

from mnerbench.methods.encoders.subword_batch import collate


def piece_batch(layout, tweets, contexts=None):
    """A batch of tweets (subwords per word) and their contexts (subwords; none by default)."""
    rows = [layout.rows(words, context) for words, context in zip(tweets, contexts or [[]] * len(tweets), strict=True)]
    return collate(rows, [len(words) for words in tweets], layout.pad)
