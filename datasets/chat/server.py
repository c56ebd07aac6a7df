"""A server of OpenAI's chat completions: a hosted one, vLLM, Ollama, llama.cpp, LM Studio, `transformers serve`.

`OPENAI_BASE_URL` and `OPENAI_API_KEY` name it, as for every program that uses the client `openai`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.chat.address import ADDRESS, KEY, server_key, shown_address
from mnerbench.datasets.chat.answer import Answer, Outcome
from mnerbench.datasets.chat.connection import Connections
from mnerbench.datasets.chat.errors import AskingStoppedError, NoAnswerError, ServerRefusesError
from mnerbench.datasets.chat.replies import SlowReplyError, UnusableReplyError, answer_in
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.untrusted.display import one_line

if TYPE_CHECKING:
    from openai import APIStatusError

_LONGEST_WAIT = 60.0  # seconds between two attempts
_UNUSABLE_REPLIES = 2  # to the same question, since each may cost as much as an answer
_REASON = 300  # characters
_LATER = (408, 409, 425, 429)  # besides all from 500 on: the same request may succeed a moment later
_OF_THE_QUESTION = (400, 413, 415, 422)  # another question may succeed


@dataclass(frozen=True)
class ServerSettings:
    """How a server is asked; nothing of it changes an answer.

    Attributes:
        timeout: seconds that a reply may take, from the request to its last byte.
        attempts: per request, if the server is busy, silent or broken.
        per_minute: most requests; None for no limit.
    """

    timeout: float = 120.0
    attempts: int = 6
    per_minute: float | None = None


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
        self._key = server_key()
        self._connections = Connections(address, self._key, settings.timeout)
        self._lock, self._next = Lock(), 0.0
        self._takes_schemas, self._length = True, "max_tokens"
        self._jitter = random.Random()  # noqa: S311 - spreads attempts, no secret and no result

    def close(self) -> None:
        """Ask no more: threads that wait for the next attempt give up; replies under way are still read."""
        self._closed.set()

    def ask(self, request: ChatRequest, charge: Callable[[], None] = lambda: None) -> Answer:
        """The answer to a request.

        Busy, silent and broken servers are asked again, with growing waits; a server's `Retry-After` is followed.

        Args:
            request: the question.
            charge: called for every reply that arrived and is no answer, since it may cost as much; may raise to stop.

        Raises:
            NoAnswerError: there was no reply at any attempt.
            ServerRefusesError: the key, the model or the address is wrong.
            AskingStoppedError: `close` was called meanwhile.
        """
        import httpx2
        import openai

        reason, wait, attempt, unusable = "", 0.0, 0, 0
        while attempt < self._settings.attempts:
            self._sleep_until_allowed(wait)
            body = self._adapted(request)
            try:
                return self._once(body)
            except UnusableReplyError as error:
                charge()
                unusable += 1
                if unusable == _UNUSABLE_REPLIES:
                    return Answer(outcome=Outcome.UNUSABLE, reason=self._clean(f"its reply is {error}"))
                reason, wait = f"its reply is {error}", self._pause(attempt)
            except openai.APIStatusError as error:
                if error.status_code < 500 and error.status_code not in _LATER:
                    if self._adapt(error, body):
                        wait = 0.0
                        continue
                    return self._rejection(error, request)
                if error.status_code == 429 and getattr(error, "code", None) == "insufficient_quota":
                    raise ServerRefusesError(f"{self.name}: {self._said(error)}\n  -> add to its account") from None
                reason, wait = f"{error.status_code} {self._said(error)}", _retry_after(error) or self._pause(attempt)
            except openai.APIError as error:  # no connection, or no reply in time
                reason, wait = self._clean(error), self._pause(attempt)
            except (httpx2.HTTPError, SlowReplyError) as error:  # the reply broke off, or came too slowly
                charge()
                reason, wait = self._clean(error), self._pause(attempt)
            attempt += 1
        tried = f"{self._settings.attempts} attempts"
        raise NoAnswerError(f"{self.name} gives no answer ({tried}): {reason}\n  -> start it, and repeat the command")

    def _once(self, body: dict[str, Any]) -> Answer:
        start = time.perf_counter()
        content = self._connections.post(body)
        answer = answer_in(content, seconds=time.perf_counter() - start, structured="response_format" in body)
        texts = {"text": answer.text, "reason": answer.reason, "model": answer.model}
        kept = {name: self._without_key(text) for name, text in texts.items()}
        return answer.model_copy(update={**kept, "server": self.name})

    def _adapted(self, request: ChatRequest) -> dict[str, Any]:
        """The request as this server takes it."""
        body = request.body
        body[self._length] = body.pop("max_tokens")
        if not self._takes_schemas:
            body.pop("response_format", None)
        return body

    def _adapt(self, error: APIStatusError, body: dict[str, Any]) -> bool:
        """Leave out what the server said that it does not know of what it was sent; False if it said nothing of it."""
        said = self._said(error).lower()
        if "response_format" in body and any(word in said for word in ("response_format", "json_schema", "schema")):
            self._takes_schemas = False
            return True
        if "max_tokens" in body and "max_completion_tokens" in said:
            self._length = "max_completion_tokens"
            return True
        return False

    def _rejection(self, error: APIStatusError, request: ChatRequest) -> Answer:
        """The answer to a question that the server does not take.

        Raises:
            ServerRefusesError: it would take no other question, either.
        """
        said, status = self._said(error), error.status_code
        if status < 400:
            # Tweets and pictures go to the address that the user named, and to no other.
            raise ServerRefusesError(f"{self.name} redirects to another address\n  -> set {ADDRESS} to it") from None
        if status in (401, 403) or "api key" in said.lower():
            raise ServerRefusesError(f"{self.name}: {status} {said}\n  -> set {KEY} to a valid key") from None
        if status in (404, 405):
            model = one_line(request.model, 100)
            ways = f"check {ADDRESS}, which often ends in /v1, and the name of the model: {model}"
            raise ServerRefusesError(f"{self.name}: {status} {said}\n  -> {ways}") from None
        if "temperature" in said.lower():
            ways = "--set llm.temperature=default, for the one that the server chooses"
            raise ServerRefusesError(f"{self.name}: {status} {said}\n  -> {ways}") from None
        if status not in _OF_THE_QUESTION:
            raise ServerRefusesError(f"{self.name}: {status} {said}\n  -> see what the server asks for") from None
        return Answer(outcome=Outcome.REJECTED, reason=f"{status} {said}", server=self.name)

    def _said(self, error: APIStatusError) -> str:
        """What the server said about an error."""
        body = error.body if isinstance(error.body, dict) else {}
        inner = body.get("error", body)
        message = inner.get("message") if isinstance(inner, dict) else inner
        return self._clean(message if isinstance(message, str) and message else error.message)

    def _clean(self, text: object) -> str:
        """One line for messages and records, without the key."""
        return one_line(self._without_key(one_line(str(text), 4 * _REASON)), _REASON)

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text

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


def _retry_after(error: APIStatusError) -> float | None:
    """Seconds that the server asks to wait, within bounds."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(_LONGEST_WAIT, seconds) if seconds > 0 else None
