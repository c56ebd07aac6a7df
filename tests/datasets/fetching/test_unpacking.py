"""Damaged and hostile archives, and the pictures recovered from them."""

import zipfile

import pytest
from archive_server import Route, jpeg, pictures, tar_of, zip_of
from image_corpus import GITHUB

from mnerbench.datasets.errors import MissingInputError


def test_a_damaged_zip_keeps_what_was_whole_and_the_next_source_gives_the_rest(server, dataset, drive):
    body = bytearray(zip_of(pictures(dataset.ids, GITHUB)))
    last = pictures(dataset.ids, GITHUB)[f"{GITHUB}/{dataset.ids[-1]}.jpg"]
    body[bytes(body).index(last) + 200] ^= 0xFF
    server.routes["/github"] = Route(bytes(body))
    dataset.publish(server, "github")
    drive.body = zip_of(pictures(dataset.ids, "x"))
    done = dataset.get()
    assert "cannot be read: Bad CRC-32" in done.failures[0][1]
    assert [unpacked.written for _, unpacked in done.unpacked] == [1]
    assert done.check.usable == frozenset(dataset.ids)


def test_what_came_before_the_damage_is_counted_when_nothing_else_helps(server, dataset):
    body = bytearray(zip_of(pictures(dataset.ids, GITHUB)))
    body[body.index(pictures(dataset.ids, GITHUB)[f"{GITHUB}/{dataset.ids[40]}.jpg"]) + 200] ^= 0xFF
    server.routes["/github"] = Route(bytes(body))
    dataset.publish(server, "github")
    with pytest.raises(MissingInputError, match=r"no source gave the images of tiny \(40 are there\)"):
        dataset.get()
    assert len(list((dataset.folder / "images").iterdir())) == 40


def test_a_bomb_is_refused_and_leaves_no_picture(server, dataset, drive):
    bomb = zip_of({f"{GITHUB}/{dataset.ids[0]}.jpg": bytes(70 << 20)}, zipfile.ZIP_DEFLATED)
    server.routes["/github"] = Route(bomb)
    dataset.publish(server, "github")
    drive.body = zip_of(pictures(dataset.ids, "x"))
    done = dataset.get()
    assert "exceeds the limit of 67108864 bytes" in done.failures[0][1]
    assert done.check.usable == frozenset(dataset.ids)


def test_links_in_an_archive_come_to_nothing(server, dataset, drive):
    secret = dataset.data / "secret.jpg"
    secret.write_bytes(jpeg(1))
    image = dataset.ids[0]
    body = tar_of(pictures(dataset.ids[1:], GITHUB), links={f"{GITHUB}/{image}.jpg": str(secret), GITHUB: "/etc"})
    server.routes["/github"] = Route(body)
    dataset.publish(server, "github")
    done = dataset.get()
    assert done.check.missing == (image,)
    assert not (dataset.folder / "images" / f"{image}.jpg").exists()


def test_pictures_that_cannot_be_decoded_are_counted_with_their_reason(server, dataset):
    bad = dict.fromkeys((f"{GITHUB}/{image}.jpg" for image in dataset.ids[:2]), b"<html>lost</html>")
    bad[f"{GITHUB}/{dataset.ids[2]}.jpg"] = jpeg(1, 200)[:-300]
    server.routes["/github"] = Route(zip_of(pictures(dataset.ids, GITHUB) | bad))
    dataset.publish(server, "github")
    for _ in range(2):
        check = dataset.get().check
        assert sorted(check.unusable) == dataset.ids[:3]
        assert "not a picture" in check.unusable[dataset.ids[0]]
        assert "truncated" in check.unusable[dataset.ids[2]]
        assert check.usable == frozenset(dataset.ids[3:])


def test_a_users_picture_stays_as_it_is(server, dataset):
    (dataset.folder / "images" / "mine").mkdir(parents=True)
    mine = dataset.folder / "images" / "mine" / f"{dataset.ids[0]}.png"
    mine.write_bytes(jpeg(99))
    server.routes["/github"] = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github")
    dataset.get()
    assert mine.read_bytes() == jpeg(99)
    assert not (dataset.folder / "images" / f"{dataset.ids[0]}.jpg").exists()
