"""Synthetic tweets with the lengths of Twitter-2015, and an encoder of BERT-base's size with random weights.

For machines without real tweets or a pretrained encoder: the time of a run depends only on lengths and sizes. Scores on
them are meaningless, except that the task is learnable.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mnerbench.methods.encoders.scratch import make_vocabulary

# Words per tweet in the training split of Twitter-2015 (mean, standard deviation, maximum).
_WORDS, _SPREAD, _MOST = 16.1, 5.5, 37
_LINK = 5  # random characters at the end of a link
NAME = "made-tweets"
TYPES = ("PER", "LOC", "ORG", "MISC")
# Initial syllables of each type's names, so that the type can be learnt from the first subword.
_FIRST = {"PER": "b", "LOC": "d", "ORG": "k", "MISC": "z"}
_CONSONANTS, _VOWELS = "fghjlmnprstvwxy", "aeiou"
_BERT_BASE_VOCABULARY = 30_522

_CARD = f"""name = "{NAME}"
title = "Made tweets"
summary = "Generated words and names, with the lengths of Twitter-2015."
licence = "None: nobody wrote them."
citation = "mnerbench"
format = "umt"
types = ["PER", "LOC", "ORG", "MISC"]
images = "There are none."
defects = []
how_to_get = "They are generated."

[files]
train = {{ path = "train.txt" }}
valid = {{ path = "valid.txt" }}
test = {{ path = "test.txt" }}
"""


def write_tweets(data: Path, sizes: Mapping[str, int], seed: int = 0) -> None:
    """Write the dataset `made-tweets`.

    Args:
        data: the data folder.
        sizes: numbers of tweets of `train`, `valid` and `test`.
        seed: random seed.
    """
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    folder = data / NAME
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(_CARD, encoding="utf-8")
    number = 0
    for split, count in sizes.items():
        tweets = []
        for _ in range(count):
            number += 1
            lines = [f"{word}\t{label}" for word, label in _tweet(rng)]
            tweets.append("\n".join([f"IMGID:{number}", *lines]) + "\n")
        (folder / f"{split}.txt").write_text("\n".join(tweets), encoding="utf-8")


def _tweet(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Words with labels: some names among plain words, and mostly a link, which has as many subwords as eight words."""
    length = min(_MOST, max(1, round(rng.gauss(_WORDS, _SPREAD))))
    link = length > 4 and rng.random() < 0.65
    remaining = length - link
    while remaining:
        if remaining > 1 and rng.random() < 0.11:
            kind = rng.choice(TYPES)
            for index in range(min(remaining, rng.choice((1, 1, 2)))):
                yield _word(rng, _FIRST[kind]).capitalize(), f"{'I' if index else 'B'}-{kind}"
                remaining -= 1
        else:
            yield _word(rng), "O"
            remaining -= 1
    if link:
        yield "http://t.co/" + "".join(rng.choice(_CONSONANTS) for _ in range(_LINK)), "O"


def _word(rng: random.Random, first: str = "") -> str:
    """A word of one to four syllables; a name's first syllable encodes its type."""
    count = rng.choice((1, 1, 2, 2, 3)) + bool(first)
    heads = [first or rng.choice(_CONSONANTS), *(rng.choice(_CONSONANTS) for _ in range(count - 1))]
    return "".join(head + rng.choice(_VOWELS) for head in heads)


def vocabulary(size: int, texts: Iterable[str] = ()) -> list[str]:
    """Special tokens, syllables, characters and the subwords of texts, padded to a size with unused tokens."""
    first = "".join(_FIRST.values())
    syllables = [c + v for c in _CONSONANTS + first for v in _VOWELS]
    characters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    subwords = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *syllables, *characters]
    subwords += [f"##{text}" for text in (*syllables, *characters)]
    subwords = list(dict.fromkeys([*subwords, *make_vocabulary(texts)]))
    return subwords + [f"[unused{number}]" for number in range(size - len(subwords))]


def write_encoder(folder: Path, texts: Iterable[str] = (), *, tiny: bool) -> None:
    """Write a BERT with random weights, in bf16, and its tokenizer.

    Args:
        folder: folder for config, weights and vocabulary.
        texts: texts that the vocabulary has to cover besides synthetic ones.
        tiny: two narrow layers instead of BERT-base's twelve.
    """
    import torch
    from transformers import BertConfig, BertModel
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    subwords = vocabulary(0 if tiny else _BERT_BASE_VOCABULARY, texts)
    small: dict[str, Any] = {
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 12,
        "intermediate_size": 48,
    }
    config = BertConfig(vocab_size=len(subwords), **(small if tiny else {}))
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(subwords) + "\n", encoding="utf-8")
    tokenizer = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        BertModel(config, add_pooling_layer=False).bfloat16().save_pretrained(folder)
