"""A method with a relation gate in float64, and its tweets one by one, for equations without padding."""

from __future__ import annotations

from dataclasses import replace

import torch
from small_methods import make

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.registry import methods

GRID = InputKind.GRID


def build(name, settings=None, view=View.IT, limit=11):
    """The method in float64 with larger weights, and tweets of one or more windows; the last two have no picture."""
    method, split = make(name, {**methods()[name].variant.settings, "hidden": 3, **(settings or {})})
    method.double()
    torch.manual_seed(1)
    with torch.no_grad():
        for part, parameter in method.named_parameters():
            if not part.startswith(("encoder.", "head.")):
                parameter.copy_(torch.randn_like(parameter) * 0.4)
    batch = replace(split, layout=WindowLayout(method.encoder.tokenizer, limit)).batch(range(8), view)
    return method, batch.mapped(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)


def windows(batch, tweet):
    """Ids, segments and words of the subwords of each window of a tweet; -1 for subwords of no word."""
    subwords, width = batch.subwords, batch.mask.shape[1]
    for row in (subwords.tweet == tweet).nonzero().flatten().tolist():
        real = subwords.mask[row]
        owner = subwords.owner[row][real]
        yield subwords.ids[row][real], subwords.segments[row][real], owner.where(owner < 0, owner - tweet * width)


def word_means(rows, count):
    """Mean state of each word from (states, words) of the tweet's windows."""
    states, owner = torch.cat([states for states, _ in rows]), torch.cat([words for _, words in rows])
    zero = torch.zeros(states.shape[1], dtype=states.dtype)
    return torch.stack([states[owner == word].mean(0) if (owner == word).any() else zero for word in range(count)])


def label(method, words):
    """Emissions of one tweet from its word vectors."""
    return method.lstm(words[None])[0][0] @ method.project.weight.T + method.project.bias
