"""Time limits of network requests, and warnings about slow ones.

`huggingface_hub` and `torch.hub` send some requests without a time limit; here both get one.
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

SLOW_AFTER_S = 5.0  # seconds without an answer until the warning
_SOCKET_TIMEOUT_S = 60.0  # seconds without a byte from a server
_OFFLINE_HINT = "HF_HUB_OFFLINE=1 never asks"

_LOGGER = logging.getLogger(__name__)


@contextmanager
def warn_if_slow(url: str, what: str, hint: str = "") -> Iterator[None]:
    """Warn once if the requests in this context take longer than five seconds.

    Args:
        url: the requested address; only its host is logged.
        what: what is requested.
        hint: how to avoid the request.
    """
    ways = ", ".join(filter(None, ["Ctrl-C to stop", hint]))
    host = urlsplit(url).netloc.rpartition("@")[2] or url
    text = one_line(f"asking {host} for {what} ... ({SLOW_AFTER_S:g} s; {ways})", 300)
    timer = Timer(SLOW_AFTER_S, _LOGGER.warning, [text])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def hub_requests(name: str) -> Iterator[None]:
    """Warn if the requests to the Hugging Face hub in this context are slow, and limit the time of each.

    Args:
        name: name of the model.
    """
    from huggingface_hub import constants

    _limit_hub()
    with warn_if_slow(constants.ENDPOINT, name, _OFFLINE_HINT):
        yield


@contextmanager
def socket_timeout() -> Iterator[None]:
    """Give the sockets opened in this context a timeout, for libraries that set none."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SOCKET_TIMEOUT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@cache
def _limit_hub() -> None:
    """Limit requests of the hub's client to `HF_HUB_DOWNLOAD_TIMEOUT` (10 s) without an answer.

    Where the library itself sets a timeout, as for files, that one is kept.
    """
    from huggingface_hub import constants, set_client_factory
    from huggingface_hub.utils import _http

    def limit(request: Any) -> None:
        # The client's default does not suffice: for a model's list of files the library explicitly sets no timeout.
        timeouts = request.extensions.get("timeout") or {}
        defaults = dict.fromkeys(("connect", "read", "write", "pool"), constants.HF_HUB_DOWNLOAD_TIMEOUT)
        request.extensions["timeout"] = defaults | {kind: time for kind, time in timeouts.items() if time is not None}

    def limited() -> Any:
        client: Any = _http.default_client_factory()
        client.event_hooks = {**client.event_hooks, "request": [*client.event_hooks["request"], limit]}
        return client

    set_client_factory(limited)
