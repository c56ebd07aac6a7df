"""Damage to bytes that knows nothing of their format: flips, cuts, repeats, splices, and words of the formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from fuzzer.tokens import WORDS

Mutator = Callable[[bytes, Random, Sequence[bytes]], bytes]
MOST_BYTES = 1 << 17


def damaged(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    """One small damage.

    Args:
        data: what is damaged.
        rng: decides which.
        others: undamaged inputs of the same kind, for splices.
    """
    return rng.choice(_MUTATORS)(data, rng, others)


def _span(data: bytes, rng: Random) -> tuple[int, int]:
    """A piece of data: short ones more often than long ones."""
    start = rng.randrange(len(data) + 1)
    length = min(len(data) - start, 1 << rng.randrange(14))
    return start, start + rng.randrange(length + 1)


def _flip_bits(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    if not data:
        return data
    changed = bytearray(data)
    for _ in range(1 << rng.randrange(4)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _set_byte(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([rng.choice([0, 1, 9, 10, 13, 32, 34, 39, 58, 92, 127, 128, 255])]) + data[at + 1 :]


def _set_number(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    """A length, a count or an offset in a binary file."""
    size = rng.choice([2, 4, 8])
    if len(data) < size:
        return data
    at = rng.randrange(len(data) - size + 1)
    value = rng.choice([0, 1, (1 << 8 * size - 1) - 1, 1 << 8 * size - 1, (1 << 8 * size) - 1, rng.randrange(1 << 16)])
    return data[:at] + value.to_bytes(size, rng.choice(["little", "big"])) + data[at + size :]


def _cut_end(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _cut_out(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _repeat(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    start, end = _span(data, rng)
    return data[:end] + data[start:end] * (1 << rng.randrange(6)) + data[end:]


def _move(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    start, end = _span(data, rng)
    rest = data[:start] + data[end:]
    at = rng.randrange(len(rest) + 1)
    return rest[:at] + data[start:end] + rest[at:]


def _splice(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _insert_word(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(WORDS) + data[at:]


def _replace_word(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    """Another word for one between separators."""
    start = rng.randrange(len(data) + 1)
    ends = [at for sign in b' \t\n",:=' if (at := data.find(sign, start)) >= 0]
    return data[:start] + rng.choice(WORDS) + data[min(ends, default=len(data)) :]


def _shuffle_lines(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    for _ in range(1 + rng.randrange(3)):
        at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    return b"\n".join(lines)


def _repeat_line(data: bytes, rng: Random, _: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join([*lines[:at], *[lines[at]] * (1 + rng.randrange(4)), *lines[at:]])


_MUTATORS: tuple[Mutator, ...] = (
    *(_flip_bits, _set_byte, _set_number, _cut_end, _cut_out, _repeat, _move, _splice),
    *(_insert_word, _insert_word, _replace_word, _replace_word, _shuffle_lines, _repeat_line),
)
