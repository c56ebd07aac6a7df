"""Damaged archives: with a changed byte or a missing end they are refused, or give exactly the original pictures."""

import io
import os
import tarfile
import zipfile

import pytest

from mnerbench.datasets.errors import DataError, DiskError, MnerbenchError
from mnerbench.datasets.fetching.archives import unpack_pictures

PICTURES = {f"pictures/{name}.jpg": bytes(range(40)) * 5 + name.encode() for name in ("a", "b", "c")}
WANTED = {"a", "b", "c"}
WHOLE = {path.rpartition("/")[2]: content for path, content in PICTURES.items()}
ZIPS = {
    "stored.zip": zipfile.ZIP_STORED,
    "deflated.zip": zipfile.ZIP_DEFLATED,
    "bzip2.zip": zipfile.ZIP_BZIP2,
    "lzma.zip": zipfile.ZIP_LZMA,
}
TARS = {"a.tar": "w:", "a.tar.gz": "w:gz", "a.tar.bz2": "w:bz2", "a.tar.xz": "w:xz"}


def packed(name):
    stream = io.BytesIO()
    if name in ZIPS:
        with zipfile.ZipFile(stream, "w", ZIPS[name]) as archive:
            for path, content in PICTURES.items():
                archive.writestr(zipfile.ZipInfo(path), content, ZIPS[name])
    else:
        with tarfile.open(fileobj=stream, mode=TARS[name]) as archive:
            for path, content in PICTURES.items():
                info = tarfile.TarInfo(path)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def outcome(folder, name, data):
    """The pictures unpacked from an archive, and the error that stopped it."""
    source, target = folder / name, folder / "out"
    source.write_bytes(data)
    error = None
    try:
        unpack_pictures(source, target, WANTED)
    except MnerbenchError as raised:
        error = raised
    unpacked = {path.name: path.read_bytes() for path in sorted(target.glob("*"))} if target.is_dir() else {}
    for path in target.glob("*"):
        path.unlink()
    return unpacked, error


def positions(name, size):
    """About 400 positions of bytes to change; in an uncompressed tar only those protected by a checksum."""
    if name == "a.tar":
        header = range(257)  # checksums, sizes, names; the rest is zeros
        return [block * 1024 + byte for block in range(3) for byte in header]
    return range(0, size, max(1, size // 400))


@pytest.mark.parametrize("name", [*ZIPS, *TARS])
def test_changed_bytes_are_refused_or_change_nothing(tmp_path, name):
    whole = packed(name)
    assert outcome(tmp_path, name, whole) == (WHOLE, None)
    refused = 0
    for position in positions(name, len(whole)):
        data = bytearray(whole)
        data[position] ^= 0x5A if position % 2 else 1 << (position % 7)
        unpacked, error = outcome(tmp_path, name, bytes(data))
        assert unpacked.items() <= WHOLE.items(), position
        if error is None:
            assert unpacked == WHOLE, position
        else:
            assert isinstance(error, DataError), position
            assert "\n  -> " in str(error), position
            refused += 1
    assert refused > 20


@pytest.mark.parametrize("name", [*ZIPS, *TARS])
def test_archives_that_are_cut_off_are_refused(tmp_path, name):
    whole = packed(name)
    # The block of zeros that ends an uncompressed tar is followed by padding.
    for size in range(0, 3 * 1024 + 512 if name == "a.tar" else len(whole), max(1, len(whole) // 100)):
        unpacked, error = outcome(tmp_path, name, whole[:size])
        assert isinstance(error, DataError), size
        assert unpacked.items() <= WHOLE.items(), size


def test_a_changed_picture_of_a_compressed_tar_is_noticed_before_any_is_kept(tmp_path):
    whole = bytearray(packed("a.tar.gz"))
    whole[-8] ^= 1  # the CRC-32 at the end
    unpacked, error = outcome(tmp_path, "a.tar.gz", bytes(whole))
    assert unpacked == {}
    assert "CRC" in str(error)


def test_a_member_under_another_name_in_the_directory_is_no_missing_picture(tmp_path):
    whole = packed("stored.zip")
    position = whole.rindex(b"pictures/b.jpg") + len("pictures/b.j")
    unpacked, error = outcome(tmp_path, "a.zip", whole[:position] + b"q" + whole[position + 1 :])
    assert unpacked == {}
    assert "the directory has 'pictures/b.jqg', the member's header 'pictures/b.jpg'" in str(error)


def test_encrypted_members_are_named(tmp_path):
    whole = bytearray(packed("stored.zip"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := whole.find(signature, start + 1)) >= 0:
            whole[start + offset] |= 1
    _, error = outcome(tmp_path, "a.zip", bytes(whole))
    assert "pictures/a.jpg cannot be read" in str(error)
    assert "encrypted" in str(error)


def test_a_pipe_or_an_absent_archive_is_named_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(DataError, match="not a regular file"):
        unpack_pictures(tmp_path / "pipe.zip", tmp_path / "out", WANTED)
    with pytest.raises(MnerbenchError, match="no such file"):
        unpack_pictures(tmp_path / "none.zip", tmp_path / "out", WANTED)


def test_a_name_that_no_file_can_have_is_no_lack_of_space(tmp_path):
    name = "x" * 300
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(f"{name}.jpg", b"picture")
    with pytest.raises(DiskError, match=r"File name too long\)\n  -> .*up to 255 bytes") as caught:
        unpack_pictures(tmp_path / "a.zip", tmp_path / "out", {name})
    assert "free some space" not in str(caught.value)
