"""Files of an encoder's folder, and the checkpoint of a run: what torch and transformers load."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzzer.special import put
from fuzzer.targets.target import PREPARED, Target

_FOLDER = PREPARED / "encoder"
_WORDS = ("the", "cats", "Port", "é", "\u00a0", "x" * 40)
# A checkpoint counts only for the versions that wrote it; the one among the seeds says this instead of any.
MADE_BY = "these versions"


def _encoder(name: str) -> Callable[[bytes, Path], None]:
    """An encoder's folder of which one file is damaged: loaded, and asked for the vectors of a tweet."""

    def read(data: bytes, work: Path) -> None:
        # Late: torch comes in here, which processes of other targets need not wait for.
        import torch

        from mnerbench.methods.encoders.source import resolve_encoder
        from mnerbench.methods.encoders.subword_batch import collate
        from mnerbench.methods.encoders.text_encoder import load_text_encoder
        from mnerbench.methods.encoders.windows import WindowLayout

        put(work / name, data)
        source = resolve_encoder(str(work), None)
        source.settings()
        encoder = load_text_encoder(work)
        tokenizer = encoder.tokenizer
        layout = WindowLayout(tokenizer, 64)
        with torch.no_grad():
            vectors = encoder(collate([layout.windows(tokenizer.words(_WORDS), [])], [len(_WORDS)], layout.pad))
        assert vectors.shape == (1, len(_WORDS), encoder.width)

    return read


def trainer() -> Any:
    """A small method at the beginning of its training."""
    from mnerbench.benchmark.results.spec import TrainingSettings
    from mnerbench.benchmark.training.trainer import Trainer
    from mnerbench.methods.conformance import LABELS, Case
    from mnerbench.methods.encoders.text_encoder import load_text_encoder
    from mnerbench.methods.registry import method_class, methods

    case = Case(methods()["bert-crf"], train=lambda *_: None)
    method = method_class(case.entry.family)(case.config, load_text_encoder(_FOLDER), LABELS, {})
    return Trainer(method, case.split(method), TrainingSettings(epochs=1, batch_size=4), seed=0)


def _checkpoint(data: bytes, work: Path) -> None:
    """Training that goes on from a checkpoint, or says why it begins anew."""
    from mnerbench.benchmark.training import checkpoint as stored
    from mnerbench.benchmark.training.trainer import Reports

    stored._MADE_BY = MADE_BY
    path = put(work / "checkpoint.pt", data)
    checkpoint = stored.Checkpoint(path, 1e9)
    reports = Reports(started=lambda *_: None, step=lambda: None, epoch=lambda _: None)
    progress = trainer().run(lambda: 0.0, checkpoint, reports)
    assert (progress.epoch, progress.resumed > 0) == (1, not checkpoint.ignored)


def _files(*names: str) -> list[Target]:
    return [Target(f"encoder-{Path(name).stem}", _encoder(name), (_FOLDER / name,), _FOLDER, 1) for name in names]


TARGETS = [
    *_files("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "model.safetensors"),
    Target("checkpoint", _checkpoint, weight=1),
]
# Nothing that is loaded here is looked for on the hub.
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", HF_HUB_DISABLE_PROGRESS_BARS="1")
