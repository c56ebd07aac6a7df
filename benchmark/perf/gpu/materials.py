"""What everything is trained on: made where it was not brought, and described in either case."""

from __future__ import annotations

from mnerbench.benchmark.perf.gpu import made
from mnerbench.benchmark.perf.gpu.outcomes import Emit, Figure, attempt, measure, require
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.methods.encoders.text_encoder import load_tokenizer


def materials(setting: Setting, emit: Emit) -> None:
    """Write what is missing, read it as runs do, and count it."""
    if setting.data is None:
        made.write_tweets(setting.data_folder, setting.sizes.tweets)
    made.write_tweets(setting.checked.data_folder, setting.sizes.checked, seed=1)
    if setting.encoder is None:
        known = [] if setting.data is None else setting.materials.corpus(setting.dataset)["train"]
        made.write_encoder(setting.encoder_folder, (" ".join(e.words) for e in known), tiny=setting.tiny)
    attempt("the corpus is read", lambda: setting.materials.corpus(setting.dataset), emit)
    attempt("the encoder is read", lambda: setting.materials.encoder(str(setting.encoder_folder)), emit)
    attempt("tweets are as long as those of Twitter-2015", lambda: _lengths(setting, emit), emit)


def _lengths(setting: Setting, emit: Emit) -> None:
    """Count words and pieces of the training tweets.

    Raises:
        CheckError: made tweets have other lengths than they are to have.
    """
    tokenizer = load_tokenizer(setting.encoder_folder)
    tweets = [example.words for example in setting.materials.corpus(setting.dataset)["train"]]
    words = [len(tweet) for tweet in tweets]
    pieces = [len(row) for row in tokenizer([list(tweet) for tweet in tweets], is_split_into_words=True)["input_ids"]]
    for name, counts in (("words", words), ("pieces", pieces)):
        mean = sum(counts) / len(counts)
        ours = measure([mean, min(counts), max(counts)], "")
        note = f"mean, least and most of {len(tweets):,} training tweets"
        emit(Figure(f"{name} per tweet", type(ours)(mean, "", ours.low, ours.high, len(counts)), note))
    if setting.data is None and setting.encoder is None:
        mean = sum(pieces) / len(pieces)
        require(36 <= mean <= 48, f"{mean:.1f} pieces per tweet, 42 have those of Twitter-2015")
