"""MGCMT: emissions and losses against unpadded windows, augmentation, objects, and the number of parameters."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from small_methods import make
from transformers import BertConfig, BertModel

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import LabelRule
from mnerbench.methods.conformance import LABELS, sentences
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.encoders.word_table import WordTable
from mnerbench.methods.mgcmt.model import MGCMT
from mnerbench.methods.registry import methods

VARIANTS = ("mgcmt", "mgcmt-gated", "mgcmt-no-augmentation")


def build(name="mgcmt", settings=None, view=View.IT):
    """The method with random weights, and all tweets in windows of at most eleven subwords."""
    method, split = make(name, {**methods()[name].variant.settings, **(settings or {})})
    method.eval()
    with torch.no_grad():
        for key, parameter in method.named_parameters():
            if not key.startswith("encoder."):
                parameter.copy_(torch.randn_like(parameter) * (0.1 if parameter.dim() > 1 else 0.5))
    split.layout = WindowLayout(method.encoder.tokenizer, 11)
    return method, split.batch(range(8), view)


def attend(layer, queries, keys):
    """A transformer layer without padding (its own equations are tested in layers/test_transformer.py)."""
    return layer(queries[None], keys[None], torch.ones(1, len(keys), dtype=torch.bool))[0]


def mixed(gate, first, second):
    score = first @ gate.of_first.weight.T + gate.of_first.bias + second @ gate.of_second.weight.T
    share = 1 / (1 + torch.exp(-score))
    return share * first + (1 - share) * second


def side(block, text, keys, queries):
    """Picture or objects, attended in both directions; zero without any."""
    if not len(keys):
        return torch.zeros_like(text)
    keys, queries = attend(block.among_keys, keys, keys), attend(block.among_queries, queries, queries)
    seen = attend(block.cross.text_to_image, text, keys)
    told = attend(block.cross.text_to_text, text, attend(block.cross.image_to_text, queries, text))
    return mixed(block.gate, seen, told)


def augmented(method, states, words):
    """States of a window; `words` has the word of each first subword, None at other subwords."""
    table, rows = method.encoder.word_table, []
    for state, word in zip(states, words, strict=True):
        row = table.rows([word])[0] if word is not None and table is not None else 0
        if row:
            read = table.vectors[row] @ method.augment.read.weight.T + method.augment.read.bias
            gate = method.augment.gate
            rows.append(state + read if gate is None else mixed(gate, state, read))
        else:
            rows.append(state)
    return torch.stack(rows)


def by_hand(method, batch):
    """Main emissions and span emissions of each tweet's units, a window at a time."""
    main, spans = [[] for _ in batch.labels], [[] for _ in batch.labels]
    for window, tweet in enumerate(batch.subwords.tweet.tolist()):
        length, words = int(batch.subwords.mask[window].sum()), sentences()[tweet].words
        owner = (batch.subwords.owner[window, :length] - tweet * batch.mask.shape[1]).tolist()
        starts = [i > 0 and owner[i] >= 0 and owner[i] != owner[i - 1] for i in range(length)]
        ids = batch.subwords.ids[window, :length][None]
        states = method.encoder.model(input_ids=ids).last_hidden_state[0]
        states = augmented(method, states, [words[o] if s else None for o, s in zip(owner, starts, strict=True)])
        text, cells = attend(method.text, states, states), batch.visual.vectors[InputKind.GRID][tweet]
        cells = cells[batch.visual.masks[InputKind.GRID][tweet]]
        labels = batch.visual.regions["labels"][tweet][batch.visual.masks[InputKind.REGIONS][tweet]]
        names = method.names.weight[1 + labels[: method.config.objects]]
        picture = side(method.picture, text, method.see(cells), method.see_as_query(cells))
        objects = side(method.objects, text, names, names)
        joined = torch.cat([picture, objects], -1) @ method.join.weight.T + method.join.bias
        fused = method.merge(torch.cat([text, joined.clamp(min=0)], -1))
        rows = (
            list(range(length)) if method.config.label_rule is LabelRule.X else [i for i in range(length) if starts[i]]
        )
        main[tweet].append(method.project(fused)[rows])
        if method.config.span_module:
            spans[tweet].append(method.spans.project(attend(method.spans.text, states, states))[rows])
    return [torch.cat(windows) for windows in main], [torch.cat(windows) for windows in spans if windows]


@pytest.mark.parametrize(
    ("name", "settings"), [*((name, {}) for name in VARIANTS), ("mgcmt", {"label_rule": "x", "objects": 2})]
)
@pytest.mark.parametrize("view", [View.IT, View.T])
def test_emissions_are_those_of_the_equations(name, settings, view):
    method, batch = build(name, settings, view)
    assert len(batch.subwords.tweet) > 8, "some tweets have several windows"
    assert (batch.word_rows is None) == (name == "mgcmt-no-augmentation")
    with torch.no_grad():
        (main, spans), (expected, expected_spans) = method.emissions(batch), by_hand(method, batch)
    for tensors, rows in ((main, expected), (spans, expected_spans)):
        for row, tweet in zip(tensors, rows, strict=True):
            torch.testing.assert_close(row[: len(tweet)], tweet, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("settings", "weight"), [({}, 0.5), ({"span_weight": 0.2}, 0.2)])
def test_the_span_loss_is_that_of_labels_without_types(settings, weight):
    method, batch = build(settings=settings)
    with torch.no_grad():
        terms, (_, spans) = method.losses({View.IT: batch}), by_hand(method, batch)
        names = ["O", "B", "I"]
        untyped = [[names.index(label[0]) for label in example.labels] for example in sentences()]
        singly = [
            method.spans.head.loss(row[None], torch.tensor([gold]), torch.ones(1, len(gold), dtype=torch.bool))
            for row, gold in zip(spans, untyped, strict=True)
        ]
    assert terms["spans"].item() == pytest.approx(weight * float(sum(singly)) / 8, rel=1e-4)


def test_without_the_span_module_there_is_one_loss():
    method, batch = build(settings={"span_module": False})
    assert set(method.losses({View.IT: batch})) == {"nll"}
    assert not any(name.startswith("spans") for name, _ in method.named_parameters())


@pytest.mark.parametrize("name", VARIANTS)
def test_without_a_picture_the_layers_over_it_have_no_effect(name):
    method, batch = build(name, view=View.T)
    mask = batch.mask
    with torch.no_grad():
        before = method(batch).clone()
        for part in (method.see, method.see_as_query, method.picture, method.names, method.objects):
            for parameter in part.parameters():
                parameter.normal_()
        assert torch.equal(method(batch)[mask], before[mask])


@pytest.mark.parametrize("name", ["mgcmt", "mgcmt-gated"])
def test_words_without_a_vector_keep_their_state(name):
    method, batch = build(name)
    known = batch.word_rows > 0
    assert known.any()
    assert (~known & batch.mask).any()
    with torch.no_grad():
        states = method.encoder.encode_subwords(batch.subwords)
        method.text.forward = lambda queries, *_: seen.append(queries) or queries
        seen = []
        method.emissions(batch)
        changed = (seen[0] != states).any(-1)
    # Exactly the first subwords of known words.
    first = torch.zeros_like(batch.subwords.mask).flatten()
    first[batch.subwords.first[known]] = True
    assert torch.equal(changed[batch.subwords.mask], first.view_as(changed)[batch.subwords.mask])


def test_the_card_asks_for_nearest_words_only_to_augment():
    entry, without = methods()["mgcmt"], methods()["mgcmt-no-augmentation"]
    assert (entry.configure({}).reads_word_vectors, entry.configure({"neighbours": 7}).nearest_words) == (True, 7)
    assert (without.configure({}).reads_word_vectors, without.configure({}).nearest_words) == (False, 0)
    with pytest.raises(ConfigError, match="setting neighbours = 7 changes nothing"):
        without.configure({"neighbours": 7})
    released = entry.configure({"profile": "released"})
    assert (released.label_rule, released.augmentation, released.nearest_words) == (LabelRule.X, "added", 4)
    assert (released.objects, released.span_weight, released.dropout, released.join_dropout) == (5, 0.5, 0.1, 0.5)


def test_parameters_with_bert_base_cased_are_those_of_the_layers_that_the_code_uses():
    with torch.device("meta"):
        encoder = TextEncoder(BertModel(BertConfig(vocab_size=28_996), add_pooling_layer=False), SimpleNamespace())
        encoder.word_table = WordTable(width=200)
        config = methods()["mgcmt"].configure({"profile": "released"})
        shapes = {InputKind.GRID: FeatureShape(2048, 49), InputKind.REGIONS: FeatureShape(8, 5, tuple("x" * 84))}
        method = MGCMT(config, encoder, LABELS, shapes)
    new = sum(p.numel() for n, p in method.named_parameters() if not n.startswith("encoder."))
    square = 768 * 768 + 768
    layer = 4 * square + (768 * 3072 + 3072) + (3072 * 768 + 768) + 4 * 768
    linears = 2 * (2048 * 768 + 768) + 85 * 768 + (200 * 768 + 768) + 2 * (2 * 768 * 768 + 768)
    gates = 2 * (2 * 768 * 768 + 768)
    outputs = (768 * 13 + 13) + (768 * 7 + 7) + (13 * 13 + 2 * 13) + (7 * 7 + 2 * 7)
    assert new == 12 * layer + linears + gates + outputs
