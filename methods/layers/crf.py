"""Linear-chain conditional random fields (Lafferty et al. 2001): likelihood, best path and marginals.

p(y) = exp(score(y)) / Z, score(y) = start[y_1] + sum_t emissions[t, y_t] + sum_t transitions[y_(t-1), y_t] + end[y_n].
"""

import torch
from torch import Tensor, nn

from mnerbench.methods.layers import crf_scans
from mnerbench.methods.layers.choices import CRFBackend
from mnerbench.methods.layers.crf_inputs import Weights, check
from mnerbench.methods.layers.crf_peer import PeerCRF


class LinearChainCRF(nn.Module):
    """Batched, masked CRF; what stands at padding, even NaN, reaches no answer and no gradient.

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

    @property
    def _weights(self) -> Weights:
        return Weights(self.start, self.end, self.transitions)

    def nll(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Return -log p(labels) of each sentence, [batch], summed over its words; labels are long [batch, words]."""
        dtype = check(emissions, mask, len(self.start), labels)
        if emissions.shape[1] == 0:
            return emissions.to(dtype).sum((1, 2))
        return crf_scans.nll(emissions, labels, mask, self._weights).to(dtype)

    def log_marginals(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return log p(label at word), [batch, words, labels], by forward-backward; 0 at padding, so sums skip it."""
        dtype = check(emissions, mask, len(self.start))
        if emissions.shape[1] == 0:
            return emissions.to(dtype)
        return crf_scans.log_marginals(emissions, mask, self._weights).to(dtype)

    @torch.no_grad()
    def decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """Return the best labelling of each sentence (Viterbi), as long as its mask."""
        check(emissions, mask, len(self.start))
        if emissions.shape[1] == 0:
            return [[] for _ in emissions]
        path = crf_scans.best_path(emissions, mask, self._weights)
        host = torch.cat([mask.sum(1, keepdim=True), path], 1).tolist()  # the one transfer
        return [labels[:length] for length, *labels in host]


def build_crf(labels: int, backend: CRFBackend = CRFBackend.NATIVE) -> LinearChainCRF | PeerCRF:
    """Return a CRF over that many labels; under one seed, both backends start from the same parameters."""
    return LinearChainCRF(labels) if CRFBackend(backend) is CRFBackend.NATIVE else PeerCRF(labels)
