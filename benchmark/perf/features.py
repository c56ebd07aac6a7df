"""Times reading a batch's vectors from the feature store against the usual array file per picture."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch

from mnerbench.benchmark.perf.pairs import Pair, in_turns
from mnerbench.benchmark.perf.pictures import CELLS, WIDTH, noise_inputs
from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.visual_batch import collate_visual

_PICTURES, _TWEETS = 1000, 32


def feature_pair(folder: Path, times: int = 60, pictures: int = _PICTURES) -> Pair:
    """Read the grids of a batch of randomly drawn pictures, alternately on both sides, from the page cache.

    Args:
        folder: folder for the store and the files; some 400 kB per picture.
        times: number of batches of each side.
        pictures: number of pictures in the store.
    """
    names = [str(number) for number in range(pictures)]
    grids = {InputKind.GRID: noise_inputs(names, folder / "store", pictures).features[InputKind.GRID]}
    for name in names:
        np.save(folder / f"{name}.npy", grids[InputKind.GRID].array(name, "grid"))
    draw = random.Random(0)  # noqa: S311 - not for secrets

    def ours() -> None:
        collate_visual(grids, draw.choices(names, k=_TWEETS))

    def theirs() -> None:
        rows = [torch.from_numpy(np.load(folder / f"{name}.npy")).float() for name in draw.choices(names, k=_TWEETS)]
        torch.stack(rows)

    our_times, their_times = in_turns(ours, theirs, times, torch.device("cpu"))
    size = _TWEETS * CELLS * WIDTH * 2
    name = f"grids of {_TWEETS} pictures from the store ({size / 1e6:.1f} MB)"
    return Pair(name, f"a .npy file per picture, stacked; {pictures:,} pictures, in memory", our_times, their_times)
