"""The part of a model card that says how an exported folder is loaded, and what the export does not carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_STANDARD = """\
from transformers import AutoModelForTokenClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("FOLDER")
model = AutoModelForTokenClassification.from_pretrained("FOLDER")
words = ["Ada", "Kern", "met", "Bo", "in", "Velt", ":)"]
read = tokenizer(words, is_split_into_words=True, truncation=True, return_tensors="pt")
best = model(**read).logits[0].argmax(-1).tolist()
firsts = {word: n for n, word in reversed(list(enumerate(read.word_ids()))) if word is not None}
labels = [model.config.id2label[best[firsts[n]]] if n in firsts else "O" for n in range(len(words))]"""
_OURS = """\
import mnerbench.hf  # makes AutoModel know the class
from transformers import AutoModel

model = AutoModel.from_pretrained("FOLDER")
tagged = model.tag([["Ada", "Kern", "met", "Bo", "in", "Velt", ":)"]]{images})
tagged.to_frame()  # a row per entity: type, text, positions, posterior"""


class Loading(NamedTuple):
    """How an exported folder is loaded.

    Attributes:
        standard: by `AutoModelForTokenClassification`; else by the class of this package.
        limit: most subwords of a window.
    """

    standard: bool
    limit: int


def loading_lines(loading: Loading, reads: Sequence[str]) -> Iterator[str]:
    """Text and code, as Markdown.

    Args:
        loading: how the folder is loaded.
        reads: kinds of visual inputs.
    """
    if loading.standard:
        yield "No code of mnerbench is needed; FOLDER is this folder. A word has its label at its first subword."
        code = _STANDARD
    else:
        yield (
            "With the package mnerbench, and without `trust_remote_code`; FOLDER is this folder on your disk. "
            "Nothing in it is executed: files are read after a check of their sizes and digests."
        )
        code = _OURS.format(images=', images=["picture.jpg"]' if reads else "")
    yield from ("", "```python", *code.split("\n"), "```")


def lost_lines(loading: Loading, *, reads: bool) -> Iterator[str]:
    """What the tagger does in mnerbench and not in transformers, a sentence each.

    Args:
        loading: how the folder is loaded.
        reads: whether the method reads visual inputs.
    """
    if not loading.standard:
        yield "No pipeline of transformers runs it: its method tag takes tweets and pictures, and its head decodes."
        if reads:
            yield (
                "The weights of extractors and files of the training data (captions, boxes, vectors) are not part of "
                "the folder; what is missing on a machine is masked and counted."
            )
        return
    yield (
        "Only the first subword of each word was trained to have a label. A pipeline that splits raw text, or that "
        "takes punctuation within a word for words, prints labels at other subwords too, which mean nothing."
    )
    yield "Raw text is split by the tokenizer, not by the rules of mnerbench for user names, hashtags and emoticons."
    yield f"A tweet of more than {loading.limit} subwords is cut; mnerbench reads the rest in further windows."
    yield "A word without subwords, such as an invisible character, is left out; mnerbench reads an unknown word there."
    yield "Entities have no posteriors here; the softmax of the logits gives those of single words."
