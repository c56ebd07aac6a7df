"""Answers of a language model server, and how each of them ended."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Tokens = Annotated[int, Field(ge=0, le=1 << 40)]


class Outcome(StrEnum):
    """How a request ended.

    `answered`: with a text. `truncated`: its text was cut at the longest length. `refused`: the model, or a filter of
    its server, declined. `rejected`: the server takes no such request (too long, an unsupported picture). `unusable`:
    the server's reply was no chat completion, twice.
    """

    ANSWERED = "answered"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    REJECTED = "rejected"
    UNUSABLE = "unusable"


class Answer(BaseModel):
    """The answer to a request.

    Attributes:
        outcome: how the request ended.
        text: what the model wrote; empty if it wrote nothing.
        reason: of a refusal or rejection.
        model: name of the model, by the server.
        prompt_tokens: of the question; None if the server did not count.
        completion_tokens: of the answer; None likewise.
        seconds: that the server took.
        structured: whether the server was asked to follow the schema of the request.
        server: scheme and host of its address.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    outcome: Outcome
    text: str = ""
    reason: str = ""
    model: str = ""
    prompt_tokens: Tokens | None = None
    completion_tokens: Tokens | None = None
    seconds: float = Field(0.0, ge=0)
    structured: bool = False
    server: str = ""
