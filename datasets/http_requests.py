"""HTTP requests with restricted redirects (to https only, a limited number), and the reasons of failed ones."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.network_waiting import warn_if_slow

if TYPE_CHECKING:
    from requests import Response
    from requests.exceptions import RequestException

REDIRECT_LIMIT = 5
_TIMEOUT_S = (10, 60)


class TransferError(MnerbenchError):
    """A server's response is not the requested file; the text is the reason."""


def is_secure(url: str) -> bool:
    """Whether an address is https, or http on this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(url)))


def get(url: str, headers: Mapping[str, str]) -> Response:
    """Send a GET request and follow redirects; the body of the response is unread, and the caller closes it.

    Args:
        url: the first address.
        headers: headers of every request.

    Raises:
        TransferError: a redirect leads to plain http, or from another machine to this one, or there are too many.
        requests.exceptions.RequestException: the request failed.
    """
    import requests

    start = url
    for _ in range(REDIRECT_LIMIT + 1):
        with warn_if_slow(url, urlsplit(url).path.rpartition("/")[2] or "a page"):
            response = requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S, allow_redirects=False)
        if not response.is_redirect:
            return response
        response.close()
        url = urljoin(url, response.headers["Location"])
        _check_redirect(start, url)
    raise TransferError(f"more than {REDIRECT_LIMIT} redirects, the last one to {url}")


def _check_redirect(start: str, target: str) -> None:
    if not is_secure(target):
        raise TransferError(f"redirected to {target}, which is not https")
    # A public server must not reach the services of this machine.
    if _is_loopback(target) and not _is_loopback(start):
        raise TransferError(f"redirected to {target}, an address of this machine")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# Too many requests, bad gateway, unavailable, gateway timeout.
_TRANSIENT = frozenset({429, 502, 503, 504})


def is_transient(error: RequestException) -> bool:
    """Whether the same request may succeed a moment later."""
    from requests.exceptions import ChunkedEncodingError, ConnectionError, HTTPError, SSLError, Timeout  # noqa: A004

    if isinstance(error, HTTPError):
        return error.response is not None and error.response.status_code in _TRANSIENT
    return isinstance(error, (ChunkedEncodingError, ConnectionError, Timeout)) and not isinstance(error, SSLError)


def short_reason(error: Exception) -> str:
    """Why a request failed, in a few words; the texts of `requests` expose its connection pools."""
    from requests.exceptions import ChunkedEncodingError, ConnectionError, HTTPError, SSLError, Timeout  # noqa: A004

    if isinstance(error, HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code} {error.response.reason or ''}".rstrip()
    if isinstance(error, ChunkedEncodingError):
        return "the connection broke before the end of the file"
    if isinstance(error, SSLError):
        return "its certificate is invalid, or a proxy intercepts the connection"
    if isinstance(error, Timeout):
        return "it does not answer in time"
    if isinstance(error, ConnectionError):
        return _connection_reason(str(error))
    return str(error)


def _connection_reason(text: str) -> str:
    reasons = {
        "Connection refused": "the connection was refused",
        "resolve": "its name cannot be resolved; is there a connection to the internet?",
        "Name or service not known": "its name cannot be resolved; is there a connection to the internet?",
        "unreachable": "the network is unreachable; is there a connection to the internet?",
        "Connection aborted": "the connection broke",
    }
    return next((reason for sign, reason in reasons.items() if sign in text), text)
