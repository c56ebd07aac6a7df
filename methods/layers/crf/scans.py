"""The recursions of a linear-chain CRF in plain torch: the readable reference, and the fallback without kernels.

In all functions, emissions are float [batch, words, labels] with at least one word; the mask is bool [batch, words],
True for words, which come first in each row. Arithmetic is float64 for any dtype of emissions: at these sizes it is
almost free, and autocast leaves it alone. A row is read from both ends at once: the two directions share one loop and
meet in the middle after half the steps.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from mnerbench.methods.layers.crf.inputs import LEAST, Weights, are_factors


class _ForwardMessages(torch.autograd.Function):
    """Recursion a[0] = first + scores[0], a[t, j] = scores[t, j] + log sum_i exp(a[t-1, i] + transitions[i, j]).

    Forward, and backward in closed form, each word costs one small product of a matrix of probabilities (normalised
    messages) with exp(transitions): nothing overflows, and no sum is zero. All tensors are float64: scores and a
    [words, chains, labels, batch], first [chains, labels, 1], transitions [chains, from, to]. CPU only: elsewhere
    cumsum has no deterministic kernel.
    """

    @staticmethod
    def forward(ctx: Any, scores: Tensor, first: Tensor, transitions: Tensor) -> Tensor:
        factors = transitions.exp()
        into = factors.mT.contiguous()
        messages, weights, sums = torch.empty_like(scores), torch.empty_like(scores[1:]), torch.empty_like(scores[1:])
        torch.add(scores[0], first, out=messages[0])
        local = messages.unbind()  # up to a constant per word, added at the end
        steps = zip(local[:-1], weights.unbind(), sums.unbind(), scores[1:].unbind(), local[1:], strict=True)
        for before, weight, total, arriving, after in steps:
            torch.softmax(before, 1, out=weight)
            torch.bmm(into, weight, out=total)
            torch.log(total, out=after).add_(arriving)
        messages[1:] += messages[:-1].logsumexp(-2, keepdim=True).cumsum(0)
        ctx.save_for_backward(factors, weights, sums)
        return messages

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        factors, weights, sums = ctx.saved_tensors
        flow, ratios, carried = grad.clone(), torch.empty_like(sums), torch.empty_like(grad[0])
        # p(i at t-1 | j at t) = weights[i] factors[i, j] / sums[j] carries the gradient one word back.
        back = [part.unbind()[::-1] for part in (flow, weights, sums, ratios)]
        for arrived, before, weight, total, ratio in zip(back[0][:-1], back[0][1:], *back[1:], strict=True):
            torch.div(arrived, total, out=ratio)
            before.addcmul_(weight, torch.bmm(factors, ratio, out=carried))
        pairs = torch.bmm(weights.flatten(0, 1), ratios.flatten(0, 1).mT).view(-1, *factors.shape).sum(0)
        return flow, flow[0].sum(-1, keepdim=True), factors * pairs


def _messages(scores: Tensor, first: Tensor, transitions: Tensor) -> Tensor:
    """The same recursion for transitions of any size; same arguments.

    Transitions whose exp is 0 or infinite, as in hard constraints, are added in log space instead of multiplied. On
    devices other than the CPU all are, since checking their size would synchronise.
    """
    if are_factors(transitions):
        messages: Tensor = _ForwardMessages.apply(scores, first, transitions)
        return messages
    steps, chain = transitions.unsqueeze(-1), [scores[0] + first]
    for arriving in scores[1:]:
        chain.append((chain[-1].unsqueeze(2) + steps).logsumexp(1) + arriving)
    return torch.stack(chain)


class _Rows(NamedTuple):
    """A batch in the layout of the loops: batch last, so that each step works on contiguous memory.

    Attributes:
        scores: float64 [words, labels, batch], zero at padding.
        last: index of each row's last word, 0 for a row without words, [batch].
        middle: index of the word where both directions meet, [batch].
        row: 0, 1, 2, ..., [batch].
    """

    scores: Tensor
    last: Tensor
    middle: Tensor
    row: Tensor

    def both_ways(self, words: int) -> tuple[Tensor, Tensor]:
        """Chains [words, 2, labels, batch], forward and backward; and the order of the backward one."""
        word = torch.arange(words, device=self.last.device).unsqueeze(-1)
        order = torch.where(word <= self.last, self.last - word, word).unsqueeze(1).expand_as(self.scores[:words])
        return torch.stack([self.scores[:words], self.scores.gather(0, order)], 1), order

    @property
    def half(self) -> int:
        """Number of words of the longer half of the longest row, the middle included."""
        return len(self.scores) // 2 + 1

    def at_middle(self, chains: Tensor) -> Tensor:
        """Sum of both chains at the middle word, [batch, labels], counting its own scores once."""
        messages = chains[self.middle, 0, :, self.row] + chains[self.last - self.middle, 1, :, self.row]
        return messages - self.scores[self.middle, :, self.row]


def _rows(emissions: Tensor, mask: Tensor) -> _Rows:
    clean = emissions.masked_fill(~mask.unsqueeze(-1), 0).permute(1, 2, 0)
    last = (mask.sum(1) - 1).clamp_min(0)
    scores = clean.to(torch.float64, memory_format=torch.contiguous_format)
    scores = scores.clamp_min(LEAST)  # two chains that meet at -inf would give NaN
    return _Rows(scores, last, last // 2, torch.arange(len(mask), device=mask.device))


def _both_ways(weights: Weights) -> tuple[Tensor, Tensor]:
    """Initial scores [2, labels, 1] and transitions [2, from, to] of the forward and the backward chain."""
    steps = weights.transitions.double().clamp(LEAST, -LEAST)
    return torch.stack([weights.start, weights.end]).double().unsqueeze(-1), torch.stack([steps, steps.t()])


def nll(emissions: Tensor, labels: Tensor, mask: Tensor, weights: Weights) -> Tensor:
    """Return -log p(labels), float64 [batch]; labels are long [batch, words]."""
    rows, gold = _rows(emissions, mask), labels.masked_fill(~mask, 0).t()
    first, steps = _both_ways(weights)
    gold_steps = steps[0][gold[:-1], gold[1:]].masked_fill(~mask.t()[1:], 0).sum(0)
    gold_ends = first[0, gold[0], 0] + first[1, gold[rows.last, rows.row], 0]
    gold_score = rows.scores.gather(1, gold.unsqueeze(1)).sum((0, 1)) + gold_steps + gold_ends
    chains, _ = rows.both_ways(rows.half)
    messages = _messages(chains, first, steps)
    return (rows.at_middle(messages).logsumexp(-1) - gold_score).masked_fill(~mask[:, 0], 0)


def log_marginals(emissions: Tensor, mask: Tensor, weights: Weights) -> Tensor:
    """Return log p(label at word), float64 [batch, words, labels], 0 at padding."""
    rows = _rows(emissions, mask)
    chains, mirror = rows.both_ways(len(rows.scores))
    messages = _messages(chains, *_both_ways(weights))
    log_p = (messages[:, 0] + messages[:, 1].gather(0, mirror) - rows.scores).log_softmax(1)
    return log_p.permute(2, 0, 1).masked_fill(~mask.unsqueeze(-1), 0)


@torch.no_grad()
def best_paths(emissions: Tensor, mask: Tensor, weights: Weights) -> list[list[int]]:
    """Return the best labelling of each row (Viterbi), as long as its mask."""
    rows = _rows(emissions, mask)
    chains, _ = rows.both_ways(rows.half)
    first, steps = _both_ways(weights)
    best, sums = torch.empty_like(chains), steps.new_empty(*steps.shape, len(mask))
    torch.add(chains[0], first, out=best[0])
    stepping, before = steps.unsqueeze(-1), best.unsqueeze(3).unbind()
    for earlier, arriving, after in zip(before, chains[1:].unbind(), best[1:].unbind(), strict=False):
        torch.amax(torch.add(earlier, stepping, out=sums), 1, out=after).add_(arriving)
    # Backtracking is sequential and runs on the host, after a single transfer.
    meeting = rows.at_middle(best).argmax(-1).tile(2).cpu().numpy()
    reached = best.mT.flatten(1, 2).cpu().numpy()  # [words, 2 * batch, labels]
    lengths, middle, last = mask.sum(1).tolist(), rows.middle.cpu().numpy(), rows.last.cpu().numpy()
    # From the middle on, each chain is pinned to the label there, so that one backtracking loop serves all lengths.
    position, row = np.nonzero(np.arange(rows.half)[:, None] >= np.concatenate([middle, last - middle]))
    reached[position, row, meeting[row]] = np.inf
    into, side = steps.mT.flatten(0, 1).cpu().numpy(), np.repeat([0, len(weights.start)], len(mask))
    path = np.empty(reached.shape[:2], np.int64)
    path[-1] = meeting
    for step in range(rows.half - 2, -1, -1):
        path[step] = (reached[step] + into[path[step + 1] + side]).argmax(1)
    word = np.arange(mask.shape[1])[:, None]
    position = np.where(word <= middle, 2 * word, 2 * np.maximum(last - word, 0) + 1)
    labels = np.take_along_axis(path.reshape(2 * rows.half, -1), position, 0).T.tolist()
    return [row[:length] for row, length in zip(labels, lengths, strict=True)]
