"""Word labels as tensors: the entity spans that they write, and the probabilities of labels from those of spans."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.tagging import OUTSIDE, Scheme, Span, is_label, write_spans
from mnerbench.methods.layers.crf.inputs import LEAST


class SpanLabels(nn.Module):
    """The label set of a head over spans.

    Args:
        names: labels of words in BIO or BIOES.

    Attributes:
        types: entity types, in the order of the labels.

    Raises:
        ConfigError: a name is no label of a word: the units are subwords.
    """

    begins: Tensor
    ends: Tensor
    kinds: Tensor

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        if unknown := [name for name in names if not is_label(name)]:
            reason = f"decoder = spans finds spans of words, but {', '.join(unknown)} label subwords"
            raise ConfigError(f"{reason}\n  -> --set METHOD.label_rule=first, or another decoder")
        self.names = tuple(names)
        self.types = tuple(dict.fromkeys(name[2:] for name in names if name != OUTSIDE))
        self.scheme = Scheme.BIOES if any(name[:2] == "S-" for name in names) else Scheme.BIO
        self.register_buffer("begins", torch.tensor([name[0] in "BS" for name in names]), persistent=False)
        self.register_buffer("ends", torch.tensor([name[0] in "ES" for name in names]), persistent=False)
        number = {OUTSIDE: -1} | {f"{p}-{kind}": index for index, kind in enumerate(self.types) for p in "BIES"}
        self.register_buffer("kinds", torch.tensor([number[name] for name in names]), persistent=False)

    def spans(self, labels: Tensor, mask: Tensor) -> Tensor:
        """True for the spans that labels write, in the conlleval reading, [tweets, words, words, types].

        Args:
            labels: label numbers, [tweets, words].
            mask: True for words, [tweets, words].
        """
        kind = torch.where(mask, self.kinds[labels.masked_fill(~mask, 0)], -1)
        begins, ends = self.begins[labels.masked_fill(~mask, 0)], self.ends[labels.masked_fill(~mask, 0)]
        before = nn.functional.pad(kind, (1, 0), value=-1)[:, :-1]
        closed = nn.functional.pad(ends, (1, 0))[:, :-1]
        opens = (kind >= 0) & (begins | closed | (kind != before))
        goes_on = nn.functional.pad((kind >= 0) & ~opens, (0, 1))[:, 1:]
        closes = (kind >= 0) & ~goes_on
        run = opens.long().cumsum(-1)
        pairs = opens[:, :, None] & closes[:, None] & (run[:, :, None] == run[:, None])
        return pairs[..., None] & (kind[:, :, None, None] == torch.arange(len(self.types), device=kind.device))

    def write(self, spans: Sequence[tuple[int, int, int]], words: int) -> list[int]:
        """Label numbers of a tweet with these spans: first word, last word and type."""
        named = [Span(first, last + 1, self.types[kind]) for first, last, kind in spans]
        return [self.names.index(label) for label in write_spans(named, words, self.scheme)]

    def log_posteriors(self, of_spans: Tensor, outside: Tensor) -> Tensor:
        """Log-probability of each label at each word, [tweets, words, labels].

        Args:
            of_spans: log-probability of each span, [tweets, words, words, types].
            outside: of each word to be in none, [tweets, words].
        """
        words = of_spans.shape[1]
        square = torch.ones(words, words, dtype=torch.bool, device=of_spans.device)
        single = of_spans.diagonal(dim1=1, dim2=2).transpose(1, 2)  # [tweets, words, types]
        longer = torch.where(square.triu(1)[..., None], of_spans, LEAST)
        first, last = longer.logsumexp(2), longer.logsumexp(1)
        # Spans from word i that end at word k or later; those that end at k + 1 or later have word k inside.
        reaching = longer.flip(2).logcumsumexp(2).flip(2)
        beyond = nn.functional.pad(reaching, (0, 0, 0, 1), value=LEAST)[:, :, 1:]
        middle = torch.where(square.triu(1)[..., None], beyond, LEAST).logsumexp(1)
        if self.scheme is Scheme.BIO:
            parts = {"B": torch.logaddexp(single, first), "I": torch.logaddexp(middle, last)}
        else:
            parts = {"B": first, "I": middle, "E": last, "S": single}
        return torch.stack([self._of_label(name, parts, outside) for name in self.names], -1)

    def _of_label(self, name: str, parts: dict[str, Tensor], outside: Tensor) -> Tensor:
        return outside if name == OUTSIDE else parts[name[0]][..., self.types.index(name[2:])]
