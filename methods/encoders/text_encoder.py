"""Any transformers encoder as a layer that gives one vector per word."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.pretrained import weight_files
from mnerbench.datasets.pretrained_loading import loading, require_plausible_size, weight_mismatch
from mnerbench.datasets.untrusted.files import named
from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.letter_case import CaseMisfit, case_misfit, says_case
from mnerbench.methods.encoders.remote_code import code_classes, refusal
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer
from mnerbench.methods.encoders.tokenizer import Pieces

_ANOTHER = "download it again, or name another one with --encoder (see `benchmark list encoders`)"


class TextEncoder(Encoder):
    """A transformer over word pieces with its tokenizer.

    Attributes:
        tokenizer: the word-by-word tokenizer that belongs to it.
        width: size of a word vector.
        fresh: beginnings of the names of its parameters that start from random values, not from the model's files.
        layers: how many it has.
        heads: of its attention; layers over it that the papers give "12 heads" have as many.
        inner: width of its feed-forward networks.
        takes_whole_mask: whether a finished mask, [rows, 1, queries, keys], goes through to attention.
        pooler: makes a sentence vector of the first piece's; None until a method asks for it, most use none.
        lacks_pooler: whether the model's files hold no pooler, so that one starts from random values.
    """

    def __init__(self, model: nn.Module, tokenizer: SubwordTokenizer) -> None:
        super().__init__()
        self.model = model
        self.tokenizer: SubwordTokenizer = tokenizer
        tokenizer.vocabulary = getattr(model.config, "vocab_size", None)
        self.fresh: tuple[str, ...] = ()
        self.width = int(model.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.pooler: nn.Linear | None = None
        self.lacks_pooler = False
        self._pretrained_pooler: dict[str, Tensor] | None = None
        self.heads = int(getattr(model.config, "num_attention_heads", 0) or max(1, self.width // 64))
        self.layers = int(getattr(model.config, "num_hidden_layers", 0) or 0)
        self.inner = int(getattr(model.config, "intermediate_size", 0) or 4 * self.width)
        self._takes_segments = "token_type_ids" in inspect.signature(model.forward).parameters
        self._segments = int(getattr(model.config, "type_vocab_size", 0) or 0)
        by_sdpa = getattr(model.config, "_attn_implementation", None) == "sdpa"
        makers = vars(sys.modules[type(model).__module__])
        # Layers that look through a window need the mask as it is: a finished one would take the window away.
        windowed = "create_bidirectional_sliding_window_mask" in makers
        self.takes_whole_mask = by_sdpa and "create_bidirectional_mask" in makers and not windowed

    def pieces(self, batch: SubwordBatch) -> Tensor:
        """Last hidden states, [rows, pieces, width]."""
        mask = None if batch.full else self._attended(batch.mask)
        output = self.model(input_ids=batch.ids, attention_mask=mask, **self.segments(batch.segments))
        states: Tensor = output.last_hidden_state
        return states

    def pieces_beside(self, batch: SubwordBatch, vectors: Tensor, real: Tensor) -> Tensor:
        """Last hidden states of the pieces, with further vectors in the input behind them (ITA §3.3, +ImgFeat).

        Args:
            batch: the pieces.
            vectors: in the space of the piece embeddings, [rows, vectors, width]; `reserve` makes room for them.
            real: True for real ones, [rows, vectors].

        Returns:
            [rows, pieces, width].
        """
        embedded = self.model.get_input_embeddings()(batch.ids)  # type: ignore[operator]
        width, more = batch.ids.shape[1], vectors.shape[1]
        length = batch.mask.sum(1, keepdim=True)
        place = torch.arange(width + more, device=length.device)[None]
        # Pieces, then vectors, then padding: positions do not depend on what a row is padded to.
        behind = torch.where(place < length + more, width + place - length, place - more)
        order = torch.where(place < length, place, behind)
        inputs = torch.cat([embedded, vectors.to(embedded.dtype)], 1)
        output = self.model(
            inputs_embeds=inputs.gather(1, order[..., None].expand_as(inputs)),
            attention_mask=self._attended(torch.cat([batch.mask, real], 1).gather(1, order)),
            **self.segments(torch.nn.functional.pad(batch.segments, (0, more), value=1).gather(1, order)),
        )
        states: Tensor = output.last_hidden_state
        return states[:, :width]

    def _attended(self, mask: Tensor) -> Tensor:
        """The mask of real positions, [rows, positions], as the model takes it.

        In two dimensions transformers asks whether it is all True, for which the host waits; not so in four.
        """
        if not self.takes_whole_mask:
            return mask.long()
        return mask[:, None, None].expand(-1, 1, mask.shape[1], -1)

    def keep_pooler(self, weights: dict[str, Tensor] | None) -> None:
        """Remember the pretrained pooler's `weight` and `bias`, for methods that ask for it."""
        self._pretrained_pooler = weights

    def use_pooler(self) -> None:
        """Make sentence vectors too: with BERT's pretrained pooler, where it has one."""
        self.pooler = nn.Linear(self.width, self.width)
        if self._pretrained_pooler is not None:
            self.pooler.load_state_dict(self._pretrained_pooler)

    def sentences(self, states: Tensor, batch: SubwordBatch) -> Tensor:
        """Sentence vectors as BERT makes them, tanh of a linear layer on the first piece, [tweets, width].

        Args:
            states: piece vectors, [rows, pieces, width].
            batch: where tweets begin.

        Raises:
            RuntimeError: `use_pooler` was not called.
        """
        if self.pooler is None:
            raise RuntimeError("no pooler: call use_pooler() when the method is made")
        return torch.tanh(self.pooler(states[batch.first_rows, 0]))

    def reserve(self, vectors: int) -> None:
        """Keep room for further vectors in each row: its limit of pieces falls by as many."""
        self.tokenizer.limit -= vectors

    def segments(self, segments: Tensor) -> dict[str, Tensor]:
        """The argument that tells the model which segment each piece is of; none where it knows no segments."""
        if not self._takes_segments or self._segments == 0:
            return {}
        return {"token_type_ids": segments.clamp(max=self._segments - 1)}

    def forward(self, batch: SubwordBatch, pooling: Pooling = Pooling.FIRST) -> Tensor:
        """Word vectors, [tweets, words, width]; undefined (but finite) at padded words."""
        return pool_words(self.pieces(batch), batch, pooling)


def pool_words(states: Tensor, batch: SubwordBatch, pooling: Pooling) -> Tensor:
    """One vector per word from the vectors of its pieces.

    Args:
        states: piece vectors, [rows, pieces, width].
        batch: where the words are.
        pooling: the first piece, the sum (HamLearning §3.1) or the mean of all.

    Returns:
        [tweets, words, width].
    """
    flat = states.flatten(0, 1)
    if pooling is Pooling.FIRST:
        return flat[batch.first]
    tweets, words = batch.first.shape
    # What belongs to no word is added up behind the last one: choosing the rest would make the device wait.
    slot = torch.where(batch.owner >= 0, batch.owner, tweets * words).flatten()
    total = flat.new_zeros(tweets * words + 1, flat.shape[-1]).index_add(0, slot, flat)
    if pooling is Pooling.MEAN:
        count = flat.new_zeros(tweets * words + 1).index_add(0, slot, flat.new_ones(len(slot)))
        total = total / count.clamp(min=1)[:, None]
    return total[:-1].view(tweets, words, -1)


def _row_limit(config: Any, tokenizer: Any) -> int:
    """Pieces that fit: positions of the model (RoBERTa spends `pad + 1` of them) and what the tokenizer says."""
    positions = int(getattr(config, "max_position_embeddings", 512) or 512)
    offset = int(getattr(config, "pad_token_id", 0) or 0) + 1 if "roberta" in str(config.model_type) else 0
    said = int(getattr(tokenizer, "model_max_length", positions) or positions)
    return min(positions - offset, said if said < 100_000 else positions)


def load_tokenizer(folder: Path, *, remote_code: bool = False) -> Any:
    """The tokenizer of a model folder; byte-level ones are told that words come one by one.

    Args:
        folder: of the model.
        remote_code: whether Python files of the folder may be run.

    Raises:
        MissingInputError: it cannot be loaded, or would write a cased vocabulary in lower case without being told to.
    """
    from transformers import AutoTokenizer

    options: dict[str, Any] = {"local_files_only": True}
    remedy = "the folder needs config.json, the weights, and the tokenizer's files (tokenizer.json, vocab.txt, ...)"
    with _loading(folder, "the tokenizer", remedy):
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=remote_code, **options)
        if "add_prefix_space" in inspect.signature(type(tokenizer).__init__).parameters:
            options["add_prefix_space"] = True
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=remote_code, **options)
    if not says_case(folder) and case_misfit(tokenizer) is CaseMisfit.LOWERED:
        reason = f"{CaseMisfit.LOWERED}; no file of the folder says so, only transformers' default"
        raise MissingInputError(
            f"encoder folder {named(folder)}: {reason}\n"
            '  -> write {"do_lower_case": false} into tokenizer_config.json there; true if the capitals are to go'
        )
    return tokenizer


def load_text_encoder(
    folder: Path, known: dict[str, Pieces] | None = None, *, remote_code: bool = False
) -> TextEncoder:
    """Load a transformers model and its tokenizer from a local folder.

    The unused pooler of BERT is left out, so that parameter counts are of what is used.

    Args:
        folder: of the model.
        known: pieces of words that its tokenizer was asked for before.
        remote_code: whether Python files of the folder may be run.

    Raises:
        MissingInputError: the folder is not a model that transformers can load, or its weights are not those of the
            network that its config.json describes; those of the pooler may be absent.
    """
    from transformers import AutoConfig, AutoModel

    tokenizer = load_tokenizer(folder, remote_code=remote_code)
    what = f"encoder folder {named(folder)}"
    with _loading(folder, "the model", _ANOTHER):
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=remote_code)
        if (getattr(config, "num_attention_heads", None) or 1) < 1:  # transformers would fail in the first step
            raise ValueError(f"{config.num_attention_heads} attention heads")
        if not remote_code:
            require_plausible_size(
                config, weight_files(folder), partial(_described, config), (what, _ANOTHER), MissingInputError
            )
        # Shapes that differ are in the report, with their names, instead of in an error without any.
        model, report = AutoModel.from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            trust_remote_code=remote_code,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    if (reason := weight_mismatch(model, report, _of_pooler)) is not None:
        remedy = (
            "restore the config.json that belongs to its weights, copy the whole folder again, or another --encoder"
        )
        raise MissingInputError(f"{what}: {reason}\n  -> {remedy}")
    dense = getattr(getattr(model, "pooler", None), "dense", None)
    if getattr(model, "pooler", None) is not None:
        model.pooler = None
    with _loading(folder, "the model", _ANOTHER):  # a network without a width, a tokenizer without a word
        encoder = TextEncoder(model, SubwordTokenizer(tokenizer, _row_limit(config, tokenizer), known))
    encoder.keep_pooler(dense.state_dict() if dense is not None else None)
    encoder.lacks_pooler = dense is None or any(_of_pooler(str(name)) for name in report["missing_keys"])
    return encoder


def _described(config: Any) -> nn.Module:
    from transformers import AutoModel

    model: nn.Module = AutoModel.from_config(config, trust_remote_code=False)  # type: ignore[no-untyped-call]
    return model


def _of_pooler(parameter: str) -> bool:
    return parameter.startswith("pooler.")


@contextmanager
def _loading(folder: Path, what: str, remedy: str) -> Iterator[None]:
    """As `loading`, for an encoder: where it needs code of its own, that is the reason."""
    try:
        with loading(f"encoder folder {named(folder)}: {what} cannot be loaded", remedy, MissingInputError):
            yield
    except MissingInputError as error:
        needed = code_classes(folder)
        if not needed or error.__cause__ is None:
            raise
        raise MissingInputError(f"encoder folder {named(folder)}: {refusal(needed)}") from error.__cause__
