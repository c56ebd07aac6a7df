"""Pictures of a corpus, end to end against a server on this machine: sources in turn, broken in every way, repeated."""

import json
import signal
import subprocess
import sys
import threading
import types
import zipfile
from pathlib import Path

import pytest
from archive_server import Route, archive_server, jpeg, pictures, tar_of, zip_of

from mnerbench.datasets import image_download
from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.errors import ConfigError, DataError, DiskError, MissingInputError
from mnerbench.datasets.http_redirects import TransferError
from mnerbench.datasets.image_attempt import Listener
from mnerbench.datasets.image_fetch import get_images
from mnerbench.datasets.image_sources import image_sources, images_remedy
from mnerbench.datasets.transfer import CHUNK_BYTES
from mnerbench.datasets.visual.picture_check import named_images

GITHUB = "NERmultimodal-6de7e3f/data/ner_img"
DRIVE = '\n[[drive]]\nid = "1Abc"\nholds = "h"\npath = "images.archive"\n'


@pytest.fixture
def server():
    with archive_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr("mnerbench.datasets.transfer.time.sleep", lambda _: None)


@pytest.fixture(autouse=True)
def drive(monkeypatch):
    """What Drive hands out; nothing until a test says so."""
    state = types.SimpleNamespace(body=None, asked=0)

    def fetch(_, path: Path, *__: object) -> None:
        state.asked += 1
        if state.body is None:
            raise TransferError("too many users")
        path.write_bytes(state.body)

    monkeypatch.setattr(image_download, "fetch_drive_file", fetch)
    return state


class Dataset:
    """The corpus `tiny` in a data folder, with a card that names archives."""

    def __init__(self, data: Path):
        self.data, self.folder = data, data / "tiny"
        self.notes: list[str] = []
        corpus = load_corpus("tiny", data)
        self.lost = sorted(corpus.missing_images)
        self.ids = sorted(named_images(corpus) - corpus.missing_images)

    def publish(self, server, *names: str, drive: bool = True, **keys: object) -> None:
        """Archives on the card, by the last part of their path on the server."""
        path = self.folder / "card.toml"
        for name in names:
            more = "".join(f"{key} = {value}\n" for key, value in keys.items())
            url = server.url(f"/{name}")
            rows = f'\n[[archives]]\nname = "{name}"\nurl = "{url}"\nholds = "h"\npath = "{name}.archive"\n{more}'
            path.write_text(path.read_text() + rows)
        path.write_text(path.read_text() + DRIVE * drive)

    def get(self, **options):
        listener = Listener(note=self.notes.append)
        card = load_card("tiny", self.data)
        return get_images(card, load_corpus("tiny", self.data), self.data, listener=listener, **options)


@pytest.fixture
def dataset(own_data):
    return Dataset(own_data)


@pytest.mark.parametrize("pack", [zip_of, tar_of, lambda members: tar_of(members, "w")])
def test_a_repository_archive_gives_what_tweets_name_and_nothing_else(server, dataset, pack):
    extra = {f"{GITHUB}/0.jpg": jpeg(0), "NERmultimodal-6de7e3f/README.md": b"text", f"{GITHUB}/../../x.jpg": jpeg(1)}
    lost = pictures(dataset.lost, GITHUB)
    server.routes["/github"] = Route(pack(pictures(dataset.ids, GITHUB) | lost | extra))
    dataset.publish(server, "github", pictures=len(dataset.ids) + 2)
    done = dataset.get()
    assert done.check.usable == frozenset(dataset.ids)
    assert (done.check.missing, done.check.unusable, done.failures) == ((), {}, [])
    assert list(done.check.lost) == dataset.lost
    assert sorted(path.stem for path in (dataset.folder / "images").iterdir()) == dataset.ids
    assert sorted(path.name for path in dataset.data.iterdir()) == ["tiny"]


def test_the_second_call_asks_nobody_and_says_what_is_there(server, dataset):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github")
    first = dataset.get()
    times = {path: path.stat().st_mtime_ns for path in (dataset.folder / "images").iterdir()}
    (dataset.folder / "github.archive").unlink()
    dataset.notes.clear()
    second = dataset.get()
    assert second.check == first.check
    assert (second.unpacked, dataset.notes, len(route.asked)) == ([], [], 1)
    assert {path: path.stat().st_mtime_ns for path in (dataset.folder / "images").iterdir()} == times


def test_a_whole_archive_that_lacks_some_is_not_fetched_again_for_them(server, dataset, drive):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids[3:], GITHUB)))
    dataset.publish(server, "github", pictures=len(dataset.ids) - 3)
    for _ in range(2):
        done = dataset.get()
        assert list(done.check.missing) == dataset.ids[:3]
        assert (done.exhausted, done.unread) == (True, ["drive"])
        (dataset.folder / "github.archive").unlink(missing_ok=True)
    assert (len(route.asked), drive.asked) == (1, 0)


def test_the_other_source_is_asked_for_the_rest_when_it_is_named(server, dataset, drive):
    server.routes["/github"] = Route(zip_of(pictures(dataset.ids[3:], GITHUB)))
    dataset.publish(server, "github", pictures=len(dataset.ids) - 3)
    dataset.get()
    drive.body = zip_of(pictures(dataset.ids, "IJCAI2019_data/twitter2015_images"))
    done = dataset.get(source_name="drive")
    assert (done.check.missing, [unpacked.written for _, unpacked in done.unpacked]) == ((), [3])


def test_a_picture_that_was_deleted_comes_back_from_the_kept_archive(server, dataset):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids[3:], GITHUB)))
    dataset.publish(server, "github", pictures=len(dataset.ids) - 3)
    dataset.get()
    (dataset.folder / "images" / f"{dataset.ids[9]}.jpg").unlink()
    assert list(dataset.get().check.missing) == dataset.ids[:3]
    assert len(route.asked) == 1


def test_an_archive_of_unknown_size_that_lacks_some_is_followed_by_the_next_source(server, dataset, drive):
    server.routes["/autogluon"] = Route(zip_of(pictures(dataset.ids[5:], "multimodal_ner/twitter2017_images")))
    dataset.publish(server, "autogluon")
    drive.body = tar_of(pictures(dataset.ids[:6], "x"))
    done = dataset.get()
    assert [(name, unpacked.written) for name, unpacked in done.unpacked] == [
        ("autogluon", len(dataset.ids) - 5),
        ("drive", 5),
    ]
    assert done.check.missing == ()


def test_what_no_source_has_is_missing_and_asked_for_once(server, dataset, drive):
    server.routes["/autogluon"] = route = Route(zip_of(pictures(dataset.ids[5:], "x")))
    dataset.publish(server, "autogluon")
    drive.body = zip_of(pictures(dataset.ids[5:], "x"))
    for _ in range(2):
        done = dataset.get()
        assert (list(done.check.missing), done.exhausted, done.unread) == (dataset.ids[:5], False, [])
    assert (len(route.asked), drive.asked) == (1, 1)


def test_a_download_that_breaks_is_continued_to_the_same_pictures(server, dataset):
    body = zip_of(pictures(dataset.ids, GITHUB) | {"padding": bytes(9 * CHUNK_BYTES)})
    server.routes["/github"] = route = Route(body, etag='"1"', cuts=[2 * CHUNK_BYTES, CHUNK_BYTES])
    dataset.publish(server, "github")
    assert dataset.get().check.usable == frozenset(dataset.ids)
    assert [asked for asked, _ in route.asked] == [None, f"bytes={2 * CHUNK_BYTES}-", f"bytes={3 * CHUNK_BYTES}-"]


def test_the_next_command_continues_where_this_one_gave_up(server, dataset):
    body = zip_of(pictures(dataset.ids, GITHUB) | {"padding": bytes(9 * CHUNK_BYTES)})
    server.routes["/github"] = route = Route(body, etag='"1"', cuts=[CHUNK_BYTES] * 5)
    dataset.publish(server, "github")
    with pytest.raises(MissingInputError, match=r"82 kB are kept, and continued") as caught:
        dataset.get()
    assert "the connection broke before the end of the file" in str(caught.value)
    assert dataset.get().check.usable == frozenset(dataset.ids)
    assert route.asked[-1] == (f"bytes={5 * CHUNK_BYTES}-", '"1"')
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


ZIP = zip_of(pictures(["a"], "x"))
BROKEN = {
    "lost": (Route(status=404), "HTTP 404 Not Found"),
    "gone": (Route(status=410), "HTTP 410 Gone"),
    "forbidden": (Route(status=403), "HTTP 403 Forbidden"),
    "busy": (Route(status=503), "HTTP 503 Service Unavailable"),
    "a page": (Route(b"<!doctype html><title>Sign in</title>"), 'the server sent a web page ("Sign in")'),
    "an XML error": (Route(b"<?xml version='1.0'?><Error/>"), "neither a zip nor a tar archive: an XML document"),
    "nothing": (Route(b""), "neither a zip nor a tar archive: an empty file"),
    "cut off, as its length says": (Route(ZIP, length=len(ZIP) - 30), "a zip archive without its end: it was cut off"),
    "shorter than its length": (Route(ZIP, length=len(ZIP) + 9, ranges=False), "the connection broke before the end"),
    "announced too large": (Route(ZIP, length=10**9), "the server announces 1,000,000,000 bytes, over the limit"),
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
    assert f"it holds 7 picture files, {len(dataset.ids)} are listed for it" in done.failures[0][1]
    assert done.check.missing == ()


def test_a_damaged_zip_keeps_what_was_whole_and_the_next_source_gives_the_rest(server, dataset, drive):
    body = bytearray(zip_of(pictures(dataset.ids, GITHUB)))
    last = pictures(dataset.ids, GITHUB)[f"{GITHUB}/{dataset.ids[-1]}.jpg"]
    body[bytes(body).index(last) + 200] ^= 0xFF
    server.routes["/github"] = Route(bytes(body))
    dataset.publish(server, "github")
    drive.body = zip_of(pictures(dataset.ids, "x"))
    done = dataset.get()
    assert "the archive cannot be read: Bad CRC-32" in done.failures[0][1]
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
    assert "passes the limit of 67108864 bytes" in done.failures[0][1]
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


@pytest.mark.parametrize("kind", ["zip", "tar", "folder"])
def test_what_the_user_has_is_used_without_any_request(server, dataset, drive, tmp_path, kind):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github")
    local = tmp_path / "have"
    members = pictures(dataset.ids, "some/where")
    if kind == "folder":
        (local / "some" / "where").mkdir(parents=True)
        for path, content in members.items():
            (local / path).write_bytes(content)
    else:
        local.write_bytes(zip_of(members) if kind == "zip" else tar_of(members))
    assert dataset.get(local=local).check.usable == frozenset(dataset.ids)
    assert (route.asked, drive.asked) == ([], 0)
    assert local.exists()


def test_a_whole_archive_of_the_users_is_known_to_be_whole(server, dataset, tmp_path):
    dataset.publish(server, "github", pictures=len(dataset.ids) - 3)
    (tmp_path / "have.zip").write_bytes(zip_of(pictures(dataset.ids[3:], GITHUB)))
    assert dataset.get(local=tmp_path / "have.zip").exhausted
    assert dataset.get().exhausted


@pytest.mark.parametrize("content", [b"<html><title>Quota</title>", b"", ZIP], ids=["web page", "empty", "zip"])
def test_what_the_user_has_and_is_no_use_is_named_and_kept(server, dataset, tmp_path, content):
    dataset.publish(server, "github")
    (tmp_path / "have.zip").write_bytes(content)
    with pytest.raises((DataError, MissingInputError), match=r"have\.zip: (neither a zip|none of the)"):
        dataset.get(local=tmp_path / "have.zip")
    assert (tmp_path / "have.zip").read_bytes() == content


def test_an_archive_saved_by_hand_is_used(server, dataset):
    dataset.publish(server, "github")
    (dataset.folder / "github.archive").write_bytes(zip_of(pictures(dataset.ids, GITHUB)))
    assert dataset.get().check.missing == ()


def test_a_saved_archive_that_is_no_use_is_named_and_kept(server, dataset, drive):
    dataset.publish(server, "github")
    saved = dataset.folder / "github.archive"
    saved.write_bytes(b"<html>")
    drive.body = zip_of(pictures(dataset.ids, "x"))
    done = dataset.get()
    assert f"this is the saved file {saved}, delete it to fetch it again" in done.failures[0][1]
    assert saved.read_bytes() == b"<html>"


def test_another_checksum_than_the_cards_is_refused(server, dataset, drive):
    server.routes["/github"] = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github", sha256=f'"{"0" * 64}"')
    drive.body = zip_of(pictures(dataset.ids, "x"))
    done = dataset.get()
    assert "the card says 000000" in done.failures[0][1]
    assert not (dataset.folder / "github.archive").exists()


def test_a_disk_without_room_stops_before_any_request(server, dataset, monkeypatch):
    from mnerbench.datasets import disk_space

    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github", size=605_000_000)
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10**9})())
    with pytest.raises(DiskError, match=r"not enough space: 1\.2 GB are to be written, 1\.0 GB are free"):
        dataset.get()
    assert route.asked == []


KILLED = """
import os, signal, sys
from pathlib import Path
from mnerbench.datasets import archives
from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.image_fetch import get_images

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
    assert len(route.asked) == 1


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
    assert len(route.asked) == 1


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
    assert len(route.asked) == 1


def test_a_circle_of_shared_images_is_refused(dataset):
    path = dataset.folder / "card.toml"
    path.write_text(path.read_text().replace('images = "There', 'images_of = "copy"\nimages = "There'))
    with pytest.raises(ConfigError, match="takes its images from another dataset"):
        image_sources(make_copy(dataset), dataset.data)


def test_a_drive_file_of_two_datasets_is_fetched_once(server, dataset, drive):
    dataset.publish(server)
    drive.body = zip_of(pictures(dataset.ids, "x"))
    dataset.get()
    card = make_copy(dataset, COPY.replace('images_of = "tiny"\n', "") + DRIVE)
    get_images(card, load_corpus("copy", dataset.data), dataset.data)
    assert drive.asked == 1


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
