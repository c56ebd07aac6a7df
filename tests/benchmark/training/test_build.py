"""The picture that a tweet shows: its own, none if hidden in training, another tweet's for the random control."""

import sys
from types import SimpleNamespace

import pytest

from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.benchmark.training.build import TRAIN, shown_images
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.inputs import View

IMAGES = [f"p{n}" for n in range(40)]


def images_in(split=TRAIN, *, hidden=0.0, random=False, seed=0, views=(View.IT,)):
    tweets = [Example(str(n), ("a",), ("O",), image) for n, image in enumerate(IMAGES)]
    data = DatasetRef(name="d", fingerprints={}, hidden_pictures=hidden)
    run_inputs = SimpleNamespace(
        examples=lambda _: tweets,
        config=SimpleNamespace(random_pictures=random),
        spec=SimpleNamespace(seed=seed, dataset=data),
    )
    return shown_images(run_inputs, split, views)


def test_several_pictures_of_a_tweet_stay_together(monkeypatch):
    sets = [(f"{n}a", f"{n}b") if n % 2 else f"{n}a" for n in range(40)]
    monkeypatch.setattr(sys.modules[__name__], "IMAGES", sets)
    views = images_in(random=True, views=(View.IT, View.IT_SHUFFLED))
    assert all(sorted(map(str, images)) == sorted(map(str, sets)) for images in views.values())
    hidden = images_in(hidden=0.5)[View.IT]
    assert all(image in (None, original) for image, original in zip(hidden, sets, strict=True))


def test_every_tweet_shows_its_own_picture():
    assert list(images_in()[View.IT]) == IMAGES


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_a_share_of_the_training_pictures_is_hidden(share):
    images = images_in(hidden=share)[View.IT]
    assert images.count(None) == round(share * len(IMAGES))
    assert all(image in (None, original) for image, original in zip(images, IMAGES, strict=True))
    assert images != images_in(hidden=share, seed=1)[View.IT] or share == 1.0


def test_a_larger_share_hides_a_superset():
    little, more = (images_in(hidden=share)[View.IT] for share in (0.2, 0.6))
    assert all(b is None for a, b in zip(little, more, strict=True) if a is None)


def test_nothing_is_hidden_in_evaluation():
    assert list(images_in("test", hidden=0.5)[View.IT]) == IMAGES


@pytest.mark.parametrize("split", [TRAIN, "valid", "test"])
def test_the_random_control_shows_another_tweets_picture(split):
    images = images_in(split, random=True)[View.IT]
    assert sorted(images) == sorted(IMAGES)
    assert all(image != original for image, original in zip(images, IMAGES, strict=True))


def test_the_random_control_shows_no_picture_in_the_text_view():
    assert set(images_in("test", random=True, views=(View.T,))[View.T]) == {None}
