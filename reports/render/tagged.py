"""A tweet and its entities as one line of text."""

from __future__ import annotations

from collections.abc import Sequence

from mnerbench.datasets.tagging import Span

_MOST = 240  # characters, since words can be very long


def tagged(words: Sequence[str], spans: Sequence[Span], *, context: bool = True) -> str:
    """`RT @x : [Kevin Love]PER meets`, or without context `[Kevin Love]PER`."""
    parts: list[str] = []
    end = 0
    for span in sorted(spans):
        parts += words[end : span.start] if context else ()
        parts.append(f"[{' '.join(words[span.start : span.end])}]{span.type}")
        end = span.end
    parts += words[end:] if context else ()
    text = " ".join(parts)
    return (text if len(text) <= _MOST else text[: _MOST - 3] + "...") or "no entity"
