"""HamLearning's equations in float64, per tweet without padding; and the parameters that each ablation removes."""

from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
import torch
from transformers import BertConfig, BertModel

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.conformance import LABELS, Case, sentences
from mnerbench.methods.conformance.synthetic_inputs import pictures
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.hamlearning.model import Relevance
from mnerbench.methods.hamlearning.object_views import ObjectViews
from mnerbench.methods.hamlearning.spatial import spatial_relations
from mnerbench.methods.registry import method_class, methods

GLOBAL, REGIONS = InputKind.GLOBAL, InputKind.REGIONS


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """With tensors this small, threads mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def scratch_tokenizer():
    encoder = scratch_encoder([" ".join(example.words) for example in sentences()])
    return encoder.tokenizer, encoder.model.config.vocab_size


@cache
def build(name="hamlearning", rows=64, **settings):
    """A small method with perturbed parameters, and all eight tweets in windows of at most `rows` subwords."""
    entry, (tokenizer, vocabulary) = methods()[name], scratch_tokenizer()
    torch.manual_seed(0)
    sizes = {"hidden_size": 12, "num_hidden_layers": 1, "num_attention_heads": 3, "intermediate_size": 20}
    encoder = TextEncoder(BertModel(BertConfig(vocab_size=vocabulary, **sizes), add_pooling_layer=False), tokenizer)
    shapes = {kind: features.shape for kind, features in pictures().features.items()}
    method = method_class(entry.family)(entry.configure(settings), encoder, LABELS, shapes)
    method.double().eval().requires_grad_(requires_grad=False)
    for parameter in method.parameters():
        parameter.add_(torch.randn_like(parameter), alpha=0.3)
    split = replace(Case(entry, lambda *_: None).split(method), layout=WindowLayout(tokenizer, rows))
    batch = split.batch(range(8), View.IT)
    return method, with_regions(batch, **{name: batch.visual.regions[name].double() for name in ("boxes", "sizes")})


def with_regions(batch, masks=None, **regions):
    """The batch with other boxes, labels or sizes of regions, or other masks; vectors in float64."""
    visual = batch.visual
    vectors = {kind: tensor.double() for kind, tensor in visual.vectors.items()}
    visual = replace(visual, vectors=vectors, masks=masks or visual.masks, regions={**visual.regions, **regions})
    return replace(batch, visual=visual)


def linear(layer, vector):
    return layer.weight @ vector + (0 if layer.bias is None else layer.bias)


def attend(layer, queries, keys):
    return layer(queries[None], keys[None], torch.ones(1, len(keys), dtype=torch.bool))[0]


def text_by_hand(method, batch, tweet):
    """The sentence vector, and eq. 1's sums of subwords, after the textual transformer."""
    states, first = method.encoder.encode_subwords(batch.subwords), tweet * batch.mask.shape[1]
    slots = range(first, first + int(batch.mask[tweet].sum()))
    words = [states[batch.subwords.owner == slot].sum(0) for slot in slots]
    encoded = torch.stack([states[batch.subwords.tweet.tolist().index(tweet), 0], *words])
    for layer in method.text.layers:
        encoded = attend(layer, encoded, encoded)
    return encoded[0], encoded[1:]


def nodes_by_hand(method, visual, tweet):
    """Eqs. 2 and 3: vectors of the whole picture and its objects of highest score; and the boxes of these."""
    views, count = method.views, min(method.config.objects, int(visual.masks[REGIONS][tweet].sum()))
    order = visual.regions["scores"][tweet].argsort(descending=True)[:count].tolist()
    nodes = [linear(views.whole, visual.vectors[GLOBAL][tweet, 0])]
    for i in order:
        name = views.name.weight @ views.names.weight[1 + visual.regions["labels"][tweet, i]]
        nodes.append(linear(views.object, visual.vectors[REGIONS][tweet, i]) + name)
    return torch.stack(nodes), visual.regions["boxes"][tweet, order]


def views_by_hand(method, visual, tweet):
    """Eqs. 4 (ViT) and 5-7 (R-GCN), if the method has them."""
    nodes, boxes = nodes_by_hand(method, visual, tweet)
    views = []
    if method.config.semantic:
        states = nodes
        for layer in method.views.semantic.layers:
            states = attend(layer, states, states)
        views.append(states)
    if method.config.spatial:
        size, everything = visual.regions["sizes"][tweet], torch.ones(1, len(boxes), dtype=torch.bool)
        wide, high = size.tolist()
        geometry = [[0.5, 0.5, 1.0, 1.0]]
        geometry += [[(a + c) / 2 / wide, (b + d) / 2 / high, (d - b) / high, (c - a) / wide] for a, b, c, d in boxes]
        placed = torch.cat([nodes.new_tensor(geometry), nodes], 1)
        states = torch.stack([linear(method.views.place, node) for node in placed])
        relations = torch.zeros(len(nodes), len(nodes), dtype=torch.long)
        relations[0, 1:], relations[1:, 0] = 1, 2
        relations[1:, 1:] = spatial_relations(boxes[None], size[None], everything)[0]
        for layer in method.views.spatial:
            states = layer(states[None], relations[None])[0]
        views.append(states)
    return views


def relevance_by_hand(layer, sentence, whole):
    """Eqs. 8 and 9 for a tweet; C is a scalar."""
    score = torch.tanh(sentence @ layer.bilinear.weight @ whole)
    return torch.tanh(layer.text.weight @ sentence + layer.image.weight @ whole * score)


def local_by_hand(method, number, view, sentence):
    """Eqs. 10 and 11."""
    share = relevance_by_hand(method.relevance[number], sentence, view[0]) if method.config.relevance else 1
    return torch.stack([linear(method.merge, torch.cat([share * view[0], node])) for node in view[1:]])


def gate_by_hand(method, views):
    """Eqs. 13 and 14."""
    outer, *inner = (part.weight for part in method.weigh)
    rows = []
    for first, second in zip(*views, strict=True):
        share = outer @ (1 / (1 + torch.exp(-(inner[0] @ first + inner[1] @ second))))
        rows.append(share * first + (1 - share) * second)
    return torch.stack(rows)


def rounds_by_hand(method, words, views):
    """Eqs. 12 and 15: in each round, words and views attend to each other's states of the previous round."""
    first, _, last = method.transform
    history = [(torch.stack([linear(last, linear(first, word).clamp(min=0)) for word in words]), views)]
    for number in range(method.config.rounds):
        words, views = history[number]
        combined = gate_by_hand(method, views) if len(views) == 2 else views[0]
        updated = [attend(layer, view, words) for layer, view in zip(method.listen, views, strict=False)]
        history.append((attend(method.look, words, combined), updated))
    return history[-1][0]


def emissions_by_hand(method, batch, tweet):
    sentence, words = text_by_hand(method, batch, tweet)
    views = views_by_hand(method, batch.visual, tweet)
    local = [local_by_hand(method, number, view, sentence) for number, view in enumerate(views)]
    return torch.stack([linear(method.project, word) for word in rounds_by_hand(method, words, local)])


@pytest.mark.parametrize("rows", [64, 10])
def test_eq_1_words_are_sums_of_subwords_and_the_sentence_is_the_first_subword(rows):
    method, batch = build(rows=rows, text_layers=2)
    assert (len(batch.subwords.ids) > 8) == (rows == 10)
    assert (torch.bincount(batch.subwords.owner[batch.subwords.owner >= 0]) > 1).any()
    sentence, words = method._text(batch)
    for tweet in range(8):
        expected = text_by_hand(method, batch, tweet)
        torch.testing.assert_close(sentence[tweet], expected[0])
        torch.testing.assert_close(words[tweet][batch.mask[tweet]], expected[1])


@pytest.mark.parametrize("objects", [15, 2, 1])
def test_eqs_2_to_7_make_both_views_of_the_surest_objects(objects):
    method, batch = build(objects=objects)
    views, real = method.views(batch.visual)
    assert real.sum(1).tolist() == [min(objects, count) for count in (1, 2, 3, 1, 2, 3)] + [0, 0]
    for tweet in range(6):
        for view, expected in zip(views, views_by_hand(method, batch.visual, tweet), strict=True):
            torch.testing.assert_close(view[tweet, : len(expected)], expected)


def test_eqs_8_and_9_scale_by_a_scalar_per_tweet():
    torch.manual_seed(0)
    layer, sentence, whole = Relevance(4).double(), torch.randn(5, 4).double(), torch.randn(5, 4).double()
    expected = torch.stack([relevance_by_hand(layer, h, v) for h, v in zip(sentence, whole, strict=True)])
    torch.testing.assert_close(layer(sentence, whole), expected)
    assert sum(parameter.numel() for parameter in layer.parameters()) == 3 * 4 * 4


@pytest.mark.parametrize("name", ["hamlearning", "hamlearning-no-vit"])
def test_the_judged_relation_is_the_mean_size_of_m_over_both_views(name):
    method, batch = build(name)
    with torch.no_grad():
        judged = method.judged_relation(batch)
        for tweet in range(6):
            sentence, _ = text_by_hand(method, batch, tweet)
            views = views_by_hand(method, batch.visual, tweet)
            pairs = zip(method.relevance, views, strict=True)
            factors = [relevance_by_hand(layer, sentence, view[0]).abs().mean() for layer, view in pairs]
            torch.testing.assert_close(judged[tweet], sum(factors) / len(factors))


@pytest.mark.parametrize("name", ["hamlearning", "hamlearning-no-rm"])
def test_eqs_10_and_11_merge_each_object_with_the_relevant_picture_vector(name):
    method, batch = build(name)
    sentence, _ = method._text(batch)
    for number, view in enumerate(method.views(batch.visual)[0]):
        expected = [local_by_hand(method, number, *pair) for pair in zip(view, sentence, strict=True)]
        torch.testing.assert_close(method._local(number, view, sentence), torch.stack(expected))


def test_eqs_13_and_14_are_an_unbounded_elementwise_gate():
    method, _ = build()
    torch.manual_seed(2)
    views = [torch.randn(3, 5, 12).double() for _ in range(2)]
    expected = torch.stack([gate_by_hand(method, pair) for pair in zip(*views, strict=True)])
    combined = method._combine(views)
    torch.testing.assert_close(combined, expected)
    share = (combined - views[1]) / (views[0] - views[1])
    assert share.min() < 0
    assert torch.equal(method._combine(views[:1]), views[0])


NAMES = ("", "-no-rgcn", "-no-vit", "-no-rm", "-l1", "-l2", "-l4", "-l5", "-maskrcnn")
OTHER = {"objects": 2, "text_layers": 2, "vit_layers": 1, "rgcn_layers": 3, "heads": 2}


@pytest.mark.parametrize(
    ("name", "settings"), [*((f"hamlearning{name}", {}) for name in NAMES), ("hamlearning", OTHER)]
)
def test_emissions_are_those_of_all_equations_in_synchronous_rounds(name, settings):
    method, batch = build(name, **settings)
    emissions = method(batch)
    for tweet in range(6):
        expected = emissions_by_hand(method, batch, tweet)
        torch.testing.assert_close(emissions[tweet][batch.mask[tweet]], expected, rtol=1e-8, atol=1e-10)


def test_each_round_changes_the_answer():
    answers = [build(f"hamlearning-l{rounds}")[0](build()[1])[:6][build()[1].mask[:6]] for rounds in range(1, 6)]
    assert not any(torch.allclose(first, second) for first, second in pairwise(answers))


def test_the_usual_numbers_are_those_of_appendix_a_2_2():
    method, config = build()[0], build()[0].config
    assert (len(method.views.semantic.layers), len(method.views.spatial), config.rounds, config.objects) == (
        4,
        2,
        3,
        15,
    )
    assert (config.dropout, method.look.dropout.p, method.dropout.p) == (0.1, 0.1, 0.1)
    paper = methods()["hamlearning"].family.paper_training
    assert (paper["epochs"], paper["batch_size"], paper["max_pieces"]) == (60, 32, 128)
    assert {rate for name, rate in paper.items() if name.startswith("lr_")} == {3e-5}


@pytest.mark.parametrize(
    ("name", "removed"),
    [
        ("-no-rgcn", ("views.place.", "views.spatial.", "relevance.1.", "weigh.", "listen.1.")),
        ("-no-vit", ("views.semantic.", "relevance.1.", "weigh.", "listen.1.")),
        ("-no-rm", ("relevance.0.", "relevance.1.")),
        ("-l1", ("listen.0.", "listen.1.")),
        *((f"-l{rounds}", ()) for rounds in range(2, 6)),
        ("-maskrcnn", ()),
    ],
)
def test_an_ablation_takes_away_its_parameters_and_no_others(name, removed):
    whole, ablated = (
        {parameter_name: parameter.shape for parameter_name, parameter in build(full)[0].named_parameters()}
        for full in ("hamlearning", f"hamlearning{name}")
    )
    assert all(any(parameter_name.startswith(prefix) for parameter_name in whole) for prefix in removed)
    assert ablated == {
        parameter_name: shape for parameter_name, shape in whole.items() if not parameter_name.startswith(removed)
    }


@pytest.mark.parametrize("name", ["hamlearning", "hamlearning-no-rgcn", "hamlearning-no-vit", "hamlearning-l1"])
def test_without_a_picture_or_objects_the_text_is_unchanged(name):
    method, batch = build(name)
    masks = {kind: mask.clone() for kind, mask in batch.visual.masks.items()}
    masks[REGIONS][1], masks[GLOBAL][2] = False, False
    emissions = method(with_regions(batch, masks))
    for tweet, unchanged in enumerate([False, True, True, False, False, False, True, True]):
        words = method.transform(text_by_hand(method, batch, tweet)[1])
        plain = method.project(words)
        assert torch.allclose(emissions[tweet][batch.mask[tweet]], plain) == unchanged


@pytest.mark.parametrize(("name", "sees"), [("", True), ("-no-vit", True), ("-no-rgcn", False)])
def test_positions_of_boxes_affect_emissions_only_through_the_spatial_view(name, sees):
    method, batch = build(f"hamlearning{name}")
    boxes, sizes, real = (*map(batch.visual.regions.get, ("boxes", "sizes")), batch.visual.masks[REGIONS][..., None])
    before = method(batch)
    for other in ({"boxes": boxes + 7}, {"boxes": boxes * boxes}, {"sizes": sizes * torch.tensor([2, 3])}):
        changed = ~torch.isclose(method(with_regions(batch, **other)), before).all(-1)
        assert changed[:6][batch.mask[:6]].all() == changed.any() == sees
        assert not changed[6:].any()
    torch.testing.assert_close(method(with_regions(batch, boxes=torch.where(real, boxes, 77.0))), before)


def test_relations_affect_emissions_independently_of_positions():
    method, batch = build("hamlearning-no-vit")
    method, boxes = deepcopy(method), batch.visual.regions["boxes"]
    method.views.place.weight[:, :4] = 0
    torch.testing.assert_close(method(with_regions(batch, boxes=boxes + 7)), method(batch))
    apart = boxes.new_tensor([[0, 0, 50, 50], [90, 0, 140, 50], [0, 90, 50, 140]]).expand_as(boxes)
    nested = boxes.new_tensor([[0, 0, 50, 50], [10, 0, 40, 50], [20, 0, 30, 50]]).expand_as(boxes)
    changed = ~torch.isclose(*(method(with_regions(batch, boxes=layout)) for layout in (apart, nested))).flatten(1).all(
        -1
    )
    assert changed.tolist() == [False, True, True, False, True, True, False, False]


def test_names_of_objects_affect_emissions_and_each_has_an_embedding():
    method, batch = build()
    labels = batch.visual.regions["labels"]
    assert method.views.names.num_embeddings == 1 + len(method.visual[REGIONS].labels) == 4
    changed = ~torch.isclose(method(with_regions(batch, labels=(labels + 1) % 3)), method(batch)).all(-1)
    assert changed[:6][batch.mask[:6]].all()
    assert not changed[6:].any()


def test_objects_without_a_name_have_a_separate_embedding():
    method, batch = build()
    unnamed = method(with_regions(batch, labels=torch.full_like(batch.visual.regions["labels"], -1)))
    assert torch.isfinite(unnamed[batch.mask]).all()
    assert not torch.isclose(unnamed, method(batch)).all(-1)[:6][batch.mask[:6]].any()


def test_a_corpus_without_detections_equals_one_without_pictures():
    method, batch = build()
    nothing = FeatureShape(method.visual[REGIONS].width, 0)
    views = ObjectViews(method.config, {**method.visual, REGIONS: nothing}, (12, 3, 20, 0.1)).double()
    visual = with_regions(
        batch, masks={**batch.visual.masks, REGIONS: torch.zeros_like(batch.visual.masks[REGIONS])}
    ).visual
    outputs, real = views(visual)
    assert all(torch.isfinite(view).all() for view in outputs)
    assert not real.any()
