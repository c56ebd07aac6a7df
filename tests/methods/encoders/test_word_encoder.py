"""Word vectors: trained, fixed or unknown; and an LSTM that padding does not affect."""

import numpy as np
import pytest
import torch
from piece_batches import piece_batch

from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.encoders.word_encoder import WordTokenizer, word_encoder

TRAIN = (("Ada", "met", "Bo", "in", "Lund"), ("ada", "met", "rain"))
FILE = {word: np.full(6, value, np.float32) for word, value in (("ada", 1.0), ("velt", 2.0), ("zoo", 3.0))}
SIZES = {"width": 4, "hidden": 5, "dropout": 0.0}


def build(vectors=FILE):
    torch.manual_seed(0)
    return word_encoder(TRAIN, vectors, None, **SIZES)


def batch(encoder, *tweets):
    return piece_batch(WindowLayout(encoder.tokenizer, 64), [encoder.tokenizer.words(words) for words in tweets])


def test_words_are_numbers_whatever_their_case():
    tokenizer = WordTokenizer(["ada", "bo"], ["velt"])
    assert tokenizer.words(["Ada", "BO", "Velt", "who"]) == [[2], [3], [4], [1]]
    assert tokenizer.zero_piece_words(["Ada", "who", "why"]) == 2
    assert tokenizer.context(()) == []
    with pytest.raises(ValueError, match="no texts"):
        tokenizer.context(["a caption"])


def test_a_file_gives_the_start_of_training_words_and_all_of_others():
    encoder = build().eval()
    vectors = encoder.embedded(batch(encoder, ("Ada", "Velt", "zoo", "lund", "who")))[0]
    assert vectors[:3].tolist() == [[1.0] * 6, [2.0] * 6, [3.0] * 6]
    assert vectors[3].any()
    assert not vectors[4].any()
    trained = {name for name, _ in encoder.named_parameters()}
    assert "embed.weight" in trained
    assert "fixed" not in trained
    assert encoder.embed.num_embeddings == 2 + 6


def test_without_a_file_word_vectors_have_the_configured_width():
    encoder = build({})
    assert encoder.input_width == 4
    bound = (3 / 4) ** 0.5
    assert encoder.embed.weight[2:].abs().max() <= bound
    assert not encoder.embed.weight[:2].any()


def test_more_words_in_the_file_change_no_start():
    few, many = build({"ada": FILE["ada"]}), build()
    assert torch.equal(few.embed.weight, many.embed.weight)
    for name, value in few.lstm.named_parameters():
        assert torch.equal(value, dict(many.lstm.named_parameters())[name])


def test_words_seen_once_are_unknown_half_of_the_time_in_training_mode():
    encoder = build().train()
    # In training, `ada` and `met` occur twice (`ada` is also in the file), the others once.
    tweets = batch(encoder, *[("bo", "ada", "met", "lund")] * 2000)
    unknown = (encoder.embedded(tweets) == 0).all(-1).float().mean(0)
    assert unknown[0] == pytest.approx(0.5, abs=0.05)
    assert unknown[3] == pytest.approx(0.5, abs=0.05)
    assert not unknown[1:3].any()
    assert not (encoder.eval().embedded(tweets) == 0).all(-1).any()


def test_each_tweet_is_read_as_if_it_were_alone():
    encoder = build().eval()
    tweets = (("ada", "met", "bo"), ("rain",), ("Lund", "in", "ada", "velt", "who"))
    together = encoder(batch(encoder, *tweets))
    assert together.shape == (3, 5, encoder.width)
    for row, words in zip(together, tweets, strict=True):
        alone = encoder.lstm(encoder.embedded(batch(encoder, words)))[0][0]
        torch.testing.assert_close(row[: len(words)], alone, rtol=1e-5, atol=1e-6)
        assert not row[len(words) :].any()


def test_tweets_longer_than_a_window_are_read_whole():
    encoder = build().eval()
    words = ("ada", "met", "bo") * 20
    narrow = piece_batch(WindowLayout(encoder.tokenizer, 16), [encoder.tokenizer.words(words)])
    assert len(narrow.ids) > 1
    torch.testing.assert_close(encoder(narrow), encoder(batch(encoder, words)))
