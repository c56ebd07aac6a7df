"""Classification and short descriptions of failed requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests.exceptions import RequestException

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
