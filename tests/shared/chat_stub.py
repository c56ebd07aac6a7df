"""A server of chat completions on this machine, with faults, for tests; and oracles that answer from probes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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
