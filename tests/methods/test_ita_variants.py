"""ITA's variants: their contexts, views and losses, and settings that are errors."""

from __future__ import annotations

import re

import pytest
import torch

from mnerbench.benchmark.results.spec import DatasetRef, RunSpec, TrainingSettings
from mnerbench.benchmark.training.build import RunInputs, encode
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind, View, viewed_images
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.family import Variant
from mnerbench.methods.batch import encode_split
from mnerbench.methods.conformance import LABELS, Case, sentences
from mnerbench.methods.ita.card import object_texts
from mnerbench.methods.registry import methods

ALL = ("tags", "captions", "ocr")
CONTEXTS = {"ita-la": ("tags",), "ita-ga": ("captions",), "ita-oca": ("ocr",), "ita-all": ALL}
VARIANTS = (
    {name: (contexts, {"it"}) for name, contexts in CONTEXTS.items()}
    | {f"{name}+cva": (contexts, {"it", "t", "cva"}) for name, contexts in CONTEXTS.items()}
    | {"ita-text+cva": (("text",), {"it", "t", "cva"})}
    | {"ita-joint": (ALL, {"it", "t"}), "ita-random": (ALL, {"it"}), "ita-text": (("text",), {"it"})}
    | {"ita-oca-paddle": (("ocr",), {"it"})}
)


def case(name, **settings):
    entry = methods()[name]
    return Case(entry._replace(variant=Variant("", {**entry.variant.settings, **settings})), lambda *_: None)


def losses(variant, method):
    split = variant.split(method)
    views = {view: split.batch(range(8), view) for view in variant.config.training_views}
    return views, method.losses(views)


def inputs_for(image="p0", **texts):
    """Visual inputs with texts for one picture only."""
    return inputs_of({kind: {image: lines} for kind, lines in texts.items()})


def inputs_of(texts):
    """Visual inputs from items by kind and picture."""
    texts_by_kind = {kind: Texts(items, "made", "0" * 64) for kind, items in texts.items()}
    tags = texts_by_kind.pop("tags", None)
    return VisualInputs({InputKind(kind): items for kind, items in texts_by_kind.items()}, tags)


def row_of(method, inputs, limit=64):
    """The first sentence as a window: ids and segments of its subwords, without padding."""
    reads, images = (method.config, inputs), ["p0"]
    image_ids = {View.IT: viewed_images(View.IT, images, 0)}
    split = encode_split(sentences()[:1], image_ids, reads, method.encoder.tokenizer, LABELS, limit=limit)
    subwords = split.batch([0], View.IT).subwords
    assert len(subwords.ids) == 1
    real = subwords.mask[0]
    return subwords.ids[0][real].tolist(), subwords.segments[0][real].tolist()


def test_the_names_are_those_of_the_paper_and_one_of_ours():
    assert set(methods()["ita-ga"].family.variants) == set(VARIANTS)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_has_its_contexts_views_and_losses(name):
    contexts, terms = VARIANTS[name]
    variant = case(name)
    config = variant.config
    assert tuple(kind.value for kind in config.contexts) == config.inputs == contexts
    assert config.training_views == ((View.IT, View.T) if "t" in terms else (View.IT,))
    assert config.evaluation_views == (View.IT, View.T, View.IT_SHUFFLED)
    assert config.primary_view is View.IT
    assert config.random_pictures == (name == "ita-random")
    assert (config.captions, config.attributes, config.attribute_score, config.words_of_tags) == (5, 3, 0.1, 100)
    assert set(losses(variant, variant.build().eval())[1]) == terms


@pytest.mark.parametrize(
    ("settings", "weights"),
    [
        ({}, (1, 1, 1)),
        ({"image_weight": 0.5, "cva_weight": 0.25}, (0.5, 1, 0.25)),
        ({"image_weight": 0.5, "text_weight": 0.25, "cva_weight": 0.75}, (0.5, 0.25, 0.75)),
    ],
)
def test_the_objective_is_the_sum_of_both_likelihoods_and_the_alignment(settings, weights):
    variant = case("ita-all+cva", **settings)
    method = variant.build().eval()
    with torch.no_grad():
        views, terms = losses(variant, method)
        joint, text = (method(views[view]) for view in (View.IT, View.T))
        batch = views[View.IT]
        parts = [method.head.crf.nll(emissions, batch.labels, batch.mask).sum() / 8 for emissions in (joint, text)]
        p, q = (method.head.crf.log_marginals(emissions, batch.mask)[batch.mask] for emissions in (joint, text))
        parts.append((p.exp() * (p - q)).sum() / 8)
    assert all(part > 0 for part in parts)
    expected = sum(float(part) * weight for part, weight in zip(parts, weights, strict=True))
    assert float(sum(terms.values())) == pytest.approx(expected, rel=1e-5)


def test_all_is_tags_then_captions_then_ocr_with_separators():
    method = case("ita-all").build()
    inputs = inputs_for(
        tags=(Tag("Lund", 0.9), Tag("Velt", 0.5)), captions=("rain again", "cup"), ocr=("Harvest Fair",)
    )
    tokenizer = method.encoder.tokenizer

    def ids(text):
        return [piece for word in tokenizer.words(text.split()) for piece in word]

    (start,), (end,) = tokenizer.template.before, tokenizer.template.after
    tweet = [start, *ids(" ".join(sentences()[0].words)), end]
    context = [*ids("Lund Velt"), end, *ids("rain again"), end, *ids("cup"), end, *ids("Harvest Fair"), end]
    ids_, segments = row_of(method, inputs)
    assert ids_ == tweet + context
    assert segments == [0] * len(tweet) + [1] * len(context)
    assert row_of(method, inputs, limit=len(ids_) - 2)[0] == [*ids_[:-3], end]  # the end of the OCR text is cut first
    assert row_of(method, inputs, limit=len(tweet))[0] == tweet
    without = [*tweet, *ids("Lund Velt"), end, *ids("Harvest Fair"), end]
    assert row_of(method, inputs_for(tags=(Tag("Lund Velt"),), captions=(), ocr=("Harvest Fair",)))[0] == without
    assert row_of(method, inputs_for(captions=()))[0] == tweet


def test_local_alignment_puts_the_three_surest_attributes_before_the_surest_things():
    attributes = (("old", 0.2), ("red", 0.9), ("big", 0.1), ("wet", 0.3), ("far", 0.11))
    tags = (Tag("dog", 0.4, (("tame", 0.1),)), Tag("bus", 0.8, attributes), Tag("sky", 0.6, (("blue", 0.5),)))
    config = case("ita-la").config
    assert object_texts(tags, config) == ("red wet old bus blue sky dog",)
    assert object_texts((), config) == ()
    many = tuple(Tag(f"t{n}", 1 - n / 1000, (("a", 0.5),)) for n in range(80))
    words = object_texts(many, config)[0].split()
    assert len(words) == 100
    assert words[-2:] == ["a", "t49"]


def test_global_alignment_keeps_the_first_k_captions():
    lines = tuple(f"caption {n}" for n in range(7))
    for variant, count in ((case("ita-ga"), 5), (case("ita-ga", captions=2), 2), (case("ita-ga", captions=9), 7)):
        assert variant.config.context_texts(inputs_for(captions=lines), "p0") == lines[:count]
        assert variant.config.context_texts(inputs_for(captions=lines), None) == ()


@pytest.mark.parametrize("name", ["ita-random", "ita-all"])
def test_random_shows_the_contexts_of_another_tweet_in_training_and_evaluation(name):
    variant = case(name)
    method = variant.build()
    tweets = sentences()[:6]
    words = {tweet.image_id: tweet.words[-1] for tweet in tweets if tweet.image_id != "p4"} | {"p4": "Arena"}
    inputs = inputs_of(
        {kind: {image: (Tag(word) if kind == "tags" else word,) for image, word in words.items()} for kind in ALL}
    )
    data = DatasetRef(name="d", fingerprints={})
    corpus = Corpus("d", dict.fromkeys(("train", "valid", "test"), tweets), ("PER",))
    settings = TrainingSettings()
    common = {"method": name, "family": "ita", "config": {}, "protocol": "equal", "encoder": None}
    spec = RunSpec(**common, dataset=data, training=settings, seed=3)
    inputs_ = RunInputs(spec, settings, variant.config, corpus, inputs, None)
    contexts = [method.encoder.tokenizer.context(variant.config.context_texts(inputs, t.image_id)) for t in tweets]
    assert len(set(map(tuple, contexts))) == 6
    for split, encoded in encode(inputs_, method).items():
        shuffled = encoded.contexts[View.IT]
        assert sorted(shuffled) == sorted(contexts)
        assert [a == b for a, b in zip(shuffled, contexts, strict=True)] == [name == "ita-all"] * 6
        if split != "train":
            assert encoded.contexts[View.T] == [[]] * 6


@pytest.mark.parametrize(
    ("name", "settings"),
    [("ita-la", {"captions": 3}), ("ita-oca+cva", {"captions": 3}), ("ita-text", {"captions": 1})]
    + [(name, {"text_weight": 0.5}) for name in ("ita-text", "ita-all", "ita-random")]
    + [("ita-ga", {setting: 1}) for setting in ("attributes", "attribute_score", "words_of_tags")]
    + [("ita-ga", {"contexts": contexts}) for contexts in ((), ("captions", "captions"), ("captions", "grid"))]
    + [("ita-ga", {"label_rule": "x"}), ("ita-all+cva", {"label_rule": "x"}), ("ita-ga", {"temperature": 0})],
)
def test_a_setting_without_effect_or_meaning_is_refused(name, settings):
    with pytest.raises(ConfigError, match=re.escape(f"method {name!r}, setting")):
        methods()[name].configure(settings)


def test_the_weight_of_the_text_view_is_part_of_an_identity_only_if_it_is_set():
    plain, weighted = (methods()["ita-text+cva"].configure(settings) for settings in ({}, {"text_weight": 0.5}))
    assert "text_weight" not in plain.identity_settings()
    assert weighted.identity_settings() == {**plain.identity_settings(), "text_weight": 0.5}


def test_an_inactive_setting_with_its_default_value_is_accepted():
    assert methods()["ita-la"].configure({"captions": 5}) == methods()["ita-la"].configure({})


PROFILES = {"released": 4.0, "released-twitter17": 2.0}


@pytest.mark.parametrize(("profile", "temperature"), PROFILES.items())
def test_the_profiles_have_the_temperature_and_text_and_picture_weight_of_the_released_code(profile, temperature):
    config = methods()["ita-all+cva"].configure({"profile": profile})
    assert (config.temperature, config.image_weight, config.text_view) == (temperature, 0.5, True)
    assert methods()["ita-all+cva"].configure({"profile": profile, "temperature": 3.0}).temperature == 3.0


@pytest.mark.parametrize("profile", PROFILES)
def test_the_profiles_weigh_the_alignment_by_a_half(profile):
    assert methods()["ita-all+cva"].configure({"profile": profile}).cva_weight == 0.5


@pytest.mark.parametrize("name", [name for name, (_, terms) in VARIANTS.items() if "cva" not in terms])
def test_a_profile_does_not_turn_a_variant_into_another(name):
    plain, released = (methods()[name].configure(settings) for settings in ({}, {"profile": "released"}))
    assert released.training_views == plain.training_views
    assert not released.alignment
