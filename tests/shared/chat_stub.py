"""A server of chat completions on this machine, with faults, for tests; and oracles that answer from probes."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

from PIL.Image import Image
from PIL.Image import open as open_image

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probes.ceilings import bayes_predictions
from mnerbench.datasets.probes.generator import Probe


@dataclass
class Reply:
    """What the stub sends.

    Attributes:
        body: of the reply; None for a chat completion with `text`.
        text: of the answer.
        status: of HTTP.
        headers: further ones.
        wait: seconds before it is sent.
        cut: bytes after which the connection breaks off; None for the whole body.
        finish: reason why the answer ended.
        refusal: of the model.
    """

    text: str = '{"entities": []}'
    body: bytes | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: int | None = None
    finish: str = "stop"
    refusal: str | None = None

    def content(self) -> bytes:
        """The body."""
        if self.body is not None:
            return self.body
        message = {"role": "assistant", "content": self.text, "refusal": self.refusal}
        usage = {"prompt_tokens": 100, "completion_tokens": len(self.text) // 4, "total_tokens": 0}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return json.dumps(
            {"id": "x", "object": "chat.completion", "model": "stub-1", "choices": [choice], "usage": usage}
        ).encode()


def failure(status: int, message: str, **headers: str) -> Reply:
    """An error as servers of the kind write it."""
    return Reply(
        body=json.dumps({"error": {"message": message, "type": "error"}}).encode(), status=status, headers=headers
    )


@dataclass
class Stub:
    """A running stub.

    Attributes:
        url: its address, which ends in /v1.
        requests: bodies, in the order of arrival.
        keys: values of the header Authorization.
        sent: number of complete replies with status 200.
    """

    url: str = ""
    requests: list[dict] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def stub_server(answer: Callable[[dict, int], Reply]) -> Iterator[Stub]:
    """Serve chat completions.

    Args:
        answer: the reply to a request, from its body and its number.
    """
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with stub.lock:
                number = len(stub.requests)
                stub.requests.append(body)
                stub.keys.append(self.headers.get("Authorization", ""))
            reply = answer(body, number)
            time.sleep(reply.wait)
            content = reply.content()
            try:
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                for name, value in reply.headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(content[: reply.cut])
                self.wfile.flush()
            except OSError:
                return
            if reply.cut is not None:
                self.close_connection = True
            elif reply.status == 200:
                with stub.lock:
                    stub.sent += 1

        def log_message(self, *_):
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stub.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def trickling_server(part: str) -> Iterator[str]:
    """A server whose reply never ends: a byte of its `headers` or `body` every tenth of a second.

    Yields:
        Its address.
    """
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"X-Long: " if part == "headers" else b"\r\n"))
            try:
                while not stopped.wait(0.1):
                    self.wfile.write(b"x")
                    self.wfile.flush()
            except OSError:
                return

        def log_message(self, *_):
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()


def oracle(
    probe: Probe, kinds: Collection[InputKind], loads: Mapping[str, Callable[[], Image]]
) -> Callable[[dict, int], Reply]:
    """Answers as the best possible predictor of a probe's test split does, which sees the picture or not.

    Args:
        probe: the generated probe.
        kinds: what the predictor sees; empty for the text alone.
        loads: loaders of pictures by image id.
    """
    tweets = probe.splits["test"]
    answers: dict[tuple[str, str], str] = {}
    for tweet, types in zip(tweets, bayes_predictions(probe.settings, tweets, kinds), strict=True):
        words, image = tweet.example.words, tweet.example.image_id
        entities = [
            {"text": " ".join(words[mention.start : mention.end]), "type": types[mention]}
            for mention in tweet.mentions
            if mention in types
        ]
        shown = pixels(loads[image]()) if kinds else ""
        answers[" ".join(words), shown] = json.dumps({"entities": entities})

    def answer(body: dict, _: int) -> Reply:
        content = body["messages"][-1]["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        text = "".join(part["text"] for part in parts if part["type"] == "text").split("Tweet: ")[1]
        urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        shown = pixels(open_image(BytesIO(b64decode(urls[0].split(",")[1])))) if urls and kinds else ""
        return Reply(answers.get((text, shown), '{"entities": []}'))

    return answer


def pixels(picture: Image) -> str:
    """Digest of a picture's pixels."""
    return hashlib.sha256(picture.convert("RGB").tobytes()).hexdigest()
