"""A request to a language model server, and the digest that identifies it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from mnerbench.datasets.chat.pictures import ChatPicture

# About what OpenAI counts for a picture of 768 x 768 pixels; other models count otherwise.
PICTURE_TOKENS = 765


@dataclass(frozen=True)
class ChatMessage:
    """A message of a conversation: texts and pictures in order."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | ChatPicture, ...]

    def as_json(self, *, pictures: bool) -> dict[str, Any]:
        """The message as JSON of OpenAI's chat completions.

        Args:
            pictures: whether with their content, else with a note of their size and digest.
        """
        if all(isinstance(part, str) for part in self.parts):
            return {"role": self.role, "content": "".join(str(part) for part in self.parts)}
        content = [
            {"type": "text", "text": part} if isinstance(part, str) else part.part if pictures else part.note
            for part in self.parts
        ]
        return {"role": self.role, "content": content}


@dataclass(frozen=True)
class ChatRequest:
    """What is asked, and how the answer is drawn.

    Attributes:
        model: its name at the server.
        messages: of the conversation.
        temperature: 0 for the most probable answer; None to leave it to the server.
        max_tokens: longest answer.
        seed: of the draw; None to send none.
        schema: JSON schema of the answer; None for free text.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    temperature: float | None = 0.0
    max_tokens: int = 512
    seed: int | None = None
    schema: Mapping[str, Any] | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The request as it is sent."""
        return self._as_json(pictures=True)

    @cached_property
    def shown(self) -> dict[str, Any]:
        """The request with notes in place of pictures, which is stored beside its answer."""
        return self._as_json(pictures=False)

    @cached_property
    def key(self) -> str:
        """sha256 of the request, in hex: equal requests have one answer."""
        text = json.dumps(self.shown, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @property
    def estimated_tokens(self) -> int:
        """About the number of tokens of the question: four characters each, and 765 for a picture."""
        parts = [part for message in self.messages for part in message.parts]
        texts = [part for part in parts if isinstance(part, str)]
        return PICTURE_TOKENS * (len(parts) - len(texts)) + sum(-(-len(text) // 4) for text in texts)

    def _as_json(self, *, pictures: bool) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [message.as_json(pictures=pictures) for message in self.messages],
            "max_tokens": self.max_tokens,
        }
        if self.temperature is not None:
            body["temperature"] = self.temperature
        if self.seed is not None:
            body["seed"] = self.seed
        if self.schema is not None:
            answer = {"name": "answer", "strict": True, "schema": dict(self.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": answer}
        return body
