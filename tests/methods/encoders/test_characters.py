"""Character encoders against loops over unpadded characters."""

import pytest
import torch

from mnerbench.methods.base.choices import Spelling
from mnerbench.methods.encoders.characters import (
    CHARACTERS,
    LONGEST,
    CharacterCNN,
    CharacterLSTM,
    build_spelling,
    collate_characters,
    encode_tweets,
    encode_word,
)

TWEETS = (("Ada", "met", "Bo"), ("an-extraordinarily-long-word", "é"), ("\u200b",))


def batch(tweets=TWEETS):
    return collate_characters(encode_tweets(tweets), max(map(len, tweets)))


def test_characters_have_fixed_numbers():
    assert encode_word("Aé") == [65, 233]
    assert all(256 <= number < CHARACTERS for number in encode_word("語🙂\u200b"))
    assert encode_word("a" * 99) == [97] * LONGEST
    assert len(encode_word("")) == 1
    assert 0 not in encode_word("\0")


def test_a_batch_is_as_long_as_its_longest_word():
    output = batch()
    assert output.shape == (3, 3, len("an-extraordinarily-long-word"))
    assert output[0, 1].tolist()[:4] == [*map(ord, "met"), 0]
    assert not output[1, 2].any()


def test_the_convolution_is_over_three_characters_and_its_largest_answer_counts():
    torch.manual_seed(0)
    layer = CharacterCNN(5, 7, 0.0).eval()
    output = layer(batch())
    for row, words in enumerate(TWEETS):
        for position, word in enumerate(words):
            vectors = [torch.zeros(5), *layer.embed.weight[encode_word(word)], torch.zeros(5)]
            answers = [
                layer.convolve.bias + sum(layer.convolve.weight[:, :, k] @ vectors[i + k] for k in range(3))
                for i in range(len(vectors) - 2)
            ]
            torch.testing.assert_close(output[row, position], torch.stack(answers).amax(0), rtol=1e-5, atol=1e-6)
    assert not output[1, 2].any()


def test_the_lstm_reads_each_word_from_both_ends():
    torch.manual_seed(0)
    layer = CharacterLSTM(5, 4, 0.0).eval()
    output = layer(batch())
    assert layer.width == output.shape[-1] == 8
    for row, words in enumerate(TWEETS):
        for position, word in enumerate(words):
            vectors = layer.embed.weight[encode_word(word)][None]
            ends = [layer.forth(vectors)[0][0, -1], layer.back(vectors.flip(1))[0][0, -1]]
            torch.testing.assert_close(output[row, position], torch.cat(ends), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [Spelling.CNN, Spelling.LSTM])
def test_gradients_are_finite_where_words_are_padding(kind):
    layer = build_spelling(kind, 5, 6, 0.0)
    layer(batch()).square().sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in layer.parameters())
    assert not layer.embed.weight.grad[0].any()
    assert layer.width == 6


def test_no_character_encoder():
    assert build_spelling(Spelling.NONE, 5, 6, 0.0) is None
