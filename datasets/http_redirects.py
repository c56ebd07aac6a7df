"""HTTP requests with restricted redirects: to https only, and a limited number of times."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.network_waiting import warn_if_slow

if TYPE_CHECKING:
    from requests import Response

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
