"""Made-up tweets of the lengths of Twitter-2015, and an encoder of BERT-base's size with random weights.

For machines to which neither real tweets nor a pretrained encoder were brought: how long a run takes depends on lengths
and sizes alone. What is learnt from them says nothing about tweets, except that it is learnt.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mnerbench.methods.encoders.scratch import make_vocabulary

# Words per tweet and pieces per tweet as counted on the training split of Twitter-2015 (mean, deviation, most).
_WORDS, _SPREAD, _MOST = 16.1, 5.5, 37
_LINK = 5  # characters behind the address of a link
NAME = "made-tweets"
TYPES = ("PER", "LOC", "ORG", "MISC")
# Syllables that names of a type begin with, so that a name's type can be learnt from its first piece.
_FIRST = {"PER": "b", "LOC": "d", "ORG": "k", "MISC": "z"}
_CONSONANTS, _VOWELS = "fghjlmnprstvwxy", "aeiou"
_BERT_BASE_PIECES = 30_522

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
        sizes: tweets of `train`, `valid` and `test`.
        seed: of all that is random.
    """
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    folder = data / NAME
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(_CARD, encoding="utf-8")
    number = 0
    for split, count in sizes.items():
        tweets = []
        for _ in range(count):
            number += 1
            lines = [f"{word}\t{label}" for word, label in _tweet(chance)]
            tweets.append("\n".join([f"IMGID:{number}", *lines]) + "\n")
        (folder / f"{split}.txt").write_text("\n".join(tweets), encoding="utf-8")


def _tweet(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Words with labels: some names among plain words, and mostly a link, which has as many pieces as eight words."""
    wanted = min(_MOST, max(1, round(chance.gauss(_WORDS, _SPREAD))))
    link = wanted > 4 and chance.random() < 0.65
    left = wanted - link
    while left:
        if left > 1 and chance.random() < 0.11:
            kind = chance.choice(TYPES)
            for place in range(min(left, chance.choice((1, 1, 2)))):
                yield _word(chance, _FIRST[kind]).capitalize(), f"{'I' if place else 'B'}-{kind}"
                left -= 1
        else:
            yield _word(chance), "O"
            left -= 1
    if link:
        yield "http://t.co/" + "".join(chance.choice(_CONSONANTS) for _ in range(_LINK)), "O"


def _word(chance: random.Random, first: str = "") -> str:
    """One to four syllables; the first one of a name says its type."""
    count = chance.choice((1, 1, 2, 2, 3)) + bool(first)
    heads = [first or chance.choice(_CONSONANTS), *(chance.choice(_CONSONANTS) for _ in range(count - 1))]
    return "".join(head + chance.choice(_VOWELS) for head in heads)


def vocabulary(pieces: int, texts: Iterable[str] = ()) -> list[str]:
    """Special pieces, syllables, characters, what texts need; and pieces that no text has, up to a number."""
    first = "".join(_FIRST.values())
    syllables = [c + v for c in _CONSONANTS + first for v in _VOWELS]
    characters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *syllables, *characters]
    known += [f"##{piece}" for piece in (*syllables, *characters)]
    known = list(dict.fromkeys([*known, *make_vocabulary(texts)]))
    return known + [f"[unused{number}]" for number in range(pieces - len(known))]


def write_encoder(folder: Path, texts: Iterable[str] = (), *, tiny: bool) -> None:
    """Write a BERT with random weights, in bf16, and its tokenizer.

    Args:
        folder: gets config, weights and vocabulary.
        texts: whose words the vocabulary is to know, where they are not made ones.
        tiny: two narrow layers instead of BERT-base's twelve.
    """
    import torch
    from transformers import BertConfig, BertModel
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    pieces = vocabulary(0 if tiny else _BERT_BASE_PIECES, texts)
    small: dict[str, Any] = {
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 12,
        "intermediate_size": 48,
    }
    config = BertConfig(vocab_size=len(pieces), **(small if tiny else {}))
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    about = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(about), encoding="utf-8")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        BertModel(config, add_pooling_layer=False).bfloat16().save_pretrained(folder)
