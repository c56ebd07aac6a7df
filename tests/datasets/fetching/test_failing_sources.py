"""A source that fails is reported with its reason, and the next one is tried."""

import types

import pytest
from archive_server import Route, pictures, zip_of
from image_corpus import GITHUB

from mnerbench.datasets.errors import MissingInputError

ZIP = zip_of(pictures(["a"], "x"))


BROKEN = {
    "lost": (Route(status=404), "HTTP 404 Not Found"),
    "gone": (Route(status=410), "HTTP 410 Gone"),
    "forbidden": (Route(status=403), "HTTP 403 Forbidden"),
    "busy": (Route(status=503), "HTTP 503 Service Unavailable"),
    "a page": (Route(b"<!doctype html><title>Sign in</title>"), 'the server sent a web page ("Sign in")'),
    "an XML error": (Route(b"<?xml version='1.0'?><Error/>"), "neither a zip nor a tar archive: an XML document"),
    "nothing": (Route(b""), "neither a zip nor a tar archive: an empty file"),
    "cut off, as its length says": (Route(ZIP, length=len(ZIP) - 30), "a truncated zip archive"),
    "shorter than its length": (Route(ZIP, length=len(ZIP) + 9, ranges=False), "the connection broke before the end"),
    "announced too large": (Route(ZIP, length=10**9), "the server announces 1,000,000,000 bytes, more than the limit"),
    "too large": (Route(bytes(300_000), length=-1), "the server sends more than the limit of 200,000 bytes"),
    "plain http": (Route(location="http://example.org/a.zip"), "redirected to http://example.org/a.zip"),
    "a circle": (Route(location="/github"), "more than 5 redirects"),
    "of other pictures": (Route(ZIP), "none of its 1 picture files is named like a picture of a tweet"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_source_that_fails_is_named_and_the_next_is_tried(server, dataset, drive, fault):
    server.routes["/github"], reason = BROKEN[fault]
    dataset.publish(server, "github", size=100_000)
    drive.body = zip_of(pictures(dataset.ids, "twitter2015_images"))
    done = dataset.get()
    assert done.check.usable == frozenset(dataset.ids)
    (title, words), *others = done.failures
    assert (title, others) == ("github (127.0.0.1, about 100 kB)", [])
    assert reason in words
    assert dataset.notes == [f"getting {title}", f"github: {words}", "getting drive (Google Drive)"]
    assert not list(dataset.folder.glob("github.archive*"))


def test_an_unreachable_server_is_named_and_the_next_is_tried(dataset, drive):
    dataset.publish(types.SimpleNamespace(url=lambda path: f"http://127.0.0.1:9{path}"), "github")
    drive.body = zip_of(pictures(dataset.ids, "x"))
    assert dataset.get().failures == [("github (127.0.0.1)", "the connection was refused")]


def test_when_all_fail_each_is_listed_with_its_reason_and_every_way_out(server, dataset):
    dataset.publish(server, "github", "mirror")
    server.routes["/mirror"] = Route(status=410)
    with pytest.raises(MissingInputError) as caught:
        dataset.get()
    text = str(caught.value)
    for part in (
        "no source gave the images of tiny",
        "\n  github (127.0.0.1): HTTP 404 Not Found",
        "\n  mirror (127.0.0.1): HTTP 410 Gone",
        "\n  drive (Google Drive): too many users",
        "benchmark data get tiny --images --from FILE",
        f"\n     {server.url('/github')}",
        "\n     https://drive.google.com/file/d/1Abc/view",
        f"put the pictures into {dataset.folder / 'images'}, named <image id>.jpg",
        "There are none.",
    ):
        assert part in text
    assert not (dataset.folder / "images").exists()


def test_an_archive_with_fewer_pictures_than_are_listed_is_not_the_end(server, dataset, drive):
    server.routes["/github"] = Route(zip_of(pictures(dataset.ids[:7], GITHUB)))
    dataset.publish(server, "github", pictures=len(dataset.ids))
    assert list(dataset.get().check.missing) == dataset.ids[7:]
    drive.body = zip_of(pictures(dataset.ids, "x"))
    done = dataset.get()
    assert f"it holds 7 of the {len(dataset.ids)} picture files that its publisher lists" in done.failures[0][1]
    assert done.check.missing == ()
