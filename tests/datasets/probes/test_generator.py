"""Probes: equal on every machine, with the configured statistics, and text that is independent of types."""

import hashlib
from collections import Counter

import pytest

from mnerbench.datasets.catalog import card_names, load_card, load_corpus
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probe_settings import CARRIED_BY, TYPES, Evidence, Noise, ProbeSettings
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.probes.lexicon import make_lexicon
from mnerbench.datasets.probes.source_outputs import picture_of
from mnerbench.datasets.tagging import conll_spans, strict_spans

pytestmark = pytest.mark.slow

PROBES = [name for name in card_names() if load_card(name).probe is not None]

TEXT_DIGEST = "f52f16ca92b6ff2aee899b3fb407302b14b13aa86d5ae2df2a32f70a582f9c43"
PIXEL_DIGESTS = {
    "probe-caption": "3ce286f8149ef95f",
    "probe-mixed": "f8024b939f65e93d",
    "probe-object": "133b330df8e5c097",
    "probe-object-unrelated": "2e54416f8882ea62",
    "probe-relation": "7239bc9b784f9b2c",
    "probe-scene": "db89b6f0de037016",
    "probe-scene-text": "3fd9a18c9be96880",
}


def large(**settings):
    return ProbeSettings(**{"evidence": tuple(Evidence), "train": 1, "valid": 1, "test": 20_000, **settings})


def test_every_kind_of_evidence_has_a_card_and_one_card_mixes_them():
    kinds = {load_card(name).probe.evidence for name in PROBES}
    assert kinds == {*((evidence,) for evidence in Evidence), tuple(Evidence)}


@pytest.mark.parametrize("name", PROBES)
def test_words_labels_and_pixels_are_those_of_any_machine(name):
    # Stored digests, equal with Python 3.11 and 3.13, Pillow 10.3, 11.0 and 13.0. Changing them needs a new GENERATOR.
    probe = generate(load_card(name).probe)
    assert load_corpus(name, None).fingerprints["test"] == TEXT_DIGEST
    pixels = hashlib.sha256()
    for tweet in probe.splits["test"][:50]:
        pixels.update(picture_of(probe.settings, "test", tweet).image.tobytes())
    assert pixels.hexdigest()[:16] == PIXEL_DIGESTS[name]


def test_a_smaller_split_is_the_beginning_of_a_larger_one():
    small, more = (generate(ProbeSettings(evidence=("object",), train=n)).splits["train"] for n in (50, 200))
    assert more[:50] == small


def test_the_statistics_are_as_configured():
    settings = large(unrelated=0.25, ambiguous=0.6, entity_free=0.2, prior=(0.7, 0.3))
    tweets = generate(settings).splits["test"]
    named = [tweet for tweet in tweets if tweet.mentions]
    ambiguous = [tweet for tweet in named if tweet.ambiguous]
    close = pytest.approx
    assert 1 - len(named) / len(tweets) == close(0.2, abs=0.01)
    assert len(ambiguous) / len(named) == close(0.6, abs=0.015)
    assert sum(not tweet.picture.related for tweet in named) / len(named) == close(0.25, abs=0.015)
    first = [tweet.ambiguous.type == tweet.ambiguous.name.candidates[0] for tweet in ambiguous]
    assert sum(first) / len(first) == close(0.7, abs=0.015)
    types = Counter(mention.type for tweet in tweets for mention in tweet.mentions)
    picture_types = Counter(tweet.picture.type for tweet in tweets)
    for kind in TYPES:
        assert types[kind] / types.total() == close(0.25, abs=0.015)
        assert picture_types[kind] / picture_types.total() == close(0.25, abs=0.015)
    assert Counter(tweet.picture.evidence for tweet in tweets).keys() == set(Evidence)


def test_at_most_one_name_per_tweet_is_ambiguous_and_related_pictures_show_its_type():
    for tweet in generate(large(test=3000)).splits["test"]:
        assert sum(len(mention.name.candidates) > 1 for mention in tweet.mentions) <= 1
        if tweet.ambiguous and tweet.picture.related:
            assert tweet.picture.type == tweet.ambiguous.type


def test_labels_are_the_mentions():
    for tweet in generate(large(test=500)).splits["test"]:
        expected = [(mention.type, mention.start, mention.end) for mention in tweet.mentions]
        for spans in (conll_spans(tweet.example.labels), strict_spans(tweet.example.labels)):
            assert [(span.type, span.start, span.end) for span in spans] == expected
        for mention in tweet.mentions:
            assert tweet.example.words[mention.start : mention.end] == mention.name.words


def test_no_name_is_part_of_another_and_none_is_a_word_of_a_sentence():
    lexicon = make_lexicon(ProbeSettings(evidence=("object",), names=5, plain_names=20))
    names = [name.words for name in (*lexicon.ambiguous, *lexicon.plain)]
    firsts = [words[0] for words in names]
    assert len(set(firsts)) == len(firsts)
    tweets = [tweet.example for tweet in generate(large(test=3000)).splits["test"]]
    pairs = (pair for tweet in tweets for pair in zip(tweet.words, tweet.labels, strict=True))
    words = {word for word, label in pairs if label == "O"}
    assert not words & {word for name in names for word in name}


def test_texts_do_not_depend_on_the_evidence():
    texts = {load_corpus(name, None).fingerprints["train"] for name in PROBES}
    assert len(texts) == 1


def test_the_type_of_an_ambiguous_name_is_independent_of_the_words_around_it():
    """Chi-square of sentence against (first or second candidate), over the most frequent sentences."""
    counts = Counter()
    for tweet in generate(large(test=40_000)).splits["test"]:
        mention = tweet.ambiguous
        if mention:
            around = (*tweet.example.words[: mention.start], "_", *tweet.example.words[mention.end :])
            skeleton = " ".join(word for word in around if word[0].islower() or not word[0].isalpha())
            counts[skeleton, mention.type == mention.name.candidates[0]] += 1
    totals = Counter()
    for (skeleton, _), count in counts.items():
        totals[skeleton] += count
    frequent = [skeleton for skeleton, count in totals.items() if count >= 50]
    share = sum(counts[s, True] for s in frequent) / sum(totals[s] for s in frequent)
    chi = sum((counts[s, True] - totals[s] * share) ** 2 / (totals[s] * share * (1 - share)) for s in frequent)
    # Mean len - 1, standard deviation sqrt(2 len): five of them is far.
    assert abs(chi - len(frequent)) < 5 * (2 * len(frequent)) ** 0.5


@pytest.mark.parametrize("evidence", list(Evidence))
def test_sources_report_the_type_of_the_picture_or_none(evidence):
    for tweet in generate(large(evidence=(evidence,), test=300)).splits["test"]:
        for kind, reported in tweet.reports.items():
            assert reported == (tweet.picture.type if kind in CARRIED_BY[evidence] else None)


def test_noise_is_as_configured():
    settings = large(evidence=("object",), detector=Noise(miss=0.2, confuse=0.4))
    pairs = [(tweet.reports[InputKind.TAGS], tweet.picture.type) for tweet in generate(settings).splits["test"]]
    reported = [pair for pair in pairs if pair[0] is not None]
    assert 1 - len(reported) / len(pairs) == pytest.approx(0.2, abs=0.01)
    # A confused detector reports one of four types, including the right one.
    assert sum(a == b for a, b in reported) / len(reported) == pytest.approx(0.6 + 0.4 / 4, abs=0.015)
    assert all(
        tweet.reports[InputKind.REGIONS] == tweet.reports[InputKind.TAGS] for tweet in generate(settings).splits["test"]
    )
