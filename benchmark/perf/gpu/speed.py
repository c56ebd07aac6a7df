"""Times the CRF, training steps, vectors and pictures on the device, as `benchmark perf` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image

from mnerbench.benchmark.perf.crf import SIZES, crf_pairs
from mnerbench.benchmark.perf.features import feature_pair
from mnerbench.benchmark.perf.gpu.outcomes import (
    CheckError,
    Emit,
    Figure,
    SkippedError,
    attempt,
    from_pair,
    measure,
    require,
)
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.perf.pairs import milliseconds
from mnerbench.benchmark.perf.pictures import CELLS, WIDTH, noise_inputs
from mnerbench.benchmark.perf.resnet import resnet152
from mnerbench.benchmark.perf.step_bench import Setting as Steps
from mnerbench.benchmark.perf.steps import step_pairs
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.results.spec import Precision
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.inference import inference_context
from mnerbench.datasets.visual.store.store import Row
from mnerbench.methods.visual_batch import collate_visual

_CRF_BAR = 100.0  # on an H200: loss with backward, and Viterbi, at the first of the sizes
_STEP_BARS = {"umt": 8.0, "maf": 8.0, "hamlearning": 2.0, "ita-all+cva": 2.0}
_ENCODED = 1600  # tweets from which the batches of steps are built
_IN_BOTH = 2  # methods timed in both bf16 and fp32
_TWEETS = 32  # tweets per batch of vectors
_WARM_UP = 2  # untimed calls


def crf(setting: Setting, emit: Emit) -> None:
    """Time the CRF against pytorch-crf."""
    if find_spec("torchcrf") is None:
        raise SkippedError("pytorch-crf is not installed")
    device, sizes = pick_device(setting.paths("none")), SIZES
    if setting.tiny:
        sizes = ((4, 6, 5),)  # type: ignore[assignment]
    for size in sizes:
        for pair in crf_pairs(device, setting.sizes.times, (size,)):
            has_bar = size == SIZES[0] and "posteriors" not in pair.what
            figure = from_pair(pair, _CRF_BAR if has_bar else None)
            name = pair.what.replace("log ", "")
            emit(replace(figure, name=f"{name} {'x'.join(map(str, size))}"))


def steps(setting: Setting, emit: Emit) -> None:
    """Time training steps against those of released code in bf16; for two methods also fp32, and bf16 against fp32."""
    device, sizes = pick_device(setting.paths("none")), setting.sizes
    whole = setting.resources.corpus(setting.dataset)
    corpus = Corpus(whole.name, {"train": whole["train"][:_ENCODED]}, whole.types)
    ours = {}
    for precision in (Precision.BF16, Precision.FP32):
        # The target ratios of the other methods are due to padding alone, whose cost does not depend on precision.
        for name in sizes.methods if precision is Precision.BF16 else sizes.methods[:_IN_BOTH]:
            with TemporaryDirectory(dir=setting.folder) as folder:
                size = (sizes.batch, sizes.steps, device, precision, Path(folder), sizes.rounds, sizes.pixels)
                (pair,) = step_pairs(Steps(corpus, setting.encoder_folder, False, *size), (name,))
            figure = from_pair(pair, _STEP_BARS.get(name))
            emit(replace(figure, name=f"{name}, step, {precision.value}"))
            if precision is Precision.BF16:
                ours[name] = figure.ours
            else:
                mixed = f"{figure.note} there, bf16 here"
                emit(replace(figure, name=f"{name}, step, bf16/fp32", ours=ours[name], note=mixed))


def features(setting: Setting, emit: Emit) -> None:
    """Time vectors from the store to the device, and pictures through ResNet-152."""
    attempt("vectors are the same as on the CPU", lambda: same_vectors(setting.device), emit)
    with TemporaryDirectory(dir=setting.folder) as folder:
        pictures, times = setting.sizes.pictures, 2 * setting.sizes.times
        pair = feature_pair(Path(folder), times, pictures)
        emit(replace(from_pair(pair), name=f"grids of {_TWEETS} pictures, store", note=f"{pair.what}; {pair.rival}"))
        emit(_to_device(setting, Path(folder) / "again"))
    for precision in ("float32", "bfloat16"):
        emit(_resnet_rate(setting, precision))


def _rates(call: Callable[[], object], items: int, setting: Setting) -> list[float]:
    """Items per second, for a call that processes `items` of them."""
    device, times = torch.device(setting.device), setting.sizes.times
    durations = [milliseconds(call, device) for _ in range(_WARM_UP + times)][_WARM_UP:]
    return [1000 * items / duration for duration in durations]


def _to_device(setting: Setting, folder: Path) -> Figure:
    device, names = torch.device(setting.device), [str(number) for number in range(setting.sizes.pictures)]
    grids = {InputKind.GRID: noise_inputs(names, folder, len(names)).features[InputKind.GRID]}
    rng = np.random.default_rng(0)

    def move() -> None:
        batch = collate_visual(grids, [names[index] for index in rng.integers(len(names), size=_TWEETS)])
        staged = batch.mapped(torch.Tensor.pin_memory) if device.type == "cuda" else batch
        staged.mapped(lambda tensor: tensor.to(device, non_blocking=True))

    note = f"{CELLS} x {WIDTH} numbers each, {_TWEETS} at a time, one thread"
    return Figure("grids, from store to device", measure(_rates(move, _TWEETS, setting), "pictures/s"), note)


def _resnet_rate(setting: Setting, precision: str) -> Figure:
    """Pictures per second through the network alone, since other threads decode the files."""
    network, _ = resnet152()
    device, pictures = torch.device(setting.device), 2 if setting.tiny else 64
    side = setting.sizes.pixels
    pixels, network = torch.randn(pictures, 3, side, side, device=device), network.to(device)

    def forward() -> None:
        with inference_context(setting.device, precision):
            network(pixels).float().mean((2, 3)).cpu()

    source = "transformers" if find_spec("torchvision") is None else "torchvision"
    note = f"{source}, {side} x {side} pixels, {pictures} at a time, no TensorFloat-32"
    return Figure(f"ResNet-152, {precision}", measure(_rates(forward, pictures, setting), "pictures/s"), note)


def same_vectors(device: str) -> None:
    """Check that a ResNet gives the same vectors on a device as on the CPU.

    Raises:
        CheckError: it does not.
        SkippedError: torchvision is not installed.
    """
    if find_spec("torchvision") is None:
        raise SkippedError("torchvision is not installed")
    from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard

    pixels = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    card = BackboneCard(model="resnet18", weights="random", size=64, dtype="float32")
    vectors = []
    for side in ("cpu", device):
        extractor = card.load(None, side)
        (row,) = extractor.extract([extractor.prepare(Image.fromarray(pixels))])
        if not isinstance(row, Row):
            raise CheckError(f"{side}: {row}")
        vectors.append(row.arrays["grid"])
    error = float(np.abs(vectors[1] - vectors[0]).max() / np.abs(vectors[0]).max())
    require(error < 1e-4, f"vectors differ by {error:.1e} of the largest value")
