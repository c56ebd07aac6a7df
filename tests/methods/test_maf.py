"""MAF's equations in §3, per word and per pair, except those tested as layers.

Eqs. 1-3 as functions are tested in maf/test_contrastive.py, eqs. 4-8 are a `TransformerLayer`; here are their inputs.
"""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from mnerbench.datasets.inputs import InputKind, View, viewed_images
from mnerbench.methods.base.family import Variant
from mnerbench.methods.batch import encode_split
from mnerbench.methods.conformance import LABELS, Case, sentences
from mnerbench.methods.conformance.synthetic_inputs import pictures
from mnerbench.methods.registry import methods

PICTURED = [0, 1, 2, 3, 4, 5]  # sentences with picture vectors; the seventh has a picture without any


def case(name="maf", **settings):
    entry = methods()[name]
    return Case(entry._replace(variant=Variant("", {**entry.variant.settings, **settings})), lambda *_: None)


def batch_of(method, index=range(8), limit=64):
    examples = [sentences()[i] for i in index]
    image_ids = {View.IT: viewed_images(View.IT, [example.image_id for example in examples], 0)}
    reads = (method.config, pictures())
    return encode_split(examples, image_ids, reads, method.encoder.tokenizer, LABELS, limit=limit).batch(
        range(len(examples)), View.IT
    )


def run(method, batch):
    """Emissions, and inputs and output of the interaction layer: queries, keys, mask of keys, C."""
    captured = []
    hook = method.interact.register_forward_hook(lambda _, inputs, out: captured.extend([*inputs, out]))
    with torch.no_grad():
        emissions = method(batch)
    hook.remove()
    return emissions, *captured


def logits_by_hand(method, text, attended, batch):
    """W_f F of eqs. 9-10 for the text of tweet a and the picture of tweet b, [a][b]; first windows only."""
    n, mask = method.config.positions, batch.subwords.mask
    rows = [batch.subwords.tweet.tolist().index(tweet) for tweet in range(len(batch.mask))]

    def filled(vectors, row):
        space = torch.zeros(n, vectors.shape[-1])
        for position in range(min(n, int(mask[row].sum()))):
            space[position] = vectors[row, position]
        return space

    texts, images = ([filled(vectors, row) for row in rows] for vectors in (text, attended))
    return [[torch.cat([a, b], 1).flatten() @ method.match.weight[0] for b in images] for a in texts]


def emissions_by_hand(method, text, attended, batch):
    """Eqs. 12-14 and the linear layer, one word at a time."""
    present = batch.visual.present(InputKind.GRID)
    width = text.shape[1]
    scores = logits_by_hand(method, text, attended, batch) if method.config.matching else None
    emissions = torch.zeros(*batch.mask.shape, len(LABELS))
    for tweet, word in batch.mask.nonzero().tolist():
        row, position = divmod(int(batch.subwords.first[tweet, word]), width)
        t, c = text[row, position], attended[row, position] * float(present[tweet])
        m = c * (1 / (1 + (-scores[tweet][tweet]).exp())) if scores else c
        gate = 1 / (1 + (-(method.gate_text.weight @ t + method.gate_image.weight @ m)).exp())
        emissions[tweet, word] = method.project.weight @ torch.cat([t, gate * m]) + method.project.bias
    return emissions


def binary_cross_entropy(logits, targets):
    """Eq. 11 on lists."""
    chances = [1 / (1 + math.exp(-logit)) for logit in logits]
    terms = [y * math.log(p) + (1 - y) * math.log(1 - p) for p, y in zip(chances, targets, strict=True)]
    return -sum(terms) / len(terms)


def matching_by_hand(logits, tweets, swaps):
    """Eq. 11 when the named pairs of tweets swap pictures."""
    gets = {a: b for pair in swaps for a, b in (pair, pair[::-1])}
    return binary_cross_entropy(
        [float(logits[a][gets.get(a, a)]) for a in tweets], [int(a not in gets) for a in tweets]
    )


def pairings(tweets):
    """All perfect matchings of the tweets."""
    if not tweets:
        return [[]]
    first, *rest = tweets
    return [[(first, b), *more] for b in rest for more in pairings([x for x in rest if x != b])]


def test_subwords_are_queries_and_projected_cells_of_their_picture_are_keys():
    method = case().build().eval()
    batch = batch_of(method, limit=9)
    assert len(batch.subwords.tweet) > 8  # some tweets continue in further windows
    _, queries, keys, real, _ = run(method, batch)
    with torch.no_grad():
        torch.testing.assert_close(queries, method.encoder.encode_subwords(batch.subwords))
        assert method.see.bias is None
        for row, tweet in enumerate(batch.subwords.tweet.tolist()):
            for cell, vector in enumerate(batch.visual.vectors[InputKind.GRID][tweet]):
                torch.testing.assert_close(keys[row, cell], method.see.weight @ vector)
            assert real[row].all() == (tweet in PICTURED)


@pytest.mark.parametrize(("positions", "limit"), [(128, 64), (5, 64), (128, 9), (5, 9)])
def test_emissions_are_those_of_eqs_9_to_14(positions, limit):
    method = case(positions=positions).build().eval()
    batch = batch_of(method, limit=limit)
    longest = int(batch.subwords.mask.sum(1).max())
    assert longest > 5
    emissions, text, _, _, attended = run(method, batch)
    with torch.no_grad():
        expected = emissions_by_hand(method, text, attended, batch)
    torch.testing.assert_close(emissions[batch.mask], expected[batch.mask], rtol=1e-4, atol=1e-5)


def test_the_score_of_the_own_pair_scales_the_picture():
    method = case().build().eval()
    batch = batch_of(method, PICTURED)
    with torch.no_grad():
        method.match.weight.zero_()
    half, text, _, _, attended = run(method, batch)
    t, c = (x.flatten(0, 1)[batch.subwords.first] for x in (text, attended))
    with torch.no_grad():
        gate = torch.sigmoid(method.gate_text(t) + method.gate_image(c / 2))
        expected = method.project(torch.cat([t, gate * c / 2], -1))
    torch.testing.assert_close(half[batch.mask], expected[batch.mask], rtol=1e-4, atol=1e-5)


def test_the_judged_relation_is_the_score_of_eq_10():
    method = case(positions=6).build().eval()
    batch = batch_of(method, limit=9)
    _, text, _, _, attended = run(method, batch)
    with torch.no_grad():
        logits = logits_by_hand(method, text, attended, batch)
        expected = torch.stack([1 / (1 + (-logits[tweet][tweet]).exp()) for tweet in range(8)])
        torch.testing.assert_close(method.judged_relation(batch), expected, rtol=1e-4, atol=1e-5)


def test_the_tagger_trains_the_score_too():
    method = case().build().eval()
    method.losses({View.IT: batch_of(method)})["nll"].backward()
    assert method.match.weight.grad.abs().sum() > 0


@pytest.mark.parametrize(("share", "pairs", "ways"), [(0, 0, 1), (1 / 3, 1, 15), (30 / 64, 1, 15), (1, 3, 15)])
def test_the_matching_loss_is_that_of_eq_11_for_one_of_the_possible_swaps(share, pairs, ways):
    method = case(swapped=share, positions=6).build().eval()
    with torch.no_grad():
        method.match.weight.mul_(20)  # so that probabilities differ
    batch = batch_of(method)
    _, text, _, _, attended = run(method, batch)
    with torch.no_grad():
        logits = logits_by_hand(method, text, attended, batch)
    swaps = {0: [[]], 1: [[pair] for pair in itertools.combinations(PICTURED, 2)], 3: pairings(PICTURED)}[pairs]
    possible = [matching_by_hand(logits, PICTURED, swap) for swap in swaps]
    assert len(set(possible)) == ways
    drawn = set()
    for seed in range(6):
        torch.manual_seed(seed)
        with torch.no_grad():
            loss = float(method.losses({View.IT: batch})["matching"]) / 0.2
        (way,) = [i for i, other in enumerate(possible) if math.isclose(loss, other, rel_tol=2e-5)]
        drawn.add(way)
    assert (len(drawn) > 1) == (pairs > 0)


def test_swapped_pictures_do_not_reach_the_tagger():
    method = case().build().eval()
    batch = batch_of(method)
    terms = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        with torch.no_grad():
            terms.append(method.losses({View.IT: batch}))
    assert terms[0]["nll"] == terms[1]["nll"]
    assert terms[0]["matching"] != terms[1]["matching"]
    with torch.no_grad():
        torch.testing.assert_close(terms[0]["nll"], 0.6 * method.head.loss(method(batch), batch.labels, batch.mask))


@pytest.mark.parametrize("limit", [64, 9])
def test_alignment_is_between_the_pooled_first_piece_and_the_global_vector(limit):
    method = case().build().eval()
    batch = batch_of(method, limit=limit)
    _, text, _, _, _ = run(method, batch)
    sentences_, images = [], []
    with torch.no_grad():
        for tweet in PICTURED:
            row = batch.subwords.tweet.tolist().index(tweet)
            pooled = (method.encoder.pooler.weight @ text[row, 0] + method.encoder.pooler.bias).tanh()
            for mlp, inputs, out in (
                (method.align_text, pooled, sentences_),
                (method.align_image, batch.visual.vectors[InputKind.GLOBAL][tweet, 0], images),
            ):
                hidden = (mlp[0].weight @ inputs + mlp[0].bias).clamp(min=0)
                vector = (mlp[2].weight @ hidden + mlp[2].bias).double()
                out.append(vector / vector.norm())
        loss = float(method.losses({View.IT: batch})["alignment"])
    alike = torch.stack(images) @ torch.stack(sentences_).T / 0.102
    there, back = ((alike.logsumexp(axis) - alike.diagonal()).mean() for axis in (1, 0))
    assert loss == pytest.approx(0.2 * float(0.7 * there + 0.3 * back), rel=1e-4)


def test_the_released_settings_swap_the_last_tweets_and_tag_the_swapped_pictures():
    variant = case(swapped=0.5, swap="last", tag_swapped=True)
    method = variant.build().eval()
    views = {View.IT: variant.split(method).batch(range(6), View.IT)}
    with torch.no_grad():
        text, attended = method._interaction(views[View.IT], method.encoder.encode_subwords(views[View.IT].subwords))
        _, swapped = method._matching(text, attended, views[View.IT])
        real = views[View.IT].subwords.mask[..., None]
        # Of six pictures 2k = round(0.5 * 6 / 2) * 2 = 4 move: the third with the fifth, the fourth with the sixth.
        for row, source in enumerate([0, 1, 4, 5, 2, 3]):
            torch.testing.assert_close(swapped[row], (attended * real)[source])
        batch = views[View.IT]
        expected = method.head.loss(method._tag(text, swapped, batch), batch.labels, batch.mask)
        unswapped = method.head.loss(method._tag(text, attended, batch), batch.labels, batch.mask)
        nll = method.losses(views)["nll"] / method.config.weights[2]
    torch.testing.assert_close(nll, expected)
    assert abs(float(unswapped - expected)) > 1e-4


def test_two_scores_are_a_softmax_whose_second_is_that_of_a_match():
    variant = case(scores=2)
    method = variant.build().eval()
    text, attended = torch.randn(3, 5, 128), torch.randn(3, 5, 128)
    with torch.no_grad():
        flat = torch.nn.functional.pad(torch.cat([text, attended], -1), (0, 0, 0, 123)).flatten(1)
        both = (flat @ method.match.weight.T).softmax(-1)
        torch.testing.assert_close(torch.sigmoid(method._scores(text, attended)), both[:, 1])


def test_the_released_dropout_is_on_the_encoders_output_and_neither_on_the_fused_words_nor_on_the_sentence():
    variant = case(dropout_on="encoder", dropout=0.5)
    method = variant.build()
    method.encoder.eval()
    method.interact.eval()
    batch = variant.split(method).batch(range(6), View.IT)
    inputs = {}
    for name, module in {"interact": method.interact, "project": method.project, "align": method.align_text}.items():
        module.register_forward_pre_hook(lambda _, args, name=name: inputs.update({name: args[0]}))
    with torch.no_grad():
        encoded = method.encoder.encode_subwords(batch.subwords)
        method.losses({View.IT: batch})
        sentences = method.encoder.sentences(encoded, batch.subwords)
    kept = inputs["interact"] != 0
    torch.testing.assert_close(inputs["interact"][kept], 2 * encoded[kept])
    assert 0.4 < kept.float().mean() < 0.6
    # The first half of a fused word is the text of its first subword: dropped once, not twice.
    words = inputs["interact"].flatten(0, 1)[batch.subwords.first]
    torch.testing.assert_close(inputs["project"][..., :128], words)
    torch.testing.assert_close(inputs["align"], sentences[batch.visual.pictured[InputKind.GLOBAL]])
