"""Words to subwords and back, for fast and slow tokenizers, long tweets, words without subwords, and contexts."""

from __future__ import annotations

from typing import ClassVar

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from piece_batches import piece_batch
from transformers import AutoModel, ModernBertConfig

from mnerbench.datasets.errors import MissingInputError
from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.encoders.scratch import make_vocabulary, scratch_encoder
from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer
from mnerbench.methods.encoders.text_encoder import TextEncoder, pool_words
from mnerbench.methods.encoders.windows import LimitCounts, WindowLayout, split_tweet

TEXTS = ["the cat sat on the mat", "the cat ran", "a dog sat on a cat", "the dog on a mat"]


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    return scratch_encoder(TEXTS).eval()


@pytest.fixture(scope="module")
def tokenizer(encoder):
    return encoder.tokenizer


def collate(tokenizer, tweets, contexts=None, limit=64):
    words = [tokenizer.words(tweet) for tweet in tweets]
    subwords = [tokenizer.context(texts) for texts in contexts or [()] * len(tweets)]
    layout = WindowLayout(tokenizer, limit)
    counts = sum((layout.counts(*tweet) for tweet in zip(words, subwords, strict=True)), LimitCounts())
    return piece_batch(layout, words, subwords), counts


def test_the_template_is_read_off_the_tokenizer(tokenizer):
    cls, sep = tokenizer._tokenizer.cls_token_id, tokenizer._tokenizer.sep_token_id
    assert tokenizer.template == ((cls,), (sep,), (sep,), (sep,), 1)


def test_the_mask_is_read_as_transformers_reads_it(tokenizer, encoder):
    batch, _ = collate(tokenizer, [["the", "cat", "sat"], ["dog"]])
    full, _ = collate(tokenizer, [["the", "cat"], ["the", "dog"]])
    assert (batch.full, full.full) == (False, True)
    with torch.no_grad():
        for example in (batch, full):
            expected = encoder.model(input_ids=example.ids, attention_mask=example.mask.long()).last_hidden_state
            torch.testing.assert_close(encoder.encode_subwords(example)[example.mask], expected[example.mask])


def test_a_word_without_subwords_becomes_the_unknown_token(tokenizer):
    assert tokenizer.words(["\u00a0", "cat", ""]) == [
        [tokenizer.unknown],
        tokenizer.words(["cat"])[0],
        [tokenizer.unknown],
    ]
    assert tokenizer.zero_piece_words(["\u00a0", "cat", ""]) == 2


def test_first_points_at_the_first_piece_of_every_word(tokenizer):
    tweets = [["the", "mat", "xxat"], ["dog"]]
    batch, _ = collate(tokenizer, tweets)
    flat = batch.ids.flatten()
    for row, tweet in enumerate(tweets):
        for column, word in enumerate(tweet):
            assert flat[batch.first[row, column]] == tokenizer.words([word])[0][0]
    assert batch.words.tolist() == [[True, True, True], [True, False, False]]


@pytest.mark.parametrize("pooling", list(Pooling))
def test_pooling_is_the_plain_loop(tokenizer, pooling):
    tweets = [["cat", "xyzat", "the"], ["dogs"]]
    batch, _ = collate(tokenizer, tweets, limit=8)
    states = torch.randn(*batch.ids.shape, 5)
    pooled = pool_words(states, batch, pooling)
    flat, owner = states.flatten(0, 1), batch.owner.flatten().tolist()
    for row, tweet in enumerate(tweets):
        for column in range(len(tweet)):
            word_states = [flat[i] for i, slot in enumerate(owner) if slot == row * 3 + column]
            expected = {"first": word_states[0], "sum": sum(word_states), "mean": sum(word_states) / len(word_states)}[
                pooling.value
            ]
            torch.testing.assert_close(pooled[row, column], expected)


def test_context_follows_the_tweet_with_separators_and_never_owns_a_word(tokenizer):
    batch, counts = collate(tokenizer, [["cat"]], [("the dog", "a mat")])
    subwords = tokenizer._tokenizer.convert_ids_to_tokens(batch.ids[0].tolist())
    assert subwords == ["[CLS]", "cat", "[SEP]", "the", "dog", "[SEP]", "a", "mat", "[SEP]"]
    assert batch.segments[0].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1]
    assert batch.owner[0].tolist() == [-1, 0] + [-1] * 7
    assert counts == LimitCounts()


def test_context_is_cut_and_the_tweet_is_not(tokenizer):
    tweet = ["cat", "the", "mat"]
    batch, counts = collate(tokenizer, [tweet], [("the dog sat on the mat",)], limit=8)
    subwords = tokenizer._tokenizer.convert_ids_to_tokens(batch.ids[0].tolist())
    assert subwords == ["[CLS]", "cat", "the", "mat", "[SEP]", "the", "dog", "[SEP]"]
    assert counts.cut_contexts == 1


def test_a_tweet_that_leaves_no_room_goes_without_context(tokenizer):
    batch, counts = collate(tokenizer, [["cat"] * 6], [("the dog",)], limit=8)
    assert (batch.segments == 0).all()
    assert counts.cut_contexts == 1


def test_a_long_tweet_continues_in_further_windows_without_losing_words(tokenizer, encoder):
    tweet = ["cat", "the", "dog", "sat", "on", "a", "mat"] * 5
    batch, counts = collate(tokenizer, [tweet, ["dog"]], [("the mat",), ()], limit=10)
    assert batch.ids.shape[1] <= 10
    assert batch.ids.shape[0] > 4
    assert counts.split_tweets == 1
    assert set(batch.owner[batch.owner >= 0].tolist()) == {*range(35), 35}
    assert encoder(batch).shape == (2, 35, 128)


def test_a_word_longer_than_a_window_keeps_its_first_subwords(tokenizer):
    batch, counts = collate(tokenizer, [["the", "z" * 50, "cat"]], limit=10)
    assert counts.shortened_words == 0  # z is not in the vocabulary: a single unknown subword
    long = "cathedral" * 4
    batch, counts = collate(tokenizer, [["the", "oat" * 12, long, "cat"]], limit=10)
    assert batch.words.sum() == 4
    assert set(batch.owner[batch.owner >= 0].tolist()) == {0, 1, 2, 3}
    assert counts.shortened_words >= 1


@given(st.lists(st.integers(1, 12), max_size=30), st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_windows_keep_every_word_once_and_in_order(sizes, room):
    words = [[number] * size for number, size in enumerate(sizes)]
    windows = split_tweet(words, room)
    assert [number for window in windows for number, _ in window] == list(range(len(sizes)))
    assert all(sum(len(subwords) for _, subwords in window) <= room for window in windows)
    assert all(len(subwords) >= 1 for window in windows for _, subwords in window)


class SlowTokenizer:
    """A slow tokenizer, without word_ids and is_split_into_words; joins pairs as RoBERTa does."""

    is_fast = False
    pad_token_id, unk_token_id, sep_token_id = 1, 3, 2

    def tokenize(self, word):
        word = word.strip()
        return [word[i : i + 3] + ("@@" if i + 3 < len(word) else "") for i in range(0, len(word), 3)]

    def convert_tokens_to_ids(self, subwords):
        return [10 + sum(map(ord, piece)) % 500 for piece in subwords]

    def __call__(self, text, pair=None, add_special_tokens=True, **_):
        ids = self.convert_tokens_to_ids(self.tokenize(text))
        if not add_special_tokens:
            return {"input_ids": ids}
        return {"input_ids": [0, *ids, 2] if pair is None else [0, *ids, 2, 2, *ids, 2]}


def test_slow_tokenizers_work_like_fast_ones():
    tokenizer = SubwordTokenizer(SlowTokenizer(), 32)
    assert tokenizer.template == ((0,), (2,), (2, 2), (2,), 0)
    batch, _ = collate(tokenizer, [["hello", "at"], ["no"]], [("abcdef",), ()])
    first = [tokenizer.words([w])[0][0] for w in ("hello", "at", "no")]
    assert batch.ids.flatten()[batch.first[batch.words]].tolist() == first


def test_the_subword_cache_is_shared_between_runs():
    class Counting(SlowTokenizer):
        tokenized: ClassVar[list[str]] = []

        def tokenize(self, text):
            self.tokenized.append(text)
            return super().tokenize(text)

    cache = {}
    first = SubwordTokenizer(Counting(), 32, cache)
    subwords = first.words(["hello", "at"])
    second, calls = SubwordTokenizer(Counting(), 32, cache), Counting.tokenized.count("hello")
    collate(second, [["hello", "at"]], [("hello at",)])
    assert second.words(["hello", "at", "no"])[:2] == subwords
    assert Counting.tokenized.count("hello") == calls
    assert cache.keys() == {"hello", "at", "no"}


def test_batch_tokenisation_equals_single_words(tokenizer):
    words = ["the", "cat", "cats", "Mat", "\u200b", "#dog", "ünknown", "the"]
    together, alone = (SubwordTokenizer(tokenizer._tokenizer, 32) for _ in range(2))
    together.learn(words)
    assert together._words.keys() == set(words)
    assert together.words(words) == [alone.words([word])[0] for word in words]


def test_the_scratch_vocabulary_does_not_depend_on_order():
    assert make_vocabulary(TEXTS) == make_vocabulary(reversed(TEXTS))
    assert {"the", "cat", "##a", "[UNK]"} <= set(make_vocabulary(TEXTS))


def test_sliding_window_layers_keep_their_window_in_padded_batches(tokenizer):
    torch.manual_seed(0)
    special = dict.fromkeys(("bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"), 1)
    sizes = {"hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 4, "intermediate_size": 16}
    config = ModernBertConfig(vocab_size=500, local_attention=8, pad_token_id=0, **sizes, **special)
    windowed = TextEncoder(AutoModel.from_config(config).eval(), tokenizer)
    together, _ = collate(tokenizer, [["cat", "dog"] * 12, ["the", "cat"] * 20])
    alone, _ = collate(tokenizer, [["cat", "dog"] * 12])
    assert (together.full, alone.full) == (False, True)
    with torch.no_grad():
        expected = windowed.encode_subwords(alone)[0]
        torch.testing.assert_close(
            windowed.encode_subwords(together)[0, : len(expected)], expected, rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("ask", [lambda other: other.words(["the", "cat"]), lambda other: other.learn(["the", "cat"])])
def test_a_tokenizer_of_another_model_is_refused(tokenizer, ask):
    other = SubwordTokenizer(tokenizer._tokenizer, 32)
    other.vocabulary = min(min(ids) for ids in other.words(["the", "cat"]))
    other._words.clear()
    with pytest.raises(
        MissingInputError, match=r"subword id \d+, its model only \d+ subwords\n  -> copy the tokenizer's"
    ):
        ask(other)
    assert other._words == {}


def test_the_vocabulary_size_is_the_model_s():
    encoder_ = scratch_encoder(TEXTS)
    assert encoder_.tokenizer.vocabulary == encoder_.model.get_input_embeddings().num_embeddings


@pytest.mark.parametrize(
    "ask", [lambda broken: broken.words(["\u4eba"]), lambda broken: broken.learn(["\u4eba", "the"])]
)
def test_a_failing_tokenizer_is_reported(ask):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.WordPiece({"a": 0, "the": 1}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    broken = SubwordTokenizer(PreTrainedTokenizerFast(tokenizer_object=backend), 32)
    with pytest.raises(MissingInputError, match=r"fails on '.*': WordPiece error.*\n  -> copy the tokenizer's files"):
        ask(broken)
