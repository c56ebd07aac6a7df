"""`tox -e perf`: each row a ratio in one run, ours against a named rival on the same inputs.

tox -e perf
tox -e perf -- --data DIR --encoder DIR      (adds epochs of bert-crf on real tweets against a plain loop)
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))  # the rival lies beside this file

from mnerbench.benchmark.environment import environment
from mnerbench.methods.layers.choices import CRFBackend
from mnerbench.methods.layers.crf.linear_chain import build_crf

Row = tuple[str, str, list[float], list[float]]


def paired(ours: Callable[[], object], rival: Callable[[], object], times: int) -> tuple[list[float], list[float]]:
    """Milliseconds of both, interleaved, so that a busy machine is busy for both."""
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(times + 3):
        for side, call in zip(found, (ours, rival), strict=True):
            begun = time.perf_counter()
            call()
            if number >= 3:
                side.append(1000 * (time.perf_counter() - begun))
    return found


def crf_rows(times: int = 30, batch: int = 32, words: int = 128, labels: int = 13) -> list[Row]:
    """Loss with backward, Viterbi, and log posteriors, against pytorch-crf."""
    torch.manual_seed(0)
    emissions = torch.randn(batch, words, labels)
    gold, mask = torch.randint(labels, (batch, words)), torch.ones(batch, words, dtype=torch.bool)
    torch.manual_seed(0)
    native = build_crf(labels, CRFBackend.NATIVE)
    torch.manual_seed(0)
    reference = build_crf(labels, CRFBackend.PYTORCH_CRF)

    def loss(crf: torch.nn.Module) -> Callable[[], object]:
        leaf = emissions.clone().requires_grad_()
        return lambda: crf.nll(leaf, gold, mask).sum().backward()

    def posteriors(crf: torch.nn.Module) -> Callable[[], object]:
        leaf = emissions.clone().requires_grad_()
        return lambda: crf.log_marginals(leaf, mask).sum().backward()

    where = f"batch {batch}, {words} words, {labels} labels"
    calls = {
        "CRF loss + backward": (loss(native), loss(reference)),
        "CRF Viterbi": (lambda: native.decode(emissions, mask), lambda: reference.decode(emissions, mask)),
        "CRF log posteriors + backward": (posteriors(native), posteriors(reference)),
    }
    return [(name, f"pytorch-crf; {where}", *paired(ours, rival, times)) for name, (ours, rival) in calls.items()]


def epoch_row(data: Path, encoder: Path, epochs: int, tweets: int) -> Row:
    """Training epochs of `bert-crf` on Twitter-2015, against a plain loop with pytorch-crf, alternating."""
    from plain_loop import PlainLoop

    from mnerbench.benchmark.checkpoint import Checkpoint
    from mnerbench.benchmark.construction import Ingredients, build_method, encode
    from mnerbench.benchmark.materials import Materials
    from mnerbench.benchmark.spec import RunSpec, TrainingSettings
    from mnerbench.benchmark.supplies import Places
    from mnerbench.benchmark.training import Reports, Trainer
    from mnerbench.datasets.corpus import Corpus
    from mnerbench.datasets.visual.inputs import VisualInputs
    from mnerbench.datasets.visual.pictures import LostPictures
    from mnerbench.methods.registry import methods

    settings = TrainingSettings(epochs=epochs, batch_size=16, lr_encoder=1e-4)
    with tempfile.TemporaryDirectory() as folder:
        materials = Materials(Places(data, None, Path(folder), Path(folder)))
        whole = materials.corpus("twitter15")
        corpus = Corpus(whole.name, {"train": whole["train"][:tweets], "valid": (), "test": ()}, whole.types)
        config = methods()["bert-crf"].configure({})
        spec = RunSpec(
            method="bert-crf",
            family="bert",
            config=config.model_dump(mode="json"),
            dataset=materials.dataset_ref("twitter15", (), {}, LostPictures.MASK),
            encoder=materials.encoder_ref(str(encoder)),
            training=settings,
            protocol="equal",
            seed=0,
        )
        made_of = Ingredients(spec, settings, config, corpus, VisualInputs(), materials.encoder(str(encoder)))
        method = build_method(made_of)
        trainer = Trainer(method, encode(made_of, method)["train"], settings, seed=0)
        plain, rival = PlainLoop(corpus, encoder, epochs, 16, 0), []

        def between() -> float:
            """An epoch of the rival after each of ours."""
            rival.append(1000 * plain.epoch())
            print(f"epoch {len(rival)} of {epochs}", file=sys.stderr, flush=True)  # noqa: T201 - a script
            return 0.0

        reports = Reports(started=lambda *_: None, step=lambda: None, epoch=lambda _: None)
        progress = trainer.run(between, Checkpoint(Path(folder) / "c", 1e9), reports)
    ours = [1000 * point.train_seconds for point in progress.curve]
    return f"bert-crf, epoch of {len(corpus['train'])} tweets", f"plain loop, pytorch-crf; {encoder.name}", ours, rival


def show(rows: list[Row]) -> None:
    """A table of medians, spreads and ratios, with the hardware."""
    table = Table("what", "rival and conditions", "ours, ms", "rival, ms", "ratio")
    for name, rival, ours, theirs in rows:
        cells = [f"{statistics.median(x):,.1f} ({min(x):,.1f} to {max(x):,.1f})" for x in (ours, theirs)]
        table.add_row(name, rival, *cells, f"{statistics.median(theirs) / statistics.median(ours):.2f}x")
    console = Console(width=150)
    facts = environment("cpu")
    console.print(
        f"{facts['processor']}, {facts['cores']} cores, {facts['threads']} threads, torch {torch.__version__}"
    )
    console.print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="data folder with twitter15")
    parser.add_argument("--encoder", type=Path, help="encoder folder")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--tweets", type=int, default=1000, help="training tweets per epoch")
    given = parser.parse_args()
    rows = crf_rows()
    if given.data and given.encoder:
        rows.append(epoch_row(given.data, given.encoder, given.epochs, given.tweets))
    show(rows)


if __name__ == "__main__":
    main()
