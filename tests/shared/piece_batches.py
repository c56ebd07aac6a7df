"""Batches of pieces, made by hand."""

from mnerbench.methods.encoders.subword_batch import collate


def piece_batch(layout, tweets, contexts=None):
    """Tweets (pieces per word) and their contexts (pieces; none by default) as a batch."""
    rows = [layout.rows(words, context) for words, context in zip(tweets, contexts or [[]] * len(tweets), strict=True)]
    return collate(rows, [len(words) for words in tweets], layout.pad)
