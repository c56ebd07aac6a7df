"""The CRF against pytorch-crf, on the same emissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from mnerbench.benchmark.perf.pairs import Pair, in_turns
from mnerbench.methods.layers.choices import CRFBackend
from mnerbench.methods.layers.crf.linear_chain import LinearChainCRF, build_crf
from mnerbench.methods.layers.crf.peer import PeerCRF

# Tweets, words, labels: the setting of the bars first, then what training meets, then a large label set.
SIZES = ((32, 128, 13), (16, 20, 9), (64, 64, 33))


def crf_pairs(device: torch.device, times: int = 30) -> Iterator[Pair]:
    """Loss with backward, Viterbi, and log posteriors with backward, for several sizes."""
    for batch, words, labels in SIZES:
        torch.manual_seed(0)
        emissions = torch.randn(batch, words, labels, device=device)
        gold = torch.randint(labels, (batch, words), device=device)
        mask = torch.ones(batch, words, dtype=torch.bool, device=device)
        crfs = []
        for backend in (CRFBackend.NATIVE, CRFBackend.PYTORCH_CRF):
            torch.manual_seed(0)
            crfs.append(build_crf(labels, backend).to(device))

        def loss(
            crf: LinearChainCRF | PeerCRF, leaf: torch.Tensor, gold: torch.Tensor = gold, mask: torch.Tensor = mask
        ) -> None:
            crf.nll(leaf, gold, mask).sum().backward()  # type: ignore[no-untyped-call]

        def viterbi(crf: LinearChainCRF | PeerCRF, leaf: torch.Tensor, mask: torch.Tensor = mask) -> None:
            crf.decode(leaf.detach(), mask)

        def posteriors(crf: LinearChainCRF | PeerCRF, leaf: torch.Tensor, mask: torch.Tensor = mask) -> None:
            crf.log_marginals(leaf, mask).sum().backward()  # type: ignore[no-untyped-call]

        kinds: dict[str, Callable[[LinearChainCRF | PeerCRF, torch.Tensor], None]] = {
            "CRF loss + backward": loss,
            "CRF Viterbi": viterbi,
            "CRF log posteriors + backward": posteriors,
        }
        for name, call in kinds.items():
            leaves = [emissions.clone().requires_grad_() for _ in crfs]
            ours, theirs = (
                lambda crf=crf, leaf=leaf, call=call: call(crf, leaf) for crf, leaf in zip(crfs, leaves, strict=True)
            )
            where = f"pytorch-crf; {batch} tweets, {words} words, {labels} labels"
            yield Pair(name, where, *in_turns(ours, theirs, times, device))
