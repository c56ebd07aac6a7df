"""Linear-chain conditional random fields (Lafferty et al. 2001): likelihood, best path and marginals.

p(y) = exp(score(y)) / Z, score(y) = start[y_1] + sum_t emissions[t, y_t] + sum_t transitions[y_(t-1), y_t] + end[y_n].
"""

import logging
from functools import cache

import torch
from torch import Tensor, nn

from mnerbench.methods.base.choices import CRFBackend
from mnerbench.methods.layers.crf import scans
from mnerbench.methods.layers.crf.inputs import Recursions, Weights, check
from mnerbench.methods.layers.crf.peer import PeerCRF

MOST_LABELS = 64  # kernels hold them in registers


class LinearChainCRF(nn.Module):
    """Batched, masked CRF; values at padding, even NaN, affect no result and no gradient.

    Every method takes emissions (float [batch, words, labels]) and a mask (bool [batch, words], True for words, which
    come first in each row; a row may have none). Results are float32, or float64 for float64 emissions. Shapes and
    dtypes are always checked (ValueError), values on the CPU only: elsewhere this would synchronise with the device.
    Transitions of any size are exact: large emissions can outweigh any finite one, so forbid a transition with -inf
    (clamped to -1e30). Plain torch is slower for transitions beyond 300 in size.

    Args:
        labels: number of labels.
        fused: use kernels on a GPU (up to 64 labels, not for float64 emissions).
    """

    def __init__(self, labels: int, *, fused: bool = True) -> None:
        super().__init__()
        self._fused = fused and labels <= MOST_LABELS
        self.start = nn.Parameter(torch.empty(labels).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(labels).uniform_(-0.1, 0.1))
        self.transitions = nn.Parameter(torch.empty(labels, labels).uniform_(-0.1, 0.1))  # [from, to]

    @property
    def _weights(self) -> Weights:
        return Weights(self.start, self.end, self.transitions)

    def _on(self, emissions: Tensor) -> Recursions:
        can = self._fused and emissions.is_cuda and emissions.dtype != torch.float64
        return (_kernels(emissions.device) if can else None) or scans

    def nll(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Return -log p(labels) of each sentence, [batch], summed over its words; labels are long [batch, words]."""
        dtype = check(emissions, mask, len(self.start), labels)
        if emissions.shape[1] == 0:
            return emissions.to(dtype).sum((1, 2))
        return self._on(emissions).nll(emissions, labels, mask, self._weights).to(dtype)

    def log_marginals(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return log p(label at word), [batch, words, labels], by forward-backward; 0 at padding, so sums skip it."""
        dtype = check(emissions, mask, len(self.start))
        if emissions.shape[1] == 0:
            return emissions.to(dtype)
        return self._on(emissions).log_marginals(emissions, mask, self._weights).to(dtype)

    @torch.no_grad()
    def decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """Return the best labelling of each sentence (Viterbi), as long as its mask."""
        check(emissions, mask, len(self.start))
        if emissions.shape[1] == 0:
            return [[] for _ in emissions]
        return self._on(emissions).best_paths(emissions, mask, self._weights)


def build_crf(labels: int, backend: CRFBackend = CRFBackend.NATIVE) -> LinearChainCRF | PeerCRF:
    """Build a CRF; under the same seed, all backends start from the same parameters."""
    if CRFBackend(backend) is CRFBackend.PYTORCH_CRF:
        return PeerCRF(labels)
    return LinearChainCRF(labels, fused=CRFBackend(backend) is CRFBackend.NATIVE)


@cache
def _kernels(device: torch.device) -> Recursions | None:
    """The kernels, after a test on the device, or None: they need Triton, a C compiler and a supported GPU."""
    try:
        from mnerbench.methods.layers.crf import fused

        word = torch.zeros(1, 1, 2, device=device)
        fused.best_paths(word, word[..., 0] == 0, Weights(word[0, 0], word[0, 0], word.expand(1, 2, 2)[0]))
    except torch.OutOfMemoryError:  # temporary: the next call tries again
        raise
    except Exception as error:  # noqa: BLE001 - plain torch works whatever keeps the kernels from running
        logging.getLogger(__name__).warning("the CRF falls back to plain torch, its kernels failed: %s", error)
        return None
    return fused
