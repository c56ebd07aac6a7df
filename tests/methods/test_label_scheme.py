"""Both label rules against explicit sequences, and against a plain loop over subwords.

The loop follows UMT's released `convert_mm_examples_to_features`, extended to tweets of several windows.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from piece_batches import piece_batch

from mnerbench.datasets.tagging import Scheme, label_set
from mnerbench.methods.base.choices import LabelRule, Pooling
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.subword_tokenizer import Template
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.label_scheme import SubwordLabels, WordLabels, build_labelling

TYPES = ("PER", "LOC", "ORG", "MISC")
LABELS = label_set(TYPES)
BERT_LIKE = Template((1,), (2,), (2,), (2,), 1)


def batch_of(*sizes, limit=64, template=BERT_LIKE):
    """Tweets from their numbers of subwords per word; the ids of tweet t are 100 t + 10, 100 t + 11, ..."""
    layout = WindowLayout(SimpleNamespace(template=template, pad=0, limit=512), limit)
    tweets = []
    for number, tweet in enumerate(sizes, 1):
        ids = iter(range(100 * number + 10, 100 * number + 100))
        tweets.append([[next(ids) for _ in range(size)] for size in tweet])
    return piece_batch(layout, tweets)


def numbers(tweets, filler=0):
    """Label numbers of words, padded."""
    width = max(map(len, tweets))
    return torch.tensor([[LABELS.index(x) for x in tweet] + [filler] * (width - len(tweet)) for tweet in tweets])


def named(rule, units):
    """Targets of each tweet as a text; masked targets must be padding."""
    targets, mask = units
    assert targets.shape == mask.shape
    assert set(targets[~mask].tolist()) <= {rule.names.index("[PAD]")}
    return [" ".join(rule.names[i] for i in row[real].tolist()) for row, real in zip(targets, mask, strict=True)]


def by_loop(tweet, room):
    """Labels of all subwords of a tweet, given as (number of subwords, label) per word, window by window."""
    names, free = ["[CLS]"], room
    for size, label in tweet:
        length = min(size, room)
        if length > free:
            names += ["[SEP]", "[CLS]"]
            free = room
        names += [label] + ["X"] * (length - 1)
        free -= length
    return [*names, "[SEP]"]


TWEETS = st.lists(
    st.lists(st.tuples(st.integers(1, 7), st.sampled_from(LABELS)), min_size=1, max_size=7), min_size=1, max_size=4
)


def test_nine_labels_become_the_thirteen_of_umt():
    thirteen = "[PAD] O B-PER I-PER B-LOC I-LOC B-ORG I-ORG B-MISC I-MISC X [CLS] [SEP]"
    assert " ".join(SubwordLabels(LABELS).names) == thirteen
    assert len(SubwordLabels(label_set(TYPES, Scheme.BIOES)).names) == 21
    assert WordLabels(LABELS).names == LABELS


def test_first_subwords_have_the_label_of_their_word_and_the_others_x():
    rule, batch = SubwordLabels(LABELS), batch_of([3, 1, 2])
    assert named(rule, rule.targets(numbers([["B-PER", "I-PER", "O"]]), batch)) == [
        "[CLS] B-PER X X I-PER O X [SEP]",
    ]


def test_the_windows_of_a_long_tweet_are_concatenated():
    rule, batch = SubwordLabels(LABELS), batch_of([3, 1, 2, 9, 1], [2], limit=6)
    units = rule.targets(numbers([["B-PER", "I-PER", "O", "B-LOC", "O"], ["B-ORG"]]), batch)
    assert batch.tweet.tolist() == [0, 0, 0, 0, 1]
    assert named(rule, units) == [
        "[CLS] B-PER X X I-PER [SEP] [CLS] O X [SEP] [CLS] B-LOC X X X [SEP] [CLS] O [SEP]",
        "[CLS] B-ORG X [SEP]",
    ]


def test_labels_at_padding_do_not_affect_targets():
    rule, batch = SubwordLabels(LABELS), batch_of([1], [1, 1, 2])
    units = rule.targets(numbers([["O"], ["O", "B-MISC", "I-MISC"]], filler=-100), batch)
    assert named(rule, units) == ["[CLS] O [SEP]", "[CLS] O B-MISC I-MISC X [SEP]"]


def test_a_word_without_subwords_is_a_single_unit_under_both_rules():
    tokenizer = scratch_encoder(["the cat", "the cat"]).tokenizer
    batch = piece_batch(WindowLayout(tokenizer, 64), [tokenizer.words(["\u00a0", "cat", "\u200b"])])
    labels = numbers([["B-PER", "I-PER", "O"]])
    assert named(SubwordLabels(LABELS), SubwordLabels(LABELS).targets(labels, batch)) == ["[CLS] B-PER I-PER O [SEP]"]
    targets, mask = WordLabels(LABELS).targets(labels, batch)
    assert targets[mask].tolist() == labels[0].tolist()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [((), (), "O B-PER X"), ((), (3, 4), "O B-PER X [SEP] [SEP]"), ((5,), (), "[CLS] O B-PER X")],
)
def test_tokenizers_with_other_special_tokens(before, after, expected):
    rule = SubwordLabels(LABELS)
    batch = batch_of([1, 2], template=Template(before, after, (), after, 0))
    assert named(rule, rule.targets(numbers([["O", "B-PER"]]), batch)) == [expected]


def test_units_are_all_subwords_of_a_tweet_in_order():
    batch = batch_of([3, 1, 2], [2, 1], limit=6)
    units = SubwordLabels(LABELS).units(batch.ids[..., None].float(), batch).squeeze(-1).int()
    assert units[0].tolist() == [1, 110, 111, 112, 113, 2, 1, 114, 115, 2]
    assert units[1, :5].tolist() == [1, 210, 211, 212, 2]


@pytest.mark.parametrize(
    ("pooling", "first", "second"),
    [
        ("first", [110, 113, 114], [210, 212]),
        ("sum", [333, 113, 229], [421, 212]),
        ("mean", [111, 113, 114.5], [210.5]),
    ],
)
def test_units_of_words_are_their_pooled_subwords(pooling, first, second):
    batch = batch_of([3, 1, 2], [2, 1], limit=6)
    units = build_labelling(LabelRule.FIRST, LABELS, Pooling(pooling)).units(batch.ids[..., None].float(), batch)
    assert units[0].flatten().tolist() == first
    assert units[1, : len(second)].flatten().tolist() == second


def test_values_of_words_are_those_of_their_first_subwords():
    rule, batch = SubwordLabels(LABELS), batch_of([3, 1, 2], [2, 1], limit=6)
    values = batch.ids.flatten()[batch.units][..., None]
    assert rule.of_words(values, batch)[batch.words].flatten().tolist() == [110, 113, 114, 210, 212]
    assert rule.sizes(batch) == tuple(rule.mask(batch).sum(1).tolist()) == (10, 5)


def test_the_word_rule_changes_no_label():
    rule, batch = build_labelling(LabelRule.FIRST, LABELS, Pooling.FIRST), batch_of([3, 1], [2])
    labels = numbers([["B-PER", "O"], ["O"]])
    targets, mask = rule.targets(labels, batch)
    assert torch.equal(targets, labels)
    assert mask.tolist() == [[True, True], [True, False]]
    assert rule.words([[1, 0], [0]], batch) == [[1, 0], [0]]


def test_non_labels_of_first_subwords_are_kept_and_continuations_are_ignored():
    rule = SubwordLabels(("B-PER", "I-PER", "O"))  # here O is not the first label
    assert rule.outputs == ("B-PER", "I-PER", "O", "[PAD]", "X", "[CLS]", "[SEP]")
    batch = batch_of([2, 1, 1, 1, 1], [1])
    path = "B-PER B-PER I-PER [PAD] X [CLS] [SEP] I-PER"
    paths = [[rule.names.index(x) for x in text.split()] for text in (path, "O I-PER O")]
    words = [[rule.outputs[number] for number in tweet] for tweet in rule.words(paths, batch)]
    assert words == [["B-PER", "[PAD]", "X", "[CLS]", "[SEP]"], ["I-PER"]]


@given(TWEETS, st.integers(3, 12))
@settings(max_examples=60, deadline=None)
def test_targets_are_those_of_the_loop_and_lead_back_to_the_words(tweets, limit):
    rule, batch = SubwordLabels(LABELS), batch_of(*([size for size, _ in tweet] for tweet in tweets), limit=limit)
    words = [[LABELS.index(label) for _, label in tweet] for tweet in tweets]
    targets, mask = rule.targets(numbers([[label for _, label in tweet] for tweet in tweets]), batch)
    assert named(rule, (targets, mask)) == [" ".join(by_loop(tweet, limit - 2)) for tweet in tweets]
    paths = [row[real].tolist() for row, real in zip(targets, mask, strict=True)]
    assert rule.words(paths, batch) == words
    assert rule.units(torch.zeros(*batch.ids.shape, 2), batch).shape == (*mask.shape, 2)


@given(TWEETS, st.integers(3, 12), st.data())
@settings(max_examples=60, deadline=None)
def test_any_path_gives_each_word_the_label_of_its_first_piece(tweets, limit, data):
    rule, batch = SubwordLabels(LABELS), batch_of(*([size for size, _ in tweet] for tweet in tweets), limit=limit)
    paths, expected = [], []
    for tweet in tweets:
        units = by_loop(tweet, limit - 2)
        path = data.draw(st.lists(st.integers(0, 12), min_size=len(units), max_size=len(units)))
        at_firsts = [rule.names[i] for i, unit in zip(path, units, strict=True) if unit in LABELS]
        paths.append(path)
        expected.append(at_firsts)
    assert [[rule.outputs[number] for number in tweet] for tweet in rule.words(paths, batch)] == expected
