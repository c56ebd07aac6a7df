"""What a diagnosis leaves behind: predictions and attention of the sampled tweets, and its figures for the record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from mnerbench.benchmark.predictions import pair_up, stored_score
from mnerbench.benchmark.records import CountsModel, Diagnosed, Prediction, RunStore, write_bytes_atomically
from mnerbench.benchmark.scoring import PRIMARY
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import StoreError

if TYPE_CHECKING:
    from mnerbench.benchmark.diagnosis import Diagnosis

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
    whole = store.predictions(identity, "test", "it")
    looks = diagnosis.attention()
    if looks:
        tensors: dict[str, NDArray[np.generic]] = {}
        for place, look in zip(places, looks, strict=True):
            tensors[f"{examples[place].id} weights"] = look.weights.numpy().astype(np.float16)
            if look.boxes is not None and look.size is not None:
                tensors[f"{examples[place].id} boxes"] = look.boxes.numpy()
                tensors[f"{examples[place].id} size"] = look.size.numpy()
        write_bytes_atomically(_attention(store, identity), save(tensors))
    distance = diagnosis.distance()
    return Diagnosed(
        tweets=len(places),
        own=_counts([whole[place] for place in places]),
        additive=_counts(projected),
        distance=distance.l2,
        norm=distance.norm,
    )


def load_attention(store: RunStore, identity: str, tweet: str) -> dict[str, NDArray[np.generic]]:
    """`weights` [words, cells] of a sampled tweet, and where cells are regions `boxes` [cells, 4] and `size` [2].

    Empty for a tweet that was not sampled, and for methods that do not look at cells.

    Raises:
        StoreError: the file is damaged.
    """
    path = _attention(store, identity)
    if not path.is_file():
        return {}
    try:
        with safe_open(path, framework="numpy") as file:
            names = {name: f"{tweet} {name}" for name in ("weights", "boxes", "size")}
            known = set(file.keys())
            return {name: file.get_tensor(key) for name, key in names.items() if key in known}
    except SafetensorError as error:
        raise StoreError(f"{path}: damaged: {error}\n  -> rerun with --rerun all") from error


def _attention(store: RunStore, identity: str) -> Path:
    return store.folder(identity) / "attention" / "test.it.safetensors"


def _counts(predictions: Sequence[Prediction]) -> CountsModel:
    return stored_score(predictions, PRIMARY).overall
