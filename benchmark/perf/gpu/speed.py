"""What `benchmark perf` times, on the device: the CRF, training steps, vectors and pictures per second."""

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
from mnerbench.benchmark.perf.steps import Setting as Steps
from mnerbench.benchmark.perf.steps import step_pairs
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.results.spec import Precision
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.inference import arithmetic
from mnerbench.datasets.visual.store.store import Row
from mnerbench.methods.visual_batch import collate_visual

_CRF_BAR = 100.0  # on an H200: loss with backward, and Viterbi, in the first of the sizes
_STEP_BARS = {"umt": 8.0, "maf": 8.0, "hamlearning": 2.0, "ita-all+cva": 2.0}
_ENCODED = 1600  # tweets that batches of steps are put together from
_IN_BOTH = 2  # methods that are timed in bf16 and in fp32
_TWEETS = 32  # whose vectors are read at a time
_WARM = 2


def crf(setting: Setting, emit: Emit) -> None:
    """The CRF against pytorch-crf."""
    if find_spec("torchcrf") is None:
        raise SkippedError("pytorch-crf is not installed")
    device, sizes = pick_device(setting.places("none")), SIZES
    if setting.tiny:
        sizes = ((4, 6, 5),)  # type: ignore[assignment]
    for size in sizes:
        for pair in crf_pairs(device, setting.sizes.times, (size,)):
            asked = size == SIZES[0] and "posteriors" not in pair.what
            figure = from_pair(pair, _CRF_BAR if asked else None)
            name = pair.what.replace("log ", "")
            emit(replace(figure, name=f"{name} {'x'.join(map(str, size))}"))


def steps(setting: Setting, emit: Emit) -> None:
    """Training steps against those of released code, in bf16; of two also in fp32, and in bf16 against fp32."""
    device, sizes = pick_device(setting.places("none")), setting.sizes
    whole = setting.materials.corpus(setting.dataset)
    corpus = Corpus(whole.name, {"train": whole["train"][:_ENCODED]}, whole.types)
    ours = {}
    for precision in (Precision.BF16, Precision.FP32):
        # The others' bars are for padding alone, which costs the same in any precision.
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
    """Vectors from the store to the device, and pictures through ResNet-152."""
    attempt("a GPU gives the vectors of the CPU", lambda: same_vectors(setting.device), emit)
    with TemporaryDirectory(dir=setting.folder) as folder:
        pictures, times = setting.sizes.pictures, 2 * setting.sizes.times
        pair = feature_pair(Path(folder), times, pictures)
        emit(replace(from_pair(pair), name=f"grids of {_TWEETS} pictures, store", note=f"{pair.what}; {pair.rival}"))
        emit(_to_device(setting, Path(folder) / "again"))
    for precision in ("float32", "bfloat16"):
        emit(_looked_at(setting, precision))


def _rates(call: Callable[[], object], many: int, setting: Setting) -> list[float]:
    """How many things a second a call does that does so many."""
    device, times = torch.device(setting.device), setting.sizes.times
    spent = [milliseconds(call, device) for _ in range(_WARM + times)][_WARM:]
    return [1000 * many / one for one in spent]


def _to_device(setting: Setting, folder: Path) -> Figure:
    device, names = torch.device(setting.device), [str(number) for number in range(setting.sizes.pictures)]
    grids = {InputKind.GRID: noise_inputs(names, folder, len(names)).features[InputKind.GRID]}
    draw = np.random.default_rng(0)

    def move() -> None:
        batch = collate_visual(grids, [names[place] for place in draw.integers(len(names), size=_TWEETS)])
        staged = batch.mapped(torch.Tensor.pin_memory) if device.type == "cuda" else batch
        staged.mapped(lambda tensor: tensor.to(device, non_blocking=True))

    note = f"{CELLS} x {WIDTH} numbers each, {_TWEETS} at a time, one thread"
    return Figure("grids, from store to device", measure(_rates(move, _TWEETS, setting), "pictures/s"), note)


def _looked_at(setting: Setting, precision: str) -> Figure:
    """The bare network: files are decoded by other threads meanwhile."""
    network, _ = resnet152()
    device, many = torch.device(setting.device), 2 if setting.tiny else 64
    side = setting.sizes.pixels
    pixels, network = torch.randn(many, 3, side, side, device=device), network.to(device)

    def look() -> None:
        with arithmetic(setting.device, precision):
            network(pixels).float().mean((2, 3)).cpu()

    whose = "transformers" if find_spec("torchvision") is None else "torchvision"
    note = f"{whose}, {side} x {side} pixels, {many} at a time, no TensorFloat-32"
    return Figure(f"ResNet-152, {precision}", measure(_rates(look, many, setting), "pictures/s"), note)


def same_vectors(device: str) -> None:
    """A ResNet gives on a device the vectors that it gives on the CPU.

    Raises:
        CheckError: it does not.
        SkippedError: torchvision is not installed.
    """
    if find_spec("torchvision") is None:
        raise SkippedError("torchvision is not installed")
    from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard

    pixels = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    card = BackboneCard(model="resnet18", weights="random", size=64, dtype="float32")
    sides = []
    for where in ("cpu", device):
        extractor = card.load(None, where)
        (row,) = extractor.extract([extractor.prepare(Image.fromarray(pixels))])
        if not isinstance(row, Row):
            raise CheckError(f"{where}: {row}")
        sides.append(row.arrays["grid"])
    error = float(np.abs(sides[1] - sides[0]).max() / np.abs(sides[0]).max())
    require(error < 1e-4, f"vectors differ by {error:.1e} of the largest number")
