"""Transformers models as encoders that compute one vector per word."""

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
from mnerbench.methods.encoders.letter_case import CaseMisfit, case_misfit, declares_case
from mnerbench.methods.encoders.remote_code import code_classes, refusal
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer
from mnerbench.methods.encoders.tokenizer import SubwordIds

_ANOTHER = "download it again, or select another one with --encoder (see `benchmark list encoders`)"


class TextEncoder(Encoder):
    """A transformer over subwords with its tokenizer.

    Attributes:
        tokenizer: the word-by-word tokenizer of the model.
        width: hidden size.
        fresh: name prefixes of parameters that are initialised randomly instead of from the model's files.
        layers: number of layers.
        heads: number of attention heads; new layers that the papers give "12 heads" have as many.
        inner: width of the feed-forward networks.
        takes_whole_mask: whether attention accepts a 4-d mask, [windows, 1, queries, keys], unchanged.
        pooler: computes sentence vectors from the first subword; None until a method calls `use_pooler`.
        lacks_pooler: whether the model's files hold no pooler, so that it is initialised randomly.
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
        self._equal_once = False
        by_sdpa = getattr(model.config, "_attn_implementation", None) == "sdpa"
        makers = vars(sys.modules[type(model).__module__])
        # Sliding-window layers build their own mask from the 2-d one; a 4-d mask would remove the window.
        windowed = "create_bidirectional_sliding_window_mask" in makers
        self.takes_whole_mask = by_sdpa and "create_bidirectional_mask" in makers and not windowed

    def encode_subwords(self, batch: SubwordBatch) -> Tensor:
        """Last hidden states, [windows, subwords, width]."""
        windows = len(batch.ids)
        if self._equal_once and windows > 1 and batch.has_equal_windows:
            return self.encode_subwords(batch.first_window).expand(windows, -1, -1).contiguous()
        mask = None if batch.full else self._attended(batch.mask)
        output = self.model(input_ids=batch.ids, attention_mask=mask, **self.segments(batch.segments))
        states: Tensor = output.last_hidden_state
        return states

    @contextmanager
    def encoding_equal_windows_once(self) -> Iterator[None]:
        """Within it, a batch of equal windows costs one: a tweet without context under many pictures.

        States are equal up to rounding, since matrix products of another size may sum in another order.
        """
        self._equal_once = True
        try:
            yield
        finally:
            self._equal_once = False

    def encode_with_vectors(self, batch: SubwordBatch, vectors: Tensor, real: Tensor) -> Tensor:
        """Last hidden states of the subwords, with further vectors appended to the input (ITA §3.3, +ImgFeat).

        Args:
            batch: the subwords.
            vectors: in the space of the subword embeddings, [windows, vectors, width]; `reserve` their number first.
            real: True for vectors, False for padding, [windows, vectors].

        Returns:
            [windows, subwords, width].
        """
        embedded = self.model.get_input_embeddings()(batch.ids)  # type: ignore[operator]
        width, more = batch.ids.shape[1], vectors.shape[1]
        length = batch.mask.sum(1, keepdim=True)
        position = torch.arange(width + more, device=length.device)[None]
        # Subwords, vectors, padding: positions must not depend on the padded length.
        behind = torch.where(position < length + more, width + position - length, position - more)
        order = torch.where(position < length, position, behind)
        inputs = torch.cat([embedded, vectors.to(embedded.dtype)], 1)
        output = self.model(
            inputs_embeds=inputs.gather(1, order[..., None].expand_as(inputs)),
            attention_mask=self._attended(torch.cat([batch.mask, real], 1).gather(1, order)),
            **self.segments(torch.nn.functional.pad(batch.segments, (0, more), value=1).gather(1, order)),
        )
        states: Tensor = output.last_hidden_state
        return states[:, :width]

    def _attended(self, mask: Tensor) -> Tensor:
        """The mask of positions, [windows, positions], in the form that the model expects.

        For 2-d masks transformers checks whether all values are True, which synchronises with the device; for 4-d masks
        it does not.
        """
        if not self.takes_whole_mask:
            return mask.long()
        return mask[:, None, None].expand(-1, 1, mask.shape[1], -1)

    def keep_pooler(self, weights: dict[str, Tensor] | None) -> None:
        """Store the pretrained pooler's `weight` and `bias` for `use_pooler`."""
        self._pretrained_pooler = weights

    def use_pooler(self) -> None:
        """Add a pooler for sentence vectors, with BERT's pretrained weights if available."""
        self.pooler = nn.Linear(self.width, self.width)
        if self._pretrained_pooler is not None:
            self.pooler.load_state_dict(self._pretrained_pooler)

    def sentences(self, states: Tensor, batch: SubwordBatch) -> Tensor:
        """Sentence vectors as in BERT, tanh of a linear layer on the first subword, [tweets, width].

        Args:
            states: subword vectors, [windows, subwords, width].
            batch: the subwords.

        Raises:
            RuntimeError: `use_pooler` was not called.
        """
        if self.pooler is None:
            raise RuntimeError("no pooler: call use_pooler() in the method's __init__")
        return torch.tanh(self.pooler(states[batch.first_rows, 0]))

    def reserve(self, vectors: int) -> None:
        """Reserve positions for further vectors in each window, reducing the limit of subwords."""
        self.tokenizer.limit -= vectors

    def segments(self, segments: Tensor) -> dict[str, Tensor]:
        """The model's `token_type_ids` argument; empty for models without segments."""
        if not self._takes_segments or self._segments == 0:
            return {}
        return {"token_type_ids": segments.clamp(max=self._segments - 1)}

    def forward(self, batch: SubwordBatch, pooling: Pooling = Pooling.FIRST) -> Tensor:
        """Word vectors, [tweets, words, width]; undefined but finite at padding."""
        return pool_words(self.encode_subwords(batch), batch, pooling)


def pool_words(states: Tensor, batch: SubwordBatch, pooling: Pooling) -> Tensor:
    """Pool subword vectors into word vectors.

    Args:
        states: subword vectors, [windows, subwords, width].
        batch: the subwords.
        pooling: the first subword, the sum (HamLearning §3.1) or the mean.

    Returns:
        [tweets, words, width].
    """
    flat = states.flatten(0, 1)
    if pooling is Pooling.FIRST:
        return flat[batch.first]
    tweets, words = batch.first.shape
    # Subwords without a word go to an extra slot: boolean indexing would synchronise with the device.
    slot = torch.where(batch.owner >= 0, batch.owner, tweets * words).flatten()
    total = flat.new_zeros(tweets * words + 1, flat.shape[-1]).index_add(0, slot, flat)
    if pooling is Pooling.MEAN:
        count = flat.new_zeros(tweets * words + 1).index_add(0, slot, flat.new_ones(len(slot)))
        total = total / count.clamp(min=1)[:, None]
    return total[:-1].view(tweets, words, -1)


def at_first_subwords(values: Tensor, batch: SubwordBatch) -> Tensor:
    """The value of each word at its first subword, 0 at all other subwords, [windows, subwords].

    Args:
        values: of words, [tweets, words].
        batch: the subwords.
    """
    # Padded words write to an extra slot at the end: boolean indexing would synchronise with the device.
    flat = values.new_zeros(batch.ids.numel() + 1)
    slot = torch.where(batch.words, batch.first, len(flat) - 1)
    return flat.scatter(0, slot.flatten(), values.flatten())[:-1].view(batch.ids.shape)


def window_limit(config: Any, tokenizer: Any) -> int:
    """Limit of subwords: the model's positions (RoBERTa reserves `pad + 1`), or the tokenizer's limit if less."""
    positions = int(getattr(config, "max_position_embeddings", 512) or 512)
    offset = int(getattr(config, "pad_token_id", 0) or 0) + 1 if "roberta" in str(config.model_type) else 0
    tokenizer_limit = int(getattr(tokenizer, "model_max_length", positions) or positions)
    return min(positions - offset, tokenizer_limit if tokenizer_limit < 100_000 else positions)


def load_tokenizer(folder: Path, *, remote_code: bool = False) -> Any:
    """Load the tokenizer of a model folder; byte-level ones get `add_prefix_space`, as words are tokenised singly.

    Args:
        folder: folder of the model.
        remote_code: whether Python files of the folder may run.

    Raises:
        MissingInputError: it cannot be loaded, or it lowercases a cased vocabulary although no file says so.
    """
    from transformers import AutoTokenizer

    options: dict[str, Any] = {"local_files_only": True}
    remedy = "the folder needs config.json, the weights and the tokenizer's files (tokenizer.json, vocab.txt, ...)"
    with loading_encoder(folder, "the tokenizer", remedy):
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=remote_code, **options)
        if "add_prefix_space" in inspect.signature(type(tokenizer).__init__).parameters:
            options["add_prefix_space"] = True
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=remote_code, **options)
    if not declares_case(folder) and case_misfit(tokenizer) is CaseMisfit.LOWERED:
        reason = f"{CaseMisfit.LOWERED}; this is transformers' default, no file of the folder specifies it"
        raise MissingInputError(
            f"encoder folder {named(folder)}: {reason}\n"
            '  -> write {"do_lower_case": false} into its tokenizer_config.json; true if text should be lowercased'
        )
    return tokenizer


def load_text_encoder(
    folder: Path, subword_cache: dict[str, SubwordIds] | None = None, *, remote_code: bool = False
) -> TextEncoder:
    """Load a transformers model and its tokenizer from a local folder.

    BERT's pooler is removed until a method uses it, so that parameter counts include used parameters only.

    Args:
        folder: folder of the model.
        subword_cache: subwords by word, from earlier runs with the same tokenizer.
        remote_code: whether Python files of the folder may run.

    Raises:
        MissingInputError: transformers cannot load the folder, or the weights do not match the network described by
            config.json; only the pooler's may be missing.
    """
    from transformers import AutoConfig, AutoModel

    tokenizer = load_tokenizer(folder, remote_code=remote_code)
    what = f"encoder folder {named(folder)}"
    with loading_encoder(folder, "the model", _ANOTHER):
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=remote_code)
        if (getattr(config, "num_attention_heads", None) or 1) < 1:  # transformers fails only in the first step
            raise ValueError(f"{config.num_attention_heads} attention heads")
        if not remote_code:
            require_plausible_size(
                config, weight_files(folder), partial(described_model, config), (what, _ANOTHER), MissingInputError
            )
        # With `ignore_mismatched_sizes`, the report names the tensors whose shapes differ; the error would not.
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
    with loading_encoder(folder, "the model", _ANOTHER):  # a network without a width, a tokenizer without a word
        encoder = TextEncoder(model, SubwordTokenizer(tokenizer, window_limit(config, tokenizer), subword_cache))
    encoder.keep_pooler(dense.state_dict() if dense is not None else None)
    encoder.lacks_pooler = dense is None or any(_of_pooler(str(name)) for name in report["missing_keys"])
    return encoder


def described_model(config: Any) -> nn.Module:
    """The network that settings describe, with random weights."""
    from transformers import AutoModel

    model: nn.Module = AutoModel.from_config(config, trust_remote_code=False)  # type: ignore[no-untyped-call]
    return model


def _of_pooler(parameter: str) -> bool:
    return parameter.startswith("pooler.")


@contextmanager
def loading_encoder(folder: Path, what: str, remedy: str) -> Iterator[None]:
    """As `loading`, for an encoder; if it needs its own Python code, the error says so."""
    try:
        with loading(f"encoder folder {named(folder)}: {what} cannot be loaded", remedy, MissingInputError):
            yield
    except MissingInputError as error:
        needed = code_classes(folder)
        if not needed or error.__cause__ is None:
            raise
        raise MissingInputError(f"encoder folder {named(folder)}: {refusal(needed)}") from error.__cause__
