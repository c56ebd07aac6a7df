"""Resumed downloads: bytes of different versions are never combined, web pages are refused, limits hold."""

import json

import pytest
from archive_server import Route
from requests.exceptions import ChunkedEncodingError, HTTPError
from requests.exceptions import ConnectionError as Unreachable

from mnerbench.datasets.errors import DiskError
from mnerbench.datasets.fetching import disk_space
from mnerbench.datasets.fetching.http_download import CHUNK_BYTES, ResumingDownload
from mnerbench.datasets.http_requests import REDIRECT_LIMIT, TransferError, is_secure, short_reason

pytestmark = pytest.mark.usefixtures("no_pause")

BODY = bytes(position * 7 % 251 for position in range(10 * CHUNK_BYTES))
CHANGED = bytes(position * 5 % 241 for position in range(10 * CHUNK_BYTES))


def fetched(server, tmp_path, path="/a.zip", **options) -> bytes:
    settings = {"pinned": False, "attempts": 3} | options
    ResumingDownload(tmp_path / "a.part", **settings)(server.url(path), tmp_path / "a", None)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a"]
    return (tmp_path / "a").read_bytes()


def interrupted(server, tmp_path, route, **options):
    """A first download of one connection that broke after two chunks."""
    server.routes["/a.zip"] = route
    route.cuts = [2 * CHUNK_BYTES]
    with pytest.raises(ChunkedEncodingError):
        fetched(server, tmp_path, attempts=1, **options)
    assert (tmp_path / "a.part").read_bytes() == BODY[: 2 * CHUNK_BYTES]


def test_a_part_is_continued_with_its_etag_as_condition(server, tmp_path):
    route = Route(BODY, etag='"one"')
    interrupted(server, tmp_path, route)
    assert fetched(server, tmp_path) == BODY
    assert route.requests == [(None, None), (f"bytes={2 * CHUNK_BYTES}-", '"one"')]


@pytest.mark.parametrize("obeys", [True, False])
def test_bytes_of_two_versions_are_never_put_together(server, tmp_path, obeys):
    """Even if a server ignores the condition and sends the range of the new version."""
    interrupted(server, tmp_path, Route(BODY, etag='"one"'))
    server.routes["/a.zip"] = changed = Route(CHANGED, etag='"two"', obeys_if_range=obeys)
    assert fetched(server, tmp_path) == CHANGED
    assert changed.requests[0] == (f"bytes={2 * CHUNK_BYTES}-", '"one"')
    assert len(changed.requests) == (1 if obeys else 2)


def test_without_an_etag_another_size_is_another_version(server, tmp_path):
    interrupted(server, tmp_path, Route(BODY))
    longer = CHANGED + b"more"
    server.routes["/a.zip"] = Route(longer)
    assert fetched(server, tmp_path) == longer


def test_without_an_etag_the_same_size_is_continued(server, tmp_path):
    route = Route(BODY)
    interrupted(server, tmp_path, route)
    assert fetched(server, tmp_path) == BODY
    assert route.requests[-1] == (f"bytes={2 * CHUNK_BYTES}-", None)


def test_a_weak_etag_is_compared_but_is_no_condition(server, tmp_path):
    interrupted(server, tmp_path, Route(BODY, etag='W/"one"'))
    server.routes["/a.zip"] = changed = Route(CHANGED, etag='W/"two"')
    assert fetched(server, tmp_path) == CHANGED
    assert changed.requests == [(f"bytes={2 * CHUNK_BYTES}-", None), (None, None)]


def test_bytes_of_an_unknown_version_start_over(server, tmp_path):
    server.routes["/a.zip"] = route = Route(BODY)
    (tmp_path / "a.part").write_bytes(b"x" * 100)
    assert fetched(server, tmp_path) == BODY
    assert route.requests == [(None, None)]


def test_bytes_of_another_address_start_over(server, tmp_path):
    interrupted(server, tmp_path, Route(BODY, etag='"one"'))
    server.routes["/b.zip"] = other = Route(CHANGED, etag='"one"')
    assert fetched(server, tmp_path, "/b.zip") == CHANGED
    assert other.requests == [(None, None)]


def test_a_damaged_record_of_the_version_starts_over(server, tmp_path):
    route = Route(BODY, etag='"one"')
    interrupted(server, tmp_path, route)
    (tmp_path / "a.part.version").write_text(json.dumps({"surprise": 1}))
    assert fetched(server, tmp_path) == BODY
    assert route.requests[-1] == (None, None)


def test_a_server_without_ranges_starts_over(server, tmp_path):
    route = Route(BODY, etag='"one"', ranges=False)
    interrupted(server, tmp_path, route)
    assert fetched(server, tmp_path) == BODY


def test_everything_had_arrived_before_the_kill(server, tmp_path):
    route = Route(BODY, etag='"one"')
    interrupted(server, tmp_path, route)
    (tmp_path / "a.part").write_bytes(BODY)
    assert fetched(server, tmp_path) == BODY
    assert len(route.requests) == 2


def test_a_length_that_is_larger_than_the_file_is_a_cut_off_file(server, tmp_path):
    server.routes["/a.zip"] = Route(BODY, length=len(BODY) + 5, ranges=False)
    with pytest.raises(ChunkedEncodingError) as caught:
        fetched(server, tmp_path)
    assert short_reason(caught.value) == "the connection broke before the end of the file"


@pytest.mark.parametrize("length", [None, -1])
def test_a_file_over_the_limit_is_refused_and_not_kept(server, tmp_path, length):
    server.routes["/a.zip"] = Route(BODY, length=length)
    with pytest.raises(TransferError, match="limit of 65,536"):
        fetched(server, tmp_path, limit=65_536)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_is_told_before_anything_is_written(server, tmp_path, monkeypatch):
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10_000})())
    server.routes["/a.zip"] = Route(BODY)
    with pytest.raises(DiskError, match=r"164 kB are to be written, 10 kB are free"):
        fetched(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


PAGE = b"\n<!DOCTYPE html><html><head><title>Google Drive &ndash;\n Quota exceeded</title></head></html>"


@pytest.mark.parametrize("page", [PAGE, b'<?xml version="1.0"?><html><head></head>', b"<!-- x --><HTML><body>log in"])
def test_a_web_page_is_not_the_file(server, tmp_path, page):
    server.routes["/a.zip"] = Route(page, content_type="text/html")
    with pytest.raises(TransferError, match="the server sent a web page"):
        fetched(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_title_of_the_page_is_told(server, tmp_path):
    server.routes["/a.zip"] = Route(PAGE)
    with pytest.raises(TransferError, match="Google Drive \N{EN DASH} Quota exceeded"):
        fetched(server, tmp_path)


def test_the_page_of_a_captive_portal_does_not_cost_the_kept_bytes(server, tmp_path):
    interrupted(server, tmp_path, Route(BODY, etag='"one"'))
    server.routes["/a.zip"] = Route(PAGE, ranges=False)
    with pytest.raises(TransferError):
        fetched(server, tmp_path)
    server.routes["/a.zip"] = after = Route(BODY, etag='"one"')
    assert fetched(server, tmp_path) == BODY
    assert after.requests == [(f"bytes={2 * CHUNK_BYTES}-", '"one"')]


def test_redirects_are_followed_to_their_end(server, tmp_path):
    server.routes |= {"/1": Route(location="/2"), "/2": Route(location=server.url()), "/a.zip": Route(BODY)}
    assert fetched(server, tmp_path, "/1") == BODY


def test_ranges_survive_redirects(server, tmp_path):
    target = Route(BODY, etag='"one"', cuts=[CHUNK_BYTES])
    server.routes |= {"/1": Route(location="/a.zip"), "/a.zip": target}
    assert fetched(server, tmp_path, "/1") == BODY
    assert target.requests[-1] == (f"bytes={CHUNK_BYTES}-", '"one"')


def test_a_circle_of_redirects_ends(server, tmp_path):
    server.routes["/1"] = route = Route(location="/1")
    with pytest.raises(TransferError, match=f"more than {REDIRECT_LIMIT} redirects"):
        fetched(server, tmp_path, "/1")
    assert len(route.requests) == REDIRECT_LIMIT + 1


@pytest.mark.parametrize("target", ["http://example.org/a.zip", "ftp://example.org/a.zip", "file:///etc/passwd"])
def test_redirects_to_anything_but_https_are_refused(server, tmp_path, target):
    server.routes["/1"] = Route(location=target)
    with pytest.raises(TransferError, match="which is not https"):
        fetched(server, tmp_path, "/1")


def test_a_public_server_may_not_redirect_to_this_machine(server, tmp_path, monkeypatch):
    import requests

    ask = requests.get
    monkeypatch.setattr(requests, "get", lambda _, **options: ask(server.url("/1"), **options))
    server.routes["/1"] = Route(location="http://localhost:80/")
    with pytest.raises(TransferError, match="an address of this machine"):
        ResumingDownload(tmp_path / "a.part")("https://example.org/a.zip", tmp_path / "a", None)


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("https://example.org/a", True),
        ("http://127.0.0.1:8/a", True),
        ("http://localhost/a", True),
        ("http://[::1]/a", True),
        ("http://example.org/a", False),
        ("http://127.0.0.1.example.org/", False),
        ("https:///a", False),
        ("/a", False),
    ],
)
def test_which_addresses_are_secure(url, secure):
    assert is_secure(url) is secure


def test_a_busy_server_is_asked_again(server, tmp_path):
    server.routes["/a.zip"] = route = Route(BODY, status=503)
    with pytest.raises(HTTPError) as caught:
        fetched(server, tmp_path)
    assert len(route.requests) == 3
    assert short_reason(caught.value) == "HTTP 503 Service Unavailable"


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_lost_file_is_asked_for_once(server, tmp_path, status):
    server.routes["/a.zip"] = route = Route(BODY, status=status)
    with pytest.raises(HTTPError):
        fetched(server, tmp_path)
    assert len(route.requests) == 1


def test_an_answer_that_is_neither_file_nor_refusal_is_told(server, tmp_path):
    server.routes["/a.zip"] = Route(BODY, status=202)
    with pytest.raises(TransferError, match="HTTP 202"):
        fetched(server, tmp_path)


def test_a_refused_connection_is_told_in_words(server, tmp_path):
    server.server_close()
    with pytest.raises(Unreachable) as caught:
        ResumingDownload(tmp_path / "a.part")("http://127.0.0.1:9/a", tmp_path / "a", None)
    assert short_reason(caught.value) == "the connection was refused"
