"""Image archives: only wanted pictures are unpacked, nothing leaves the folder, limits hold."""

import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from mnerbench.datasets.errors import DataError, DiskError
from mnerbench.datasets.fetching.archives import unpack_pictures

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


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_two_pictures_of_one_name_are_not_chosen_between(tmp_path, make):
    archive = make(tmp_path / "a.zip", {"x/1.jpg": b"one", "y/1.jpg": b"other", "x/3.jpg": b"3", "y/4.jpg": b"4"})
    unpacked = unpack_pictures(archive, tmp_path / "images", WANTED)
    assert (unpacked.undecided, unpacked.absent) == (("1",), ("1", "5", "O_2"))
    assert everything(tmp_path / "images") == {"3.jpg": b"3", "4.jpg": b"4"}


def test_the_folder_with_most_wanted_pictures_goes_before_others(tmp_path):
    members = {"a/1.jpg": b"thumbnail", "big/b/1.jpg": b"one", "big/b/3.jpg": b"three", "a/x.jpg": b"", "a/y.jpg": b""}
    unpacked = unpack_pictures(make_zip(tmp_path / "a.zip", members), tmp_path / "images", WANTED)
    assert everything(tmp_path / "images") == {"1.jpg": b"one", "3.jpg": b"three"}
    assert (unpacked.decided, unpacked.undecided, unpacked.folder) == (("1",), (), "big/b")


def test_of_folders_with_equally_many_the_shallowest_goes_first(tmp_path):
    members = {"a/b/1.jpg": b"deep", "c/1.jpeg": b"one"}
    unpacked = unpack_pictures(make_tar(tmp_path / "a.tgz", members), tmp_path / "images", WANTED)
    assert everything(tmp_path / "images") == {"1.jpeg": b"one"}
    assert unpacked.decided == ("1",)


def test_a_copy_of_the_same_picture_is_no_conflict(tmp_path):
    members = {"x/1.jpg": b"one", "y/1.jpg": b"one"}
    unpacked = unpack_pictures(make_zip(tmp_path / "a.zip", members), tmp_path / "images", WANTED)
    assert (unpacked.written, unpacked.decided, unpacked.undecided) == (1, (), ())


def test_an_interrupted_call_goes_on_with_the_same_folder(tmp_path):
    members = {"big/1.jpg": b"one", "big/3.jpg": b"three", "a/3.jpg": b"thumbnail", "big/4.png": b"four"}
    archive = make_zip(tmp_path / "a.zip", members)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.jpg").write_bytes(b"one")
    (tmp_path / "images" / "4.png").write_bytes(b"four")
    (tmp_path / "images" / "3.jpg.part").write_bytes(b"th")
    unpacked = unpack_pictures(archive, tmp_path / "images", WANTED)
    assert (unpacked.written, unpacked.present) == (1, 2)
    assert everything(tmp_path / "images") == {"1.jpg": b"one", "3.jpg": b"three", "4.png": b"four"}


def test_pictures_that_lie_deeper_or_have_another_extension_are_there(tmp_path):
    (tmp_path / "images" / "mine").mkdir(parents=True)
    (tmp_path / "images" / "mine" / "1.PNG").write_bytes(b"mine")
    unpacked = unpack_pictures(make_zip(tmp_path / "a.zip"), tmp_path / "images", WANTED)
    assert (unpacked.written, unpacked.present) == (3, 1)
    assert not (tmp_path / "images" / "1.jpg").exists()


def test_names_without_a_pictures_extension_are_not_pictures(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"x/1": b"one", "x/3.txt": b"three", "x/4.jpg.txt": b"four"})
    unpacked = unpack_pictures(archive, tmp_path / "images", WANTED)
    assert (unpacked.written, unpacked.pictures, unpacked.matching) == (0, 0, 0)
    assert everything(tmp_path / "images") == {}


def test_archives_made_on_windows_have_folders_too(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"x\\..\\..\\1.jpg": b"one", "C:\\3.jpg": b"three"})
    unpack_pictures(archive, tmp_path / "in" / "images", WANTED)
    assert everything(tmp_path / "in") == {"images/1.jpg": b"one", "images/3.jpg": b"three"}


def test_a_folder_is_copied_from_like_an_archive(tmp_path):
    for path, content in {"x/y/1.jpg": b"one", "3.jpg": b"three", "z/other.jpg": b""}.items():
        (tmp_path / "have" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "have" / path).write_bytes(content)
    unpacked = unpack_pictures(tmp_path / "have", tmp_path / "images", WANTED)
    assert everything(tmp_path / "images") == {"1.jpg": b"one", "3.jpg": b"three"}
    assert (unpacked.matching, unpacked.pictures) == (2, 3)


def test_a_link_in_place_of_a_picture_is_replaced_and_not_written_through(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.jpg").symlink_to(tmp_path / "elsewhere")
    unpack_pictures(make_zip(tmp_path / "a.zip"), tmp_path / "images", {"1"})
    assert not (tmp_path / "elsewhere").exists()
    assert (tmp_path / "images" / "1.jpg").read_bytes() == b"one"


def test_progress_counts_pictures(tmp_path):
    steps = []
    unpack_pictures(
        make_zip(tmp_path / "a.zip"), tmp_path / "images", WANTED, progress=lambda *step: steps.append(step)
    )
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_no_room_is_told_before_anything_is_written(tmp_path, monkeypatch):
    from mnerbench.datasets.fetching import disk_space

    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(DiskError, match="not enough space"):
        unpack_pictures(make_zip(tmp_path / "a.zip"), tmp_path / "images", WANTED)
    assert not (tmp_path / "images").exists()


def test_a_folder_that_cannot_be_written_is_the_disks_fault(tmp_path):
    (tmp_path / "images").write_text("a file where the folder should be")
    with pytest.raises(DiskError, match="cannot be written"):
        unpack_pictures(make_zip(tmp_path / "a.zip"), tmp_path / "images", WANTED)


def test_links_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("secret")
    with tarfile.open(tmp_path / "a.tar", "w") as packed:
        for name, kind in (("1.jpg", tarfile.SYMTYPE), ("3.jpg", tarfile.LNKTYPE), ("4.jpg", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, str(tmp_path / "secret")
            packed.addfile(info)
    assert unpack_pictures(tmp_path / "a.tar", tmp_path / "images", WANTED).written == 0
    assert everything(tmp_path / "images") == {}


@pytest.mark.parametrize("limits", [{"picture_limit": 1000}, {"total_limit": 1000}])
def test_a_bomb_stops_at_the_limit_and_leaves_no_part(tmp_path, limits):
    archive = make_zip(tmp_path / "a.zip", {"1.jpg": b"one", "3.jpg": bytes(2_000_000)})
    assert archive.stat().st_size < 5000
    with pytest.raises(DataError, match=r"3\.jpg exceeds the limit"):
        unpack_pictures(archive, tmp_path / "images", WANTED, **limits)
    assert list(everything(tmp_path / "images")) == ["1.jpg"]


def test_the_total_limit_counts_all_pictures_together(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"1.jpg": bytes(600), "3.jpg": bytes(600)})
    with pytest.raises(DataError, match=r"3\.jpg exceeds the limit of 400 bytes"):
        unpack_pictures(archive, tmp_path / "images", WANTED, total_limit=1000)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "an empty file"),
        (b"Rar!\x1a\x07\x00", "a RAR archive"),
        (b"<html>quota exceeded</html>", "a web page"),
        (b"<html><title>Sign in &amp; pay</title>", r'a web page \("Sign in & pay"\)'),
        (b'{"error": "gone"}', "JSON, perhaps an error message"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "an XML document, perhaps an error message"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
        (b"what is this", "a file of an unknown kind"),
    ],
)
def test_files_that_are_not_archives_are_refused_and_named(tmp_path, content, kind):
    (tmp_path / "a.bin").write_bytes(content)
    with pytest.raises(DataError, match=f"neither a zip nor a tar archive: {kind}"):
        unpack_pictures(tmp_path / "a.bin", tmp_path / "images", WANTED)


@pytest.mark.parametrize("content", [bytes(20_000), b"PK\5\6" + bytes(18)])
def test_an_archive_without_files_gives_nothing(tmp_path, content):
    """A file of zeros is an empty tar."""
    (tmp_path / "a.bin").write_bytes(content)
    unpacked = unpack_pictures(tmp_path / "a.bin", tmp_path / "images", WANTED)
    assert (unpacked.matching, unpacked.pictures) == (0, 0)


def test_a_zip_that_was_cut_off_is_called_so(tmp_path):
    archive = make_zip(tmp_path / "a.zip")
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(DataError, match="a truncated zip archive"):
        unpack_pictures(archive, tmp_path / "images", WANTED)


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_compressed_tar_with_wrong_bytes_is_refused(tmp_path, mode):
    with tarfile.open(tmp_path / "a.tar", mode) as packed:
        info = tarfile.TarInfo("1.jpg")
        info.size = 90_000
        packed.addfile(info, io.BytesIO(random.Random(0).randbytes(90_000)))
    data = bytearray((tmp_path / "a.tar").read_bytes())
    data[60_000:60_050] = bytes(50)
    (tmp_path / "a.tar").write_bytes(data)
    with pytest.raises(DataError):
        unpack_pictures(tmp_path / "a.tar", tmp_path / "images", WANTED)
    assert not (tmp_path / "images").exists()


def test_an_archive_of_too_many_files_or_bytes_is_refused(tmp_path, monkeypatch):
    from mnerbench.datasets.fetching import archive_members

    archive = make_tar(tmp_path / "a.tgz")
    monkeypatch.setattr(archive_members, "_MAX_MEMBERS", 6)
    with pytest.raises(DataError, match="over 6 files or 64 GiB"):
        unpack_pictures(archive, tmp_path / "images", WANTED)
    monkeypatch.setattr(archive_members, "_MAX_MEMBERS", 7)
    monkeypatch.setattr(archive_members, "_MAX_STATED_BYTES", 20)
    with pytest.raises(DataError, match="over 7 files"):
        unpack_pictures(archive, tmp_path / "images", WANTED)


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
