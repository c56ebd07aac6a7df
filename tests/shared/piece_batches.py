"""Hand-made batches of subwords."""

from mnerbench.methods.encoders.subword_batch import collate


def piece_batch(layout, tweets, contexts=None):
    """A batch of tweets (subwords per word) and their contexts (subwords; none by default)."""
    pairs = zip(tweets, contexts or [[]] * len(tweets), strict=True)
    windows = [layout.windows(words, context) for words, context in pairs]
    return collate(windows, [len(words) for words in tweets], layout.pad)
