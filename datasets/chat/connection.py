"""Connections to a server, one per thread, with a limit on time and size of each reply."""

from __future__ import annotations

import time
from threading import Timer, local
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.chat.address import no_client
from mnerbench.datasets.chat.replies import MOST_BYTES, read_reply
from mnerbench.datasets.errors import MissingInputError

if TYPE_CHECKING:
    from openai import OpenAI


class Connections:
    """Sends requests.

    Args:
        address: base of the server's URLs.
        key: for it; may be empty.
        timeout: seconds from a request to the last byte of its reply.

    Raises:
        MissingInputError: the package `openai` is missing.
    """

    def __init__(self, address: str, key: str, timeout: float) -> None:
        try:
            import openai  # noqa: F401
        except ImportError as error:
            raise MissingInputError(no_client()) from error
        self._address, self._key, self._timeout = address, key, timeout
        self._of_thread = local()

    def post(self, body: dict[str, Any]) -> bytes:
        """The body of the reply to a request.

        Raises:
            openai.APIError: there is no reply, or one of another status than 200.
            httpx2.HTTPError: the reply broke off, or took too long.
            UnusableReplyError: it is too large.
            SlowReplyError: it is not complete in time.
        """
        client, deadline = self._client(), time.monotonic() + self._timeout
        # A server that sends a byte now and then never exceeds the time limit of a single read.
        watchdog = Timer(self._timeout + 1, client.close)
        watchdog.daemon = True
        watchdog.start()
        try:
            with client.chat.completions.with_streaming_response.create(**body) as reply:
                return read_reply(reply.iter_bytes(), deadline)
        finally:
            watchdog.cancel()
            if client.is_closed():
                self._of_thread.client = None

    def _client(self) -> OpenAI:
        from openai import DefaultHttpxClient, OpenAI

        if getattr(self._of_thread, "client", None) is None:
            hooks = {"response": [_require_small]}
            http = DefaultHttpxClient(
                base_url=self._address, timeout=self._timeout, follow_redirects=False, event_hooks=hooks
            )
            self._of_thread.client = OpenAI(
                base_url=self._address,
                api_key=self._key or "none",  # servers of one's own take any key, but the client needs one
                timeout=self._timeout,
                max_retries=0,
                http_client=http,
                default_headers={"Accept-Encoding": "identity"},  # so that a small reply is no large one
            )
        client: OpenAI = self._of_thread.client
        return client


def _require_small(response: Any) -> None:
    """Refuse to read the body of an error that is announced to be huge.

    Raises:
        httpx2.ReadError: it is.
    """
    import httpx2

    length = response.headers.get("content-length", "0")
    if response.status_code >= 400 and length.isdecimal() and int(length) > MOST_BYTES:
        raise httpx2.ReadError(f"an error of {int(length):,} bytes")
