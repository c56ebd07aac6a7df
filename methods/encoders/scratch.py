"""An encoder that needs no download: a small, randomly initialised BERT with a vocabulary built from training texts.

For probes, tests and machines without a network; its scores do not predict those of pretrained encoders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mnerbench.methods.base.choices import SCRATCH_SHAPE
from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer
from mnerbench.methods.encoders.text_encoder import TextEncoder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_MAX_WORDS, _MAX_ENDINGS = 8000, 1000


def make_vocabulary(texts: Iterable[str]) -> list[str]:
    """Build a subword vocabulary: special tokens, characters, frequent words, frequent word endings.

    Words that occur at least twice are single subwords, so that names can be learnt; all others are composed of endings
    and characters. Ties are broken alphabetically: the same texts give the same vocabulary on any machine.
    """
    words = Counter(word for text in texts for word in text.lower().split())
    endings: Counter[str] = Counter()
    for word, count in words.items():
        for size in range(2, min(5, len(word))):
            endings[word[-size:]] += count
    characters = sorted({character for word in words for character in word})
    frequent = [w for w, n in sorted(words.items(), key=lambda item: (-item[1], item[0])) if n > 1 and len(w) > 1]
    common = [e for e, n in sorted(endings.items(), key=lambda item: (-item[1], item[0])) if n > 20]
    subwords = [*SPECIAL, *characters, *(f"##{c}" for c in characters), *frequent[:_MAX_WORDS]]
    return list(dict.fromkeys([*subwords, *(f"##{ending}" for ending in common[:_MAX_ENDINGS])]))


def scratch_encoder(texts: Iterable[str]) -> TextEncoder:
    """Build a two-layer BERT of width 128, initialised from torch's generator, with a vocabulary of `texts`.

    Args:
        texts: the training tweets (words joined by spaces) and the contexts that the method reads.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {subword: number for number, subword in enumerate(make_vocabulary(texts))}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=200))  # noqa: S106
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    return scratch_encoder_over(backend)


def scratch_encoder_over(backend: Tokenizer) -> TextEncoder:
    """Build the encoder over a tokenizer that `scratch_encoder` made."""
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        **{f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")},
    )
    _, width, heads = SCRATCH_SHAPE
    config = BertConfig(
        vocab_size=backend.get_vocab_size(),
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=heads,
        intermediate_size=512,
    )
    model = BertModel(config, add_pooling_layer=False)
    return TextEncoder(model, SubwordTokenizer(tokenizer, config.max_position_embeddings))
