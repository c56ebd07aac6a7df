"""Origins of pictures: receipts, named sources, folders that datasets share, and remedies."""

import json
from pathlib import Path

import pytest
from archive_server import Route, pictures, zip_of
from image_corpus import DRIVE, GITHUB

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.fetching.image_fetch import get_images
from mnerbench.datasets.fetching.image_sources import image_sources
from mnerbench.datasets.remedies import images_remedy


def test_the_receipt_says_where_the_pictures_are_from(server, dataset):
    body = zip_of(pictures(dataset.ids, GITHUB))
    server.routes["/github"] = Route(body)
    dataset.publish(server, "github")
    dataset.get()
    (receipt,) = json.loads((dataset.folder / "images.source.json").read_text())
    assert (receipt["source"], receipt["address"]) == ("github", server.url("/github"))
    assert (receipt["size"], receipt["folder"], len(receipt["sha256"])) == (len(body), GITHUB, 64)


def test_a_source_that_is_unknown_is_answered_with_the_nearest(server, dataset):
    dataset.publish(server, "github")
    with pytest.raises(ConfigError, match="did you mean 'github'"):
        dataset.get(source_name="gihub")


COPY = """
name = "copy"
title = "t"
summary = "s"
licence = "l"
citation = "c"
types = ["PER", "LOC", "ORG", "MISC"]
label_map = { OTHER = "MISC" }
images = "i"
images_of = "tiny"
how_to_get = "h"
[files]
test = { path = "test.txt" }
"""


def make_copy(dataset, card: str = COPY) -> DatasetCard:
    folder = dataset.data / "copy"
    folder.mkdir()
    (folder / "card.toml").write_text(card)
    (folder / "test.txt").write_bytes((dataset.folder / "test.txt").read_bytes())
    return load_card("copy", dataset.data)


@pytest.mark.parametrize("first", [True, False])
def test_datasets_of_the_same_tweets_share_one_folder(server, dataset, first):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github")
    card = make_copy(dataset)
    if first:
        dataset.get()
    done = get_images(card, load_corpus("copy", dataset.data), dataset.data)
    assert (len(done.check.usable), done.check.missing) == (19, ("T_1393",))
    assert (dataset.data / "copy" / "images").readlink() == Path("../tiny/images")
    dataset.get()
    assert len(route.requests) == 1


def test_a_circle_of_shared_images_is_refused(dataset):
    path = dataset.folder / "card.toml"
    path.write_text(path.read_text().replace('images = "There', 'images_of = "copy"\nimages = "There'))
    with pytest.raises(ConfigError, match="which has images_of itself"):
        image_sources(make_copy(dataset), dataset.data)


def test_a_drive_file_of_two_datasets_is_fetched_once(server, dataset, drive):
    dataset.publish(server)
    drive.body = zip_of(pictures(dataset.ids, "x"))
    dataset.get()
    card = make_copy(dataset, COPY.replace('images_of = "tiny"\n', "") + DRIVE)
    get_images(card, load_corpus("copy", dataset.data), dataset.data)
    assert drive.requests == 1


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("twitter15", "benchmark data get twitter15 --images"),
        ("twitter15-umgf", "benchmark data get twitter15-umgf --images"),
        ("snap", "benchmark data get snap --images --from FOLDER"),
        ("probe-object", "benchmark data prepare probe-object"),
    ],
)
def test_the_remedy_is_one_command(name, command):
    assert images_remedy(load_card(name)) == command


def test_the_remedy_for_drive_alone_installs_what_it_needs(server, dataset):
    dataset.publish(server)
    remedy = images_remedy(load_card("tiny", dataset.data))
    assert remedy == "pip install 'mnerbench[drive]' && benchmark data get tiny --images"


def test_the_shipped_cards_name_their_sources(tmp_path):
    t15 = image_sources(load_card("twitter15"), tmp_path)
    assert [source.name for source in t15] == ["github", "drive"]
    assert t15[0].page.endswith("/jinlanfu/NERmultimodal/zip/6de7e3fbfde4f76d4ca8d35ba4bf6d12a8d61d1c")
    assert t15[0].title == "github (codeload.github.com, about 605 MB)"
    assert [source.name for source in image_sources(load_card("twitter17"), tmp_path)] == ["autogluon", "drive"]
    hvpnet = image_sources(load_card("twitter15-hvpnet"), tmp_path)
    assert [source.name for source in hvpnet] == ["github", "drive", "hvpnet"]
    assert [source.path.parent.name for source in hvpnet] == ["twitter15", "twitter15", "twitter15-hvpnet"]
