"""Stores a diagnosis: predictions and attention of the sampled tweets as files, its figures for the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from mnerbench.benchmark.results.attention import attention_path
from mnerbench.benchmark.results.predictions import pair_up, stored_score
from mnerbench.benchmark.results.record import Diagnosed, Prediction
from mnerbench.benchmark.results.scoring import PRIMARY, Counts
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.atomic_files import write_bytes_atomically
from mnerbench.datasets.corpus import Example

if TYPE_CHECKING:
    from mnerbench.benchmark.training.diagnostics import Diagnosis

ADDITIVE = "it-additive"


def store_diagnosis(store: RunStore, identity: str, diagnosis: Diagnosis, examples: Sequence[Example]) -> Diagnosed:
    """Write the predictions of the additive projection and the attention of the sampled tweets.

    Args:
        store: holds the run's predictions on the test split in the view `it`.
        identity: of the run.
        diagnosis: of its method.
        examples: the test split.

    Returns:
        The figures of the diagnosis, for the record.
    """
    sample = diagnosis.tweets
    projected = list(pair_up([examples[index] for index in sample], diagnosis.additive()))
    store.save_predictions(identity, "test", ADDITIVE, projected)
    predictions = store.predictions_of(identity, "test", "it", sample)
    attention = diagnosis.attention()
    if attention:
        tensors: dict[str, NDArray[np.generic]] = {}
        for index, tweet in zip(sample, attention, strict=True):
            tensors[f"{examples[index].id} weights"] = tweet.weights.numpy().astype(np.float16)
            if tweet.boxes is not None and tweet.size is not None:
                tensors[f"{examples[index].id} boxes"] = tweet.boxes.numpy()
                tensors[f"{examples[index].id} size"] = tweet.size.numpy()
        write_bytes_atomically(attention_path(store, identity), save(tensors))
    distance = diagnosis.distance()
    return Diagnosed(
        tweets=len(sample),
        own=_counts(predictions),
        additive=_counts(projected),
        distance=distance.l2,
        norm=distance.norm,
        distance_tweets=distance.tweets,
        relation=diagnosis.relation(examples),
    )


def _counts(predictions: Sequence[Prediction]) -> Counts:
    return stored_score(predictions, PRIMARY).overall
