"""Image archives: only wanted pictures come out, nothing leaves the folder, limits hold; Drive's failures are told."""

import io
import random
import sys
import tarfile
import types
import zipfile
from pathlib import Path

import pytest

from mnerbench.datasets.archives import unpack_pictures
from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.drive import fetch_images
from mnerbench.datasets.errors import DataError, MissingInputError

MEMBERS = {
    "data/twitter2015_images/1.jpg": b"one",
    "data/twitter2017_images/O_2.jpg": b"two",
    "data/twitter2015_images/99.jpg": b"not wanted",
    "data/readme.txt": b"text",
    "__MACOSX/._1.jpg": b"junk",
    "../../3.jpg": b"three",
    "/4.png": b"four",
}
WANTED = {"1", "O_2", "3", "4", "5"}


def make_zip(path: Path, members: dict[str, bytes] = MEMBERS, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


def make_tar(path: Path, members: dict[str, bytes] = MEMBERS) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return path


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_wanted_pictures_come_out_flat_and_inside(tmp_path, make):
    archive = make(tmp_path / "a.bin")
    folder = tmp_path / "in" / "images"
    unpacked = unpack_pictures(archive, folder, WANTED)
    assert everything(tmp_path) == {
        "a.bin": archive.read_bytes(),
        "in/images/1.jpg": b"one",
        "in/images/O_2.jpg": b"two",
        "in/images/3.jpg": b"three",
        "in/images/4.png": b"four",
    }
    assert (unpacked.written, unpacked.present, unpacked.absent) == (4, 0, ("5",))


def test_pictures_that_are_there_stay(tmp_path):
    archive = make_zip(tmp_path / "a.zip")
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.jpg").write_bytes(b"eno")
    unpacked = unpack_pictures(archive, tmp_path / "images", WANTED)
    assert (unpacked.written, unpacked.present) == (3, 1)
    assert (tmp_path / "images" / "1.jpg").read_bytes() == b"eno"
    again = unpack_pictures(archive, tmp_path / "images", WANTED)
    assert (again.written, again.present) == (0, 4)


def test_two_pictures_of_one_name_are_not_chosen_between(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"x/1.jpg": b"one", "y/1.jpg": b"other"})
    with pytest.raises(DataError, match=r"y/1\.jpg has 5 bytes"):
        unpack_pictures(archive, tmp_path / "images", WANTED)


def test_links_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("secret")
    with tarfile.open(tmp_path / "a.tar", "w") as packed:
        for name, kind in (("1.jpg", tarfile.SYMTYPE), ("3.jpg", tarfile.LNKTYPE), ("4.jpg", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, str(tmp_path / "secret")
            packed.addfile(info)
    assert unpack_pictures(tmp_path / "a.tar", tmp_path / "images", WANTED).written == 0
    assert everything(tmp_path / "images") == {}


@pytest.mark.parametrize(("limits", "kept"), [({"picture_limit": 1000}, ["1.jpg"]), ({"total_limit": 1000}, ["1.jpg"])])
def test_a_bomb_stops_at_the_limit_and_leaves_no_part(tmp_path, limits, kept):
    archive = make_zip(tmp_path / "a.zip", {"1.jpg": b"one", "3.jpg": bytes(2_000_000)})
    assert archive.stat().st_size < 5000
    with pytest.raises(DataError, match=r"3\.jpg passes the limit"):
        unpack_pictures(archive, tmp_path / "images", WANTED, **limits)
    assert list(everything(tmp_path / "images")) == kept


def test_the_total_limit_counts_all_pictures_together(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"1.jpg": bytes(600), "3.jpg": bytes(600)})
    with pytest.raises(DataError, match=r"3\.jpg passes the limit of 400 bytes"):
        unpack_pictures(archive, tmp_path / "images", WANTED, total_limit=1000)


@pytest.mark.parametrize("content", [b"", b"Rar!\x1a\x07\x00", b"<html>quota exceeded</html>"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "a.bin").write_bytes(content)
    with pytest.raises(DataError, match="neither a zip nor a tar"):
        unpack_pictures(tmp_path / "a.bin", tmp_path / "images", WANTED)


def test_a_damaged_archive_is_refused(tmp_path):
    noise = random.Random(0).randbytes(40_000)
    data = bytearray(make_zip(tmp_path / "a.zip", {"1.jpg": noise}, zipfile.ZIP_STORED).read_bytes())
    data[5_000] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(DataError, match="cannot be read"):
        unpack_pictures(tmp_path / "a.zip", tmp_path / "images", WANTED)
    assert everything(tmp_path / "images") == {}


def test_a_cut_off_tar_is_refused(tmp_path):
    archive = make_tar(tmp_path / "a.tgz", {"1.jpg": random.Random(0).randbytes(90_000)})
    archive.write_bytes(archive.read_bytes()[:-2000])
    with pytest.raises(DataError, match="cannot be read"):
        unpack_pictures(archive, tmp_path / "images", WANTED)
    assert everything(tmp_path / "images") == {}


class GoneError(Exception):
    """What gdown raises when an item is not handed out."""


def fake_gdown(monkeypatch, download):
    module = types.SimpleNamespace(download=download, exceptions=types.SimpleNamespace(FileURLRetrievalError=GoneError))
    monkeypatch.setitem(sys.modules, "gdown", module)


def test_images_are_fetched_once_and_unpacked(monkeypatch, tmp_path):
    calls = []

    def download(**asked):
        calls.append(asked["id"])
        return make_zip(Path(asked["output"]))

    fake_gdown(monkeypatch, download)
    card = load_card("twitter15")
    assert fetch_images(card, tmp_path, {"1", "77"}).absent == ("77",)
    assert fetch_images(card, tmp_path, {"1", "77"}).present == 1
    assert calls == [card.drive[0].id]
    assert (tmp_path / "twitter15" / "images" / "1.jpg").read_bytes() == b"one"


def refuse(**_):
    raise GoneError("too many users")


@pytest.mark.parametrize("download", [refuse, lambda **_: None])
def test_a_link_that_is_gone_says_what_to_do(monkeypatch, tmp_path, download):
    fake_gdown(monkeypatch, download)
    with pytest.raises(MissingInputError) as caught:
        fetch_images(load_card("twitter17"), tmp_path, {"1"})
    for part in ("1PpvvncnQkgDNeBMKVgG2zFYuRhbL873g", str(tmp_path / "twitter17" / "images"), "in a browser"):
        assert part in str(caught.value)


def test_without_gdown_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "gdown", None)
    with pytest.raises(MissingInputError, match=r"mnerbench\[drive\]"):
        fetch_images(load_card("twitter17"), tmp_path, {"1"})


def test_a_dataset_without_an_archive_says_where_its_images_are(tmp_path):
    with pytest.raises(MissingInputError, match="authors of Lu et al"):
        fetch_images(load_card("snap"), tmp_path, {"1"})
