"""Taggers that a class of transformers computes: an encoder, dropout, a linear layer, and the best label of each word.

`AutoModelForTokenClassification` loads their folder without any code of ours. Nothing is approximated: the layers have
to be the same by name, type and shape, and the folder, loaded again, has to give the tagger's emissions.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mnerbench.benchmark.exporting.tagger_folder import save_pretrained, write_tokenizer
from mnerbench.benchmark.results.spec import Precision, TrainingSettings
from mnerbench.benchmark.tagging.tagger import Tagger
from mnerbench.benchmark.training.kept_tagger import LoadedTagger
from mnerbench.datasets.tagging import Scheme
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.methods.base.choices import Decoder, LabelRule, Pooling
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.subword_tagger import SubwordTagger

_CLOSE = 1e-5  # largest difference of emissions, absolute and relative; a different layer differs by far more
# What tweets have, so that a tokenizer that splits words otherwise in a tweet than alone is noticed.
_CHECKED = (
    "Ada Kern met Bo in Velt :)",
    "RT @Some_User99 : Can't wait for the #WorldCup2014 final at Maracan\u00e3 !!! http://t.co/AbC123xyz",
    "\u201cI\u2019ll be in L.A. 7:30pm\u201d \u2014 Dr. O\u2019Neil-Smith , $1,000.50 ( 50% )",
    "\U0001f602\U0001f602 caf\u00e9 na\u00efve \u00c5ngstr\u00f6m \u6771\u4eac \u041c\u043e\u0441\u043a",
    "sooooooo antidisestablishmentarianism x_y-z A",
    "a",
)


class Parts(NamedTuple):
    """The parts of a tagger that has a class of transformers.

    Attributes:
        method: the network.
        encoder: its text encoder.
        training: settings of its training.
    """

    method: SubwordTagger
    encoder: TextEncoder
    training: TrainingSettings


def standard_parts(loaded: LoadedTagger) -> Parts | str:
    """The parts of a tagger that is an encoder with a linear layer; else the reason why it is none."""
    method, config, training = loaded.method, loaded.config, loaded.file.spec.training
    if type(method) is not SubwordTagger or not isinstance(config, SubwordTaggerConfig) or training is None:
        return f"{loaded.file.spec.method} has other layers than an encoder with a linear layer"
    if config.inputs or method.encoder.word_table is not None:
        return "it reads more than the words of the tweet"
    checks = (
        (config.decoder is Decoder.SOFTMAX, f"decoder = {config.decoder.value}: labels are not chosen word by word"),
        (config.label_rule is LabelRule.FIRST, "it labels every subword, with labels that no word has"),
        (config.pooling is Pooling.FIRST, f"pooling = {config.pooling.value}: words are not their first subwords"),
        (training.scheme is Scheme.BIO, f"its labels are in {training.scheme.value}, which pipelines read otherwise"),
        (training.precision is Precision.FP32, "it computes in bf16, a loaded model in fp32"),
        (method.encoder.tokenizer.pretrained.is_fast, "its tokenizer does not say which subword begins a word"),
    )
    reason = next((reason for fits, reason in checks if not fits), None)
    return reason if reason is not None else Parts(method, method.encoder, training)


def write_standard(parts: Parts, folder: Path) -> str | None:
    """Write `config.json`, `model.safetensors` and the tokenizer.

    Args:
        parts: of the tagger.
        folder: the target; incomplete if there is a reason.

    Returns:
        The reason why transformers has no class with exactly these layers; None if it is written.

    Raises:
        DiskError: the folder cannot be written.
    """
    method, encoder, training = parts
    network = _network(method, encoder)
    if isinstance(network, str):
        return network
    save_pretrained(network, folder)
    write_tokenizer(encoder, folder, training.max_pieces)
    return None


def _network(method: SubwordTagger, encoder: TextEncoder) -> nn.Module | str:
    """The token classification model with the tagger's weights, or why there is none."""
    from transformers import AutoModelForTokenClassification

    described = _described(encoder.model.config, method.labels, method.config.dropout)
    try:
        with torch.random.fork_rng(devices=[]):
            network = AutoModelForTokenClassification.from_config(  # type: ignore[no-untyped-call]
                described, dtype=torch.float32, trust_remote_code=False
            )
    except ValueError:
        return f"transformers has no token classification model over {_model_type(encoder)}"
    base, prefix = network.base_model, f"{network.base_model_prefix}."
    head = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith(prefix)}
    ends = {name.rpartition(".")[2]: name for name in head}
    output = method.project.state_dict()
    if type(base) is not type(encoder.model) or len(head) != len(output) or ends.keys() != output.keys():
        return f"{type(network).__name__} has other layers than this encoder with a linear layer"
    weights = {prefix + name: tensor for name, tensor in encoder.model.state_dict().items()}
    weights |= {ends[end]: tensor for end, tensor in output.items()}
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        return f"{type(network).__name__} has weights of other names or shapes"
    result: nn.Module = network.eval()
    return result


def _described(config: Any, labels: Sequence[str], dropout: float) -> Any:
    """The encoder's settings with the label set."""
    described = copy.deepcopy(config)
    described.id2label = dict(enumerate(labels))
    described.label2id = {label: number for number, label in enumerate(labels)}
    for name in ("classifier_dropout", "classifier_dropout_prob"):
        if hasattr(described, name):
            setattr(described, name, dropout)
    return described


def _model_type(encoder: TextEncoder) -> str:
    """The encoder's model type, for messages."""
    return str(getattr(encoder.model.config, "model_type", type(encoder.model).__name__))


def standard_difference(parts: Parts, tagger: Tagger, folder: Path) -> str | None:
    """Load a written folder with transformers alone; say how it differs from the tagger, or None if it does not.

    Args:
        parts: of the tagger.
        tagger: the tagger, on the CPU.
        folder: of `write_standard`.
    """
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    try:
        network = AutoModelForTokenClassification.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        ).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        return f"transformers cannot load it: {one_line(error, 200)}"
    for text in _CHECKED:
        # A word without subwords is the unknown one to the tagger, and nothing to transformers: documented.
        words = [word for word in text.split() if parts.encoder.tokenizer.count(word)]
        if not words:
            continue
        batch = tagger.batch([words])
        read = tokenizer([words], is_split_into_words=True, truncation=True, return_tensors="pt")
        if len(batch.subwords.ids) > 1:
            continue  # a window that is too short for these words: longer tweets are cut, as documented
        if read["input_ids"].tolist() != batch.subwords.ids.tolist():
            return "its tokenizer splits words otherwise when they stand in a tweet"
        with torch.inference_mode():
            emissions, logits = parts.method(batch)[0], network(**read).logits[0]
        if not torch.allclose(logits[_firsts(read.word_ids())], emissions, rtol=_CLOSE, atol=_CLOSE):
            return f"{type(network).__name__} gives other emissions"
    return None


def _firsts(words: Sequence[int | None]) -> Tensor:
    """Position of the first subword of each word."""
    numbers = dict.fromkeys(word for word in words if word is not None)
    return torch.tensor([words.index(number) for number in numbers])
