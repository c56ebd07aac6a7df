"""Where the language model server is, and the key for it, from the environment."""

from __future__ import annotations

import os
from importlib.util import find_spec
from urllib.parse import urlsplit

from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.needs import Need
from mnerbench.datasets.untrusted.display import one_line

ADDRESS, KEY = "OPENAI_BASE_URL", "OPENAI_API_KEY"
_HOSTED = "https://api.openai.com/v1"  # where the client goes without an address


def server_address() -> str:
    """The address that requests go to.

    Raises:
        MissingInputError: neither an address nor a key is set.
        ConfigError: the address is none of http or https.
    """
    address = os.environ.get(ADDRESS, "").strip()
    if not address and not os.environ.get(KEY, "").strip():
        local = f"export {ADDRESS}=http://localhost:8000/v1   for a server of your own"
        ways = (local, f"export {KEY}=...   for OpenAI")
        raise MissingInputError(Need("no language model server is named", ways, "a language model server"))
    if address and not shown_address(address):
        raise ConfigError(f"{ADDRESS}: not an address of http or https\n  -> for example http://localhost:8000/v1")
    return address or _HOSTED


def server_key() -> str:
    """The key, empty if none is set.

    Raises:
        ConfigError: it has characters that no key has.
    """
    key = os.environ.get(KEY, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"{KEY}: has characters that no key has, such as line breaks\n  -> copy it again")
    return key


def shown_address(address: str) -> str:
    """Scheme, host and port of an address, without a user's name and password; empty if it is none."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    return one_line(f"{parts.scheme}://{host}" + (f":{port}" if port is not None else ""), 300)


def require_server() -> None:
    """Check that a server is named and the client installed; nothing is sent.

    Raises:
        MissingInputError: one of them is missing.
        ConfigError: address or key are malformed.
    """
    server_address()
    server_key()
    if find_spec("openai") is None:
        raise MissingInputError(no_client())


def no_client() -> Need:
    """What to do without the client."""
    return Need("the package openai is not installed", ("pip install 'mnerbench[llm]'",), "the client openai")
