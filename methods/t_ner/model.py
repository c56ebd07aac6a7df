"""T-NER: a linear-chain CRF over hashed features of words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import TypeAdapter

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.lexicons import read_clusters, read_phrases
from mnerbench.datasets.tagging import OUTSIDE
from mnerbench.methods.base.family import CountingMethod, FittedState
from mnerbench.methods.layers.crf.sparse import SparseCRF
from mnerbench.methods.t_ner.card import TNERConfig
from mnerbench.methods.t_ner.features import FeatureHasher

_LABELS, _PHRASES = TypeAdapter(list[str]), TypeAdapter(list[list[tuple[str, ...]]])
_CLUSTERS = TypeAdapter(dict[str, str])


class TNER(CountingMethod):
    """A CRF whose weights minimise a convex objective."""

    config: TNERConfig

    def __init__(self, config: TNERConfig) -> None:
        super().__init__(config)
        self._crf = SparseCRF(config.penalty, config.iterations)

    def fit(self, train: Sequence[Example]) -> None:
        """Fit the weights of all features of the training split.

        Raises:
            MissingInputError, DataError: a dictionary or the file of clusters is absent, changed or damaged.
        """
        files = self.config
        self._clusters = dict(read_clusters(files.clusters)) if files.clusters is not None else {}
        self._dictionaries = [read_phrases(file) for file in files.dictionaries]
        self._features = FeatureHasher(self.config, self._dictionaries, self._clusters)
        self._labels = sorted({OUTSIDE, *(label for example in train for label in example.labels)})
        if any(example.words for example in train):
            gold = [[self._labels.index(label) for label in example.labels] for example in train]
            self._crf.fit([self._features(example.words) for example in train], gold, len(self._labels))

    def tag(self, words: Sequence[str]) -> list[str]:
        """The most probable labelling; all `O` if training has no entity."""
        if not words or self._labels == [OUTSIDE]:
            return [OUTSIDE] * len(words)
        return [self._labels[number] for number in self._crf.decode(self._features(words))]

    def state(self) -> FittedState:
        """Labels, dictionaries and clusters; the weights of the CRF, unless training has no entity."""
        phrases = [sorted(map(list, dictionary)) for dictionary in self._dictionaries]
        values = {"labels": self._labels, "dictionaries": phrases, "clusters": self._clusters}
        return FittedState(values, self._crf.arrays() if self._labels != [OUTSIDE] else {})

    def restore(self, state: FittedState) -> None:
        """See the base."""
        self._labels = _LABELS.validate_python(state.values["labels"])
        self._dictionaries = [frozenset(part) for part in _PHRASES.validate_python(state.values["dictionaries"])]
        self._clusters = _CLUSTERS.validate_python(state.values["clusters"])
        self._features = FeatureHasher(self.config, self._dictionaries, self._clusters)
        if self._labels != [OUTSIDE]:
            self._crf.restore({name: np.asarray(array) for name, array in state.arrays.items()}, len(self._labels))
