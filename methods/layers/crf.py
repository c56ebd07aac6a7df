"""Linear-chain conditional random fields (Lafferty et al. 2001): likelihood, best path and marginals.

p(y) = exp(score(y)) / Z, score(y) = start[y_1] + sum_t emissions[t, y_t] + sum_t transitions[y_(t-1), y_t] + end[y_n].
The native arithmetic is float64 whatever the emissions are: at these sizes that is almost free, and autocast spares it.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from mnerbench.methods.layers.choices import CRFBackend


class _ForwardMessages(torch.autograd.Function):
    """Recursion a[0] = first + scores[0], a[t, j] = scores[t, j] + log sum_i exp(a[t-1, i] + transitions[i, j]).

    Forward, and backward in closed form, a word costs one small product of a matrix of probabilities (messages without
    their scale) with exp(transitions): nothing overflows, and no sum is zero. All tensors are float64: scores and a
    [words, *chains, labels, batch], first [*chains, labels, 1], transitions [*chains, from, to].
    """

    @staticmethod
    def forward(ctx: Any, scores: Tensor, first: Tensor, transitions: Tensor) -> Tensor:
        factors = transitions.exp()
        into = factors.mT.contiguous()
        local, weights, sums = [scores[0] + first], [], []  # local: up to a constant per word, added at the end
        for arriving in scores[1:].unbind():
            weights.append(local[-1].softmax(-2))
            sums.append(into @ weights[-1])
            local.append(sums[-1].log() + arriving)
        messages = torch.stack(local)
        messages[1:] += messages[:-1].logsumexp(-2, keepdim=True).cumsum(0)
        ctx.save_for_backward(factors, *weights, *sums)
        return messages

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        factors, *saved = ctx.saved_tensors
        weights, sums = saved[: len(saved) // 2], saved[len(saved) // 2 :]
        flow, ratios = [grad[-1]], [torch.zeros_like(grad[0])]
        # p(i at t-1 | j at t) = weights[i] factors[i, j] / sums[j] carries the gradient one word back.
        for direct, weight, total in zip(reversed(grad[:-1].unbind()), reversed(weights), reversed(sums), strict=True):
            ratios.append(flow[-1] / total)
            flow.append(torch.addcmul(direct, weight, factors @ ratios[-1]))
        pairs = torch.cat([*weights, ratios[0]], -1) @ torch.cat(ratios[::-1], -1).mT
        return torch.stack(flow[::-1]), flow[-1].sum(-1, keepdim=True), factors * pairs


class LinearChainCRF(nn.Module):
    """Batched, masked CRF in plain torch; what stands at padding, even NaN, reaches no answer and no gradient.

    Every method takes emissions (float [batch, words, labels]) and a mask (bool [batch, words], True for words, which
    come first in each row; a row may have none). Results are float32, or float64 for float64 emissions. Shapes and
    types are always checked (ValueError), contents on the CPU only: elsewhere that would stall the device.
    Transitions beyond 300 in size count as 300, which forbids a transition as well as 10,000 does.
    """

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.empty(labels).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(labels).uniform_(-0.1, 0.1))
        self.transitions = nn.Parameter(torch.empty(labels, labels).uniform_(-0.1, 0.1))  # [from, to]

    def _steps(self) -> Tensor:
        return self.transitions.double().clamp(-300, 300)  # exp(2 * 300) is still far from the end of float64

    def nll(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Return -log p(labels) of each sentence, [batch], summed over its words; labels are long [batch, words]."""
        clean = _clean(emissions, mask, len(self.start), labels)
        if clean.shape[1] == 0:
            return clean.sum((1, 2))
        scores, last, row = _scores(clean, mask)
        start, end, transitions = self.start.double(), self.end.double(), self._steps()
        gold = labels.masked_fill(~mask, 0).t()
        steps = transitions[gold[:-1], gold[1:]].masked_fill(~mask.t()[1:], 0).sum(0)
        gold_score = scores.gather(1, gold.unsqueeze(1)).sum((0, 1)) + steps + start[gold[0]] + end[gold[last, row]]
        messages: Tensor = _ForwardMessages.apply(scores, start.unsqueeze(-1), transitions)
        log_z = (messages[last, :, row] + end).logsumexp(-1)
        return (log_z - gold_score).masked_fill(~mask[:, 0], 0).to(clean.dtype)

    def log_marginals(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return log p(label at word), [batch, words, labels], by forward-backward; 0 at padding, so sums skip it."""
        clean = _clean(emissions, mask, len(self.start))
        if clean.shape[1] == 0:
            return clean
        scores, last, _ = _scores(clean, mask)
        # Each row mirrored within its own length is a second chain: both scans are then the same and share one loop.
        word = torch.arange(len(scores), device=mask.device).unsqueeze(-1)
        mirror = torch.where(word <= last, last - word, word).unsqueeze(1).expand_as(scores)
        chains = torch.stack([scores, scores.gather(0, mirror)], 1)
        first = torch.stack([self.start, self.end]).double().unsqueeze(-1)
        messages: Tensor = _ForwardMessages.apply(chains, first, torch.stack([self._steps(), self._steps().t()]))
        log_p = (messages[:, 0] + messages[:, 1].gather(0, mirror) - scores).log_softmax(1).permute(2, 0, 1)
        return log_p.masked_fill(~mask.unsqueeze(-1), 0).to(clean.dtype)

    @torch.no_grad()
    def decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """Return the best labelling of each sentence (Viterbi), as long as its mask."""
        clean = _clean(emissions, mask, len(self.start))
        if clean.shape[1] == 0:
            return [[] for _ in clean]
        scores, last, row = _scores(clean, mask)
        transitions = self._steps()
        best = [scores[0] + self.start.double().unsqueeze(-1)]
        for arriving in scores[1:].unbind():
            best.append((best[-1].unsqueeze(1) + transitions.unsqueeze(-1)).amax(0) + arriving)
        reached = torch.stack(best).mT.contiguous()  # [words, batch, labels]
        path = [(reached[last, row] + self.end.double()).argmax(-1)]
        # From its last word on a row is pinned to its final label, so that one backward walk serves all lengths.
        ended = (torch.arange(len(scores), device=mask.device).unsqueeze(-1) >= last).unsqueeze(-1)
        reached.masked_fill_(ended & nn.functional.one_hot(path[0], len(transitions)).bool(), torch.inf)
        into = transitions.t().contiguous()
        for before in reversed(reached[:-1].unbind()):
            path.append((before + into.index_select(0, path[-1])).argmax(-1))
        host = torch.stack([mask.sum(1), *reversed(path)], 1).tolist()
        return [labels[:length] for length, *labels in host]


class ReferenceCRF(nn.Module):
    """The same answers from pytorch-crf, as a peer to compare with; methods as in `LinearChainCRF`, only slower."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        try:
            from torchcrf import CRF
        except ImportError as error:
            raise ImportError("pip install pytorch-crf (the package called TorchCRF is another one)") from error
        self.crf = CRF(labels, batch_first=True)

    def nll(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Return -log p(labels), [batch]."""
        clean, rows = _clean(emissions, mask, self.crf.num_tags, labels), mask.any(1)
        nll = clean[:, :0].sum((1, 2))
        if rows.any():  # pytorch-crf takes no sentence without words
            nll[rows] = -self.crf(clean[rows], labels.masked_fill(~mask, 0)[rows], mask[rows], reduction="none")
        return nll

    def log_marginals(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return log p(label at word); pytorch-crf has no marginals, but they are the gradient of its log Z."""
        clean, rows, tracked = _clean(emissions, mask, self.crf.num_tags), mask.any(1), torch.is_grad_enabled()
        if not rows.any():
            return clean
        with torch.enable_grad():
            clean = clean if clean.requires_grad else clean.requires_grad_()
            log_z = self.crf._compute_normalizer(clean[rows].transpose(0, 1), mask[rows].t())  # noqa: SLF001
            (p,) = torch.autograd.grad(log_z.sum(), clean, create_graph=tracked)
        return p.clamp_min(torch.finfo(p.dtype).tiny).log().masked_fill(~mask.unsqueeze(-1), 0)

    @torch.no_grad()
    def decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """Return the best labelling of each sentence."""
        clean, rows = _clean(emissions, mask, self.crf.num_tags), mask.any(1)
        found = iter(self.crf.decode(clean[rows], mask[rows]) if rows.any() else ())
        return [next(found) if row else [] for row in rows.tolist()]


def build_crf(labels: int, backend: CRFBackend = CRFBackend.NATIVE) -> LinearChainCRF | ReferenceCRF:
    """Return a CRF over that many labels; under one seed, both backends start from the same parameters."""
    return LinearChainCRF(labels) if CRFBackend(backend) is CRFBackend.NATIVE else ReferenceCRF(labels)


def _clean(emissions: Tensor, mask: Tensor, size: int, labels: Tensor | None = None) -> Tensor:
    """Check the inputs; return emissions in float32 or better with zeros at padding."""
    if emissions.dim() != 3 or emissions.shape[-1] != size or not emissions.is_floating_point():
        found = f"{emissions.dtype} {list(emissions.shape)}"
        raise ValueError(f"emissions must be float [batch, words, {size} labels], got {found}")
    for name, value, dtype in (("mask", mask, torch.bool), ("labels", labels, torch.long)):
        if value is not None and (value.dtype != dtype or value.shape != emissions.shape[:2]):
            found = f"{value.dtype} {list(value.shape)}"
            raise ValueError(f"{name} must be {dtype} {list(emissions.shape[:2])} like emissions, got {found}")
    if mask.device.type == "cpu" and (mask[:, 1:] & ~mask[:, :-1]).any():
        raise ValueError("mask must be True first and then False in each row: here a word follows padding")
    if mask.device.type == "cpu" and labels is not None and (mask & ((labels < 0) | (labels >= size))).any():
        raise ValueError(f"labels of words must be 0 to {size - 1}, got {sorted(set(labels[mask].tolist()))}")
    return emissions.masked_fill(~mask.unsqueeze(-1), 0).to(torch.promote_types(emissions.dtype, torch.float32))


def _scores(clean: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return float64 scores [words, labels, batch], and [batch] indices of each row's last word and of the row."""
    scores = clean.permute(1, 2, 0).contiguous().double()  # batch last: each step of a loop then works on whole rows
    return scores, (mask.sum(1) - 1).clamp_min(0), torch.arange(len(mask), device=mask.device)
