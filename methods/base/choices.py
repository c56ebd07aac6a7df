"""The named choices that shared layers offer; free of torch, so that configs can use them."""

from __future__ import annotations

from enum import StrEnum


class Decoder(StrEnum):
    """How emissions become labels."""

    CRF = "crf"
    SOFTMAX = "softmax"


class CRFBackend(StrEnum):
    """Whose linear-chain CRF: ours, by kernels on a GPU; ours in plain torch everywhere; or the package's."""

    NATIVE = "native"
    TORCH = "torch"
    PYTORCH_CRF = "pytorch-crf"


class Pooling(StrEnum):
    """How the pieces of a word become one vector."""

    FIRST = "first"
    SUM = "sum"
    MEAN = "mean"


class LabelRule(StrEnum):
    """What gets a label (ITA Table 3): the first piece of a word, or every piece, continuations as X (UMT's code)."""

    FIRST = "first"
    X = "x"


class Reading(StrEnum):
    """What is read of a tweet: words with vectors of their own, or a text encoder's pieces."""

    WORDS = "words"
    PIECES = "pieces"


class Spelling(StrEnum):
    """What reads the characters of a word: nothing, a convolution (Ma and Hovy 2016), an LSTM (Lample et al. 2016)."""

    NONE = "none"
    CNN = "cnn"
    LSTM = "lstm"


# Part of a run's identity: change it with the constants of `scratch.py`.
SCRATCH_DIGEST = "scratch-bert-l2-h128-a4-f512-p512-v1"
SCRATCH_SHAPE = ("bert", 128, 4)  # type of model, width, heads
WORDS_DIGEST = "random-word-vectors-uniform-v1"
