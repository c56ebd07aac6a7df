"""Folders of tiny text encoders, whole and damaged."""

from __future__ import annotations

import json

import torch
from transformers import BertConfig, BertForMaskedLM, BertModel

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "a", *(f"w{n}" for n in range(21))]
SIZES = {
    "vocab_size": len(VOCABULARY),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
}


def write_encoder(folder, *, head=False, vocabulary=VOCABULARY, lower=True):
    """A BERT of 12,000 parameters with a tokenizer; with `head` a pre-training checkpoint, without a pooler."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    (BertForMaskedLM if head else BertModel)(BertConfig(**SIZES)).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    if lower is not None:
        settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": lower}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def change_config(folder, **changes):
    """Change settings in the `config.json` of an encoder."""
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return folder


# Code that writes a marker file when it is run.
_CODE = """
from pathlib import Path
from transformers import BertConfig, BertModel
Path({mark!r}).write_text("run")
class OwnConfig(BertConfig):
    model_type = "own-bert"
class OwnModel(BertModel):
    config_class = OwnConfig
"""


def with_own_code(folder, mark):
    """Make an encoder require custom code, which writes the file `mark` when it is run."""
    (folder / "own.py").write_text(_CODE.format(mark=str(mark)))
    classes = {"AutoConfig": "own.OwnConfig", "AutoModel": "own.OwnModel"}
    return change_config(folder, model_type="own-bert", auto_map=classes)
