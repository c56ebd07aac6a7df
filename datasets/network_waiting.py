"""Requests that end, and say so when they take long: a server that accepts a connection and never answers is told of.

`huggingface_hub` asks for a model's files without any time limit, and so does `torch.hub`; here both get one.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

from mnerbench.datasets.untrusted.display import one_line

SILENT_S = 5.0  # seconds without an answer until somebody is told
_SOCKET_S = 60.0  # seconds without a byte of a file of torch.hub's
NEVER_ASK = "HF_HUB_OFFLINE=1 never asks"

_LOGGER = logging.getLogger(__name__)


@contextmanager
def asking(url: str, what: str, hint: str = "") -> Iterator[None]:
    """Warn once when a request within takes longer than five seconds.

    Args:
        url: that is asked; only its host is told.
        what: is asked for.
        hint: how not to ask.
    """
    ways = ", ".join(filter(None, ["Ctrl-C to stop", hint]))
    host = urlsplit(url).netloc.rpartition("@")[2] or url
    text = one_line(f"asking {host} for {what} ... ({SILENT_S:g} s; {ways})", 300)
    timer = Timer(SILENT_S, _LOGGER.warning, [text])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def asking_hub(name: str) -> Iterator[None]:
    """The same for whatever the Hugging Face hub is asked within, each of whose requests then has a time limit.

    Args:
        name: of the model.
    """
    from huggingface_hub import constants

    _limit_hub()
    with asking(constants.ENDPOINT, name, NEVER_ASK):
        yield


@contextmanager
def socket_limit() -> Iterator[None]:
    """Give the sockets that are opened within a time limit, for libraries that know none."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SOCKET_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@cache
def _limit_hub() -> None:
    """Let requests of the hub's client end after `HF_HUB_DOWNLOAD_TIMEOUT` (10 s) without an answer.

    Where the library itself names a time, as for files, that one holds.
    """
    from huggingface_hub import constants, set_client_factory
    from huggingface_hub.utils import _http

    def limit(request: Any) -> None:
        # Not by the client's own limit: for a model's list of files the library asks for none, in so many words.
        known = request.extensions.get("timeout") or {}
        spare = dict.fromkeys(("connect", "read", "write", "pool"), constants.HF_HUB_DOWNLOAD_TIMEOUT)
        request.extensions["timeout"] = spare | {kind: time for kind, time in known.items() if time is not None}

    def limited() -> Any:
        client: Any = _http.default_client_factory()
        client.event_hooks = {**client.event_hooks, "request": [*client.event_hooks["request"], limit]}
        return client

    set_client_factory(limited)
