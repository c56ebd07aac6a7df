"""Downloads from a local server: resumable, verified, never overwriting, never partial."""

import gzip
import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from requests.exceptions import RequestException

from mnerbench.datasets.card import DatasetCard, FileCard
from mnerbench.datasets.errors import DataError, DiskError, MissingInputError
from mnerbench.datasets.fetching.download import Outcome, fetch, fetch_file
from mnerbench.datasets.fetching.http_download import CHUNK_BYTES, ResumingDownload

BODY = bytes(position * 7 % 251 for position in range(300_000))
SHA = hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves BODY at every path, with the faults that a test sets."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges = True  # supports Range
        self.cuts: list[int] = []  # bytes that the next responses send before the connection breaks
        self.lies_about_ranges = False  # answers 206 with bytes from the start
        self.compresses = False  # sends gzip to whoever accepts it, as raw.githubusercontent.com does
        self.status = 200
        self.requests: list[str | None] = []  # the Range header of each request

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/train.txt"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        server = self.server
        server.requests.append(self.headers.get("Range"))
        if server.status != 200:
            self.send_error(server.status)
            return
        start = self._start()
        if start >= len(BODY):
            self.send_error(416)
            return
        if server.compresses and "gzip" in self.headers.get("Accept-Encoding", ""):
            self._send_compressed()
            return
        sent = 0 if server.lies_about_ranges else start
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {sent}-{len(BODY) - 1}/{len(BODY)}")
        self.send_header("Content-Length", str(len(BODY) - sent))
        self.end_headers()
        cut = server.cuts.pop(0) if server.cuts else len(BODY)
        self.wfile.write(BODY[sent : sent + cut])

    def _send_compressed(self):
        packed = gzip.compress(BODY)
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def _start(self) -> int:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(match[1]) if match and self.server.ranges else 0

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr("mnerbench.datasets.fetching.http_download.time.sleep", lambda _: None)


def card_of(**files: FileCard) -> DatasetCard:
    text = {
        "title": "t",
        "summary": "s",
        "licence": "l",
        "citation": "c",
        "images": "i",
        "how_to_get": "ask the authors",
    }
    return DatasetCard(name="made", types=("PER",), files=files, **text)


def fetched(server: Server, tmp_path: Path, sha: str | None = SHA, **settings):
    file = FileCard(path="train.txt", url=server.url, sha256=sha)
    return fetch_file(file, tmp_path, card_of(train=file), **settings)


def only_file(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.iterdir() if path.name != ".fetching.lock")


def test_a_file_arrives_whole_and_is_called_verified(server, tmp_path):
    steps = []
    result = fetched(server, tmp_path, progress=lambda done, total: steps.append((done, total)))
    assert (result.outcome, result.verified) == (Outcome.FETCHED, True)
    assert result.path.read_bytes() == BODY
    assert steps[-1] == (len(BODY), len(BODY))
    assert only_file(tmp_path) == ["train.txt"]


def test_a_file_that_is_there_is_not_fetched_again(server, tmp_path):
    (tmp_path / "train.txt").write_bytes(BODY)
    assert fetched(server, tmp_path).outcome is Outcome.PRESENT
    assert server.requests == []


def test_a_file_with_another_checksum_is_left_and_named(server, tmp_path):
    (tmp_path / "train.txt").write_bytes(b"mine")
    with pytest.raises(DataError, match="it was not changed") as caught:
        fetched(server, tmp_path)
    assert SHA in str(caught.value)
    assert hashlib.sha256(b"mine").hexdigest() in str(caught.value)
    assert (tmp_path / "train.txt").read_bytes() == b"mine"
    assert server.requests == []


def test_a_broken_connection_is_continued_where_it_broke(server, tmp_path):
    server.cuts = [6 * CHUNK_BYTES, 3 * CHUNK_BYTES]
    steps = []
    assert fetched(server, tmp_path, progress=lambda done, _: steps.append(done)).path.read_bytes() == BODY
    assert server.requests == [None, f"bytes={6 * CHUNK_BYTES}-", f"bytes={9 * CHUNK_BYTES}-"]
    assert steps == sorted(steps)


def test_a_later_run_continues_what_an_earlier_one_kept(server, tmp_path):
    server.cuts = [4 * CHUNK_BYTES, 2 * CHUNK_BYTES, CHUNK_BYTES]
    with pytest.raises(MissingInputError, match=f"resumes after {7 * CHUNK_BYTES} bytes") as caught:
        fetched(server, tmp_path)
    assert "ask the authors" in str(caught.value)
    assert only_file(tmp_path) == ["train.txt.part"]
    assert fetched(server, tmp_path).path.read_bytes() == BODY
    assert server.requests[-1] == f"bytes={7 * CHUNK_BYTES}-"
    assert only_file(tmp_path) == ["train.txt"]


def test_a_server_without_ranges_sends_everything_again(server, tmp_path):
    server.ranges = False
    server.cuts = [CHUNK_BYTES]
    assert fetched(server, tmp_path).path.read_bytes() == BODY
    assert server.requests == [None, f"bytes={CHUNK_BYTES}-"]


def test_a_server_that_continues_at_another_place_is_not_trusted(server, tmp_path):
    server.lies_about_ranges = True
    server.cuts = [100_000]
    assert fetched(server, tmp_path).path.read_bytes() == BODY
    assert len(server.requests) == 2


def test_bytes_are_asked_for_as_they_are_so_that_positions_mean_something(server, tmp_path):
    server.compresses = True
    steps = []
    assert fetched(server, tmp_path, progress=lambda done, total: steps.append((done, total))).path.read_bytes() == BODY
    assert steps[-1] == (len(BODY), len(BODY))


def test_a_part_that_is_longer_than_the_file_is_thrown_away(server, tmp_path):
    (tmp_path / "train.txt.part").write_bytes(BODY + b"more")
    assert fetched(server, tmp_path).path.read_bytes() == BODY
    assert server.requests == [f"bytes={len(BODY) + 4}-", None]


def test_a_part_of_another_version_is_found_out_and_fetched_anew(server, tmp_path):
    (tmp_path / "train.txt.part").write_bytes(b"x" * 1000)
    assert fetched(server, tmp_path).path.read_bytes() == BODY
    assert server.requests == ["bytes=1000-", None]


def test_a_wrong_checksum_keeps_nothing_and_names_both(server, tmp_path):
    with pytest.raises(DataError) as caught:
        fetched(server, tmp_path, sha="0" * 64)
    assert "0" * 64 in str(caught.value)
    assert SHA in str(caught.value)
    assert only_file(tmp_path) == []


def test_without_a_checksum_nothing_is_called_verified(server, tmp_path):
    assert fetched(server, tmp_path, sha=None).verified is False
    assert fetched(server, tmp_path, sha=None).verified is False


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_says_the_address_the_status_and_every_way(server, tmp_path, status):
    server.status = status
    with pytest.raises(MissingInputError) as caught:
        fetched(server, tmp_path)
    for part in (server.url, str(status), str(tmp_path / "train.txt"), "ask the authors"):
        assert part in str(caught.value)


def test_no_server_says_the_same(tmp_path):
    file = FileCard(path="train.txt", url="http://127.0.0.1:9/train.txt")
    with pytest.raises(MissingInputError, match="ask the authors"):
        fetch_file(file, tmp_path, card_of(train=file))


def test_a_place_that_cannot_be_written_is_named(server, tmp_path):
    (tmp_path / "made").write_text("a file where the folder should be")
    file = FileCard(path="train.txt", url=server.url, sha256=SHA)
    with pytest.raises(DiskError, match="cannot be written"):
        fetch(card_of(train=file), tmp_path)


def test_what_has_no_address_is_left_to_the_user(server, tmp_path):
    files = {"train": FileCard(path="train.txt", url=server.url, sha256=SHA), "test": FileCard(path="test.txt")}
    names = []
    results = fetch(card_of(**files), tmp_path, lambda name: names.append(name) or (lambda *_: None))
    assert [result.outcome for result in results] == [Outcome.FETCHED, Outcome.MANUAL]
    assert results[1].path == tmp_path / "made" / "test.txt"
    assert names == ["train.txt", "test.txt"]


def test_two_at_once_fetch_it_once(server, tmp_path):
    results = []
    threads = [threading.Thread(target=lambda: results.append(fetched(server, tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.outcome for result in results) == [Outcome.FETCHED] + [Outcome.PRESENT] * 3
    assert len(server.requests) == 1


def test_attempts_are_counted(server, tmp_path):
    server.cuts = [CHUNK_BYTES] * 9
    with pytest.raises(RequestException):
        ResumingDownload(tmp_path / "x.part", attempts=2)(server.url, str(tmp_path / "x"), None)
    assert len(server.requests) == 2
    assert (tmp_path / "x.part").read_bytes() == BODY[: 2 * CHUNK_BYTES]
