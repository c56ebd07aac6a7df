"""What a diagnosis leaves behind: predictions and attention of the sampled tweets, and its figures for the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from mnerbench.benchmark.results.attention import attention_path
from mnerbench.benchmark.results.predictions import pair_up, stored_score
from mnerbench.benchmark.results.record import CountsModel, Diagnosed, Prediction
from mnerbench.benchmark.results.scoring import PRIMARY
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.atomic_files import write_bytes_atomically
from mnerbench.datasets.corpus import Example

if TYPE_CHECKING:
    from mnerbench.benchmark.training.diagnostics import Diagnosis

ADDITIVE = "it-additive"


def keep_diagnosis(store: RunStore, identity: str, diagnosis: Diagnosis, examples: Sequence[Example]) -> Diagnosed:
    """Write the predictions of the additive projection and the attention of the sampled tweets.

    Args:
        store: has the run's predictions of the test split in the view `it`.
        identity: of the run.
        diagnosis: of its method.
        examples: the test split.
    """
    places = diagnosis.tweets
    projected = list(pair_up([examples[place] for place in places], diagnosis.additive()))
    store.save_predictions(identity, "test", ADDITIVE, projected)
    own = store.predictions_of(identity, "test", "it", places)
    looks = diagnosis.attention()
    if looks:
        tensors: dict[str, NDArray[np.generic]] = {}
        for place, look in zip(places, looks, strict=True):
            tensors[f"{examples[place].id} weights"] = look.weights.numpy().astype(np.float16)
            if look.boxes is not None and look.size is not None:
                tensors[f"{examples[place].id} boxes"] = look.boxes.numpy()
                tensors[f"{examples[place].id} size"] = look.size.numpy()
        write_bytes_atomically(attention_path(store, identity), save(tensors))
    distance = diagnosis.distance()
    return Diagnosed(
        tweets=len(places),
        own=_counts(own),
        additive=_counts(projected),
        distance=distance.l2,
        norm=distance.norm,
    )


def _counts(predictions: Sequence[Prediction]) -> CountsModel:
    return stored_score(predictions, PRIMARY).overall
