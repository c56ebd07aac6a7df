"""Prepares and describes the tweets and the encoder, generating those that were not provided."""

from __future__ import annotations

from mnerbench.benchmark.perf.gpu import synthetic
from mnerbench.benchmark.perf.gpu.outcomes import Emit, Figure, attempt, measure, require
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.methods.encoders.text_encoder import load_tokenizer


def prepare(setting: Setting, emit: Emit) -> None:
    """Generate missing inputs, read them as runs do, and report their lengths."""
    if setting.data is None:
        synthetic.write_tweets(setting.data_folder, setting.sizes.tweets)
    synthetic.write_tweets(setting.checked.data_folder, setting.sizes.checked, seed=1)
    if setting.encoder is None:
        tweets = [] if setting.data is None else setting.resources.corpus(setting.dataset)["train"]
        synthetic.write_encoder(setting.encoder_folder, (" ".join(e.words) for e in tweets), tiny=setting.tiny)
    attempt("the corpus is read", lambda: setting.resources.corpus(setting.dataset), emit)
    attempt("the encoder is read", lambda: setting.resources.encoder(str(setting.encoder_folder)), emit)
    attempt("tweets are as long as those of Twitter-2015", lambda: _lengths(setting, emit), emit)


def _lengths(setting: Setting, emit: Emit) -> None:
    """Report words and subwords per training tweet.

    Raises:
        CheckError: the lengths of synthetic tweets are wrong.
    """
    tokenizer = load_tokenizer(setting.encoder_folder)
    tweets = [example.words for example in setting.resources.corpus(setting.dataset)["train"]]
    words = [len(tweet) for tweet in tweets]
    pieces = [len(row) for row in tokenizer([list(tweet) for tweet in tweets], is_split_into_words=True)["input_ids"]]
    for name, counts in (("words", words), ("pieces", pieces)):
        mean = sum(counts) / len(counts)
        ours = measure([mean, min(counts), max(counts)], "")
        note = f"mean, minimum and maximum over {len(tweets):,} training tweets"
        emit(Figure(f"{name} per tweet", type(ours)(mean, "", ours.low, ours.high, len(counts)), note))
    if setting.data is None and setting.encoder is None:
        mean = sum(pieces) / len(pieces)
        require(36 <= mean <= 48, f"{mean:.1f} subwords per tweet, but 42 in Twitter-2015")
