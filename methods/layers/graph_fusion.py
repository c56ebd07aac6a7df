"""A graph of words and objects: self-attention within each side, gated sums between them.

After Yin et al. 2020 (ACL: graph-based multi-modal fusion encoder), as used by UMGF (Zhang et al. 2021, AAAI).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class SelfAttention(nn.Module):
    """Multi-head self-attention, x' = LN(x + heads of softmax(Q K / sqrt(d)) V).

    Args:
        width: width of the nodes.
        heads: number of heads, a divisor of the width.
        dropout: on attention probabilities and on the sum.
        projects_values: whether V and the concatenated heads are projected; without, V is x itself.
    """

    def __init__(self, width: int, heads: int, dropout: float, *, projects_values: bool) -> None:
        super().__init__()
        self._heads, self._dropout = heads, dropout
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = (nn.Linear(width, width) if projects_values else nn.Identity() for _ in range(2))
        self.norm, self.dropout = nn.LayerNorm(width), nn.Dropout(dropout)

    def forward(self, nodes: Tensor, real: Tensor) -> Tensor:
        """Attend within one side, [graphs, nodes, width].

        Args:
            nodes: [graphs, nodes, width].
            real: True for nodes, False for padding, [graphs, nodes]. Without any node the result is finite.
        """
        split = (*nodes.shape[:2], self._heads, -1)
        query, key, value = (layer(nodes).view(split).transpose(1, 2) for layer in (self.query, self.key, self.value))
        mixed = scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=(real | ~real.any(-1, keepdim=True))[:, None, None],
            dropout_p=self._dropout if self.training else 0.0,
        )
        attended: Tensor = self.norm(nodes + self.dropout(self.out(mixed.transpose(1, 2).flatten(2))))
        return attended


class GatedNeighbours(nn.Module):
    """Nodes of one side receive those of the other, then pass a feed-forward network.

    m_i = sum over neighbours j of sigmoid(W [x_i; y_j] + b) * y_j, x' = LN(x + m), out = LN(x' + FFN(x')).

    Args:
        width: width of the nodes.
        inner: width of the feed-forward network.
        dropout: on both sums.
    """

    def __init__(self, width: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.gate = nn.Linear(2 * width, width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm_received, self.norm, self.dropout = nn.LayerNorm(width), nn.LayerNorm(width), nn.Dropout(dropout)

    def forward(self, nodes: Tensor, neighbours: Tensor, real: Tensor) -> Tensor:
        """Receive from every neighbour, [graphs, nodes, width].

        Args:
            nodes: [graphs, nodes, width].
            neighbours: [graphs, neighbours, width].
            real: True for neighbours, False for padding, [graphs, neighbours].
        """
        # W [x; y] is the sum of two products, so no pair is concatenated.
        of_node, of_neighbour = self.gate.weight.chunk(2, 1)
        own = nn.functional.linear(nodes, of_node, self.gate.bias).unsqueeze(2)
        gates = torch.sigmoid(own + nn.functional.linear(neighbours, of_neighbour).unsqueeze(1))
        received = (gates * (neighbours * real.unsqueeze(-1)).unsqueeze(1)).sum(2)
        nodes = self.norm_received(nodes + self.dropout(received))
        result: Tensor = self.norm(nodes + self.dropout(self.down(torch.relu(self.up(nodes)))))
        return result


class GraphFusionLayer(nn.Module):
    """A layer of the graph in which every word is linked to every object.

    Args:
        width, heads, inner, dropout: as above.
        last: whether only the words are read afterwards; the objects then receive nothing.
    """

    def __init__(self, width: int, heads: int, inner: int, dropout: float, *, last: bool) -> None:
        super().__init__()
        self.among_words = SelfAttention(width, heads, dropout, projects_values=True)
        self.among_objects = SelfAttention(width, heads, dropout, projects_values=False)
        self.to_words = GatedNeighbours(width, inner, dropout)
        self.to_objects = None if last else GatedNeighbours(width, inner, dropout)

    def forward(self, words: Tensor, objects: Tensor, real: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Words, [graphs, words, width], and objects, [graphs, objects, width], after the layer.

        Args:
            words: [graphs, words, width].
            objects: [graphs, objects, width].
            real: masks, False for padding, of words, [graphs, words], and of objects, [graphs, objects].
        """
        words, objects = self.among_words(words, real[0]), self.among_objects(objects, real[1])
        received = self.to_words(words, objects, real[1])
        return received, objects if self.to_objects is None else self.to_objects(objects, words, real[0])
