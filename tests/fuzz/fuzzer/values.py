"""Damage to values such as JSON and TOML hold: one becomes one of another type, keys go, come and change."""

from __future__ import annotations

import copy
import math
from random import Random
from typing import Any

from fuzzer.tokens import VALUES


def changed(value: Any, rng: Random) -> Any:
    """A copy with one change, at a random place."""
    whole = [copy.deepcopy(value)]
    holder, key = rng.choice(list(_places(whole)))
    rng.choice(_CHANGES)(holder, key, rng, whole)
    return whole[0] if whole else None


def _places(whole: list[Any]) -> list[tuple[Any, Any]]:
    """Every value inside, as what holds it and under which key."""
    locations, pending = [], [whole]
    while pending:
        holder = pending.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            locations.append((holder, key))
            if isinstance(holder[key], dict | list):
                pending.append(holder[key])
    return locations


def _other(holder: Any, key: Any, rng: Random, _: Any) -> None:
    holder[key] = copy.deepcopy(rng.choice(VALUES))


def _near(holder: Any, key: Any, rng: Random, _: Any) -> None:
    """A value of the same type."""
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int):
        holder[key] = rng.choice([value + 1, value - 1, -value, value * 1000, value << 40, float(value % 1000)])
    elif isinstance(value, float) and math.isfinite(value):
        holder[key] = rng.choice([-value, value * 1e300, value / 1e300, int(value % 1000), 1 - value])
    elif isinstance(value, str):
        texts = [text for text in VALUES if isinstance(text, str)]
        start = rng.randrange(len(value) + 1)
        holder[key] = rng.choice([value + rng.choice(texts), value[:start], value[:start] + rng.choice(texts)])
    elif isinstance(value, list):
        rng.choice(
            [value.clear, value.reverse, lambda: value.extend(copy.deepcopy(value)), lambda: value.append(None)]
        )()
    else:
        holder[key] = [value]


def _gone(holder: Any, key: Any, _: Random, __: Any) -> None:
    del holder[key]


def _renamed(holder: Any, key: Any, rng: Random, _: Any) -> None:
    if isinstance(holder, dict):
        texts = [text for text in VALUES if isinstance(text, str)]
        holder[rng.choice([str(key) + "x", str(key).upper(), rng.choice(texts)])] = holder.pop(key)
    else:
        holder.insert(key, holder[key])


def _from_elsewhere(holder: Any, key: Any, rng: Random, whole: list[Any]) -> None:
    """What stands at another place of the same document."""
    other, there = rng.choice(_places(whole))
    holder[key] = copy.deepcopy(other[there])


def _wrapped(holder: Any, key: Any, rng: Random, _: Any) -> None:
    for _ in range(rng.choice([1, 1, 3, 40])):
        holder[key] = [holder[key]] if rng.random() < 0.5 else {"a": holder[key]}


_CHANGES = (_other, _other, _other, _near, _near, _near, _gone, _renamed, _from_elsewhere, _wrapped)
