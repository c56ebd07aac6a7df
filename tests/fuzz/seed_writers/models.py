"""Encoders, checkpoints and kept taggers."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from seed_writers.saving import PREPARED, TESTS, save


def encoder() -> None:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = PREPARED / "encoder"
    folder.mkdir(parents=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "a", "port", ",", "é"]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=True).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=16,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)


def checkpoint() -> None:
    from fuzzer.targets.encoders import MADE_BY, trainer

    from mnerbench.benchmark.training import checkpoint as stored

    stored._MADE_BY = MADE_BY
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.pt"
        trainer().save(stored.Checkpoint(path, 0))
        save("checkpoint", "checkpoint.pt", path.read_bytes())


_SUITE = """
title = "kept"
datasets = ["tiny"]
methods = ["lookup", "bert-crf"]
seeds = 1
encoder = "mini={encoder}"
[training]
epochs = 1
batch_size = 8
"""


def taggers() -> None:
    """A count-based and a neural tagger, as runs keep them; the encoder has to be written before."""
    import mnerbench
    from mnerbench.benchmark.results.store import TAGGER

    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder) / "kept.toml"
        suite.write_text(_SUITE.format(encoder=PREPARED / "encoder"), encoding="utf-8")
        out = Path(folder) / "runs"
        machine = {"device": "cpu", "threads": 1, "mlflow": False, "quiet": True}
        results = mnerbench.run(suite, data=TESTS / "fixtures", out=out, keep="all", **machine)
        for run in results.runs().itertuples():
            shutil.copytree(out / run.run / TAGGER, PREPARED / "taggers" / run.method)
