"""Enums for the settings of shared layers; free of torch, so that configs can use them."""

from __future__ import annotations

from enum import StrEnum


class Decoder(StrEnum):
    """How emissions become labels."""

    CRF = "crf"
    SOFTMAX = "softmax"
    SPANS = "spans"


class CRFBackend(StrEnum):
    """Implementation of the linear-chain CRF: ours with GPU kernels, ours in plain torch, or pytorch-crf."""

    NATIVE = "native"
    TORCH = "torch"
    PYTORCH_CRF = "pytorch-crf"


class Pooling(StrEnum):
    """How the subwords of a word become one vector."""

    FIRST = "first"
    SUM = "sum"
    MEAN = "mean"


class LabelRule(StrEnum):
    """Which subwords get a label (ITA Table 3): the first of a word, or all, with X for continuations (UMT's code)."""

    FIRST = "first"
    X = "x"


class Reading(StrEnum):
    """Input representation of a tweet: word vectors, or the subwords of a text encoder."""

    WORDS = "words"
    SUBWORDS = "pieces"


class TextSource(StrEnum):
    """Source of word representations: a text encoder, or word vectors read by an LSTM."""

    ENCODER = "text encoder"
    WORD_VECTORS = "word vectors"


class Augmentation(StrEnum):
    """How a further vector of a word enters its state (MGCMT): not, added, or mixed by a gate."""

    NONE = "none"
    ADDED = "added"
    GATED = "gated"


class Spelling(StrEnum):
    """Character encoder of words: none, a convolution (Ma and Hovy 2016), an LSTM (Lample et al. 2016)."""

    NONE = "none"
    CNN = "cnn"
    LSTM = "lstm"


# Part of a run's identity: change it with the constants of `scratch.py`.
SCRATCH_DIGEST = "scratch-bert-l2-h128-a4-f512-p512-v1"
SCRATCH_SHAPE = ("bert", 128, 4)  # model type, width, heads
WORDS_DIGEST = "random-word-vectors-uniform-v1"
# Model types of transformers whose layers have the parts of BERT's.
BERT_TYPES = ("bert", "roberta", "xlm-roberta", "electra")
