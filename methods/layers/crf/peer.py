"""pytorch-crf with the interface of our CRF, as a reference for tests."""

import torch
from torch import Tensor, nn

from mnerbench.methods.layers.crf.inputs import check


class PeerCRF(nn.Module):
    """pytorch-crf with the methods of `LinearChainCRF`; a slower reference."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        try:
            from torchcrf import CRF
        except ImportError as error:
            raise ImportError("pip install pytorch-crf (TorchCRF is a different package)") from error
        self.crf = CRF(labels, batch_first=True)

    def nll(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Return -log p(labels), [batch]."""
        clean, rows = _cleaned(emissions, mask, self.crf.num_tags, labels), mask.any(1)
        nll = clean[:, :0].sum((1, 2))
        if rows.any():  # pytorch-crf rejects sentences without words
            nll[rows] = -self.crf(clean[rows], labels.masked_fill(~mask, 0)[rows], mask[rows], reduction="none")
        return nll

    def log_marginals(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return log p(label at word), as the gradient of log Z, since pytorch-crf has no marginals."""
        clean, rows, tracked = _cleaned(emissions, mask, self.crf.num_tags), mask.any(1), torch.is_grad_enabled()
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
        clean, rows = _cleaned(emissions, mask, self.crf.num_tags), mask.any(1)
        paths = iter(self.crf.decode(clean[rows], mask[rows]) if rows.any() else ())
        return [next(paths) if row else [] for row in rows.tolist()]


def _cleaned(emissions: Tensor, mask: Tensor, size: int, labels: Tensor | None = None) -> Tensor:
    dtype = check(emissions, mask, size, labels)
    return emissions.masked_fill(~mask.unsqueeze(-1), 0).to(dtype)
