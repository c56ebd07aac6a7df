"""MAF's ablations, weights of eq. 18, shares of swapped tweets, and batches with few pictures or none."""

from __future__ import annotations

import pytest
import torch

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.family import Variant
from mnerbench.methods.conformance import Case
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.maf.contrastive import swap_pairs
from mnerbench.methods.registry import method_class, methods

PICTURED = [0, 1, 2, 3, 4, 5]
ALIGNMENT = {"encoder.pooler.weight", "encoder.pooler.bias"} | {
    f"align_{side}.{layer}.{kind}" for side in ("text", "image") for layer in (0, 2) for kind in ("weight", "bias")
}
MATCHING = {"match.weight"}
WITHOUT = {"maf": set(), "maf-no-ca": ALIGNMENT, "maf-no-cm": MATCHING, "maf-no-ca-cm": ALIGNMENT | MATCHING}


def case(name="maf", **settings):
    entry = methods()[name]
    return Case(entry._replace(variant=Variant("", {**entry.variant.settings, **settings})), lambda *_: None)


def losses(variant, method, index, seed=0):
    torch.manual_seed(seed)
    return method.losses({View.IT: variant.batch(method, index, View.IT)})


def test_the_defaults_are_those_of_section_4_3():
    config = methods()["maf"].configure({})
    settings = (config.temperature, config.image_to_text, config.swapped, config.positions)
    assert settings == (0.102, 0.7, 30 / 64, 128)
    assert config.weights == pytest.approx((0.2, 0.2, 0.6))
    assert methods()["maf"].family.paper_training["batch_size"] == 64
    assert case().build().interact._heads == 4  # as many as the encoder: 12 in BERT base


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("maf", {"alignment": 0.2, "matching": 0.2, "nll": 0.6}),
        ("maf-no-ca", {"matching": 0.2, "nll": 0.8}),
        ("maf-no-cm", {"alignment": 0.2, "nll": 0.8}),
        ("maf-no-ca-cm", {"nll": 1.0}),
    ],
)
def test_eq_18_without_a_module_leaves_its_weight_to_the_tagger(name, weights):
    variant = case(name)
    bare = variant.build().eval()
    terms = losses(variant, bare, range(8))
    assert set(terms) == set(weights)
    units = case(name, alignment_weight=1.0, matching_weight=1.0, main_weight=1.0).build().eval()
    units.load_state_dict(bare.state_dict())
    whole = losses(variant, units, range(8))
    for term, weight in weights.items():
        assert (terms[term] / whole[term]).item() == pytest.approx(weight)


def test_the_released_profile_has_the_weights_and_constants_of_the_released_code():
    # run_gate_cl.py: lamb = 0.62 on the CRF and the rest on both others; temp = 0.179; temp_lamb = 0.7 on
    # text-to-image; negative_rate = 16 tweets of 64.
    config = methods()["maf"].configure({"profile": "released"})
    assert config.weights == (0.38, 0.38, 0.62)
    assert (config.temperature, config.image_to_text, config.swapped_tweets) == (0.179, 0.3, 16)
    for name, weights in {
        "maf-no-ca": (0, 0.38, 0.62),
        "maf-no-cm": (0.38, 0, 0.62),
        "maf-no-ca-cm": (0, 0, 0.62),
    }.items():
        assert methods()[name].configure({"profile": "released"}).weights == weights


@pytest.mark.parametrize("name", WITHOUT)
def test_an_ablation_lacks_exactly_the_parameters_of_its_module(name):
    full, ablated = (dict(case(n).build().named_parameters()) for n in ("maf", name))
    assert full.keys() - ablated.keys() == WITHOUT[name]
    assert not ablated.keys() - full.keys()
    assert (InputKind.GLOBAL in case(name).config.inputs) == WITHOUT[name].isdisjoint(ALIGNMENT)


@pytest.mark.parametrize("name", WITHOUT)
def test_the_picture_of_an_ablation_without_matching_has_the_score_1(name):
    variant = case(name)
    method = variant.build().eval()
    batch = variant.batch(method, PICTURED, View.IT)
    captured = []
    method.interact.register_forward_hook(lambda _, inputs, out: captured.extend([inputs[0], out]))
    with torch.no_grad():
        emissions = method(batch)
        text, attended = (vectors.flatten(0, 1)[batch.subwords.first] for vectors in captured)
        gate = torch.sigmoid(text @ method.gate_text.weight.T + attended @ method.gate_image.weight.T)
        unscaled = method.project(torch.cat([text, gate * attended], -1))
    same = torch.allclose(emissions[batch.mask], unscaled[batch.mask], rtol=1e-4, atol=1e-5)
    assert same == WITHOUT[name].issuperset(MATCHING)


@pytest.mark.parametrize("name", WITHOUT)
def test_batches_with_few_pictures_or_none_have_a_finite_loss_and_finite_gradients(name):
    variant = case(name)
    method = variant.build().train()
    for index in ([0], [6], [7], [6, 7], [0, 7], [1, 6, 4]):
        terms = losses(variant, method, index)
        assert all(torch.isfinite(term) for term in terms.values())
        method.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in method.parameters())
        pictured = sum(i in PICTURED for i in index)
        assert (terms.get("alignment", 0) == 0) == (pictured < 2 or "alignment" not in terms)
        assert (terms.get("matching", 0) == 0) == (pictured == 0 or "matching" not in terms)


@pytest.mark.parametrize(
    ("settings", "pictured", "pairs"),
    [({}, 64, 15), ({}, 16, 4), ({}, 2, 0), ({"profile": "released"}, 64, 8), ({"profile": "released"}, 16, 0)],
)
def test_the_number_of_tweets_that_swap_is_that_of_paper_or_released_code_in_batches_of_any_size(
    monkeypatch, settings, pictured, pairs
):
    calls = []
    monkeypatch.setattr(
        "mnerbench.methods.maf.model.swap_pairs",
        lambda *arguments, last: calls.append(arguments) or swap_pairs(*arguments, last=last),
    )
    variant = case()
    method = variant.build().eval()
    method.config = variant.entry.configure(settings)
    with torch.no_grad():
        losses(variant, method, [6, 7, *(PICTURED * 11)[:pictured]])
    ((candidates, pair_count),) = calls
    assert candidates.tolist() == list(range(2, pictured + 2))
    assert pair_count == pairs


def test_alignment_begins_with_the_pooler_of_the_pretrained_encoder():
    for name in ("maf", "maf-no-ca"):
        encoder = scratch_encoder(["a b"])
        pretrained = {"weight": torch.randn(128, 128), "bias": torch.randn(128)}
        encoder.keep_pooler(pretrained)
        shapes = {kind: FeatureShape(8, 4) for kind in (InputKind.GRID, InputKind.GLOBAL)}
        entry = methods()[name]
        method = method_class(entry.family)(entry.configure({}), encoder, ["O"], shapes)
        weights = {key: value for key, value in method.state_dict().items() if key.startswith("encoder.pooler.")}
        assert bool(weights) == (name == "maf")
        assert all(torch.equal(value, pretrained[key.split(".")[2]]) for key, value in weights.items())


def test_tweets_without_a_picture_take_no_part_in_alignment_and_matching():
    variant = case(swapped=0)
    method = variant.build().eval()
    with torch.no_grad():
        among, alone = (losses(variant, method, index) for index in ([6, *PICTURED, 7], PICTURED))
    torch.testing.assert_close(among["alignment"], alone["alignment"])
    torch.testing.assert_close(among["matching"], alone["matching"])
    assert among["nll"] != alone["nll"]


def test_tweets_without_a_picture_are_never_swapped():
    variant = case(swapped=1)
    method = variant.build().eval()
    with torch.no_grad():
        method.match.weight.mul_(20)
        # A single tweet with a picture has no partner to swap with, so its pair remains a true one.
        alone = losses(variant, method, [0])["matching"]
        for seed in range(4):
            torch.testing.assert_close(losses(variant, method, [6, 0, 7], seed)["matching"], alone)


def test_tweets_meet_each_other_in_training_only():
    variant = case()
    assert variant.config.couples_tweets
    method = variant.build().eval()
    with torch.no_grad():
        whole = method(variant.batch(method, PICTURED, View.IT))
        together = losses(variant, method, PICTURED)
        apart = [losses(variant, method, [i]) for i in PICTURED]
        for i in PICTURED:
            single = variant.batch(method, [i], View.IT)
            words = single.mask.shape[1]
            torch.testing.assert_close(method(single)[0], whole[i, :words], rtol=1e-4, atol=1e-5)
    means = {name: torch.stack([terms[name] for terms in apart]).mean() for name in together}
    torch.testing.assert_close(together["nll"], means["nll"])
    assert together["alignment"] > means["alignment"] == 0
    assert not torch.isclose(together["matching"], means["matching"])
