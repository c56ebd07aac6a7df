"""Google Drive through gdown: failures are reported, and newer options are used if they exist."""

import sys
import types
from pathlib import Path

import pytest
from requests.exceptions import ConnectTimeout

from mnerbench.datasets.errors import DiskError, MissingInputError
from mnerbench.datasets.fetching.drive import fetch_drive_file
from mnerbench.datasets.http_requests import TransferError


class GoneError(Exception):
    """Raised by the fake gdown when Drive refuses a file."""


def fake_gdown(monkeypatch, download):
    module = types.SimpleNamespace(download=download, exceptions=types.SimpleNamespace(FileURLRetrievalError=GoneError))
    monkeypatch.setitem(sys.modules, "gdown", module)


def raising(error: Exception):
    def download(**_):
        raise error

    return download


def write(text: bytes):
    return lambda output, **_: Path(output).write_bytes(text)


def test_a_file_is_fetched_to_its_place(monkeypatch, tmp_path):
    options = {}

    def download(id, output, quiet, resume):  # noqa: A002 - gdown's name for it
        options.update(id=id, quiet=quiet, resume=resume)
        Path(output).write_bytes(b"archive")
        return output

    fake_gdown(monkeypatch, download)
    fetch_drive_file("1Abc", tmp_path / "new" / "a.zip", 100)
    assert (tmp_path / "new" / "a.zip").read_bytes() == b"archive"
    assert options == {"id": "1Abc", "quiet": True, "resume": True}


def test_a_newer_gdown_tells_its_progress_and_leaves_the_home_folder_alone(monkeypatch, tmp_path):
    steps = []

    def download(id, output, quiet, resume, progress, use_cookies, timeout):  # noqa: A002 - gdown's name for it
        progress(3, None)
        progress(7, 7)
        Path(output).write_bytes(b"archive")
        assert (use_cookies, bool(timeout)) == (False, True)
        return output

    fake_gdown(monkeypatch, download)
    fetch_drive_file("1Abc", tmp_path / "a.zip", 100, lambda *step: steps.append(step))
    assert steps == [(3, None), (7, 7)]


@pytest.mark.parametrize("step", [(3, 101), (101, None)])
def test_a_file_over_the_limit_is_stopped(monkeypatch, tmp_path, step):
    def download(id, output, quiet, resume, progress):  # noqa: A002 - gdown's name for it
        Path(f"{output}abcdefgh.part").write_bytes(bytes(50))
        progress(*step)
        raise AssertionError

    fake_gdown(monkeypatch, download)
    with pytest.raises(TransferError, match="limit of 100 bytes"):
        fetch_drive_file("1Abc", tmp_path / "a.zip", 100)
    assert list(tmp_path.iterdir()) == []


def test_an_older_gdown_is_found_out_afterwards(monkeypatch, tmp_path):
    fake_gdown(monkeypatch, write(bytes(101)))
    with pytest.raises(TransferError, match="limit of 100 bytes"):
        fetch_drive_file("1Abc", tmp_path / "a.zip", 100)
    assert list(tmp_path.iterdir()) == []


def test_the_reason_is_one_line_without_gdowns_own_advice(monkeypatch, tmp_path):
    text = "Failed to retrieve file url:\n\n\tToo many users\n\thave viewed it.\n\nYou may still be able to access"
    fake_gdown(monkeypatch, raising(GoneError(text)))
    with pytest.raises(TransferError) as caught:
        fetch_drive_file("1Abc", tmp_path / "a.zip", 100)
    assert str(caught.value) == "Too many users have viewed it."


def test_a_fault_of_the_network_that_gdown_wraps_is_told_in_short(monkeypatch, tmp_path):
    def download(**_):
        raise GoneError("Download failed after 2 retries: HTTPSConnectionPool(...)") from ConnectTimeout("pool")

    fake_gdown(monkeypatch, download)
    with pytest.raises(TransferError, match=r"^it does not answer in time$"):
        fetch_drive_file("1Abc", tmp_path / "a.zip", 100)


def test_nothing_that_comes_back_is_a_failure(monkeypatch, tmp_path):
    fake_gdown(monkeypatch, lambda **_: None)
    with pytest.raises(TransferError, match="Drive sent nothing"):
        fetch_drive_file("1Abc", tmp_path / "a.zip", 100)


def test_the_network_and_the_disk_are_told_apart(monkeypatch, tmp_path):
    fake_gdown(monkeypatch, raising(ConnectTimeout("pool")))
    with pytest.raises(TransferError, match="does not answer in time"):
        fetch_drive_file("1Abc", tmp_path / "a.zip", 100)
    fake_gdown(monkeypatch, raising(OSError(28, "No space left on device")))
    with pytest.raises(DiskError, match="No space left on device"):
        fetch_drive_file("1Abc", tmp_path / "a.zip", 100)


def test_without_gdown_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "gdown", None)
    with pytest.raises(MissingInputError, match=r"mnerbench\[drive\]"):
        fetch_drive_file("1Abc", tmp_path / "a.zip", 100)
