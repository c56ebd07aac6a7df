"""The gated relational graph convolution against a loop over single nodes in float64 (HamLearning eqs. 5-7)."""

import math

import pytest
import torch

from mnerbench.methods.hamlearning.rgcn import GatedRGCNLayer

WIDTH, RELATIONS = 5, 4


def random_layer(seed=0):
    torch.manual_seed(seed)
    layer = GatedRGCNLayer(WIDTH, RELATIONS).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return layer


def graph(seed=1, tweets=3, nodes=6):
    """Nodes, and relations that differ in the two directions; about half of the pairs have none."""
    torch.manual_seed(seed)
    relations = torch.randint(RELATIONS, (tweets, nodes, nodes)) * torch.randint(2, (tweets, nodes, nodes))
    relations[:, range(nodes), range(nodes)] = 0
    return torch.randn(tweets, nodes, WIDTH, dtype=torch.float64), relations


def by_hand(layer, nodes, relations):
    """Eqs. 5-7 with scalars; the matrix of relation r is the transpose of `weights[r - 1]`."""
    answer = torch.zeros_like(nodes)
    weights, bias, gate = layer.weights.tolist(), layer.bias.tolist(), layer.gate.weight.tolist()
    for tweet, states in enumerate(nodes.tolist()):
        for i, node in enumerate(states):
            arrived = list(bias)
            for j, neighbour in enumerate(states):
                relation = int(relations[tweet, i, j])
                for out in range(WIDTH):
                    if relation:
                        arrived[out] += sum(weights[relation - 1][k][out] * neighbour[k] for k in range(WIDTH))
            arrived = [max(0.0, value) for value in arrived]
            both = arrived + node
            for out in range(WIDTH):
                share = 1 / (1 + math.exp(-sum(w * x for w, x in zip(gate[out], both, strict=True))))
                answer[tweet, i, out] = node[out] + share * arrived[out]
    return answer


def test_eqs_5_to_7_are_those_of_a_loop():
    layer, (nodes, relations) = random_layer(), graph()
    assert set(relations.flatten().tolist()) == set(range(RELATIONS))
    assert not torch.equal(relations, relations.mT)
    torch.testing.assert_close(layer(nodes, relations), by_hand(layer, nodes, relations), rtol=1e-10, atol=1e-12)


def test_each_relation_has_its_own_matrix():
    layer = GatedRGCNLayer(WIDTH, RELATIONS)
    shapes = {name: tuple(parameter.shape) for name, parameter in layer.named_parameters()}
    assert shapes == {"weights": (3, WIDTH, WIDTH), "bias": (WIDTH,), "gate.weight": (WIDTH, 2 * WIDTH)}


def test_without_neighbours_only_the_bias_arrives():
    layer, (nodes, relations) = random_layer(), graph()
    alone = layer(nodes, torch.zeros_like(relations))
    bias = layer.bias.clamp(min=0)
    for tweet, i in ((0, 0), (2, 5)):
        share = torch.sigmoid(layer.gate.weight @ torch.cat([bias, nodes[tweet, i]]))
        torch.testing.assert_close(alone[tweet, i], nodes[tweet, i] + share * bias)
    with torch.no_grad():
        layer.bias.zero_()
    assert torch.equal(layer(nodes, torch.zeros_like(relations)), nodes)


def test_a_permutation_of_the_nodes_permutes_the_answer():
    layer, (nodes, relations) = random_layer(), graph()
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    moved = layer(nodes[:, order], relations[:, order][:, :, order])
    torch.testing.assert_close(moved, layer(nodes, relations)[:, order])


@pytest.mark.parametrize("relation", range(1, RELATIONS))
def test_a_node_receives_messages_only_from_the_neighbours_in_its_row(relation):
    layer, (nodes, _) = random_layer(), graph()
    relations = torch.zeros(3, 6, 6, dtype=torch.long)
    relations[1, 0, 4] = relation
    with torch.no_grad():
        layer.bias.fill_(20.0)  # so that the ReLU lets everything through
    changed = nodes.clone()
    changed[1, 4] += 1
    moved = (layer(changed, relations) != layer(nodes, relations)).any(-1)
    assert moved.nonzero().tolist() == [[1, 0], [1, 4]]
    changed = nodes.clone()
    changed[1, 0] += 1
    moved = (layer(changed, relations) != layer(nodes, relations)).any(-1)
    assert moved.nonzero().tolist() == [[1, 0]]


def test_gradients_reach_exactly_the_matrices_of_relations_that_occur():
    layer, (nodes, relations) = random_layer(), graph()
    layer(nodes, torch.where(relations == 2, 0, relations)).sum().backward()
    assert layer.weights.grad.flatten(1).any(-1).tolist() == [True, False, True]
