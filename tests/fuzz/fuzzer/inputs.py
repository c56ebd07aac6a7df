"""Inputs by number: the same target, seed and number give the same bytes on every machine."""

from __future__ import annotations

import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from random import Random

from fuzzer.forms import Change, change_of
from fuzzer.mutation import MOST_BYTES, damaged
from fuzzer.special import SPECIAL
from fuzzer.tokens import WORDS

# A file that was changed once may not be one any more, so that it cannot be changed again.
_NOT_A_FILE = (ValueError, LookupError, TypeError, AttributeError, OSError, EOFError, OverflowError, struct.error)
_NOT_AN_ARCHIVE = (zipfile.BadZipFile, tarfile.TarError, RuntimeError)


def make_input(target: str, seeds: Mapping[str, bytes], seed: int, number: int) -> bytes:
    """One input: of a few a special file or a few bytes, of most an undamaged file with some damage.

    Args:
        target: its name.
        seeds: undamaged files by name.
        seed: of the whole run.
        number: of the input.
    """
    rng = Random(f"{target} {seed} {number}")  # a text is hashed by SHA-512, alike everywhere
    draw = rng.random()
    if draw < 0.01:
        return rng.choice(SPECIAL)
    if draw < 0.02:
        return b"".join(rng.choice(WORDS) for _ in range(rng.randrange(4)))
    name = rng.choice(sorted(seeds))
    return damage(seeds[name], change_of(name), [seeds[other] for other in sorted(seeds)], rng)


def damage(data: bytes, change: Change | None, others: Sequence[bytes], rng: Random) -> bytes:
    """A file with changes that leave it what it is, or damaged bytes, or both.

    Args:
        data: its content.
        change: of such a file; None where only bytes can be damaged.
        others: undamaged files.
        rng: decides what is done.
    """
    changes = rng.choice([0, 1, 1, 1, 2, 3]) if change is not None else 0
    for _ in range(changes):
        data = _changed(data, change, rng)
    for _ in range(rng.choice([0, 0, 0, 1, 2]) if changes else rng.choice([1, 1, 1, 2, 2, 4, 8])):
        data = damaged(data, rng, others)[:MOST_BYTES]
    return data


def _changed(data: bytes, change: Change, rng: Random) -> bytes:
    try:
        return change(data, rng)[:MOST_BYTES]
    except (*_NOT_A_FILE, *_NOT_AN_ARCHIVE):
        return data
