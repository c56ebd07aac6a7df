"""Reads replies of chat completion servers, which may be cut, of another form, or huge."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from mnerbench.datasets.chat.answer import Answer, Outcome
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.json_text import parse_json

MOST_BYTES = 8 << 20  # of a reply; hundreds of times the longest answer about a tweet
_REASON = 300  # characters


class SlowReplyError(Exception):
    """A reply that was not complete in time."""


class UnusableReplyError(ValueError):
    """A reply that is no chat completion; the message is the reason."""


def read_reply(chunks: Iterable[bytes], deadline: float) -> bytes:
    """The body of a reply.

    Args:
        chunks: as they arrive.
        deadline: by `time.monotonic`, for the last of them.

    Raises:
        UnusableReplyError: it is too large.
        SlowReplyError: it is not complete at the deadline.
    """
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if time.monotonic() > deadline:
            raise SlowReplyError("its reply was not complete in time")
        if len(body) > MOST_BYTES:
            raise UnusableReplyError(f"more than {MOST_BYTES >> 20} MiB")
    return bytes(body)


def answer_in(body: bytes, *, seconds: float, structured: bool) -> Answer:
    """The answer in a reply.

    Args:
        body: JSON of a chat completion.
        seconds: that the server took.
        structured: whether it was asked to follow a schema.

    Raises:
        UnusableReplyError: the reply is no chat completion.
    """
    try:
        reply = parse_json(body, finite=False)
    except ValueError as error:
        raise UnusableReplyError(f"not JSON: {one_line(error, _REASON)}") from error
    choice = _first(_mapping(reply, "reply").get("choices"))
    message = _mapping(choice.get("message"), "message")
    usage = reply.get("usage") if isinstance(reply.get("usage"), Mapping) else {}
    refusal, finish = message.get("refusal"), choice.get("finish_reason")
    outcome, reason = Outcome.ANSWERED, ""
    if isinstance(refusal, str) and refusal.strip():
        outcome, reason = Outcome.REFUSED, one_line(refusal, _REASON)
    elif finish == "content_filter":
        outcome, reason = Outcome.REFUSED, "content filter"
    elif finish == "length":
        outcome = Outcome.TRUNCATED
    return Answer(
        outcome=outcome,
        text=_text(message.get("content")),
        reason=reason,
        model=one_line(str(reply.get("model") or ""), 200),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        seconds=seconds,
        structured=structured,
    )


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UnusableReplyError(f"no chat completion: no {name}")
    return value


def _first(choices: Any) -> Mapping[str, Any]:
    if not isinstance(choices, list) or not choices:
        raise UnusableReplyError("no chat completion: no choices")
    return _mapping(choices[0], "choice")


def _text(content: Any) -> str:
    """The text of a message, which some servers send in parts."""
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, Mapping))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1 << 40 else None
