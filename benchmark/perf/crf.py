"""Times the CRF against pytorch-crf on the same emissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch

from mnerbench.benchmark.perf.pairs import Pair, in_turns
from mnerbench.methods.base.choices import CRFBackend
from mnerbench.methods.layers.crf.linear_chain import LinearChainCRF, build_crf
from mnerbench.methods.layers.crf.peer import PeerCRF

# Tweets, words, labels: the setting of the target ratios, a typical training batch, a large label set.
SIZES = ((32, 128, 13), (16, 20, 9), (64, 64, 33))


def crf_pairs(
    device: torch.device, times: int = 30, sizes: Sequence[tuple[int, int, int]] | None = None
) -> Iterator[Pair]:
    """Loss with backward, Viterbi, and log posteriors with backward, for the given sizes or `SIZES`."""
    for size in SIZES if sizes is None else sizes:
        yield from _pairs_of(size, device, times)


def _pairs_of(size: tuple[int, int, int], device: torch.device, times: int) -> Iterator[Pair]:
    batch, words, labels = size
    torch.manual_seed(0)
    emissions = torch.randn(batch, words, labels, device=device)
    gold = torch.randint(labels, (batch, words), device=device)
    mask = torch.ones(batch, words, dtype=torch.bool, device=device)
    crfs = []
    for backend in (CRFBackend.NATIVE, CRFBackend.PYTORCH_CRF):
        torch.manual_seed(0)
        crfs.append(build_crf(labels, backend).to(device))
    kinds: dict[str, Callable[[LinearChainCRF | PeerCRF, torch.Tensor], object]] = {
        "CRF loss + backward": lambda crf, leaf: crf.nll(leaf, gold, mask).sum().backward(),  # type: ignore[no-untyped-call]
        "CRF Viterbi": lambda crf, leaf: crf.decode(leaf.detach(), mask),
        "CRF log posteriors + backward": lambda crf, leaf: crf.log_marginals(leaf, mask).sum().backward(),  # type: ignore[no-untyped-call]
    }
    for name, call in kinds.items():
        ours, theirs = (partial(call, crf, emissions.clone().requires_grad_()) for crf in crfs)
        rival = f"pytorch-crf; {batch} tweets, {words} words, {labels} labels"
        yield Pair(name, rival, *in_turns(ours, theirs, times, device))
