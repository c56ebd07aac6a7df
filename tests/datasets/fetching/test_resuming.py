"""Interrupted, changed or concurrent downloads and unpacking end with the same pictures."""

import signal
import subprocess
import sys
import threading

import pytest
from archive_server import Route, jpeg, pictures, zip_of
from image_corpus import GITHUB

from mnerbench.datasets.errors import DiskError, MissingInputError
from mnerbench.datasets.fetching.http_download import CHUNK_BYTES


def test_a_download_that_breaks_is_continued_to_the_same_pictures(server, dataset):
    body = zip_of(pictures(dataset.ids, GITHUB) | {"padding": bytes(9 * CHUNK_BYTES)})
    server.routes["/github"] = route = Route(body, etag='"1"', cuts=[2 * CHUNK_BYTES, CHUNK_BYTES])
    dataset.publish(server, "github")
    assert dataset.get().check.usable == frozenset(dataset.ids)
    assert [start for start, _ in route.requests] == [None, f"bytes={2 * CHUNK_BYTES}-", f"bytes={3 * CHUNK_BYTES}-"]


def test_the_next_command_continues_where_this_one_gave_up(server, dataset):
    body = zip_of(pictures(dataset.ids, GITHUB) | {"padding": bytes(9 * CHUNK_BYTES)})
    server.routes["/github"] = route = Route(body, etag='"1"', cuts=[CHUNK_BYTES] * 5)
    dataset.publish(server, "github")
    with pytest.raises(MissingInputError, match=r"resumes after 82 kB") as caught:
        dataset.get()
    assert "the connection broke before the end of the file" in str(caught.value)
    assert dataset.get().check.usable == frozenset(dataset.ids)
    assert route.requests[-1] == (f"bytes={5 * CHUNK_BYTES}-", '"1"')
    assert not list(dataset.folder.glob("*.part*"))


def test_an_archive_that_changed_between_the_parts_starts_over(server, dataset):
    old = zip_of({f"{GITHUB}/{image}.jpg": jpeg(9) for image in dataset.ids} | {"padding": bytes(9 * CHUNK_BYTES)})
    new = zip_of(pictures(dataset.ids, GITHUB) | {"padding": bytes(9 * CHUNK_BYTES)})
    server.routes["/github"] = Route(old, etag='"1"', cuts=[CHUNK_BYTES] * 5)
    dataset.publish(server, "github")
    with pytest.raises(MissingInputError):
        dataset.get()
    server.routes["/github"] = Route(new, etag='"2"', obeys_if_range=False)
    dataset.get()
    expected = pictures(dataset.ids, "")
    assert all((dataset.folder / "images" / path[1:]).read_bytes() == content for path, content in expected.items())


def test_redirects_lead_to_the_archive(server, dataset):
    server.routes |= {"/github": Route(location="/far"), "/far": Route(zip_of(pictures(dataset.ids, GITHUB)))}
    dataset.publish(server, "github")
    assert dataset.get().check.missing == ()


def test_a_disk_without_room_stops_before_any_request(server, dataset, monkeypatch):
    from mnerbench.datasets.fetching import disk_space

    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github", size=605_000_000)
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10**9})())
    with pytest.raises(DiskError, match=r"not enough space: 1\.2 GB are to be written, 1\.0 GB are free"):
        dataset.get()
    assert route.requests == []


KILLED = """
import os, signal, sys
from pathlib import Path
from mnerbench.datasets.fetching import archives
from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.fetching.image_fetch import get_images

write = archives._write
def half(archive, member, path, limit):
    if len(list(path.parent.iterdir())) == 30:
        path.with_name(path.name + ".part").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    return write(archive, member, path, limit)
archives._write = half
data = Path(sys.argv[1])
get_images(load_card("tiny", data), load_corpus("tiny", data), data)
"""


def test_a_kill_in_the_middle_of_unpacking_leaves_whole_pictures_and_is_continued(server, dataset):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(dataset.data)], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    images = dataset.folder / "images"
    expected = {path[1:]: content for path, content in pictures(dataset.ids, "").items()}
    whole = {path.name: path.read_bytes() for path in images.glob("*.jpg")}
    assert len(whole) == 30
    assert whole.items() <= expected.items()
    assert len(list(images.glob("*.part"))) == 1
    done = dataset.get()
    assert [(unpacked.written, unpacked.present) for _, unpacked in done.unpacked] == [(len(dataset.ids) - 30, 30)]
    assert {path.name: path.read_bytes() for path in images.iterdir()} == expected
    assert len(route.requests) == 1


def test_two_at_once_fetch_once(server, dataset):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github")
    results: list[frozenset[str]] = []
    threads = [threading.Thread(target=lambda: results.append(dataset.get().check.usable)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [frozenset(dataset.ids)] * 4
    assert len(route.requests) == 1
