"""T-NER: a linear-chain CRF over hashed features of words."""

from __future__ import annotations

from collections.abc import Sequence

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.lexicons import read_clusters, read_phrases
from mnerbench.datasets.tagging import OUTSIDE
from mnerbench.methods.base.family import CountingMethod
from mnerbench.methods.layers.crf.sparse import SparseCRF
from mnerbench.methods.t_ner.card import TNERConfig
from mnerbench.methods.t_ner.features import FeatureHasher


class TNER(CountingMethod):
    """A CRF whose weights minimise a convex objective.

    Raises:
        MissingInputError, DataError: a dictionary or the file of clusters is absent, changed or damaged.
    """

    def __init__(self, config: TNERConfig) -> None:
        super().__init__(config)
        clusters = read_clusters(config.clusters) if config.clusters is not None else {}
        self._features = FeatureHasher(config, [read_phrases(file) for file in config.dictionaries], clusters)
        self._crf = SparseCRF(config.penalty, config.iterations)

    def fit(self, train: Sequence[Example]) -> None:
        """Fit the weights of all features of the training split."""
        self._labels = sorted({OUTSIDE, *(label for example in train for label in example.labels)})
        if any(example.words for example in train):
            gold = [[self._labels.index(label) for label in example.labels] for example in train]
            self._crf.fit([self._features(example.words) for example in train], gold, len(self._labels))

    def tag(self, words: Sequence[str]) -> list[str]:
        """The most probable labelling; all `O` if training has no entity."""
        if not words or self._labels == [OUTSIDE]:
            return [OUTSIDE] * len(words)
        return [self._labels[number] for number in self._crf.decode(self._features(words))]
