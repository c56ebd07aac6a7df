"""A server of OpenAI's chat completions: a hosted one, vLLM, Ollama, llama.cpp, LM Studio, `transformers serve`.

`OPENAI_BASE_URL` and `OPENAI_API_KEY` name it, as for every program that uses the client `openai`.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from threading import Event, Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mnerbench.datasets.chat.answer import Answer, Outcome
from mnerbench.datasets.chat.errors import AskingStoppedError, NoAnswerError, ServerRefusesError
from mnerbench.datasets.chat.replies import UnusableReplyError, answer_in, read_reply
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.needs import Need
from mnerbench.datasets.untrusted.display import one_line

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI

ADDRESS, KEY = "OPENAI_BASE_URL", "OPENAI_API_KEY"
_HOSTED = "https://api.openai.com/v1"  # where the client goes without an address
_LONGEST_WAIT = 60.0  # seconds between two attempts
_REASON = 300  # characters
_LATER = (408, 409, 425, 429)  # besides all from 500 on: the same request may succeed a moment later


@dataclass(frozen=True)
class ServerSettings:
    """How a server is asked; nothing of it changes an answer.

    Attributes:
        timeout: seconds that a reply may take.
        attempts: per request, if the server is busy, silent or broken.
        per_minute: most requests; None for no limit.
    """

    timeout: float = 120.0
    attempts: int = 6
    per_minute: float | None = None


def server_address() -> str:
    """The address that requests go to.

    Raises:
        MissingInputError: neither an address nor a key is set.
    """
    address = os.environ.get(ADDRESS, "").strip()
    if not address and not os.environ.get(KEY, "").strip():
        ways = (
            f"export {ADDRESS}=http://localhost:8000/v1   for a server of your own",
            f"export {KEY}=...   for OpenAI",
        )
        raise MissingInputError(Need("no language model server is named", ways, "a language model server"))
    return address or _HOSTED


def require_server() -> None:
    """Check that a server is named and the client installed; nothing is sent.

    Raises:
        MissingInputError: one of them is missing.
    """
    server_address()
    if find_spec("openai") is None:
        raise MissingInputError(_no_client())


def _no_client() -> Need:
    return Need("the package openai is not installed", ("pip install 'mnerbench[llm]'",), "the client openai")


def shown_address(address: str) -> str:
    """Scheme, host and port of an address, without a user's name and password."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if host else one_line(address, 100)


class ChatServer:
    """Asks one request at a time; used by several threads.

    Args:
        address: base of the server's URLs.
        settings: how it is asked.
        sleep: waits for some seconds, and returns early with True if the server is to be asked no more.

    Raises:
        MissingInputError: the package `openai` is missing.
    """

    def __init__(
        self,
        address: str,
        settings: ServerSettings = ServerSettings(),
        sleep: Callable[[float], bool] | None = None,
    ) -> None:
        self._closed = Event()
        self.name, self._settings, self._sleep = shown_address(address), settings, sleep or self._closed.wait
        self._key = os.environ.get(KEY, "").strip()
        self._client = _client(address, self._key, settings.timeout)
        self._lock, self._next = Lock(), 0.0
        self._takes_schemas, self._length = True, "max_tokens"
        self._jitter = random.Random()  # noqa: S311 - spreads attempts, no secret and no result

    def close(self) -> None:
        """Ask no more: threads that wait for the next attempt give up."""
        self._closed.set()

    def ask(self, request: ChatRequest) -> Answer:
        """The answer to a request.

        Busy, silent and broken servers are asked again, with growing waits; a server's `Retry-After` is followed.

        Raises:
            NoAnswerError: there was no reply at any attempt.
            ServerRefusesError: the key, the model or the address is wrong.
            AskingStoppedError: `close` was called meanwhile.
        """
        import httpx2
        import openai

        reason, wait, was_reply = "", 0.0, False
        for attempt in range(self._settings.attempts):
            self._sleep_until_allowed(wait)
            try:
                return self._once(request)
            except UnusableReplyError as error:
                reason, wait, was_reply = f"its reply is {error}", self._pause(attempt), True
            except openai.APIStatusError as error:
                if error.status_code < 500 and error.status_code not in _LATER:
                    if self._adapt(error):
                        continue
                    return self._rejection(error, request)
                if _is_out_of_money(error):
                    raise ServerRefusesError(f"{self.name}: {self._said(error)}\n  -> add to its account") from error
                reason, was_reply = f"{error.status_code} {self._said(error)}", False
                wait = _retry_after(error) or self._pause(attempt)
            except (openai.APIError, httpx2.HTTPError) as error:  # no connection; a reply that broke off or came late
                reason, wait, was_reply = self._clean(error), self._pause(attempt), False
        if was_reply:
            return Answer(outcome=Outcome.UNUSABLE, reason=reason)
        tried = f"{self._settings.attempts} attempts"
        raise NoAnswerError(f"{self.name} gives no answer ({tried}): {reason}\n  -> start it, and repeat the command")

    def _once(self, request: ChatRequest) -> Answer:
        body, structured = self._adapted(request)
        start = time.perf_counter()
        with self._client.chat.completions.with_streaming_response.create(**body) as reply:
            content = read_reply(reply.iter_bytes())
        return answer_in(content, seconds=time.perf_counter() - start, structured=structured)

    def _adapted(self, request: ChatRequest) -> tuple[dict[str, Any], bool]:
        """The request as this server takes it, and whether with the schema."""
        body = request.body
        body[self._length] = body.pop("max_tokens")
        if not self._takes_schemas:
            body.pop("response_format", None)
        return body, "response_format" in body

    def _adapt(self, error: APIStatusError) -> bool:
        """Leave out what the server said that it does not know; False if it said nothing of the kind."""
        said = self._said(error).lower()
        if self._takes_schemas and any(word in said for word in ("response_format", "json_schema", "schema")):
            self._takes_schemas = False
            return True
        if self._length == "max_tokens" and "max_completion_tokens" in said:
            self._length = "max_completion_tokens"
            return True
        return False

    def _rejection(self, error: APIStatusError, request: ChatRequest) -> Answer:
        said = self._said(error)
        if error.status_code in (401, 403):
            raise ServerRefusesError(f"{self.name}: {said}\n  -> set {KEY} to a valid key") from error
        if error.status_code < 400:
            # Tweets and pictures go to the address that the user named, and to no other.
            raise ServerRefusesError(f"{self.name} redirects to another address\n  -> set {ADDRESS} to it") from error
        if error.status_code in (404, 405):
            ways = f"  -> check {ADDRESS}, which ends in /v1, and the name of the model: {one_line(request.model, 100)}"
            raise ServerRefusesError(f"{self.name}: {error.status_code} {said}\n{ways}") from error
        return Answer(outcome=Outcome.REJECTED, reason=f"{error.status_code} {said}")

    def _said(self, error: APIStatusError) -> str:
        """What the server said about an error."""
        body = error.body if isinstance(error.body, dict) else {}
        inner = body.get("error", body)
        message = inner.get("message") if isinstance(inner, dict) else inner
        return self._clean(message if isinstance(message, str) and message else error.message)

    def _clean(self, text: object) -> str:
        """Text for messages and records, without the key."""
        line = one_line(str(text), 4 * _REASON)
        return one_line(line.replace(self._key, "***") if self._key else line, _REASON)

    def _pause(self, attempt: int) -> float:
        longest: float = min(_LONGEST_WAIT, 0.5 * 2**attempt)
        return longest * self._jitter.uniform(0.5, 1.0)

    def _sleep_until_allowed(self, wait: float) -> None:
        """Wait before the next attempt, and until the limit of requests per minute allows one."""
        allowed = 0.0
        if self._settings.per_minute is not None:
            with self._lock:
                now = time.monotonic()
                allowed = max(0.0, self._next - now)
                self._next = max(now, self._next) + 60 / self._settings.per_minute
        if self._closed.is_set() or ((longest := max(wait, allowed)) > 0 and self._sleep(longest)):
            raise AskingStoppedError(f"{self.name} is asked no more")


def _client(address: str, key: str, timeout: float) -> OpenAI:
    try:
        from openai import DefaultHttpxClient, OpenAI
    except ImportError as error:
        raise MissingInputError(_no_client()) from error
    # Servers of one's own take any key, but the client needs one.
    http = DefaultHttpxClient(base_url=address, timeout=timeout, follow_redirects=False)
    return OpenAI(base_url=address, api_key=key or "none", timeout=timeout, max_retries=0, http_client=http)


def _retry_after(error: APIStatusError) -> float | None:
    """Seconds that the server asks to wait, within bounds."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(_LONGEST_WAIT, seconds) if seconds > 0 else None


def _is_out_of_money(error: APIStatusError) -> bool:
    return error.status_code == 429 and getattr(error, "code", None) == "insufficient_quota"
